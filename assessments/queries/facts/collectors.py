"""One collector per ledger: the SQL that counts it up for many facilities, and the facts that follow from the counts.

A part is one grouped SELECT. `{key}` `{scope}` `{group}` make it either a subquery over a range of codes or a LATERAL
one of a single facility; `{day}` is the day of the facts and `{year}` the first day of its calendar year. A ledger that is
empty counts as 0 only if the facility says so (`Facility.nil_ledgers`); otherwise its facts are MISSING.
"""

# ruff: noqa: S608 (the statements are put together from names of these modules, integers and dates only)

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from assessments.queries.facts.columns import Ragged, distinct, pairs
from assessments.rules.catalogue import FunctionCatalogue
from assessments.rules.packing import MISSING, Layout
from facilities.models import Ledger

Columns = dict[str, np.ndarray]

NONE = f"'{MISSING}'::bigint"
IN_FORCE = "r.starts_on <= {day} AND (r.ends_on IS NULL OR r.ends_on > {day})"
COUNT, AREA, MONEY = 1, 4, 4  # bytes a value usually needs


@dataclass(frozen=True)
class Part:
    """One SELECT. `outputs` names its aggregates in order, the first always the number of rows; `lists` what follows: arrays
    with one element a row, for what has to be told apart (NumPy does that for all facilities at once, SQL group by group).
    """

    name: str
    outputs: tuple[str, ...]
    sql: str
    lists: tuple[str, ...] = ()
    is_large: bool = False  # many rows a facility: read by a statement of its own where all facilities are read


@dataclass(frozen=True)
class Gathered:
    """What the parts returned, aligned to the facilities: 0 rows and MISSING aggregates where a ledger is empty."""

    columns: Columns  # `part.output` → int64[n]
    lists: dict[str, Ragged]  # `part.list`
    nil: np.ndarray  # bool[n]: the facility has confirmed this ledger as empty
    catalogue: FunctionCatalogue

    def known(self, part: str, output: str) -> np.ndarray:
        """An aggregate where the ledger has rows, 0 where it is confirmed empty, MISSING where nobody said."""
        rows, values = self.columns[f"{part}.rows"], self.columns[f"{part}.{output}"]
        return np.where(rows > 0, values, np.where(self.nil, 0, MISSING))


@dataclass(frozen=True)
class Collector:
    """The facts of one ledger. `metrics` maps each metric to the bytes it usually needs."""

    name: str
    ledger: Ledger | None
    metrics: dict[str, int]
    parts: tuple[Part, ...]
    derive: Callable[[Gathered], Columns]


def _straight(part: str, **outputs: str) -> Callable[[Gathered], Columns]:
    return lambda gathered: {metric: gathered.known(part, output) for metric, output in outputs.items()}


_SITES = Part(
    "site",
    ("rows", "documented", "declared"),
    f"""SELECT {{key}} count(*),
        coalesce(CASE WHEN bool_and(r.floor_area_m2 IS NOT NULL AND r.area_document <> '')
                 THEN (sum(r.floor_area_m2) * 100)::bigint END, {NONE}),
        coalesce(CASE WHEN count(r.floor_area_m2) = count(*) THEN (sum(r.floor_area_m2) * 100)::bigint END, {NONE})
        FROM facilities_site r WHERE {{scope}} AND {IN_FORCE} {{group}}""",
)


def _space_sum(condition: str) -> str:
    total = f"(coalesce(sum(r.usable_area_m2) FILTER (WHERE {condition}), 0) * 100)::bigint"
    return f"coalesce(CASE WHEN count(r.usable_area_m2) = count(*) THEN {total} END, {NONE})"


_SPACES = Part(
    "space",
    ("rows", "usable", "multifunction", "market", "social", "open24h", "office"),
    f"""SELECT {{key}} count(*), {_space_sum("true")}, {_space_sum("r.is_multifunction")},
        {_space_sum("r.used_by = 'market'")}, {_space_sum("r.used_by = 'social'")},
        {_space_sum("r.is_open_24h")}, {_space_sum("r.used_by = 'office'")},
        array_agg(r.id), array_agg(coalesce((r.usable_area_m2 * 100)::bigint, {NONE}))
        FROM facilities_space r WHERE {{scope}} AND {IN_FORCE} {{group}}""",
    lists=("ids", "areas"),
    is_large=True,
)
# Items become bits, so that "how many distinct ones of a set" is one cheap aggregate and a population count. Names are
# gathered and told apart group by group: count(DISTINCT) would sort the whole ledger.
_FUNCTIONS = Part(
    "offered",
    ("rows", "items", "city_items", "named"),
    f"""SELECT {{key}} count(*),
        coalesce(bit_or(1::bigint << r.item_number) FILTER (WHERE r.item_number BETWEEN 1 AND 62), 0),
        coalesce(bit_or(1::bigint << (r.item_number - 100)) FILTER (WHERE r.item_number BETWEEN 101 AND 162), 0),
        CASE WHEN count(*) FILTER (WHERE r.local_name <> '') < 2 THEN count(*) FILTER (WHERE r.local_name <> '')
        ELSE (SELECT count(DISTINCT n) FROM unnest(array_agg(r.local_name) FILTER (WHERE r.local_name <> '')) n) END
        FROM facilities_offeredfunction r WHERE {{scope}} AND {IN_FORCE} {{group}}""",
    is_large=True,
)


def _functions(gathered: Gathered) -> Columns:
    rows = gathered.columns["offered.rows"]
    items, city_items, named = (
        np.where(rows > 0, gathered.columns[f"offered.{output}"], 0) for output in ("items", "city_items", "named")
    )
    facts = gathered.catalogue.facts(items, city_items)
    facts["local_functions"] = np.bitwise_count(items & gathered.catalogue.local) + named
    facts["local_functions_named"] = named
    unsaid = (rows == 0) & ~gathered.nil
    return {metric: np.where(unsaid, MISSING, column.astype(np.int64)) for metric, column in facts.items()}


_OPERATORS = Part(
    "operator",
    ("rows",),
    f"SELECT {{key}} count(*) FROM facilities_operator r WHERE {{scope}} AND {IN_FORCE} {{group}}",
)


def _operators(gathered: Gathered) -> Columns:
    rows = gathered.columns["operator.rows"]
    return {"operator_in_place": np.where(rows > 0, 1, np.where(gathered.nil, 0, MISSING))}


_MARKET_SOCIAL = "r.run_by IN ('market', 'social')"
# partners: −1 for a project that neither market nor social organisations run, 0 where nobody recorded the partner.
_PROJECTS = Part(
    "project",
    ("rows", "market_social", "resident_too", "either", "elder", "child"),
    f"""SELECT {{key}} count(*), count(*) FILTER (WHERE {_MARKET_SOCIAL}),
        count(*) FILTER (WHERE r.run_by IN ('market', 'social', 'resident')),
        count(*) FILTER (WHERE r.serves_elders OR r.serves_children),
        count(*) FILTER (WHERE r.serves_elders), count(*) FILTER (WHERE r.serves_children),
        array_agg(CASE WHEN {_MARKET_SOCIAL} THEN coalesce(r.partner_id, 0) ELSE -1 END), array_agg(coalesce(r.space_id, 0))
        FROM partners_residentproject r WHERE {{scope}} AND {IN_FORCE} {{group}}""",
    lists=("partners", "spaces"),
    is_large=True,
)
_counted_projects = _straight(
    "project",
    projects_all="rows",
    projects_market_social="market_social",
    projects_market_social_resident="resident_too",
    elder_child_projects="either",
    elder_projects="elder",
    child_projects="child",
)


def _projects(gathered: Gathered) -> Columns:
    nothing = np.where(gathered.nil, 0, MISSING)
    empty = gathered.columns["project.rows"] == 0
    facts = {
        "partners_market_social": _distinct_partners(gathered.lists["project.partners"]),
        **_project_areas(gathered),
    }
    return _counted_projects(gathered) | {m: np.where(empty, nothing, column) for m, column in facts.items()}


def _distinct_partners(partners: Ragged) -> np.ndarray:
    """int64[n]; MISSING where a project of a market or social organisation does not say whose it is."""
    size, rows = len(partners.counts), partners.rows
    named = partners.values > 0
    different = distinct(pairs(rows[named], partners.values[named], partners.span)) // partners.span
    unnamed = np.bincount(rows[partners.values == 0], minlength=size) > 0
    return np.where(unnamed, MISSING, np.bincount(different, minlength=size))


def _project_areas(gathered: Gathered) -> Columns:
    """The area of the spaces that projects use, each space once. Unknown if one has no space in force or no usable area."""
    used, ours = gathered.lists["project.spaces"], gathered.lists["project.partners"].values >= 0
    spaces, areas = gathered.lists["space.ids"], gathered.lists["space.areas"].values
    span = max(used.span, spaces.span)
    known = pairs(spaces.rows, spaces.values, span)
    order = np.argsort(known)
    known, areas = known[order], areas[order]
    keys = pairs(used.rows, used.values, span)
    every = distinct(keys)
    area = _looked_up(every, known, areas)
    rows, size = every // span, len(used.counts)
    unknown = np.bincount(rows[area == MISSING], minlength=size) > 0
    mine = np.zeros(len(every), np.bool_)
    mine[np.searchsorted(every, keys[ours])] = True
    return {
        "project_area_all": np.where(unknown, MISSING, _sums(rows, area, size)),
        "project_area_market_social": np.where(unknown, MISSING, _sums(rows[mine], area[mine], size)),
    }


def _looked_up(keys: np.ndarray, known: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The value of each key among ascending known ones; MISSING where there is none."""
    if not len(known):
        return np.full(len(keys), MISSING, np.int64)
    places = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    return np.where(known[places] == keys, values[places], MISSING)


def _sums(rows: np.ndarray, values: np.ndarray, size: int) -> np.ndarray:
    """Exact int64 sums by row (rows ascend); MISSING counts as 0, its rows are marked unknown by the caller."""
    total = np.concatenate([[0], np.cumsum(np.where(values == MISSING, 0, values))])
    ends = np.searchsorted(rows, np.arange(size + 1))
    return total[ends[1:]] - total[ends[:-1]]


_COVERAGE = Part(
    "coverage",
    ("rows",),
    f"""SELECT {{key}} count(DISTINCT r.community_code) FROM facilities_coverage r
        WHERE {{scope}} AND {IN_FORCE} {{group}}""",
)
_CHARITY = Part(
    "charity",
    ("rows", "contract"),
    f"""SELECT {{key}} count(*),
        coalesce(CASE WHEN count(r.contract_fen) = count(*) THEN sum(r.contract_fen)::bigint END, {NONE})
        FROM partners_charityproject r WHERE {{scope}} AND r.year = {{calendar_year}} {{group}}""",
)
_RECEIPTS = Part(
    "receipt",
    ("rows", "received"),
    """SELECT {key} count(*), sum(r.amount_fen)::bigint FROM partners_charityreceipt r
        WHERE {scope} AND r.received_on >= {year} AND r.received_on <= {day} {group}""",
)


def _charity(gathered: Gathered) -> Columns:
    receipts = gathered.columns["receipt.rows"]
    facts = {
        "charity_projects": gathered.known("charity", "rows"),
        "charity_contract_fen": gathered.known("charity", "contract"),
    }
    received = np.where(receipts > 0, gathered.columns["receipt.received"], 0)
    unsaid = (facts["charity_projects"] == MISSING) & (receipts == 0)
    return facts | {"charity_received_fen": np.where(unsaid, MISSING, received)}


COLLECTORS: tuple[Collector, ...] = (
    Collector(
        "sites",
        None,
        {"floor_area_documented": AREA, "floor_area_declared": AREA},
        (_SITES,),
        _straight("site", floor_area_documented="documented", floor_area_declared="declared"),
    ),
    Collector(
        "spaces",
        Ledger.SPACES,
        dict.fromkeys(
            ("usable_area", "multifunction_area", "market_area", "social_area", "open24h_area", "office_area"), AREA
        ),
        (_SPACES,),
        _straight(
            "space",
            usable_area="usable",
            multifunction_area="multifunction",
            market_area="market",
            social_area="social",
            open24h_area="open24h",
            office_area="office",
        ),
    ),
    Collector(
        "functions",
        Ledger.FUNCTIONS,
        dict.fromkeys((*FunctionCatalogue.METRICS, "local_functions", "local_functions_named"), COUNT),
        (_FUNCTIONS,),
        _functions,
    ),
    Collector("operators", Ledger.OPERATOR, {"operator_in_place": COUNT}, (_OPERATORS,), _operators),
    Collector(
        "projects",
        Ledger.PROJECTS,
        dict.fromkeys(
            (
                "projects_all",
                "projects_market_social",
                "projects_market_social_resident",
                "partners_market_social",
                "elder_child_projects",
                "elder_projects",
                "child_projects",
            ),
            COUNT,
        )
        | {"project_area_all": AREA, "project_area_market_social": AREA},
        (_PROJECTS,),
        _projects,
    ),
    Collector(
        "charity",
        Ledger.CHARITY,
        {"charity_projects": COUNT, "charity_received_fen": MONEY, "charity_contract_fen": MONEY},
        (_CHARITY, _RECEIPTS),
        _charity,
    ),
    Collector(
        "coverage",
        None,
        {"covered_communities": COUNT},
        (_COVERAGE,),
        _straight("coverage", covered_communities="rows"),
    ),
    Collector(
        "facility",
        None,
        {"hub_street_named": COUNT},
        (),
        lambda gathered: {"hub_street_named": gathered.columns["hub_street_named"]},
    ),
)

PARTS = tuple(part for collector in COLLECTORS for part in collector.parts)
_PAIRS = [pair for collector in COLLECTORS for pair in collector.metrics.items()]
LAYOUT = Layout(tuple(name for name, _ in _PAIRS), tuple(width for _, width in _PAIRS))
