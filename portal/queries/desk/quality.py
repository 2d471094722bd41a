"""The list of what is wrong with the data, those first that move a tier: the engine says which they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from assessments.queries.whatif import Standing, effects, facts_on, standings
from assessments.rules.packing import MISSING, FactTable
from facilities.models import Facility, Ledger, Lifecycle
from facilities.queries.listing import facilities_on
from portal.queries.desk.checks import CHECKS, Place, Raw, tab, twins
from portal.queries.places import Place as Where
from portal.queries.places import places
from portal.wording import TIER_NAMES
from tenants.models import Appointment

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


def findings(appointment: Appointment, day: date) -> list[Finding]:
    """All findings in scope, the most serious first. The number of queries does not depend on the number of facilities."""
    live = {
        facility.pk: facility
        for facility in facilities_on(day).visible_to(appointment).filter(lifecycle__in=LIVE).order_by("code")[:MOST]
    }
    place = Place(appointment, day)
    raws = [raw for check in CHECKS for raw in check(place) if raw.facility_id in live]
    raws += twins(sorted(live))
    table = facts_on(live, day)
    raws += _empty_ledgers(table, live, {(raw.facility_id, raw.check) for raw in raws})
    now = standings(table, day)
    then = _after(table, raws, day)
    where = places(facility.division_code for facility in live.values())
    found = [_finding(raw, live[raw.facility_id], where, now, then.get(index)) for index, raw in enumerate(raws)]
    return sorted(found, key=lambda one: (-one.level, one.facility.code, one.check, one.text))


def _after(table: FactTable, raws: Sequence[Raw], day: date) -> dict[int, Standing]:
    tried = [(index, raw.change) for index, raw in enumerate(raws) if raw.change]
    found = effects(table, [change for _, change in tried], day)
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
