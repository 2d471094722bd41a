"""What is counted in each slot, from records in the database."""

from datetime import date, timedelta

import numpy as np
import pytest

from engagement.models import Certificate, DisabledHome
from engagement.queries.service import lacking_soon, service_sheet
from standards.queries.liveliness import service_standard
from standards.rules import MISSING
from standards.rules.service import SlotState
from tests.assessments import registry as make
from tests.assessments.registry import GONGSHU, own
from tests.engagement import records

MET, MISSED, UNKNOWN, POSSIBLE, IDLE = (
    SlotState.MET, SlotState.MISSED, SlotState.UNKNOWN, SlotState.POSSIBLE, SlotState.IDLE,
)  # fmt: skip
DAY = date(2026, 12, 31)
ALL_CITY_ITEMS = (101, 103, 106, 110, 111, 112, 113)


def sheet(*facilities, day=DAY):
    ids = np.array(sorted(one.pk for one in facilities), np.int64)
    return service_sheet(service_standard(GONGSHU, day), ids, day)


def state(found, key):
    return int(found.of(key).standing[0])


@pytest.fixture
def facility(gongshu):
    made = make.facility(1)
    make.functions(made, items=ALL_CITY_ITEMS)
    return made


def test_without_records_everything_waits_for_them(facility):
    found = sheet(facility)
    assert {duty.duty.key: int(duty.standing[0]) for duty in found.duties} == dict.fromkeys(
        [duty.key for duty in found.standard.duties], UNKNOWN
    )


def test_twelve_talks_in_one_month_are_one_month(facility):
    for day in records.days(date(2026, 1, 1), date(2026, 1, 12)):
        records.activity(facility, day, "health_talk")
    found = sheet(facility).of("health_talks")
    assert found.values[0].tolist() == [12] + [0] * 11
    assert found.states[0].tolist() == [MET] + [MISSED] * 11


def test_a_talk_in_every_month(facility):
    records.activities(facility, records.YEAR, "health_talk")
    assert state(sheet(facility), "health_talks") == MET
    assert state(sheet(facility, day=date(2026, 11, 30)), "health_talks") == POSSIBLE


def test_ten_parts_of_one_event_on_one_day_are_one_event(facility):
    for _ in range(10):
        records.activity(facility, date(2026, 5, 1), "sports")
    found = sheet(facility).of("sports_events")
    assert (found.values[0].tolist(), int(found.standing[0])) == ([1], MISSED)


@pytest.mark.parametrize(("held", "expected"), [(2, MET), (1, MISSED)])
def test_employment_events_of_the_year(facility, held, expected):
    records.activities(facility, records.YEAR[:held], "employment")
    records.activity(facility, date(2025, 12, 31), "employment")
    assert state(sheet(facility), "employment_events") == expected


def test_what_lies_after_the_day_is_not_counted(facility):
    records.activities(facility, records.YEAR[:2], "employment")
    assert sheet(facility, day=date(2026, 2, 9)).of("employment_events").values[0].tolist() == [1]


def test_a_duty_of_a_function_that_is_not_offered_is_idle(gongshu):
    made = make.facility(1)
    make.functions(made, items=(11,))
    found = sheet(made)
    assert {duty.duty.key: int(duty.standing[0]) for duty in found.duties} == {
        duty.key: UNKNOWN if duty.key == "disabled_home" else IDLE for duty in found.standard.duties
    }


def test_the_items_of_the_district_count_by_the_crosswalk(gongshu):
    made = make.facility(1)
    make.functions(made, items=(18,))  # 卫生服务站 → 健康服务
    records.hours(made, range(1, 6))
    assert state(sheet(made), "clinic_days") == MET


@pytest.mark.parametrize(("weekdays", "expected"), [((1, 2, 3, 4, 5), MET), ((1, 2, 3, 4), MISSED)])
def test_a_clinic_is_open_five_days_in_every_week(facility, weekdays, expected):
    records.hours(facility, weekdays, item=110)
    assert state(sheet(facility), "clinic_days") == expected


@pytest.mark.parametrize(("closes", "expected"), [(16, MET), (15, MISSED)])
def test_culture_is_open_28_hours_a_week(facility, closes, expected):
    records.hours(facility, (1, 2, 3, 4), opens=9, closes=closes, item=24)  # four days of 7 or 6 hours
    assert state(sheet(facility), "culture_hours") == expected


def test_one_minute_below_28_hours_is_27_hours(facility):
    records.hours(facility, (1, 2, 3, 4), opens=9, closes=16, item=112)
    records.opening(facility, date(2026, 6, 1), 419, item=112)  # a Monday
    found = sheet(facility).of("culture_hours")
    assert sorted(set(found.values[0].tolist())) == [27, 28]
    assert int(found.standing[0]) == MISSED


def test_a_closure_takes_days_away_and_a_public_holiday_takes_the_week_out(facility):
    records.hours(facility, range(1, 6), item=110)
    works = records.closure(facility, date(2026, 6, 3), date(2026, 6, 3))
    assert state(sheet(facility), "clinic_days") == MISSED
    works.is_holiday = True
    works.save()
    found = sheet(facility).of("clinic_days")
    assert int(found.standing[0]) == MET
    assert found.states[0].tolist().count(IDLE) == 1, "the week of the holiday"


def test_real_openings_go_before_registered_hours(facility):
    records.hours(facility, range(1, 6), item=110)
    records.opening(facility, date(2026, 6, 3), 0, item=110)
    assert state(sheet(facility), "clinic_days") == MISSED


def test_hours_of_the_whole_house_count_for_a_function_without_its_own(facility):
    records.hours(facility, range(1, 8))
    found = sheet(facility)
    assert (state(found, "clinic_days"), state(found, "culture_hours")) == (MET, MET)


@pytest.mark.parametrize(("published", "expected"), [(date(2026, 3, 31), MET), (date(2026, 4, 1), MISSED)])
def test_a_plan_is_published_within_its_month(facility, published, expected):
    for month in range(1, 13):
        first = date(2026, month, 1)
        records.plan(facility, first, published if month == 3 else first)
    assert state(sheet(facility), "monthly_plans") == expected


@pytest.mark.parametrize(("missing", "expected"), [((), MET), ((date(2026, 5, 4),), MISSED)])
def test_cleaning_on_every_open_day(facility, missing, expected):
    records.hours(facility, range(1, 6), item=113)
    open_days = [day for day in records.days(date(2026, 1, 1), DAY) if day.isoweekday() < 6]
    records.rounds(facility, [day for day in open_days if day not in missing])
    found = sheet(facility).of("daily_cleaning")
    assert int(found.standing[0]) == expected
    assert int((found.states[0] == IDLE).sum()) == 365 - len(open_days), "nothing is due on a shut day"


@pytest.mark.parametrize(("valid_until", "expected"), [(DAY, MET), (DAY - timedelta(days=1), MISSED)])
def test_a_certificate_is_valid_on_its_last_day(facility, valid_until, expected):
    own(
        Certificate, facility, item_number=103, name="托育备案", number="1", issued_on=date(2025, 1, 1),
        valid_until=valid_until,
    )  # fmt: skip
    assert state(sheet(facility), "nursery_certificates") == expected


def test_a_renewed_certificate_replaces_the_expired_one(facility):
    for issued, until in ((date(2024, 1, 1), date(2025, 12, 31)), (date(2026, 1, 1), date(2027, 12, 31))):
        own(Certificate, facility, item_number=103, name="托育备案", number="1", issued_on=issued, valid_until=until)
    assert state(sheet(facility), "nursery_certificates") == MET


def test_the_home_of_one_street_is_none_of_the_next(gongshu):
    here, there = make.facility(1, code=330105001051), make.facility(2, code=330105002051)
    DisabledHome.objects.create(
        division_code=330105001000, name="米市巷残疾人之家", is_standardised=True, starts_on=date(2025, 1, 1)
    )
    assert sheet(here, there).of("disabled_home").standing.tolist() == [MET, MISSED]


def test_a_home_that_is_not_up_to_the_standard_does_not_count(facility):
    DisabledHome.objects.create(division_code=330105001000, name="在建", starts_on=date(2025, 1, 1))
    assert state(sheet(facility), "disabled_home") == MISSED


def test_nothing_is_due_before_the_facility_opened(gongshu):
    made = make.facility(1, opened=date(2026, 7, 15))
    make.functions(made, items=(101,))
    records.activities(made, records.YEAR[7:], "health_talk")
    found = sheet(made).of("health_talks")
    assert found.states[0].tolist() == [IDLE] * 7 + [MET] * 5


@pytest.mark.parametrize("number", [1, 3])
def test_as_many_statements_for_three_facilities_as_for_one(gongshu, django_assert_num_queries, number):
    made = [make.facility(n) for n in range(1, number + 1)]
    standard = service_standard(GONGSHU, DAY)
    ids = np.array([one.pk for one in made], np.int64)
    with django_assert_num_queries(12):
        service_sheet(standard, ids, DAY)


def test_values_are_missing_and_never_zero_without_a_record(facility):
    found = sheet(facility)
    assert set(found.of("health_talks").values[0].tolist()) == {MISSING}


def test_what_is_lacking_soon_names_slot_and_number(facility):
    records.activities(facility, records.YEAR[:1], "employment")
    day = date(2026, 11, 22)
    ids = np.array([facility.pk], np.int64)
    found = service_sheet(service_standard(GONGSHU, day), ids, day, day_is_over=False)
    told = {(duty.key, slot.last, lacking) for _, slot, duty, lacking in lacking_soon(found, timedelta(days=45))}
    assert told == {
        ("health_talks", date(2026, 11, 30), 1), ("employment_events", date(2026, 12, 31), 1),
        ("sports_events", date(2026, 12, 31), 4),
    }  # fmt: skip
