"""One collector per ledger: the facts that follow from its rows, for all facilities at once, in exact integers.

A ledger without rows in force counts as 0 if the facility has confirmed that it is empty (`Facility.nil_ledgers`), or if it
has rows that have all ended: somebody recorded what there was and when it stopped. Otherwise its facts are MISSING.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from assessments.queries.facts.columns import Places, bit_sets, counted, counted_by_code, counted_distinct, summed
from assessments.queries.facts.ledgers import LOCAL, OFFERED, PROJECT, RUN_BY, USES
from assessments.rules.catalogue import FunctionCatalogue
from assessments.rules.packing import MISSING, Layout
from facilities.models import Ledger

Columns = dict[str, np.ndarray]
COUNT, AREA, MONEY = 1, 4, 4  # bytes a value usually needs


@dataclass(frozen=True)
class Rows:
    """The rows of one source: `at` the place of each row's facility, its code, its further columns; int64[m] each."""

    at: np.ndarray
    code: np.ndarray
    columns: Columns
    texts: bytes = b""

    def counted(self, wanted: np.ndarray, size: int) -> np.ndarray:
        return counted(self.at[wanted], size)


@dataclass(frozen=True)
class Gathered:
    """The rows of all sources for `size` facilities.

    empty: ledger → bool[size]: it is known to have nothing in it. named: bool[size]: the facility names its hub street.
    broken: collects bool[size] by metric: where a sum is larger than 64 bits hold.
    """

    size: int
    rows: dict[str, Rows]
    empty: dict[Ledger, np.ndarray]
    named: np.ndarray
    catalogue: FunctionCatalogue
    broken: Columns = field(default_factory=dict)
    _counts: Columns = field(default_factory=dict)

    def count(self, source: str) -> np.ndarray:
        """int64[size]: how many rows each facility has."""
        if source not in self._counts:
            self._counts[source] = counted(self.rows[source].at, self.size)
        return self._counts[source]

    def sum(self, metric: str, source: str, column: str, wanted: np.ndarray | None = None) -> np.ndarray:
        """Of the wanted rows, those without a value left out."""
        rows = self.rows[source]
        values = rows.columns[column]
        taken = values != MISSING if wanted is None else wanted & (values != MISSING)
        totals, out_of_range = summed(rows.at, np.where(taken, values, 0), self.size)
        if out_of_range.any():
            self.broken[metric] = out_of_range
        return totals

    def lacks(self, source: str, column: str) -> np.ndarray:
        """bool[size]: some row has no value."""
        rows = self.rows[source]
        return counted(rows.at[rows.columns[column] == MISSING], self.size) > 0

    def recorded(self, source: str, ledger: Ledger | None, values: np.ndarray) -> np.ndarray:
        """Values where the ledger has rows, 0 where it is known to be empty, MISSING where nobody said."""
        return np.where(self.count(source) > 0, values, self.nothing(ledger))

    def nothing(self, ledger: Ledger | None) -> np.ndarray:
        """What an empty ledger means: 0 where it is known to be empty, else MISSING."""
        if ledger is None:
            return np.full(self.size, MISSING, np.int64)
        return np.where(self.empty[ledger], 0, MISSING)


@dataclass(frozen=True)
class Collector:
    """The facts of one ledger. `metrics` maps each metric to the bytes it usually needs."""

    name: str
    metrics: dict[str, int]
    derive: Callable[[Gathered], Columns]


def _sites(gathered: Gathered) -> Columns:
    sites = gathered.rows["site"]
    area = gathered.sum("floor_area_declared", "site", "area")
    unmeasured = gathered.lacks("site", "area")
    undocumented = sites.counted(sites.code == 0, gathered.size) > 0
    return {
        "floor_area_documented": gathered.recorded("site", None, np.where(unmeasured | undocumented, MISSING, area)),
        "floor_area_declared": gathered.recorded("site", None, np.where(unmeasured, MISSING, area)),
    }


def _spaces(gathered: Gathered) -> Columns:
    code = gathered.rows["space"].code
    used_by = code & 7
    kinds = {
        "usable_area": None,
        "multifunction_area": code & 8 != 0,
        "market_area": used_by == USES.index("market"),
        "social_area": used_by == USES.index("social"),
        "open24h_area": code & 16 != 0,
        "office_area": used_by == USES.index("office"),
    }
    unmeasured = gathered.lacks("space", "area")
    return {
        metric: gathered.recorded(
            "space", Ledger.SPACES, np.where(unmeasured, MISSING, gathered.sum(metric, "space", "area", wanted))
        )
        for metric, wanted in kinds.items()
    }


def _functions(gathered: Gathered) -> Columns:
    offered = gathered.rows["offered"]
    items, of_the_city = (bit_sets(offered.at, offered.code, first, OFFERED.codes, gathered.size) for first in (0, 100))
    named = _named(offered, gathered.size)
    facts = gathered.catalogue.facts(items, of_the_city)
    facts["local_functions"] = np.bitwise_count(items & gathered.catalogue.local) + named
    facts["local_functions_named"] = named
    nothing, some = gathered.nothing(Ledger.FUNCTIONS), gathered.count("offered") > 0
    return {metric: np.where(some, column.astype(np.int64), nothing) for metric, column in facts.items()}


def _named(offered: Rows, size: int) -> np.ndarray:
    """How many different names the local functions of each facility have."""
    at = offered.at[offered.code == LOCAL]
    number = counted(at, size)
    several = np.flatnonzero(number > 1)
    if len(several):
        names: dict[int, set[bytes]] = {place: set() for place in several.tolist()}
        for place, name in zip(at.tolist(), offered.texts.split(b"\0"), strict=True):
            if place in names:
                names[place].add(name)
        number[several] = [len(each) for each in names.values()]
    return number


def _operators(gathered: Gathered) -> Columns:
    return {"operator_in_place": gathered.recorded("operator", Ledger.OPERATOR, np.ones(gathered.size, np.int64))}


_RUN_BY = np.arange(PROJECT.codes) & 7
_ELDERS, _CHILDREN = (np.arange(PROJECT.codes) & bit != 0 for bit in (8, 16))
_OURS = np.isin(_RUN_BY, [RUN_BY.index("market"), RUN_BY.index("social")])
_PROJECTS = {
    "projects_market_social": _OURS,
    "projects_market_social_resident": _OURS | (RUN_BY.index("resident") == _RUN_BY),
    "elder_child_projects": _ELDERS | _CHILDREN,
    "elder_projects": _ELDERS,
    "child_projects": _CHILDREN,
}


def _projects(gathered: Gathered) -> Columns:
    projects, size = gathered.rows["project"], gathered.size
    ours = _OURS[projects.code]
    facts = {
        "projects_all": gathered.count("project"),
        **counted_by_code(projects.at, projects.code, _PROJECTS, size),
        "partners_market_social": _partners(projects, ours, size),
        **_project_areas(gathered, ours),
    }
    return {metric: gathered.recorded("project", Ledger.PROJECTS, column) for metric, column in facts.items()}


def _partners(projects: Rows, ours: np.ndarray, size: int) -> np.ndarray:
    """Different partners; MISSING where a project of a market or social organisation does not say whose it is."""
    at, partner = projects.at[ours], projects.columns["partner"][ours]
    different, unnamed = counted_distinct(at, partner, size), counted(at[partner == 0], size) > 0
    return np.where(unnamed, MISSING, different)  # 0, for nobody, is counted as one only where it is unknown


def _project_areas(gathered: Gathered, ours: np.ndarray) -> Columns:
    """The area of the spaces that projects use, each space once. Unknown if one has no space in force or no usable area."""
    projects, spaces, size = gathered.rows["project"], gathered.rows["space"], gathered.size
    ids, at, area = spaces.columns["id"], spaces.at, spaces.columns["area"]
    if (ids[1:] < ids[:-1]).any():
        order = np.argsort(ids, kind="stable")
        ids, at, area = ids[order], at[order], area[order]
    used = Places(ids).of(projects.columns["space"])  # −1 takes the last of the following, which is good for nobody
    good_for = np.append(np.where(area == MISSING, -1, at), -1)
    bad = good_for[used] != projects.at
    unknown = counted(projects.at[bad], size) > 0
    used[bad] = -1
    facts = {}
    for metric, users in (("project_area_all", used), ("project_area_market_social", used[ours])):
        in_use = np.zeros(len(at) + 1, np.bool_)
        in_use[users] = True
        total, _ = summed(at[in_use[:-1]], area[in_use[:-1]], size)  # no more than all spaces, which are summed too
        facts[metric] = np.where(unknown, MISSING, total)
    return facts


def _charity(gathered: Gathered) -> Columns:
    contract = gathered.sum("charity_contract_fen", "charity", "contract")
    contract = np.where(gathered.lacks("charity", "contract"), MISSING, contract)
    projects = gathered.recorded("charity", Ledger.CHARITY, gathered.count("charity"))
    received = gathered.sum("charity_received_fen", "receipt", "amount")
    return {
        "charity_projects": projects,
        "charity_received_fen": np.where((projects == MISSING) & (gathered.count("receipt") == 0), MISSING, received),
        "charity_contract_fen": gathered.recorded("charity", Ledger.CHARITY, contract),
    }


def _coverage(gathered: Gathered) -> Columns:
    rows = gathered.rows["coverage"]
    communities = counted_distinct(rows.at, rows.columns["community"], gathered.size)
    return {"covered_communities": gathered.recorded("coverage", None, communities)}


COLLECTORS: tuple[Collector, ...] = (
    Collector("sites", dict.fromkeys(("floor_area_documented", "floor_area_declared"), AREA), _sites),
    Collector(
        "spaces",
        dict.fromkeys(
            ("usable_area", "multifunction_area", "market_area", "social_area", "open24h_area", "office_area"), AREA
        ),
        _spaces,
    ),
    Collector(
        "functions",
        dict.fromkeys((*FunctionCatalogue.METRICS, "local_functions", "local_functions_named"), COUNT),
        _functions,
    ),
    Collector("operators", {"operator_in_place": COUNT}, _operators),
    Collector(
        "projects",
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
        | dict.fromkeys(("project_area_all", "project_area_market_social"), AREA),
        _projects,
    ),
    Collector(
        "charity",
        {"charity_projects": COUNT, "charity_received_fen": MONEY, "charity_contract_fen": MONEY},
        _charity,
    ),
    Collector("coverage", {"covered_communities": COUNT}, _coverage),
    Collector(
        "facility", {"hub_street_named": COUNT}, lambda gathered: {"hub_street_named": gathered.named.astype(np.int64)}
    ),
)

_PAIRS = [pair for collector in COLLECTORS for pair in collector.metrics.items()]
LAYOUT = Layout(tuple(name for name, _ in _PAIRS), tuple(width for _, width in _PAIRS))
