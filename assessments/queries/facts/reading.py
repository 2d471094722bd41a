"""Three ways to the same facts: one facility or district by LATERAL, a whole range of codes by grouped SQL and COPY."""

# ruff: noqa: S608 (the statements are put together from names of these modules, integers and dates only)

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from django.db import DatabaseError, connection, transaction

from assessments.queries.catalogue import function_catalogue
from assessments.queries.facts.collectors import COLLECTORS, NONE, Columns, Gathered, Part
from assessments.queries.facts.columns import read_columns
from assessments.rules.packing import MISSING, FactTable, joined
from facilities.models import ConstructionType, Ledger, Lifecycle
from tenants.rules import CodeRange

CONSTRUCTION_TYPES = tuple(ConstructionType.values)
LIFECYCLES = tuple(Lifecycle.values)
_OPEN = LIFECYCLES.index(Lifecycle.OPEN)
_ONE_BY_ONE = 20_000  # up to so many facilities LATERAL look-ups beat a pass over every ledger
_NIL_BITS = {ledger: 1 << place for place, ledger in enumerate(Ledger)}


@dataclass(frozen=True, slots=True)
class Unread:
    """A facility that is not judged: its lifecycle on the day, `no_state`, or `error` with the database's message."""

    facility_id: int
    division_code: int
    reason: str
    message: str = ""


@dataclass(frozen=True)
class Collected:
    """The facts of the facilities that are open on the day, and the others with the reason why not."""

    table: FactTable
    unread: list[Unread] = field(default_factory=list)


def _case(column: str, values: Sequence[str]) -> str:
    whens = " ".join(f"WHEN '{value}' THEN {index}" for index, value in enumerate(values))
    return f"(CASE {column} {whens} ELSE -1 END)::bigint"


_FACILITY = ("id", "division_code", "construction", "lifecycle", "hub_street_named", "nil")
_FACILITY_SQL = f"""f.id, f.division_code, {_case("s.construction_type", CONSTRUCTION_TYPES)},
    {_case("s.lifecycle", LIFECYCLES)}, (f.hub_street <> '')::int::bigint,
    ({" + ".join(f"('{ledger.value}' = ANY(f.nil_ledgers))::int * {bit}" for ledger, bit in _NIL_BITS.items())})::bigint"""
_FROM = """facilities_facility f LEFT JOIN facilities_facilitystate s
    ON s.facility_id = f.id AND s.starts_on <= {day} AND (s.ends_on IS NULL OR s.ends_on > {day})"""


def collect(codes: CodeRange, day: date) -> Collected:
    """The facts of every facility in a range of codes on a day, with errors confined to the rows that cause them.

    A district is read by LATERAL in one statement, a country with one grouped statement a ledger.
    """
    try:
        with transaction.atomic():
            return _lateral_of_codes(codes, day) if _facilities_in(codes) <= _ONE_BY_ONE else collect_many(codes, day)
    except DatabaseError:
        ids = read_columns(f"SELECT id FROM facilities_facility f WHERE {_code_range(codes, 'f')} ORDER BY id", ["id"])
        return _without_poison([int(i) for i in ids["id"]], day)


def collect_surely(facility_ids: Sequence[int], day: date) -> Collected:
    """The facts of single facilities, with errors confined to the rows that cause them."""
    return _without_poison(list(facility_ids), day)


def collect_some(facility_ids: Sequence[int], day: date) -> Collected:
    """The facts of single facilities on a day."""
    return _lateral(f"f.id = ANY('{{{','.join(str(int(i)) for i in facility_ids)}}}'::bigint[])", day)


def collect_many(codes: CodeRange, day: date) -> Collected:
    """A city or the whole country: every ledger is grouped once and read as binary columns."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '512MB'; SET LOCAL jit = off")
    scope = {"key": "r.facility_id,", "scope": _code_range(codes, "r"), "group": "GROUP BY r.facility_id", **_days(day)}
    frame = _sorted(
        read_columns(f"SELECT {_FACILITY_SQL} FROM {_FROM.format(**scope)} WHERE {_code_range(codes, 'f')}", _FACILITY)
    )
    parts = {}
    for part in _all_parts():
        read = read_columns(part.sql.format(**scope), ("facility_id", *part.outputs))
        parts[part.name] = _aligned(frame["id"], read, part)
    return _collected(frame, parts, day)


def _facilities_in(codes: CodeRange) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM facilities_facility f WHERE {_code_range(codes, 'f')}")
        return cursor.fetchone()[0]


def _lateral_of_codes(codes: CodeRange, day: date) -> Collected:
    return _lateral(_code_range(codes, "f"), day)


def _lateral(where: str, day: date) -> Collected:
    filled = {"key": "", "scope": "r.facility_id = f.id", "group": "", **_days(day)}
    joins, outputs, names = [], [], list(_FACILITY)
    for part in _all_parts():
        columns = ", ".join(part.outputs)
        joins.append(f"LEFT JOIN LATERAL ({part.sql.format(**filled)}) AS {part.name} ({columns}) ON true")
        outputs += [f"coalesce({part.name}.{output}, {NONE})" for output in part.outputs]
        names += [f"{part.name}.{output}" for output in part.outputs]
    query = (
        f"SELECT {_FACILITY_SQL}, {', '.join(outputs)} FROM {_FROM.format(**filled)} {' '.join(joins)} WHERE {where}"
    )
    read = _sorted(read_columns(query, names))
    parts = {p.name: {output: read[f"{p.name}.{output}"] for output in p.outputs} for p in _all_parts()}
    return _collected(read, parts, day)


def _without_poison(facility_ids: list[int], day: date) -> Collected:
    """Halve until the row that makes the statement fail stands alone; it becomes a named error, the rest is read."""
    try:
        with transaction.atomic():
            return collect_some(facility_ids, day)
    except DatabaseError as error:
        if len(facility_ids) == 1:
            return _poisoned(facility_ids[0], str(error).splitlines()[0], day)
    half = len(facility_ids) // 2
    left, right = _without_poison(facility_ids[:half], day), _without_poison(facility_ids[half:], day)
    return Collected(joined([left.table, right.table]), left.unread + right.unread)


def _poisoned(facility_id: int, message: str, day: date) -> Collected:
    found = read_columns(f"SELECT division_code FROM facilities_facility WHERE id = {facility_id}", ["code"])
    nothing = _collected({name: np.empty(0, np.int64) for name in _FACILITY}, _empty_parts(), day)
    return Collected(nothing.table, [Unread(facility_id, int(found["code"][0]), "error", message)])


def _collected(frame: Columns, parts: dict[str, Columns], day: date) -> Collected:
    catalogue = function_catalogue(day)
    facts: Columns = {}
    for collector in COLLECTORS:
        bit = _NIL_BITS[collector.ledger] if collector.ledger else 0
        own = {part.name: parts[part.name] for part in collector.parts}
        facts |= collector.derive(Gathered(own, (frame["nil"] & bit) != 0, frame, catalogue))
    table = FactTable(frame["id"], frame["division_code"], frame["construction"].astype(np.int8), facts)
    is_open = frame["lifecycle"] == _OPEN
    unread = [
        Unread(int(frame["id"][row]), int(frame["division_code"][row]), _reason(int(frame["lifecycle"][row])))
        for row in np.flatnonzero(~is_open)
    ]
    return Collected(table.take(is_open) if unread else table, unread)


def _reason(lifecycle: int) -> str:
    return LIFECYCLES[lifecycle] if lifecycle >= 0 else "no_state"


def _aligned(facility_ids: np.ndarray, read: Columns, part: Part) -> Columns:
    """Spread grouped rows over all facilities; those without a group get 0 rows and MISSING aggregates."""
    places = np.searchsorted(facility_ids, read["facility_id"])
    aligned = {}
    for output in part.outputs:
        aligned[output] = np.full(len(facility_ids), 0 if output == "rows" else MISSING, np.int64)
        aligned[output][places] = read[output]
    return aligned


def _empty_parts() -> dict[str, Columns]:
    return {part.name: {output: np.empty(0, np.int64) for output in part.outputs} for part in _all_parts()}


def _sorted(columns: Columns) -> Columns:
    order = np.argsort(columns["id"], kind="stable")
    return {name: column[order] for name, column in columns.items()}


def _all_parts() -> list[Part]:
    return [part for collector in COLLECTORS for part in collector.parts]


def _days(day: date) -> dict[str, str]:
    return {"day": f"DATE '{day.isoformat()}'", "year": f"DATE '{day.year}-01-01'", "calendar_year": str(day.year)}


def _code_range(codes: CodeRange, alias: str) -> str:
    return f"{alias}.division_code >= {int(codes.lo)} AND {alias}.division_code < {int(codes.hi)}"
