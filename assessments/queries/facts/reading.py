"""Three ways to the same facts: one facility or district by LATERAL, a whole range of codes by grouped SQL and COPY."""

# ruff: noqa: S608 (the statements are put together from names of these modules, integers and dates only)

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from django.db import DatabaseError, connection, transaction

from assessments.queries.catalogue import function_catalogue
from assessments.queries.facts.collectors import COLLECTORS, NONE, PARTS, Columns, Gathered, Part
from assessments.queries.facts.columns import Ragged, read_columns
from assessments.rules.packing import MISSING, FactTable, joined
from facilities.models import ConstructionType, Facility, Ledger, Lifecycle
from tenants.rules import CodeRange

CONSTRUCTION_TYPES = tuple(ConstructionType.values)
LIFECYCLES = tuple(Lifecycle.values)
# The planner cannot know how much of a table a scope covers and would sort every ledger: here it is all of it.
_COUNTRY_WIDE = """SET LOCAL work_mem = '1GB'; SET LOCAL jit = off; SET LOCAL enable_sort = off; SET LOCAL enable_mergejoin = off;
    SET LOCAL enable_nestloop = off; SET LOCAL enable_indexscan = off; SET LOCAL max_parallel_workers_per_gather = 0"""
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
            return (
                _lateral(_code_range(codes, "f"), day)
                if Facility.objects.within(codes).count() <= _ONE_BY_ONE
                else collect_many(codes, day)
            )
    except DatabaseError:
        return _without_poison(list(Facility.objects.within(codes).order_by("pk").values_list("pk", flat=True)), day)


def collect_surely(facility_ids: Sequence[int], day: date) -> Collected:
    """The facts of single facilities, with errors confined to the rows that cause them."""
    return _without_poison(list(facility_ids), day)


def collect_some(facility_ids: Sequence[int], day: date) -> Collected:
    """The facts of single facilities on a day."""
    return _lateral(f"f.id = ANY('{{{','.join(str(int(i)) for i in facility_ids)}}}'::bigint[])", day)


def collect_many(codes: CodeRange, day: date) -> Collected:
    """A city or the whole country: every ledger is grouped once, the small ones joined to their facilities in one statement.

    Several statements: call it in one snapshot (`operations.scopes.snapshot`).
    """
    with connection.cursor() as cursor:
        cursor.execute(_COUNTRY_WIDE)
    inside = {
        "key": "r.facility_id,",
        "scope": _code_range(codes, "r"),
        "group": "GROUP BY r.facility_id",
        **_days(day),
    }
    small, large = [p for p in PARTS if not p.is_large], [p for p in PARTS if p.is_large]
    joins = [
        f"LEFT JOIN ({part.sql.format(**inside)}) AS {part.name} (facility_id, {_outputs(part)})"
        f" ON {part.name}.facility_id = f.id"
        for part in small
    ]
    columns, lists = _read(small, joins, _code_range(codes, "f"), day)
    for part in large:
        more = read_columns(
            part.sql.format(**inside), ("facility_id", *part.outputs), dict.fromkeys(part.lists, "rows")
        )
        _align(part, *more, columns, lists)
    return _collected(columns, lists, day)


def _align(
    part: Part, read: Columns, read_lists: dict[str, Ragged], columns: Columns, lists: dict[str, Ragged]
) -> None:
    """Spread the groups of one ledger over all facilities; those without a group have 0 rows and MISSING aggregates."""
    facility_ids = columns["id"]
    places = np.searchsorted(facility_ids, read["facility_id"])
    if (places == len(facility_ids)).any() or (facility_ids[places] != read["facility_id"]).any():
        raise ValueError(f"{part.name}: rows of facilities that are not there; read facts in one snapshot")
    for output in part.outputs:
        column = np.full(len(facility_ids), 0 if output == "rows" else MISSING, np.int64)
        column[places] = read[output]
        columns[f"{part.name}.{output}"] = column
    for name, ragged in read_lists.items():
        lists[f"{part.name}.{name}"] = Ragged(ragged.values, columns[f"{part.name}.rows"])


def _lateral(where: str, day: date) -> Collected:
    inside = {"key": "", "scope": "r.facility_id = f.id", "group": ""}
    joins = [
        f"LEFT JOIN LATERAL ({part.sql.format(**inside, **_days(day))}) AS {part.name} ({_outputs(part)}) ON true"
        for part in PARTS
    ]
    return _collected(*_read(PARTS, joins, where, day), day)


def _outputs(part: Part) -> str:
    return ", ".join((*part.outputs, *part.lists))


def _read(
    parts: Sequence[Part], joins: list[str], where: str, day: date
) -> tuple[dict[str, np.ndarray], dict[str, Ragged]]:
    """One row a facility: what it is, then the counts of every part, then the lists."""
    values = [f"coalesce({p.name}.{o}, {0 if o == 'rows' else NONE})" for p in parts for o in p.outputs]
    lists = {f"{p.name}.{each}": f"{p.name}.rows" for p in parts for each in p.lists}
    names = [*_FACILITY, *(f"{p.name}.{o}" for p in parts for o in p.outputs)]
    query = (
        f"SELECT {_FACILITY_SQL}, {', '.join((*values, *lists))} FROM {_FROM.format(**_days(day))} {' '.join(joins)}"
        f" WHERE {where}"
    )
    return read_columns(query, names, lists)


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
    code = Facility.objects.values_list("division_code", flat=True).get(pk=facility_id)
    return Collected(collect_some([], day).table, [Unread(facility_id, code, "error", message)])


def _collected(columns: Columns, lists: dict[str, Ragged], day: date) -> Collected:
    catalogue = function_catalogue(day)
    facts: Columns = {}
    for collector in COLLECTORS:
        nil = (columns["nil"] & _NIL_BITS.get(collector.ledger, 0)) != 0
        facts |= collector.derive(Gathered(columns, lists, nil, catalogue))
    table = FactTable(columns["id"], columns["division_code"], columns["construction"].astype(np.int8), facts)
    is_open = columns["lifecycle"] == _OPEN
    unread = [
        Unread(int(table.facility_ids[row]), int(table.division_codes[row]), _reason(int(columns["lifecycle"][row])))
        for row in np.flatnonzero(~is_open)
    ]
    return Collected(table.take(is_open) if unread else table, unread)


def _reason(lifecycle: int) -> str:
    return LIFECYCLES[lifecycle] if lifecycle >= 0 else "no_state"


def _days(day: date) -> dict[str, str]:
    return {"day": f"DATE '{day.isoformat()}'", "year": f"DATE '{day.year}-01-01'", "calendar_year": str(day.year)}


def _code_range(codes: CodeRange, alias: str) -> str:
    return f"{alias}.division_code >= {int(codes.lo)} AND {alias}.division_code < {int(codes.hi)}"
