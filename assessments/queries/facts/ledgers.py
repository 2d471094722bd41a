"""What is read of each ledger: which rows count on a day, and their columns as integers.

Nothing is counted here: rows are counted up in NumPy, by the collectors. `key` is the facility's id times `codes` plus a
small code, so that an id and a few flags travel in one integer.
"""

# ruff: noqa: S608 (the statements are put together from names of this module, integers and parameters only)

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from assessments.queries.facts.columns import packed
from assessments.rules.packing import MISSING
from facilities.models import ConstructionType, Ledger, Lifecycle

CONSTRUCTION_TYPES = tuple(ConstructionType.values)
LIFECYCLES = tuple(Lifecycle.values)
LEDGERS = tuple(Ledger)
NONE = f"'{MISSING}'::bigint"
IN_FORCE = "r.starts_on <= %(day)s AND (r.ends_on IS NULL OR r.ends_on > %(day)s)"


@dataclass(frozen=True)
class Source:
    """The rows of one table. code: SQL of an integer ≥ 0 and < codes; columns: name → SQL of a bigint, never NULL.

    texts: SQL of the texts that some of the rows have, end to end with a NUL between them.
    """

    name: str
    table: str
    codes: int = 1
    code: str = "0"
    columns: dict[str, str] = field(default_factory=dict)
    where: str = IN_FORCE
    owner: str = "r.facility_id"
    texts: str = ""

    @property
    def width(self) -> int:
        """How many columns `select` has."""
        return 1 + len(self.columns) + bool(self.texts)

    def select(self, scope: str) -> str:
        """A SELECT of one row: the key, the columns, then the texts; NULL where nothing counts."""
        key = self.owner if self.codes == 1 else f"{self.owner} * {self.codes} + {self.code}"
        outputs = [packed(each) for each in (key, *self.columns.values())]
        texts = [self.texts] if self.texts else []
        return f"SELECT {', '.join((*outputs, *texts))} FROM {self.table} r WHERE {scope} AND {self.where}"


def _numbered(column: str, values: tuple[str, ...]) -> str:
    """The place of a text among some values; their number for any other."""
    whens = " ".join(f"WHEN '{value}' THEN {place}" for place, value in enumerate(values))
    return f"(CASE {column} {whens} ELSE {len(values)} END)"


def _area(column: str) -> str:
    """0.01 ㎡; MISSING where no area is recorded."""
    return f"coalesce(({column} * 100)::bigint, {NONE})"


_NIL = " + ".join(
    f"('{ledger.value}' = ANY(r.nil_ledgers))::int * {1 << place}" for place, ledger in enumerate(LEDGERS)
)
KINDS = len(CONSTRUCTION_TYPES) + 1
USES = ("public", "market", "social", "office")
LOCAL = 1 << 15  # instead of an item's number (a positive smallint): a function by name
RUN_BY = ("public", "market", "social", "resident")

FACILITY = Source(
    "facility",
    "facilities_facility",
    codes=2 << len(LEDGERS),
    code=f"(CASE WHEN r.hub_street <> '' THEN {1 << len(LEDGERS)} ELSE 0 END"
    f" + CASE WHEN r.nil_ledgers = '{{}}' THEN 0 ELSE {_NIL} END)",
    columns={"division_code": "r.division_code"},
    where="true",
    owner="r.id",
)
STATE = Source(
    "state",
    "facilities_facilitystate",
    codes=32,
    code=f"{_numbered('r.lifecycle', LIFECYCLES)} * {KINDS} + {_numbered('r.construction_type', CONSTRUCTION_TYPES)}",
)
SITE = Source(
    "site",
    "facilities_site",
    codes=2,
    code="(CASE WHEN r.area_document <> '' THEN 1 ELSE 0 END)",
    columns={"area": _area("r.floor_area_m2")},
)
SPACE = Source(
    "space",
    "facilities_space",
    codes=32,
    code=f"({_numbered('r.used_by', USES)} + CASE WHEN r.is_multifunction THEN 8 ELSE 0 END"
    " + CASE WHEN r.is_open_24h THEN 16 ELSE 0 END)",
    columns={"id": "r.id", "area": _area("r.usable_area_m2")},
)
OFFERED = Source(
    "offered",
    "facilities_offeredfunction",
    codes=2 * LOCAL,
    code=f"coalesce(r.item_number, {LOCAL})",
    texts="string_agg(convert_to(r.local_name, 'UTF8'), '\\x00'::bytea) FILTER (WHERE r.item_number IS NULL)",
)
OPERATOR = Source("operator", "facilities_operator")
PROJECT = Source(
    "project",
    "partners_residentproject",
    codes=32,
    code=f"({_numbered('r.run_by', RUN_BY)} + CASE WHEN r.serves_elders THEN 8 ELSE 0 END"
    " + CASE WHEN r.serves_children THEN 16 ELSE 0 END)",
    columns={"partner": "coalesce(r.partner_id, 0)", "space": "coalesce(r.space_id, 0)"},
)
COVERAGE = Source("coverage", "facilities_coverage", columns={"community": "r.community_code"})
CHARITY = Source(
    "charity",
    "partners_charityproject",
    columns={"contract": f"coalesce(r.contract_fen, {NONE})"},
    where="r.year = %(calendar_year)s",
)
RECEIPT = Source(
    "receipt",
    "partners_charityreceipt",
    columns={"amount": "r.amount_fen"},
    where="r.received_on >= %(year)s AND r.received_on <= %(day)s",
)
SOURCES = (FACILITY, STATE, SITE, SPACE, OFFERED, OPERATOR, PROJECT, COVERAGE, CHARITY, RECEIPT)
# Dated ledgers that may be empty: one whose rows have all ended is known to be empty.
DATED = {Ledger.SPACES: SPACE, Ledger.FUNCTIONS: OFFERED, Ledger.OPERATOR: OPERATOR, Ledger.PROJECTS: PROJECT}


def on(day: date) -> dict[str, Any]:
    """The parameters of every source for the facts of a day."""
    return {"day": day, "year": date(day.year, 1, 1), "calendar_year": day.year}
