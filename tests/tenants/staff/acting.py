"""What the tests of accounts do and look at again and again."""

from datetime import date

from tenants.models import Act, Appointment, User
from tenants.scope import division_scope, opened_scope
from tests.people import GONGCHENQIAO

TODAY, CITY = date(2026, 11, 22), 330100000000


def held_by(user: User) -> Appointment:
    with opened_scope(division_scope(CITY)):
        return Appointment.objects.select_related("user").filter(user=user).order_by("-starts_on", "-pk").first()


def verbs() -> list[str]:
    with opened_scope(division_scope(CITY)):
        return list(Act.objects.order_by("pk").values_list("verb", flat=True))


def url(user: User, act: str = "") -> str:
    return f"/staff/{user.uuid}/{act}"


def invite(client, **more):
    values = {
        "username": "wangwu",
        "display_name": "王五",
        "role": "street_clerk",
        "division": str(GONGCHENQIAO),
        "starts_on": "2026-01-01",
        **more,
    }
    return client.post("/staff/invite/", values)
