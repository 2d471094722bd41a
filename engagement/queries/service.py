"""The frequencies of the city's annex, counted slot by slot from the records for many facilities at once."""

# ruff: noqa: S608 (the statements are put together from names of these modules)

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from engagement.models import RoundKind
from engagement.queries.columns import FOREVER, columns, ordinal
from engagement.rules.openness import Closed, Hours, OpenDays, Openings, open_days
from standards.queries import crosswalk
from standards.rules import MISSING
from standards.rules.service import (
    Duty,
    Period,
    ServiceStandard,
    Slot,
    SlotState,
    judge_slots,
    periods,
    shortfall_of,
    standing,
)

CLINIC, CULTURE, CHILDREN_PLAY = 110, 112, 113
_EVENT_KINDS = {"health_talk_days": "health_talk", "employment_days": "employment", "sports_days": "sports"}


@dataclass(frozen=True)
class DutySheet:
    """One duty for all facilities: values int64 (n, slots), MISSING without a record; states `SlotState`, int8 (n, slots)."""

    duty: Duty
    slots: tuple[Period, ...]
    values: NDArray[np.int64]
    states: NDArray[np.int8]

    @property
    def standing(self) -> NDArray[np.int8]:
        return standing(self.states)


@dataclass(frozen=True)
class ServiceSheet:
    """Row i of everything belongs to `facility_ids[i]` (ascending)."""

    standard: ServiceStandard
    year: int
    day: date
    facility_ids: NDArray[np.int64]
    duties: tuple[DutySheet, ...]

    def of(self, key: str) -> DutySheet:
        """The sheet of one duty. KeyError if it was not judged."""
        for sheet in self.duties:
            if sheet.duty.key == key:
                return sheet
        raise KeyError(key)


@dataclass
class Ledgers:
    """What the statements of one sheet share: offered functions, opening days, the calendar."""

    facility_ids: NDArray[np.int64]
    day: date
    _open: dict[int, OpenDays] = field(default_factory=dict)

    def __post_init__(self):
        self.first = date(self.day.year, 1, 1) - timedelta(days=6)  # the first ISO week may begin in December
        self.days = (date(self.day.year + 1, 1, 7) - self.first).days
        self.city_of = crosswalk(self.day)
        self.since, self.items = _offered(self.facility_ids, self.day)
        self.open_since = _open_since(self.facility_ids, self.day)

    @cached_property
    def opening_ledgers(self) -> tuple[Hours, Closed, Openings]:
        return _opening_ledgers(self.facility_ids, self.first, self.days)

    @cached_property
    def events(self) -> list[NDArray[np.int64]]:
        """Days with activities of the year: facility, day number, and a bit for each kind that a frequency counts."""
        bits = " | ".join(f"bit_or((r.kind = '{kind}')::int << {n})" for n, kind in enumerate(_EVENT_KINDS.values()))
        return columns(
            f"""SELECT r.facility_id, {ordinal("r.held_on")}, ({bits})::bigint FROM engagement_activity r
            WHERE {{inside}} AND r.held_on BETWEEN %(first)s AND %(day)s GROUP BY 1, 2""",
            3, self.facility_ids, first=date(self.day.year, 1, 1), day=self.day,
        )  # fmt: skip

    def numbers_of(self, city_item: int) -> frozenset[int]:
        """The catalogue numbers under which a facility may register a sub-item of the city."""
        return frozenset({city_item, *(item for item, cities in self.city_of.items() if city_item in cities)})

    def offered_since(self, city_item: int) -> NDArray[np.int64]:
        """The day number from which each facility offers a sub-item; FOREVER where it does not on the day."""
        found = np.full(len(self.facility_ids), FOREVER, np.int64)
        rows, numbers, since = self.items
        mine = np.isin(numbers, sorted(self.numbers_of(city_item)))
        np.minimum.at(found, rows[mine], since[mine])
        return found

    def open_days(self, city_item: int) -> OpenDays:
        if city_item not in self._open:
            items = self.numbers_of(city_item) if city_item else frozenset()
            self._open[city_item] = open_days(
                *self.opening_ledgers, items=items, size=len(self.facility_ids), first=self.first,
                days=self.days,
            )  # fmt: skip
        return self._open[city_item]


def service_sheet(
    standard: ServiceStandard,
    facility_ids: NDArray[np.int64],
    day: date,
    *,
    day_is_over: bool = True,
    slots: Collection[Slot] = tuple(Slot),
) -> ServiceSheet:
    """Judge every duty of a standard for facilities (ids ascending, open on the day), in the calendar year of `day`.

    Some ten statements, whatever the number of facilities. Records after `day` are not read. day_is_over: False for
    today, whose slots can still be met. slots: judge only duties with slots of these lengths.
    """
    ledgers = Ledgers(facility_ids, day)
    until = day if day_is_over else day - timedelta(days=1)
    sheets = tuple(_sheet(duty, ledgers, standard.begins, until) for duty in standard.duties if duty.slot in slots)
    return ServiceSheet(standard, day.year, day, facility_ids, sheets)


def _sheet(duty: Duty, ledgers: Ledgers, begins: date, until: date) -> DutySheet:
    slots = periods(duty.slot, ledgers.day.year, ledgers.day)
    values, due = COUNTERS[duty.metric](ledgers, slots)
    offered = ledgers.offered_since(duty.item) if duty.item else np.zeros(len(ledgers.facility_ids), np.int64)
    since = np.maximum(np.maximum(offered, ledgers.open_since), begins.toordinal())
    starts = np.array([slot.first.toordinal() for slot in slots], np.int64)
    if duty.slot in (Slot.YEAR, Slot.ALWAYS):
        begun = np.broadcast_to((offered < FOREVER)[:, np.newaxis], values.shape)
    else:
        begun = starts[np.newaxis, :] >= since[:, np.newaxis]
    over = np.array([slot.last <= until or duty.slot is Slot.ALWAYS for slot in slots], np.bool_)
    states = judge_slots(duty, values, due & begun, over)
    return DutySheet(duty, slots, values, states)


def lacking_soon(sheet: ServiceSheet, within: timedelta) -> Iterator[tuple[int, Period, Duty, int]]:
    """(row, slot, duty, how many it lacks) of yearly and monthly slots that hold the day, end soon and can still be met."""
    for duty in sheet.duties:
        if duty.duty.slot not in (Slot.YEAR, Slot.MONTH):
            continue
        for number, slot in enumerate(duty.slots):
            if not (slot.first <= sheet.day <= slot.last <= sheet.day + within):
                continue
            for row in np.flatnonzero(duty.states[:, number] == SlotState.POSSIBLE).tolist():
                if (duty.values[row, number] != MISSING) and (
                    lacking := shortfall_of(duty.duty, int(duty.values[row, number]))
                ):
                    yield int(row), slot, duty.duty, lacking


# --- counters: (values int64 (n, slots), due bool (n, slots)) ----------------------------------------------------------


def _always_due(values: np.ndarray) -> np.ndarray:
    return np.ones(values.shape, np.bool_)


def _slot_index(slots: tuple[Period, ...]) -> np.ndarray:
    return np.array([slot.first.toordinal() for slot in slots], np.int64)


def _counted(ledgers: Ledgers, slots, rows, days, amounts, in_use) -> tuple[np.ndarray, np.ndarray]:
    """Sums of dated amounts by slot: 0 where the facility keeps the record and has nothing, MISSING where it keeps none."""
    values = np.zeros((len(ledgers.facility_ids), len(slots)), np.int64)
    place = np.searchsorted(_slot_index(slots), days, side="right") - 1
    inside = (place >= 0) & (days <= np.array([slot.last.toordinal() for slot in slots])[np.maximum(place, 0)])
    np.add.at(values, (rows[inside], place[inside]), amounts[inside])
    values[~in_use] = MISSING
    return values, _always_due(values)


def _in_use(ledgers: Ledgers, rows: np.ndarray) -> np.ndarray:
    used = np.zeros(len(ledgers.facility_ids), np.bool_)
    used[rows] = True
    return used


def _year(ledgers: Ledgers) -> dict[str, date]:
    return {"first": date(ledgers.day.year, 1, 1), "day": ledgers.day}


def _events(kind: str) -> Callable:
    """Days with an activity of a kind: two of one kind on one day are one event."""
    place = list(_EVENT_KINDS.values()).index(kind)

    def count(ledgers: Ledgers, slots):
        rows, days, kinds = ledgers.events
        return _counted(ledgers, slots, rows, days, kinds >> place & 1, _in_use(ledgers, rows))

    return count


def _plans(ledgers: Ledgers, slots):
    """A plan counts in its month if it was published by the last day of it."""
    rows, days, mine = columns(
        f"""SELECT r.facility_id, {ordinal("r.month")},
        (r.published_on IS NOT NULL AND r.published_on <= %(day)s
         AND r.published_on < r.month + interval '1 month')::int::bigint
        FROM engagement_activityplan r WHERE {{inside}} AND r.month BETWEEN %(first)s AND %(day)s""",
        3, ledgers.facility_ids, **_year(ledgers),
    )  # fmt: skip
    return _counted(ledgers, slots, rows, days, mine, _in_use(ledgers, rows))


def _home_visits(ledgers: Ledgers, slots):
    rows, days, households = columns(
        f"""SELECT r.facility_id, {ordinal("r.day")}, r.households::bigint
        FROM engagement_homevisit r WHERE {{inside}} AND r.day BETWEEN %(first)s AND %(day)s""",
        3, ledgers.facility_ids, **_year(ledgers),
    )  # fmt: skip
    return _counted(ledgers, slots, rows, days, households, _in_use(ledgers, rows))


def _cleaning(ledgers: Ledgers, slots):
    """Due on the days on which the children's facilities are open; on every day where nobody says when that is."""
    rows, days, rounds = columns(
        f"""SELECT r.facility_id, {ordinal("r.day")}, 1::bigint FROM engagement_round r
        WHERE {{inside}} AND r.kind = {int(RoundKind.CLEANING)} AND r.day BETWEEN %(first)s AND %(day)s""",
        3, ledgers.facility_ids, **_year(ledgers),
    )  # fmt: skip
    values, _ = _counted(ledgers, slots, rows, days, rounds, _in_use(ledgers, rows))
    found = ledgers.open_days(CHILDREN_PLAY)
    at = slots[0].first.toordinal() - ledgers.first.toordinal()
    due = (found.minutes[:, at : at + len(slots)] > 0) | ~found.known[:, np.newaxis]
    return values, due


def _weekly(ledgers: Ledgers, slots, city_item: int, of_days: Callable) -> tuple[np.ndarray, np.ndarray]:
    found = ledgers.open_days(city_item)
    shown = found.minutes.copy()
    shown[:, (ledgers.day.toordinal() - ledgers.first.toordinal()) + 1 :] = 0  # what lies after the day is no record
    at = _slot_index(slots) - ledgers.first.toordinal()
    weeks = at[:, np.newaxis] + np.arange(7)
    values = of_days(shown[:, weeks])
    values[~found.known] = MISSING
    due = ~found.holiday[:, weeks].any(axis=2)
    return values, due


def _clinic_days(ledgers: Ledgers, slots):
    return _weekly(ledgers, slots, CLINIC, lambda minutes: (minutes > 0).sum(axis=2).astype(np.int64))


def _culture_hours(ledgers: Ledgers, slots):
    return _weekly(ledgers, slots, CULTURE, lambda minutes: minutes.sum(axis=2) // 60)


def _certificates(ledgers: Ledgers, slots):
    """Expired ones among the latest certificate of each name; MISSING where none is registered."""
    rows, expired = columns(
        """SELECT facility_id, sum(expired)::bigint FROM (
            SELECT DISTINCT ON (r.facility_id, r.name, r.number) r.facility_id,
                (r.valid_until IS NOT NULL AND r.valid_until < %(day)s)::int AS expired
            FROM engagement_certificate r WHERE {inside} AND r.issued_on <= %(day)s
              AND r.item_number = ANY(%(items)s)
            ORDER BY r.facility_id, r.name, r.number, r.issued_on DESC) latest GROUP BY 1""",
        2, ledgers.facility_ids, items=sorted(ledgers.numbers_of(103)), day=ledgers.day,
    )  # fmt: skip
    values = np.full((len(ledgers.facility_ids), 1), MISSING, np.int64)
    values[rows, 0] = expired
    return values, _always_due(values)


def _disabled_homes(ledgers: Ledgers, slots):
    """Those of the facility's street. Where the district has registered none at all, nobody keeps that record."""
    rows, homes, of_district = columns(
        """SELECT r.id, (SELECT count(*) FROM engagement_disabledhome h
                WHERE h.division_code / 1000 = r.division_code / 1000 AND h.is_standardised
                  AND h.starts_on <= %(day)s AND (h.ends_on IS NULL OR h.ends_on > %(day)s)),
            (SELECT count(*) FROM engagement_disabledhome h
                WHERE h.division_code >= r.division_code / 1000000 * 1000000
                  AND h.division_code < (r.division_code / 1000000 + 1) * 1000000 AND h.starts_on <= %(day)s)
        FROM (SELECT f.id, f.id AS facility_id, f.division_code FROM facilities_facility f) r WHERE {inside}""",
        3, ledgers.facility_ids, day=ledgers.day,
    )  # fmt: skip
    values = np.full((len(ledgers.facility_ids), 1), MISSING, np.int64)
    values[rows, 0] = np.where((homes > 0) | (of_district > 0), homes, MISSING)
    return values, _always_due(values)


COUNTERS: dict[str, Callable] = {
    **{metric: _events(kind) for metric, kind in _EVENT_KINDS.items()},
    "plans_published": _plans,
    "home_visit_households": _home_visits,
    "cleaning_rounds": _cleaning,
    "clinic_open_days": _clinic_days,
    "culture_open_hours": _culture_hours,
    "certificates_expired": _certificates,
    "disabled_homes_in_street": _disabled_homes,
}


# --- ledgers read once a sheet ------------------------------------------------------------------------------------------


def _opening_ledgers(facility_ids, first: date, days: int) -> tuple[Hours, Closed, Openings]:
    last = first + timedelta(days=days)
    hours = columns(
        f"""SELECT r.facility_id, r.item_number::bigint, r.weekday::bigint, (r.closes_minute - r.opens_minute)::bigint,
        {ordinal("r.starts_on")}, coalesce({ordinal("r.ends_on")}, {FOREVER})
        FROM engagement_openinghours r WHERE {{inside}} AND r.starts_on < %(last)s
          AND (r.ends_on IS NULL OR r.ends_on > %(first)s)""",
        6, facility_ids, first=first, last=last,
    )  # fmt: skip
    rows, items, since, until, holiday = columns(
        f"""SELECT r.facility_id, r.item_number::bigint, {ordinal("r.starts_on")}, {ordinal("r.ends_on")},
        r.is_holiday::int::bigint FROM engagement_closure r
        WHERE {{inside}} AND r.starts_on < %(last)s AND r.ends_on > %(first)s""",
        5, facility_ids, first=first, last=last,
    )  # fmt: skip
    opened = columns(
        f"""SELECT r.facility_id, r.item_number::bigint, {ordinal("r.day")}, r.minutes::bigint
        FROM engagement_opening r WHERE {{inside}} AND r.day >= %(first)s AND r.day < %(last)s""",
        4, facility_ids, first=first, last=last,
    )  # fmt: skip
    return Hours(*hours), Closed(rows, items, since, until, holiday > 0), Openings(*opened)


def _offered(facility_ids, day: date):
    rows, numbers, since = columns(
        f"""SELECT r.facility_id, r.item_number::bigint, {ordinal("r.starts_on")} FROM facilities_offeredfunction r
        WHERE {{inside}} AND r.item_number IS NOT NULL AND r.starts_on <= %(day)s
          AND (r.ends_on IS NULL OR r.ends_on > %(day)s)""",
        3, facility_ids, day=day,
    )  # fmt: skip
    return since, (rows, numbers, since)


def _open_since(facility_ids, day: date) -> np.ndarray:
    """The day number from which each facility has been open without a break; FOREVER where it is not open on the day."""
    rows, since, is_open = columns(
        f"""SELECT r.facility_id, {ordinal("r.starts_on")}, (r.lifecycle = 'open')::int::bigint
        FROM facilities_facilitystate r WHERE {{inside}} AND r.starts_on <= %(day)s ORDER BY r.facility_id, r.starts_on""",
        3, facility_ids, day=day,
    )  # fmt: skip
    found = np.full(len(facility_ids), FOREVER, np.int64)
    for row, start, open_then in zip(rows.tolist(), since.tolist(), is_open.tolist(), strict=True):
        if not open_then:
            found[row] = FOREVER
        elif found[row] == FOREVER:
            found[row] = start
    return found


__all__ = ["DutySheet", "ServiceSheet", "SlotState", "service_sheet"]
