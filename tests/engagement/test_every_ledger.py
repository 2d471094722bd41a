"""Every ledger is kept by its form; what the frequencies still lack waits on the workbench."""

from datetime import date

import pytest
from django.core.management import call_command

from engagement.queries.ledgers import BOOKS
from portal.queries.desk.due import due_items
from standards.operations import load
from tenants.models import Appointment
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope, scope_of
from tests.assessments import registry as make
from tests.engagement import records
from tests.people import GONGCHENQIAO, GONGSHU, client_of, person

TAIZHOULU = 330105005052
TYPED = {
    "activities": (
        {"name": "重阳茶会", "held_on": "2026-10-18", "kind": "culture", "target_group": "elders", "sessions": "2", "head_count": "60"},
        "重阳茶会",
    ),
    "plans": ({"month": "2026-10-01", "published_on": "2026-10-08", "content": "十月书画展"}, "十月书画展"),
    "hours": ({"item_number": "", "weekday": "1", "opens": "08:30", "closes": "20:30", "starts_on": "2026-10-01"}, "08:30–20:30"),
    "closures": (
        {"item_number": "", "starts_on": "2026-10-01", "last_day": "2026-10-05", "is_holiday": "on", "why": "国庆放假"},
        "国庆放假",
    ),
    "catchments": ({"residents": "23456", "elders": "5600", "starts_on": "2026-01-01"}, "23456"),
    "home-visits": ({"day": "2026-10-09", "service": "上门理发", "households": "3"}, "上门理发"),
    "upkeep": ({"day": "2026-10-09", "equipment": "跑步机", "work": "换皮带", "next_due_on": "2027-04-09"}, "跑步机"),
    "certificates": ({"item_number": "7", "name": "食品经营许可证", "number": "JY1", "issued_on": "2026-01-01"}, "食品经营许可证"),
    "complaints": ({"received_on": "2026-10-02", "kind": "complaint", "subject": "空调太吵", "due_on": "2026-10-12"}, "空调太吵"),
    "surveys": (
        {"title": "助餐满意度", "first_day": "2026-09-01", "last_day": "2026-09-30", "paper_valid": "40", "paper_satisfied": "38"},
        "38 / 40",
    ),
}  # fmt: skip


@pytest.fixture
def facility(db):
    call_command("load_divisions", verbosity=0)
    load()
    with opened_scope(division_scope(GONGSHU)):
        return make.demonstration(1, code=TAIZHOULU)


def test_every_ledger_that_is_kept_record_by_record_takes_one_by_its_form(facility):
    """The others (visits, rounds, monthly figures) are entered by the week's grid and by Excel; a street's home has its own test."""
    clerk = client_of(person(Role.STREET_CLERK, GONGCHENQIAO))
    assert {slug for slug, book in BOOKS.items() if book.is_single} == TYPED.keys() | {"disabled-homes"}
    for slug, (values, words) in TYPED.items():
        answer = clerk.post(f"/facilities/{facility.uuid}/lively/{slug}/add/", {**values, "version": "0"})
        assert answer.status_code == 302, (slug, answer.content.decode()[:2_000])
        page = clerk.get(f"/lively/{slug}/").content.decode()
        assert words in page, slug


def test_what_a_frequency_lacks_waits_on_the_workbench_until_its_last_day(facility):
    """杭州 附件 一(一)1 and 二4: no talk and no plan in November yet, one employment event of two in the year."""
    with opened_scope(division_scope(GONGSHU)):
        make.functions(facility, items=(106, 112))
        records.activity(facility, date(2026, 5, 5), "employment")
        records.plan(facility, date(2026, 10, 1), date(2026, 10, 8))
        records.activities(facility, [date(2026, month, 10) for month in range(1, 11)], "health_talk")
        clerk = person(Role.STREET_CLERK, GONGCHENQIAO)
        appointment = Appointment.objects.get(user=clerk)

    def waiting(day: date) -> dict[str, date]:
        with opened_scope(scope_of(appointment)):
            return {item.title: item.deadline for item in due_items(appointment, day) if item.source == "frequency"}

    november = waiting(date(2026, 11, 22))
    talk = next(title for title in november if "健康讲座" in title)
    jobs = next(title for title in november if "就业" in title)
    plan = next(title for title in november if "计划" in title)
    assert [november[title] for title in (talk, plan, jobs)] == [
        date(2026, 11, 30),
        date(2026, 11, 30),
        date(2026, 12, 31),
    ]
    with opened_scope(division_scope(GONGSHU)):
        records.activity(facility, date(2026, 11, 20), "health_talk")
        records.plan(facility, date(2026, 11, 1), date(2026, 11, 3))
    assert {talk, plan} & waiting(date(2026, 11, 22)).keys() == set()
