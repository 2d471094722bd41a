"""The scope of a request, set in one trip by the database: the same that `scope_of` says of the appointment, and no more."""

from datetime import date

import pytest
from django.db import connection, transaction

from tenants.models import Appointment, Division, DivisionLevel, MessageKind, User
from tenants.operations.messages import send
from tenants.queries import current_appointment, enter
from tenants.rules import Role
from tenants.scope import _GET, Scope, division_scope, opened_scope, scope_of, set_scope
from tests.people import COMMUNITY_OF, GONGCHENQIAO, GONGSHU, HUSHU, client_of, person

pytestmark = pytest.mark.django_db
HANGZHOU, PROVINCE = 330100000000, 330000000000
CODES = (PROVINCE, HANGZHOU, GONGSHU, GONGCHENQIAO, COMMUNITY_OF[GONGCHENQIAO], 330105005999)
ONE_OF_EACH_KIND = (Role.STREET_CLERK, Role.CITY_OBSERVER, Role.OPERATOR, Role.ASSESSOR)


def settings_now() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(_GET)
        return list(cursor.fetchone())


def entered(user: User) -> tuple[Appointment | None, list[str]]:
    with transaction.atomic():
        return enter(user, source="GET /facilities/", address="10.0.0.1"), settings_now()


def in_two_steps(user: User) -> tuple[Appointment | None, list[str]]:
    with transaction.atomic():
        appointment = current_appointment(user)
        seen = scope_of(appointment) if appointment else Scope()
        set_scope(Scope(seen.codes, seen.grants, user.pk, source="GET /facilities/", address="10.0.0.1"))
        return appointment, settings_now()


@pytest.fixture
def past(db):
    """The street and its district have taken over from others."""
    for code, level in ((GONGSHU, DivisionLevel.DISTRICT), (GONGCHENQIAO, DivisionLevel.STREET)):
        Division.objects.update_or_create(
            code=code,
            valid_to=None,
            defaults={
                "name": f"区划 {code}",
                "level": level,
                "past_codes": [330103001000, 330103002000],
                "past_facilities": [17],
                "past_districts": [330103000000],
            },
        )


@pytest.mark.usefixtures("past")
@pytest.mark.parametrize("role", ONE_OF_EACH_KIND)
def test_what_is_entered_is_what_the_appointment_says(role):
    for code in CODES:
        for granted in ((), (7, 9)):
            user = person(role, code, facility_ids=granted)
            (appointment, settings), (same, expected) = entered(user), in_two_steps(user)
            assert (settings, appointment) == (expected, same), code
            read = (appointment.role, appointment.division_code, appointment.past, appointment.division_name)
            assert read == (same.role, same.division_code, same.past, same.division_name)


@pytest.mark.parametrize("role", Role)
def test_every_role_enters_the_scope_of_its_kind(role):
    user = person(role, GONGCHENQIAO, facility_ids=[7])
    assert entered(user)[1] == in_two_steps(user)[1]


def test_without_an_appointment_only_the_person_is_known():
    user = User.objects.create(username="nobody-yet", password="!")
    other = person(Role.DISTRICT_ADMIN, GONGSHU)
    for _ in range(2):  # whatever the connection did before
        assert entered(other)[1][:2] == ["330105000000", "330106000000"]
        assert entered(user) == (None, ["", "", "", "", str(user.pk), "GET /facilities/", "10.0.0.1", "", "", "", ""])


def test_an_appointment_that_has_ended_enters_nothing():
    user = person(Role.DISTRICT_ADMIN, GONGSHU)
    with opened_scope(division_scope(GONGSHU)):
        Appointment.objects.filter(user=user).update(ends_on=date(2026, 2, 1))
    appointment, settings = entered(user)
    assert (appointment, settings[:4]) == (None, [""] * 4)


def test_a_wider_scope_from_before_does_not_last():
    clerk = person(Role.STREET_CLERK, HUSHU)
    with transaction.atomic():
        set_scope(Scope(division_scope(GONGSHU).codes, grants=(7,), user_id=1, reason="更正"))
        enter(clerk, source="", address="")
        assert settings_now() == [
            "330105002000", "330105003000", "{330100000000,330105000000}", "", str(clerk.pk), "", "", "", "", "", ""
        ]  # fmt: skip


def test_unread_messages_are_those_of_the_scope_entered():
    """They are counted before the scope is widened, and counted whole."""
    clerk, operator = person(Role.STREET_CLERK, GONGCHENQIAO), person(Role.OPERATOR, GONGSHU, facility_ids=[7])
    for code, readers in ((GONGCHENQIAO, [clerk.pk, operator.pk]), (HUSHU, [clerk.pk]), (GONGSHU, [clerk.pk])):
        with opened_scope(division_scope(code)):
            send(to=readers, kind=MessageKind.DUE, title="到期", division_code=code)
    assert [entered(user)[0].unread for user in (clerk, operator)] == [1, 1]
    assert [in_two_steps(user)[0].unread for user in (clerk, operator)] == [1, 1]


def test_a_request_enters_its_scope_with_its_first_statement(django_assert_num_queries):
    client = client_of(person(Role.STREET_CLERK, GONGCHENQIAO))
    client.get("/inbox/")  # statements are prepared
    with django_assert_num_queries(5) as captured:
        assert client.get("/help/").status_code == 200
    assert [q["sql"].count("happyhome_enter") for q in captured.captured_queries] == [
        0,
        0,
        0,
        1,
        0,
    ]  # session, account, begin, scope, end
