"""Two ways to the same facts: a scope by its indexes in one statement, a country by passing once over every table."""

# ruff: noqa: S608 (the statements are put together from names of these modules, integers and parameters only)

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
from django.db import connection, transaction

from assessments.queries.catalogue import function_catalogue
from assessments.queries.facts.collectors import COLLECTORS, Columns, Gathered, Rows
from assessments.queries.facts.columns import Places, integers, only_row, packed
from assessments.queries.facts.ledgers import (
    CONSTRUCTION_TYPES,
    DATED,
    FACILITY,
    KINDS,
    LEDGERS,
    LIFECYCLES,
    SOURCES,
    STATE,
    Source,
    on,
)
from assessments.rules.catalogue import FunctionCatalogue
from assessments.rules.packing import FactTable
from facilities.models import Facility, Ledger, Lifecycle
from tenants.rules import CodeRange
from tenants.scope import WHOLE_COUNTRY

_OPEN = LIFECYCLES.index(Lifecycle.OPEN)
_BY_INDEX = 20_000  # up to so many facilities the indexes are used
_BLOCKS = 1 << 13  # of a table at a time: 64 MB, so that an answer fits into the caches and far below the limit of 1 GB
# The policies hide from the planner that here the scope is all of the table.
_WHOLE_TABLES = """SET LOCAL jit = off; SET LOCAL max_parallel_workers_per_gather = 0;
    SET LOCAL enable_indexscan = off; SET LOCAL enable_indexonlyscan = off; SET LOCAL enable_bitmapscan = off"""
_AS_BEFORE = (
    """SET LOCAL enable_indexscan = on; SET LOCAL enable_indexonlyscan = on; SET LOCAL enable_bitmapscan = on"""
)
_IN_CODES = "r.division_code >= %(lo)s::bigint AND r.division_code < %(hi)s::bigint"
_Found = Mapping[str, Iterable[tuple]]  # source → parts of its columns as bytea, in the order of `Source.select`


@dataclass(frozen=True, slots=True)
class Unread:
    """A facility that is not judged: its lifecycle on the day, `no_state`, or `error` with what is wrong with its rows."""

    facility_id: int
    division_code: int
    reason: str
    message: str = ""


@dataclass(frozen=True)
class Collected:
    """The facts of the facilities that are open on the day, and the others with the reason why not."""

    table: FactTable
    unread: list[Unread] = field(default_factory=list)


def collect(codes: CodeRange, day: date) -> Collected:
    """The facts of every facility in a range of codes on a day."""
    if Facility.objects.within(codes).count() > _BY_INDEX:
        return collect_many(codes, day)
    return _together(_IN_CODES, _IN_CODES, {"lo": codes.lo, "hi": codes.hi}, day)


def collect_some(facility_ids: Sequence[int], day: date, catalogue: FunctionCatalogue | None = None) -> Collected:
    """The facts of single facilities on a day. catalogue: of that day, where the caller has read it already."""
    ids = {"ids": [int(each) for each in facility_ids]}
    some = "r.id = ANY(%(ids)s::bigint[])", "r.facility_id = ANY(%(ids)s::bigint[])"
    return _together(*some, ids, day, catalogue)


def collect_many(codes: CodeRange, day: date) -> Collected:
    """A city or the whole country: one pass over every table, some megabytes at a time.

    Several statements: call it in one snapshot (`operations.scopes.snapshot`).
    """
    parameters = {"lo": codes.lo, "hi": codes.hi, **on(day)}
    scope = "true" if codes == WHOLE_COUNTRY else _IN_CODES  # twenty million comparisons less
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_WHOLE_TABLES)
        facility, rows = _gathered({source.name: _in_parts(source, scope, parameters) for source in SOURCES})
        with connection.cursor() as cursor:
            cursor.execute(_AS_BEFORE)
    return _collected(facility, rows, day)


def _together(
    facility_scope: str,
    scope: str,
    parameters: Mapping[str, Any],
    day: date,
    catalogue: FunctionCatalogue | None = None,
) -> Collected:
    """All sources in one statement, hence in one snapshot."""
    selects = [
        f"({source.select(facility_scope if source is FACILITY else scope)}) AS {source.name}" for source in SOURCES
    ]
    row = only_row(f"SELECT * FROM {', '.join(selects)}", {**parameters, **on(day)})
    found, at = {}, 0
    for source in SOURCES:
        found[source.name] = [row[at : at + source.width]]
        at += source.width
    return _collected(*_gathered(found), day, catalogue)


def _in_parts(source: Source, scope: str, parameters: Mapping[str, Any]) -> Iterator[tuple]:
    """One source by ranges of blocks. The last range is open: the table may be growing."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_relation_size(%s) / current_setting('block_size')::bigint", [source.table])
        blocks = cursor.fetchone()[0]
    starts = range(0, blocks + 1, _BLOCKS)
    for start in starts:
        until = f" AND r.ctid < '({start + _BLOCKS},0)'" if start != starts[-1] else ""
        yield only_row(source.select(f"r.ctid >= '({start},0)'{until} AND {scope}"), parameters)


def _gathered(found: _Found) -> tuple["_Facilities", dict[str, Rows]]:
    facility = _Facilities.of(
        _rows(FACILITY, found[FACILITY.name], None), lambda places: _rows(STATE, found[STATE.name], places)
    )
    places = Places(facility.ids)
    return facility, {source.name: _rows(source, found[source.name], places) for source in SOURCES[2:]}


def _collected(
    facility: "_Facilities", rows: dict[str, Rows], day: date, catalogue: FunctionCatalogue | None = None
) -> Collected:
    empty = {ledger: facility.codes & 1 << bit != 0 for bit, ledger in enumerate(LEDGERS)}
    gathered = Gathered(
        len(facility.ids), rows, empty, facility.codes & 1 << len(LEDGERS) != 0, catalogue or function_catalogue(day)
    )
    _add_ended(gathered, facility, day)
    facts: Columns = {}
    for collector in COLLECTORS:
        facts |= collector.derive(gathered)
    table = FactTable(facility.ids, facility.division_codes, facility.construction, facts)
    broken = _broken(gathered)
    good = facility.lifecycle == _OPEN
    good[list(broken)] = False  # of the others the lifecycle says enough
    unread = [
        Unread(
            int(facility.ids[place]),
            int(facility.division_codes[place]),
            *_why(int(facility.lifecycle[place]), broken.get(place, "")),
        )
        for place in np.flatnonzero(~good).tolist()
    ]
    return Collected(table.take(good) if unread else table, unread)


@dataclass(frozen=True)
class _Facilities:
    """The facilities by ascending id; lifecycle and construction are −1 where there is no state on the day."""

    ids: np.ndarray
    division_codes: np.ndarray
    codes: np.ndarray
    lifecycle: np.ndarray
    construction: np.ndarray

    @classmethod
    def of(cls, facilities: Rows, states: Callable[[Places], Rows]) -> "_Facilities":
        """From the rows of the facilities, whose places are their ids, and the rows of the states at given places."""
        order = np.argsort(facilities.at, kind="stable")
        ids, division_codes = facilities.at[order], facilities.columns["division_code"][order]
        lifecycle, construction = np.full(len(ids), -1, np.int8), np.full(len(ids), -1, np.int8)
        state = states(Places(ids))
        lifecycle[state.at] = _known(state.code // KINDS, len(LIFECYCLES))
        construction[state.at] = _known(state.code % KINDS, len(CONSTRUCTION_TYPES))
        return cls(ids, division_codes, facilities.code[order], lifecycle, construction)


def _known(numbers: np.ndarray, size: int) -> np.ndarray:
    return np.where(numbers < size, numbers, -1)


def _rows(source: Source, parts: Iterable[tuple], places: Places | None) -> Rows:
    """The rows of a source, each at the place of its facility, or at its id."""
    read = [_part(source, part, places) for part in parts]
    if len(read) == 1:
        return read[0]
    return Rows(
        np.concatenate([each.at for each in read]),
        np.concatenate([each.code for each in read]),
        {name: np.concatenate([each.columns[name] for each in read]) for name in source.columns},
        b"\0".join(each.texts for each in read if each.texts),
    )


def _part(source: Source, part: tuple, places: Places | None) -> Rows:
    key, *columns = map(integers, part[: 1 + len(source.columns)])
    owner = key >> source.codes.bit_length() - 1
    at = owner if places is None else places.of(owner)
    if places is not None and len(at) and at.min() < 0:
        raise ValueError(f"{source.name}: rows of facilities that are not there; read facts in one snapshot")
    code = (key & source.codes - 1).astype(np.int32)
    texts = (part[-1] or b"") if source.texts else b""
    return Rows(at, code, dict(zip(source.columns, columns, strict=True)), texts)


def _add_ended(gathered: Gathered, facility: _Facilities, day: date) -> None:
    """A ledger without rows in force is known to be empty if it has rows that have ended."""
    is_open = facility.lifecycle == _OPEN
    silent = {
        ledger: np.flatnonzero(is_open & (gathered.count(source.name) == 0) & ~gathered.empty[ledger])
        for ledger, source in DATED.items()
    }
    silent = {ledger: places for ledger, places in silent.items() if len(places)}
    if not silent:
        return
    selects = [_ended(ledger) for ledger in silent]
    ids = {ledger.value: facility.ids[places].tolist() for ledger, places in silent.items()}
    row = only_row(f"SELECT {', '.join(selects)}", {"day": day, **ids})
    for ledger, found in zip(silent, row, strict=True):
        gathered.empty[ledger][np.searchsorted(facility.ids, integers(found))] = True


def _ended(ledger: Ledger) -> str:
    """Which of some facilities have an ended row; one look into the index each."""
    return f"""(SELECT {packed("f.id")} FROM unnest(%({ledger.value})s::bigint[]) AS f (id), LATERAL (
        SELECT FROM {DATED[ledger].table} r WHERE r.facility_id = f.id AND r.ends_on <= %(day)s LIMIT 1) AS ended)"""


def _broken(gathered: Gathered) -> dict[int, str]:
    """Place → what is wrong, for facilities whose amounts cannot be added up."""
    return {
        place: f"{metric}：这一项的合计超出了可以保存的范围，请核对这个设施的台账"
        for metric, out_of_range in gathered.broken.items()
        for place in np.flatnonzero(out_of_range).tolist()
    }


def _why(lifecycle: int, problem: str) -> tuple[str, str]:
    return ("error", problem) if lifecycle == _OPEN else (reason(lifecycle), "")


def reason(lifecycle: int) -> str:
    """Why a facility with this lifecycle (a place in `LIFECYCLES`, −1 for no state) is not judged."""
    return LIFECYCLES[lifecycle] if lifecycle >= 0 else "no_state"
