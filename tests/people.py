"""Staff for tests: a person with a role, and a browser or API client in which they are signed in."""

from datetime import date
from itertools import count

from django.test import Client

from tenants.models import Appointment, User
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope

GONGSHU, SHANGCHENG = 330105000000, 330102000000
GONGCHENQIAO, HUSHU = 330105005000, 330105002000
COMMUNITY_OF = {  # a community of each district or street above
    GONGSHU: 330105005052,
    GONGCHENQIAO: 330105005052,
    HUSHU: 330105002051,
    SHANGCHENG: 330102901001,
}
_numbers = count(1)


def person(role: Role, code: int, *, facility_ids=(), **user) -> User:
    """A member of staff with one appointment. Works in any scope, and in none."""
    number = next(_numbers)
    created = User.objects.create(
        **{"username": f"{role}-{number}", "display_name": f"某某{number}", "password": "!", **user}
    )
    with opened_scope(division_scope(code)):
        Appointment.objects.create(
            user=created,
            role=role,
            division_code=code,
            granted_facility_ids=list(facility_ids),
            starts_on=date(2026, 1, 1),
        )
    return created


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="tenants.backends.StaffBackend")
    return client


def signed_in(role: Role, code: int, **options) -> Client:
    return client_of(person(role, code, **options))
