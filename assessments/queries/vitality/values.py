"""The ratios of the index for the facilities that a run judges, what may cap them, and what looks wrong."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assessments.queries.vitality import counts
from assessments.queries.vitality.counts import Period
from assessments.rules import vitality as rules
from assessments.rules.packing import FactTable
from assessments.rules.quarters import Quarter
from assessments.rules.vitality import Mark
from engagement.models import Figure
from engagement.queries.service import Ledgers, ServiceSheet
from standards.rules import MISSING, Tier
from standards.rules.service import SlotState
from standards.rules.vitality import Ratio, Scale

Ints = NDArray[np.int64]
REQUIRED = ("health_talks", "employment_events", "sports_events", "monthly_plans")
_GROUPS = {1: "elders", 2: "children", 3: "low_income", 4: "disabled"}


@dataclass(frozen=True)
class Collected:
    """values: metric → ratio in its unit. flags: conditions that cap. marks: `Mark`, int16 (n,)."""

    values: dict[str, Ratio]
    flags: dict[str, Ints]
    marks: NDArray[np.int16]


def collect(
    scale: Scale, quarter: Quarter, table: FactTable, tiers: np.ndarray, sheet: ServiceSheet | None
) -> Collected:
    """What the index of a quarter is made of. table: the facts of the run; tiers int8 (n,); sheet: of the same facilities."""
    period = Period(quarter, table.facility_ids)
    params = scale.parameters
    people, reported = counts.catchment(period), counts.figures(period)
    visits, held = counts.visits(period), counts.sessions(period, params["sessions_a_day"])
    satisfied, valid = counts.answers(period)
    few = (valid != MISSING) & (valid < params["least_sample"])
    asked = np.where(few, MISSING, valid)
    due = np.where(tiers == Tier.DEMONSTRATION, params["sessions_demonstration"], params["sessions_inclusive"]) * 3
    values = {
        "gathering": rules.ratio(visits, _times(people["residents"], rules.MONTHS)),
        "reach": rules.capped_ratio(reported.last_month(Figure.PERSONS_12M), people["residents"]),
        "group_reach": rules.mean_share(
            [(reported.last_month(Figure.PERSONS_12M, group), people[name]) for group, name in _GROUPS.items()]
        ),
        "supply": rules.capped_ratio(held.held, due.astype(np.int64)),
        "room_use": rules.capped_ratio(
            reported.total(Figure.ROOM_USED_MINUTES), reported.total(Figure.ROOM_OPEN_MINUTES)
        ),
        "hours_kept": _hours_kept(sheet, period),
        "functions_alive": _functions_alive(period, reported, params["services_per_month"] * rules.MONTHS),
        "returning": rules.capped_ratio(
            reported.last_month(Figure.RETURNING_30D), reported.last_month(Figure.PERSONS_30D)
        ),
        "satisfaction": rules.ratio(np.where(few, MISSING, satisfied), asked),
        "closed_in_time": rules.ratio(*counts.complaints(period)),
        "partners_active": _partners_active(period, held.held),
        "charity": rules.charity(
            table.columns["charity_projects"],
            table.columns["charity_received_fen"],
            projects_year=params["charity_projects_year"],
            fen_year=params["charity_fen_year"],
            quarter=quarter.number,
        ),
        "space_and_balance": rules.space_and_balance(
            table.columns["multifunction_area"],
            table.columns["usable_area"],
            reported.total(Figure.INCOME_FEN, 6),
            reported.total(Figure.COST_FEN, 6),
        ),
    }
    marks = _marks(params, quarter, table, visits, held, few)
    return Collected(values, {"required_events": _required(sheet, period)}, marks)


def _times(column: Ints, factor: int) -> Ints:
    return np.where(column == MISSING, MISSING, np.where(column == MISSING, 0, column) * factor)


def _hours_kept(sheet: ServiceSheet | None, period: Period) -> Ratio:
    """Functions whose every due week of the quarter was open long enough, of those that have a number to keep."""
    kept, due = np.zeros(period.size, np.int64), np.zeros(period.size, np.int64)
    for key in ("clinic_days", "culture_hours") if sheet else ():
        duty = sheet.of(key)
        inside = [period.quarter.first_day <= slot.last <= period.quarter.last_day for slot in duty.slots]
        states = duty.states[:, np.array(inside)]
        unknown = (states == SlotState.UNKNOWN).any(axis=1)
        counted = np.isin(states, (SlotState.MET, SlotState.MISSED)).any(axis=1) & ~unknown
        due += counted
        kept += counted & ~(states == SlotState.MISSED).any(axis=1)
    return rules.ratio(kept, np.where(due > 0, due, MISSING))


def _partners_active(period: Period, held: Ints) -> Ratio:
    """No value where nobody records activities: they are where a partner's part would show."""
    active, all_of = counts.partners(period)
    return rules.ratio(np.where(held == MISSING, MISSING, active), all_of)


def _functions_alive(period: Period, reported: counts.Figures, least: int) -> Ratio:
    rows, items = counts.declared(period)
    served_rows, served_items, amounts = reported.of_services()
    alive = served_rows[amounts >= least] * 1000 + served_items[amounts >= least]
    offered = np.bincount(rows, minlength=period.size).astype(np.int64)
    running = np.bincount(rows[np.isin(rows * 1000 + items, alive)], minlength=period.size).astype(np.int64)
    reports = np.zeros(period.size, np.bool_)
    reports[served_rows] = True
    return rules.ratio(np.where(reports, running, MISSING), offered)


def _required(sheet: ServiceSheet | None, period: Period) -> Ints:
    """1 where no yearly or monthly frequency is missed or unknown."""
    holds = np.full(period.size, 1 if sheet else MISSING, np.int64)
    for key in REQUIRED if sheet else ():
        holds[np.isin(sheet.of(key).standing, (SlotState.MISSED, SlotState.UNKNOWN))] = 0
    return holds


def _marks(params: dict[str, int], quarter: Quarter, table: FactTable, visits, held, few) -> NDArray[np.int16]:
    marks = np.zeros(len(table), np.int16)
    known = held.held != MISSING
    marks[known & (held.recorded - held.held >= 3)] |= Mark.SPLIT
    area = table.columns["usable_area"]
    metres = np.where(area == MISSING, 0, area) // 100
    room = metres * params["people_per_100_square_metres"] // 100
    marks[known & (room > 0) & (held.crowd > room)] |= Mark.CROWDED
    hours = _open_hours(table, quarter)
    most = metres * params["visits_per_100_square_metres_hour"] * hours // 100
    marks[(visits != MISSING) & (most > 0) & (visits > most)] |= Mark.TOO_MANY_VISITS
    marks[few] |= Mark.FEW_ANSWERS
    return marks


def _open_hours(table: FactTable, quarter: Quarter) -> Ints:
    """Hours that the whole facility was open in the quarter; 12 a day where nobody says."""
    ledgers = Ledgers(table.facility_ids, quarter.last_day)
    found = ledgers.open_days(0)
    start = quarter.first_day.toordinal() - ledgers.first.toordinal()
    days = (quarter.last_day - quarter.first_day).days + 1
    return np.where(found.known, found.minutes[:, start : start + days].sum(axis=1) // 60, days * 12)
