"""What an assessor looks at, and what a facility's facts become when found values replace reported ones. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from assessments.rules.agreement import within
from assessments.rules.catalogue import FunctionCatalogue, bits
from assessments.rules.explanation import Facts

ITEM = "item-"  # item-7: number 7 of the district's catalogue, there or not
LOCAL = "local_functions_named"
EVALUATED = "vitality-"  # vitality-satisfaction: what the street's self-evaluation says of 热活度
# Of the indicators of 热活度, those that an assessor can see or ask on the spot; all are shares in hundredths of a per cent.
ON_SITE = {
    "supply": "活动供给率", "room_use": "场所使用率", "hours_kept": "开放时长达标率", "functions_alive": "功能有效运行率",
    "satisfaction": "群众满意度",
}  # fmt: skip
# Counted from the functions that are there, so nobody is asked for them.
COUNTED = ("base_items", "base_domains", "base_items_wide", "elder_items", "child_items", "local_functions")
WITH_TOLERANCE = {"㎡", "元", "%"}  # with two decimals


@dataclass(frozen=True, slots=True)
class CheckItem:
    """One line of the checklist. unit: "" for there or not (1, 0), "㎡", "元" and "%" in hundredths, else a count."""

    key: str
    title: str
    unit: str
    group: str
    clause: str

    @property
    def is_yes_or_no(self) -> bool:
        return self.unit == ""


@dataclass(frozen=True)
class Claims:
    """What was reported of a facility, frozen when it was drawn. items: numbers of the catalogue that it offers.

    evaluation: metric of `ON_SITE` → what its street's filed self-evaluation says; empty where there was none.
    """

    facts: Facts
    items: frozenset[int]
    evaluation: Mapping[str, int | None] = field(default_factory=dict)

    def of(self, key: str) -> int | None:
        """The reported value of a checklist item; None where nobody recorded one."""
        if key.startswith(ITEM):
            return int(int(key.removeprefix(ITEM)) in self.items)
        if key.startswith(EVALUATED):
            return self.evaluation.get(key.removeprefix(EVALUATED))
        return self.facts.values.get(key)


def evaluation_items(metrics: Iterable[str] = ON_SITE) -> tuple[CheckItem, ...]:
    """The lines for self-evaluated figures."""
    return tuple(
        CheckItem(f"{EVALUATED}{metric}", ON_SITE[metric], "%", "热活度自评", "拱墅 三(五)2") for metric in metrics
    )


def differs(item: CheckItem, claimed: int | None, found: int | None, tolerance_permille: int | None) -> bool:
    """Whether a found value is a discrepancy. What could not be told (None) never is; without a tolerance any difference is."""
    if found is None or claimed == found:
        return False
    if claimed is None or item.unit not in WITH_TOLERANCE:
        return True
    return not within(claimed, found, tolerance_permille or 0)


def verified(claims: Claims, found: Mapping[str, int], catalogue: FunctionCatalogue) -> Facts:
    """The facts with found values in place of reported ones; counts of functions follow the functions found."""
    values = dict(claims.facts.values)
    values.update({key: value for key, value in found.items() if key in values})
    if any(key.startswith(ITEM) or key == LOCAL for key in found):
        items = items_after(claims.items, found)
        named = values.get(LOCAL) or 0
        counted = catalogue.facts(np.array([bits(items)], np.int64), np.zeros(1, np.int64))
        values.update({metric: int(counted[metric][0]) for metric in COUNTED if metric in counted and metric in values})
        values["local_functions"] = int(np.bitwise_count(bits(items) & catalogue.local)) + named
    return replace(claims.facts, values=values)


def items_after(items: Iterable[int], found: Mapping[str, int]) -> frozenset[int]:
    """The functions that are there, once those looked at are what was found."""
    seen = {int(key.removeprefix(ITEM)): value for key, value in found.items() if key.startswith(ITEM)}
    return frozenset({item for item in items if seen.get(item, 1)} | {item for item, there in seen.items() if there})
