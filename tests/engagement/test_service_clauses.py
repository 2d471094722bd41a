"""The frequencies of the city's annex, on both sides of every number, slot by slot (`clauses/service.toml`)."""

import tomllib
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from standards.rules import MISSING
from standards.rules.amounts import amount_of
from standards.rules.service import Slot, SlotState, build_service, judge_slots, periods, standing
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
    path = Path(__file__).parent / "clauses" / "service.toml"
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
