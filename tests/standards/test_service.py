"""The frequencies of the city's annex, on both sides of every number, slot by slot (`service/frequencies.toml`)."""

import tomllib
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from standards.rules import MISSING, RuleError
from standards.rules.amounts import amount_of
from standards.rules.checks import problems
from standards.rules.service import Slot, SlotState, build_service, judge_slots, periods, shortfall_of, standing
from tests.standards.files import ROOT

OUTCOMES = {
    "达标": SlotState.MET,
    "未达": SlotState.MISSED,
    "还来得及": SlotState.POSSIBLE,
    "待确认": SlotState.UNKNOWN,
    "不适用": SlotState.IDLE,
}


@cache
def standard():
    path = ROOT / "fixtures" / "standards" / "hangzhou-service-2025.toml"
    return build_service(tomllib.loads(path.read_text(encoding="utf-8")))


@cache
def entries():
    path = Path(__file__).parent / "service" / "frequencies.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))["clause"]


def cases():
    for entry in entries():
        for case in entry["case"]:
            name = f"{entry['duty']}-{case['day']}-{' '.join(case['values'])}"
            yield pytest.param(entry, case, id=name, marks=pytest.mark.requirement(*entry["requirements"]))


def slot_values(duty, day, written):
    slots = periods(duty.slot, day.year, day)
    amounts = [MISSING if text == "缺" else amount_of(text) for text in written]
    filled = (amounts + amounts[-1:] * len(slots))[: len(slots)]
    over = np.array([slot.last <= day for slot in slots])
    return np.array([filled], np.int64), over


@pytest.mark.parametrize(("entry", "case"), list(cases()))
def test_a_frequency_is_judged_as_the_annex_says(entry, case):
    duty, day = standard()[entry["duty"]], date.fromisoformat(case["day"])
    values, over = slot_values(duty, day, case["values"])
    states = judge_slots(duty, values, np.ones(values.shape, bool), over)
    assert duty.criterion.source.clause == entry["clause"]
    assert standing(states).tolist() == [OUTCOMES[case["outcome"]]]


@pytest.mark.parametrize("duty", standard().duties, ids=lambda duty: duty.key)
def test_every_number_has_cases_on_both_sides(duty):
    [entry] = [entry for entry in entries() if entry["duty"] == duty.key]
    outcomes = {case["outcome"] for case in entry["case"]}
    if duty.needed is None:
        assert outcomes == {"待确认"}
        return
    numbers = {amount_of(text) for case in entry["case"] for text in case["values"] if text != "缺"}
    beside = duty.needed + 1 if duty.criterion.operator == "at_most" else duty.needed - 1
    assert {duty.needed, beside} <= numbers
    assert {"达标", "未达", "待确认"} <= outcomes


def test_the_slots_of_a_year():
    day = date(2026, 11, 22)
    assert [len(periods(slot, 2026, day)) for slot in (Slot.DAY, Slot.WEEK, Slot.MONTH, Slot.YEAR, Slot.ALWAYS)] == [
        365, 52, 12, 1, 1,
    ]  # fmt: skip
    assert periods(Slot.WEEK, 2026, day)[0].first == date(2025, 12, 29), "the week that ends on 4 January"
    assert periods(Slot.WEEK, 2026, day)[-1].last == date(2026, 12, 27)
    assert periods(Slot.MONTH, 2024, day)[1].last == date(2024, 2, 29)


def test_nothing_due_is_no_duty_met():
    duty = standard()["health_talks"]
    values, over = slot_values(duty, date(2026, 12, 31), ["1 次"])
    states = judge_slots(duty, values, np.zeros(values.shape, bool), over)
    assert standing(states).tolist() == [SlotState.IDLE]


def raw():
    path = ROOT / "fixtures" / "standards" / "hangzhou-service-2025.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def bent(**changes):
    data = raw()
    data["duty"][0] |= changes
    return data


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"operator": "is_true"}, "health_talks: a slot is compared by at_least or at_most"),
        ({"slot": "fortnight"}, "health_talks: 'fortnight' is not a valid Slot"),
        ({"threshold": "einmal"}, "health_talks: “einmal” is not an amount with its unit"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused_by_name(changes, message):
    with pytest.raises(RuleError, match=message):
        build_service(bent(**changes))


def test_a_duty_without_what_it_needs_is_refused():
    data = raw()
    del data["duty"][0]["metric"]
    with pytest.raises(RuleError, match="health_talks: 'metric'"):
        build_service(data)
    del data["duty"][0]["key"]
    with pytest.raises(RuleError, match="a duty without key"):
        build_service(data)


def test_what_is_quoted_stands_in_the_annex():
    clauses = {entry["clause"]: entry["quote"] for entry in raw()["duty"]}
    found = problems(
        bent(quote="每月至少组织2次健康讲座或义诊"), clauses | {"杭州 附件 一(一)1": "每月至少组织1次健康讲座或义诊"}
    )
    assert "杭州 附件 一(一)1: “每月至少组织2次健康讲座或义诊” does not stand there" in found


def test_a_file_that_cannot_be_built_is_a_problem():
    assert any("fortnight" in each for each in problems(bent(slot="fortnight"), {}))
    broken = raw()
    del broken["version"]["number"]
    assert "'number'" in problems(broken, {})


def test_equal_content_gives_an_equal_hash():
    assert standard().content_hash == build_service(raw()).content_hash
    assert standard().content_hash != build_service(bent(threshold="2 次")).content_hash
    frozen = raw()
    frozen["version"]["effective_from"] = "2025-12-04"  # as the database keeps it
    assert build_service(frozen).content_hash == standard().content_hash
    assert standard().position("monthly_plans") == 8
    with pytest.raises(KeyError):
        standard()["no_such_duty"]


def test_how_much_a_slot_still_needs():
    employment, certificates, visits = (
        standard()[key] for key in ("employment_events", "nursery_certificates", "home_visits")
    )
    assert [shortfall_of(employment, value) for value in (MISSING, 0, 1, 2, 3)] == [2, 2, 1, 0, 0]
    assert (shortfall_of(certificates, 3), shortfall_of(visits, 0)) == (0, 0)
