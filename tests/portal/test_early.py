"""Told beforehand, once at each stage: space agreements that end or drift from equal value, licences that run out."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from partners.models import Credential, ExchangedSpace, Partner
from partners.operations import exchanges
from partners.operations.exchanges import Service
from partners.rules.stages import stage
from portal.operations.early import tell
from portal.tasks import tell_early, tell_endings
from tenants.message_models import Message
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.partners import money
from tests.people import GONGSHU, HUSHU, client_of, person
from tests.portal.conftest import MISHI

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("PAR-7")]
TODAY = date(2026, 11, 22)
STREET = MISHI // 1000 * 1000


def partner(name="橹声养老", code=GONGSHU) -> Partner:
    return Partner.objects.create(division_code=code, name=name, kind="market")


@pytest.fixture
def place(district):
    """A space of 120.50 ㎡ whose month is worth 4,820 yuan, and a partner."""
    with opened_scope(division_scope(GONGSHU)):
        facility, space = money.place(code=MISHI)
        money.rent()
        yield facility, space, partner()


@pytest.fixture
def people():
    """District and street, who are told, and the next street, which is not."""
    told = [person(Role.DISTRICT_ADMIN, GONGSHU), person(Role.STREET_CLERK, STREET)]
    return [user.pk for user in told], person(Role.STREET_CLERK, HUSHU if STREET != HUSHU else STREET + 1000).pk


def keys(prefix: str, people) -> list[set[str]]:
    """Of each person who should be told, what was told; nobody elsewhere was."""
    told, elsewhere = people
    found = Message.objects.filter(key__startswith=prefix)
    assert elsewhere not in set(found.values_list("user_id", flat=True))
    return [{message.key.rsplit(":", 1)[-1] for message in found if message.user_id == user} for user in told]


@pytest.mark.parametrize(
    ("days", "reached"), [(91, None), (90, 90), (61, 90), (60, 60), (31, 60), (30, 30), (0, 30), (-1, None)]
)
def test_a_stage_is_reached_on_its_day_and_lasts_until_the_next(days, reached):
    assert stage(days) == reached


@pytest.mark.parametrize(("days", "reached"), [(91, None), (90, "90"), (60, "60"), (30, "30")])
def test_street_and_district_are_told_of_a_space_agreement_that_ends(place, people, days, reached):
    facility, space, who = place
    money.agreement(facility, who, [space], starts_on=TODAY, ends_on=TODAY + timedelta(days=days + 1), hour_fen=1)
    assert tell(district=GONGSHU, today=TODAY) >= (2 if reached else 0)
    assert keys("exchange-end:", people) == [{reached} if reached else set()] * 2
    assert tell(district=GONGSHU, today=TODAY) == 0


def test_all_three_stages_come_once_each_however_often_beat_runs(place, people):
    facility, space, who = place
    ends_on = TODAY + timedelta(days=91)
    one = money.agreement(facility, who, [space], starts_on=TODAY, ends_on=ends_on)
    for day in range(95):
        tell(district=GONGSHU, today=TODAY + timedelta(days=day))
    assert keys("exchange-end:", people) == [{"90", "60", "30"}] * 2
    assert Message.objects.filter(key__startswith=f"exchange-end:{one.uuid}", user_id=people[0][0]).count() == 3


@pytest.mark.parametrize(("heads", "side"), [(27_398, "SHORT"), (27_399, None), (30_282, None), (30_283, "AHEAD")])
def test_a_balance_that_drifts_is_told_on_both_sides_of_the_tolerance_and_once(place, people, heads, side):
    """The year is worth 57,840 yuan; 182 of 365 days have gone. 5 % less and more at that pace: 27,398.73 and 30,282.8 yuan."""
    facility, space, who = place
    one = money.agreement(facility, who, [space], hour_fen=0, head_fen=100)
    exchanges.record_service(exchange=one, service=Service(date(2026, 3, 1), "理发", heads=heads), by=None)
    for day in (date(2026, 7, 2), date(2026, 7, 2), date(2026, 7, 3)):
        tell(district=GONGSHU, today=day)
        if day.day == 2:
            assert keys("exchange-balance:", people) == [{side} if side else set()] * 2
    assert (
        Message.objects.filter(key__startswith="exchange-balance:", user_id=people[0][0], key__endswith="SHORT").count()
        <= 1
    )


@pytest.mark.parametrize(("days", "told"), [(89, False), (90, True)])
def test_the_first_quarter_of_a_long_term_says_nothing_about_its_pace(place, people, days, told):
    facility, space, who = place
    begun = TODAY - timedelta(days=days)
    money.agreement(facility, who, [space], starts_on=begun, ends_on=begun + timedelta(days=730))
    tell(district=GONGSHU, today=TODAY)
    assert keys("exchange-balance:", people) == [{"SHORT"} if told else set()] * 2


def test_what_is_settled_is_told_no_more(place, people):
    facility, space, who = place
    one = money.agreement(facility, who, [space], starts_on=date(2026, 1, 1), ends_on=TODAY + timedelta(days=20))
    exchanges.settle(exchange=one, on=TODAY, how="折价缴纳", by=None)
    assert tell(district=GONGSHU, today=TODAY) == 0


@pytest.mark.parametrize(("days", "reached"), [(91, None), (90, "90"), (60, "60"), (30, "30"), (0, "30"), (-1, None)])
def test_a_licence_is_told_where_the_partner_is_registered_and_where_it_serves(place, people, days, reached):
    facility, _, who = place
    _project(facility, who)
    until = TODAY + timedelta(days=days)
    for kind in ("licence", "credit"):
        Credential.objects.create(
            division_code=who.division_code, partner=who, kind=kind, title="营业执照", issuer="登记机关",
            grade="A" if kind == "credit" else "", issued_on=date(2020, 1, 1), valid_until=until,
        )  # fmt: skip
    assert tell(district=GONGSHU, today=TODAY) == (2 if reached else 0)
    assert tell(district=GONGSHU, today=TODAY) == 0
    assert keys("licence:", people) == [{reached} if reached else set()] * 2


def _project(facility, who) -> None:
    facility.projects.create(
        division_code=facility.division_code, name="助浴", run_by="market", partner=who, starts_on=date(2026, 1, 1)
    )


def test_the_workbench_has_what_ends_and_what_drifts_and_settling_clears_it(place):
    facility, space, who = place
    today = timezone.localdate()
    one = money.agreement(
        facility, who, [space], starts_on=today - timedelta(days=200), ends_on=today + timedelta(days=41)
    )
    clerk = client_of(person(Role.STREET_CLERK, STREET))
    page = clerk.get("/workbench/due/").content.decode()
    assert ("空间协议到期" in page, "照现在的进度会服务不足" in page) == (True, True)
    exchanges.settle(exchange=one, on=today, how="折价缴纳", by=None)
    page = clerk.get("/workbench/due/").content.decode()
    assert ("空间协议到期" in page, "照现在的进度会服务不足" in page) == (False, False)
    assert ExchangedSpace.objects.filter(exchange=one).exists()


def test_beat_finds_the_districts_by_itself(place, people):
    facility, space, who = place
    money.agreement(
        facility, who, [space], starts_on=date(2026, 1, 1), ends_on=timezone.localdate() + timedelta(days=11)
    )
    tell_early()
    tell_early()
    tell_endings()
    assert keys("exchange-end:", people) == [{"30"}] * 2
