"""The list of what is wrong with the data, those first that move a tier: the engine says which they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from assessments.queries.whatif import Books, Standing, books_of, effects, facts_on, standings
from assessments.rules.packing import MISSING, FactTable
from facilities.models import Facility, Ledger, Lifecycle
from facilities.queries.listing import facilities_on
from portal.queries.desk.checks import CHECKS, Place, Raw, tab, twins
from portal.queries.places import Place as Where
from portal.queries.places import places
from portal.wording import TIER_NAMES
from tenants.models import Appointment
from tenants.together import together

LIVE = (Lifecycle.PLANNED, Lifecycle.OPEN, Lifecycle.SUSPENDED)
MOST = 2_000
TIER, DECIDES, SHARE, HINT = 3, 2, 1, 0
LEVELS = {TIER: "影响等级", DECIDES: "影响判定", SHARE: "影响占比", HINT: "提醒"}
LABELS = {
    "document": "缺面积证明",
    "area": "缺面积",
    "usable": "缺可用面积",
    "overlap": "面积对不上",
    "twice": "空间重复",
    "operator": "综合运营到期",
    "operator_soon": "综合运营快到期",
    "projects_soon": "项目快到期",
    "projects": "项目到期",
    "outside": "坐标出界",
    "unplaced": "缺坐标",
    "twin": "疑似重复设施",
    "empty": "台账没有内容",
}
_OF_LEDGER = {
    Ledger.SPACES: ("usable_area", "spaces"),
    Ledger.FUNCTIONS: ("base_items", "functions"),
    Ledger.OPERATOR: ("operator_in_place", "projects"),
    Ledger.PROJECTS: ("projects_all", "projects"),
    Ledger.CHARITY: ("charity_projects", "charity"),
}
_TOLD_BY = {Ledger.SPACES: "usable", Ledger.OPERATOR: "operator"}
_USUAL = {"usable": SHARE, "overlap": SHARE, "twice": SHARE, "empty": SHARE}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend. level: what it may change (LEVELS). effect: in words, with both tiers where they are known."""

    check: str
    facility: Facility
    where: Where
    text: str
    url: str
    action: str
    level: int
    effect: str

    @property
    def label(self) -> str:
        return LABELS[self.check]

    @property
    def level_label(self) -> str:
        return LEVELS[self.level]


@dataclass(frozen=True)
class Ledgers:
    """What the pages of the desk read first, in one statement: live facilities, what the checks ask, and what a page adds."""

    live: dict[int, Facility]
    checked: dict[str, list[dict]]
    also: dict[str, list]

    @property
    def uuids(self) -> set[str] | None:
        """Of all live facilities of the scope; None where they are too many to be told."""
        return {str(facility.uuid) for facility in self.live.values()} if len(self.live) < MOST else None

    @property
    def codes(self) -> set[int]:
        return {facility.division_code for facility in self.live.values()}


def live_facilities(appointment: Appointment, day: date) -> QuerySet[Facility]:
    return facilities_on(day).visible_to(appointment).filter(lifecycle__in=LIVE).order_by("code")


def ledgers(appointment: Appointment, day: date, *, also: Mapping[str, QuerySet] | None = None) -> Ledgers:
    """also: what else a page wants of the database, such as what the sources of deadlines ask (`due.reads`)."""
    place, also = Place(appointment, day), also or {}
    wanted = {f"check:{key}": check.query(place) for key, check in CHECKS.items()}
    wanted |= {f"also:{key}": rows for key, rows in also.items()}
    read = together({"live": live_facilities(appointment, day)[:MOST]} | wanted)
    return Ledgers(
        live={facility.pk: facility for facility in read["live"]},
        checked={key: read[f"check:{key}"] for key in CHECKS},
        also={key: read[f"also:{key}"] for key in also},
    )


def findings(
    appointment: Appointment, day: date, *, read: Ledgers | None = None, where: Mapping[int, Where] | None = None,
    books: Books | None = None,
) -> list[Finding]:  # fmt: skip
    """All findings in scope, the most serious first. The number of queries does not depend on the number of facilities.

    read, where, books: the ledgers, where the facilities stand, and their districts' rules, if the caller has them already.
    """
    read = read or ledgers(appointment, day)
    live = read.live
    told = (CHECKS[key].tell(row) for key, rows in read.checked.items() for row in rows if row["facility_id"] in live)
    raws = [raw for raw in told if raw is not None]
    raws += twins(sorted(live))
    books = books_of(read.codes, day) if books is None else books
    table = facts_on(live, day, next((book.catalogue for book in books.values() if book), None))
    raws += _empty_ledgers(table, live, {(raw.facility_id, raw.check) for raw in raws})
    now = standings(table, day, books)
    then = _after(table, raws, day, books)
    where = places(read.codes) if where is None else where
    found = [_finding(raw, live[raw.facility_id], where, now, then.get(index)) for index, raw in enumerate(raws)]
    return sorted(found, key=lambda one: (-one.level, one.facility.code, one.check, one.text))


def _after(table: FactTable, raws: Sequence[Raw], day: date, books: Books) -> dict[int, Standing]:
    tried = [(index, raw.change) for index, raw in enumerate(raws) if raw.change]
    found = effects(table, [change for _, change in tried], day, books)
    return {tried[position][0]: standing for position, standing in found.items()}


def _empty_ledgers(table: FactTable, live: dict[int, Facility], said: set[tuple[int, str]]) -> list[Raw]:
    """Ledgers without an entry that nobody has confirmed to be empty: their facts are missing, not zero.

    said: what other findings tell already: spaces that lack a sum, an operator whose agreement has ended.
    """
    raws = []
    for row, facility_id in enumerate(table.facility_ids.tolist()):
        facility = live[facility_id]
        for ledger, (metric, page) in _OF_LEDGER.items():
            if int(table.columns[metric][row]) == MISSING and (facility_id, _TOLD_BY.get(ledger, "")) not in said:
                text = f"{ledger.label}台账没有内容，也没有确认为空，按缺数据计"
                raws.append(
                    Raw("empty", facility_id, text, tab(facility.uuid, page), "填台账或确认为空", metrics=(metric,))
                )
    return raws


def _finding(raw: Raw, facility: Facility, where, now: dict[int, Standing], after: Standing | None) -> Finding:
    level, effect = _told(raw, now.get(facility.pk), after)
    return Finding(
        raw.check, facility, where[facility.division_code], raw.text, raw.url, raw.action, level, effect
    )  # fmt: skip


def _told(raw: Raw, before: Standing | None, after: Standing | None) -> tuple[int, str]:
    """What mending it (or leaving it) would do to the tier, as the engine has it."""
    if before is None:
        return HINT, "不在测算范围，不影响等级"
    if after is not None and after.tier != before.tier and not (raw.threatens and _rank(after) > _rank(before)):
        verb = "到期不续" if raw.threatens else "处理后"
        return TIER, f"{verb}：{TIER_NAMES[before.tier]} → {TIER_NAMES[after.tier]}"
    if before.waiting.intersection(raw.metrics):
        return DECIDES, f"补齐才能判定能不能高于{TIER_NAMES[before.tier]}" if before.tier else "补齐才能判定等级"
    level = _USUAL.get(raw.check, HINT)
    return level, f"不改变等级，仍是{TIER_NAMES[before.tier]}" if raw.change else "不直接改变等级"


def _rank(standing: Standing) -> int:
    return -1 if standing.tier is None else standing.tier
