"""Frequencies of a service standard, judged slot by slot: 12 of 12 months, not "12 events". Pure and on whole arrays.

A duty names the function it belongs to, the length of its slots and what must be counted in each. Every slot is judged by
the same engine as any other criterion; a slot that is not over yet and not met is still possible.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from enum import IntEnum, StrEnum
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from standards.rules.amounts import AmountError, threshold_of
from standards.rules.building import RuleError
from standards.rules.criteria import MISSING, Criterion, Kind, Operator, Outcome, Source
from standards.rules.judging import judge

_COMPARISONS = (Operator.AT_LEAST, Operator.AT_MOST)


class Slot(StrEnum):
    """How long a slot is. ALWAYS: one slot, the day itself."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"
    ALWAYS = "always"


class SlotState(IntEnum):
    """What a slot is on a day. IDLE: nothing was due (function not offered, facility shut)."""

    MISSED = 0
    MET = 1
    UNKNOWN = 2
    POSSIBLE = 3
    IDLE = 4


@dataclass(frozen=True, slots=True)
class Period:
    """A slot of the calendar: first and last day, both inside."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Duty:
    """One frequency. item: the sub-item of the city's catalogue that it belongs to; 0 for everybody. by_street: a duty of
    the street and not of the single facility. criterion: what each slot is compared with."""

    key: str
    title: str
    item: int
    slot: Slot
    criterion: Criterion
    by_street: bool = False
    counted: str = ""
    advice: str = ""

    @property
    def metric(self) -> str:
        return self.criterion.metrics[0]

    @property
    def needed(self) -> int | None:
        """How many a slot needs; None where the document names no number."""
        limit = self.criterion.thresholds[0]
        return limit.value if limit else None


@dataclass(frozen=True, slots=True)
class ServiceStandard:
    """The duties of one version. begins: the first day on which any of them is due."""

    version: str
    begins: date
    duties: tuple[Duty, ...]
    content_hash: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        content = {
            "version": self.version,
            "begins": self.begins.isoformat(),
            "duties": [asdict(d) for d in self.duties],
        }
        text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        object.__setattr__(self, "content_hash", hashlib.sha256(text.encode()).hexdigest())

    def __getitem__(self, key: str) -> Duty:
        return self.duties[self.position(key)]

    def position(self, key: str) -> int:
        for position, duty in enumerate(self.duties):
            if duty.key == key:
                return position
        raise KeyError(key)


def build_service(data: Mapping[str, Any]) -> ServiceStandard:
    """A service standard from its parsed file. Raises RuleError that names the duty."""
    begins = data["version"]["effective_from"]
    return ServiceStandard(
        version=f"{data['standard']['key']}@{data['version']['number']}",
        begins=date.fromisoformat(begins) if isinstance(begins, str) else begins,
        duties=tuple(_duty(entry, data["version"]["document"]) for entry in data["duty"]),
    )


def _duty(entry: Mapping[str, Any], document: str) -> Duty:
    try:
        operator = Operator(entry.get("operator", Operator.AT_LEAST))
        if operator not in _COMPARISONS:
            raise RuleError(f"{entry['key']}: a slot is compared by at_least or at_most")
        limit = threshold_of(entry.get("threshold"))
        return Duty(
            key=entry["key"],
            title=entry["title"],
            item=entry.get("item", 0),
            slot=Slot(entry["slot"]),
            by_street=entry.get("by_street", False),
            counted=entry["counted"],
            advice=entry["advice"],
            criterion=Criterion(
                key=entry["key"],
                title=entry["title"],
                kind=Kind.CITY,
                operator=operator,
                metrics=(entry["metric"],),
                thresholds=(limit,) * 3,
                unit=entry["unit"],
                source=Source(document, entry["clause"], entry["quote"], entry.get("severity", "")),
                interpretations=tuple(entry.get("interpretations", ())),
            ),
        )
    except (KeyError, ValueError, AmountError) as error:
        if isinstance(error, RuleError):
            raise
        raise RuleError(f"{entry.get('key', 'a duty without key')}: {error}") from error


def periods(slot: Slot, year: int, day: date) -> tuple[Period, ...]:
    """The slots of a calendar year. A week (Monday to Sunday) belongs to the year in which it ends."""
    match slot:
        case Slot.YEAR:
            return (Period(date(year, 1, 1), date(year, 12, 31)),)
        case Slot.MONTH:
            firsts = [date(year, month, 1) for month in range(1, 13)] + [date(year + 1, 1, 1)]
            return tuple(Period(a, b - timedelta(days=1)) for a, b in pairwise(firsts))
        case Slot.WEEK:
            first_sunday = date(year, 1, 1) + timedelta(days=7 - date(year, 1, 1).isoweekday())
            sundays = [first_sunday + timedelta(weeks=n) for n in range(53)]
            return tuple(Period(sunday - timedelta(days=6), sunday) for sunday in sundays if sunday.year == year)
        case Slot.DAY:
            first = date(year, 1, 1)
            days = (date(year + 1, 1, 1) - first).days
            return tuple(Period(d, d) for d in (first + timedelta(days=n) for n in range(days)))
        case _:
            return (Period(day, day),)


def judge_slots(
    duty: Duty, values: NDArray[np.int64], due: NDArray[np.bool_], over: NDArray[np.bool_]
) -> NDArray[np.int8]:
    """The state of every slot of many facilities.

    values: int64 (n, slots), what was counted in each slot, MISSING where nobody keeps that record. due: bool (n, slots).
    over: bool (slots,), whether the slot has ended. Returns `SlotState`, int8 (n, slots). A slot without a record is
    UNKNOWN once it is over; before that it is still possible, like one whose count does not suffice yet.
    """
    flat = values.reshape(-1)
    outcome = judge(duty.criterion, {duty.metric: flat}, np.zeros(len(flat), np.int8)).reshape(values.shape)
    states = np.full(values.shape, SlotState.UNKNOWN, np.int8)
    states[outcome == Outcome.MET] = SlotState.MET
    states[outcome == Outcome.NOT_MET] = SlotState.MISSED
    open_still = ~over[np.newaxis, :] & (outcome != Outcome.MET)
    states[open_still] = SlotState.POSSIBLE
    states[~due] = SlotState.IDLE
    return states


def standing(states: NDArray[np.int8]) -> NDArray[np.int8]:
    """The state of a duty as a whole, int8 (n,), from that of its slots (n, slots).

    One missed slot is a missed duty. Otherwise one unknown slot leaves it unknown, an open one possible; else it is met
    if anything was due at all.
    """
    found = np.full(len(states), SlotState.IDLE, np.int8)
    for state in (SlotState.MET, SlotState.POSSIBLE, SlotState.UNKNOWN, SlotState.MISSED):
        found[(states == state).any(axis=1)] = state
    return found


def shortfall_of(duty: Duty, value: int) -> int:
    """How many a slot still needs: 0 where it is met or the document names no number. A missing value counts as none."""
    if duty.needed is None or duty.criterion.operator is Operator.AT_MOST:
        return 0
    return max(duty.needed - (0 if value == MISSING else int(value)), 0)
