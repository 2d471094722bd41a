"""Conditions and addresses of clauses in words. No database, no clock."""

from collections.abc import Mapping
from urllib.parse import quote

from standards.rules import Construction, Criterion, Operator, Threshold, Tier
from standards.rules.amounts import written_threshold

KIND_NAMES = {"gate": "等级门槛", "duty": "应做事项", "definition": "类型定义", "city": "市标"}
TIER_NAMES = {Tier.INCLUSIVE: "普惠型", Tier.DEMONSTRATION: "示范型"}
TYPE_NAMES = {Construction.INTEGRATED: "集成式", Construction.AREA: "片区化", Construction.STREETBLOCK: "街区化"}
_SIGNS = {
    Operator.AT_LEAST: "≥",
    Operator.AT_MOST: "≤",
    Operator.SHARE_AT_LEAST: "≥",
    Operator.ANY: "任一 ≥",
    Operator.BETWEEN: "",
}


def value_text(criterion: Criterion, names: Mapping[str, str]) -> str:
    """What is counted: "市场主体或社会组织运营的项目 ÷ 全部运营项目". names: metric key → Chinese name."""
    joint = "、" if criterion.operator is Operator.ANY else " + "
    value = joint.join(names.get(metric, metric) for metric in criterion.metrics)
    if not criterion.denominators:
        return value
    return f"{value} ÷ {' + '.join(names.get(metric, metric) for metric in criterion.denominators)}"


def limit_text(criterion: Criterion) -> str:
    """What is asked: "≥ 80 %"; by construction type "集成式 ≥ 1,000 ㎡，片区化、街区化 ≥ 1,500 ㎡"; "没有给出数字"."""
    types: dict[Threshold | None, list[str]] = {}
    for kind in criterion.concerns:
        types.setdefault(criterion.thresholds[kind], []).append(TYPE_NAMES[kind])
    if list(types) == [None]:
        return "没有给出数字"
    if len(types) == 1 and len(criterion.concerns) == len(TYPE_NAMES):
        return _limit(criterion, criterion.thresholds[0])
    return "，".join(f"{'、'.join(names)} {_limit(criterion, limit)}" for limit, names in types.items())


def condition_text(criterion: Criterion, names: Mapping[str, str]) -> str:
    """A whole condition in words, with what it decides: "个性化功能 ≥ 1 项（示范型门槛）"."""
    return f"{value_text(criterion, names)} {limit_text(criterion)}（{effect_text(criterion)}）"


def effect_text(criterion: Criterion) -> str:
    """What a criterion decides: "示范型门槛", or its kind."""
    if criterion.tiers:
        return "、".join(TIER_NAMES[tier] for tier in criterion.tiers) + "门槛"
    return KIND_NAMES[criterion.kind]


def anchor(number: str) -> str:
    """The id of a clause on the page of its document: "附件 一(一)1" → "附件-一(一)1"."""
    return number.replace(" ", "-")


def clause_path(document_key: str, number: str) -> str:
    """Address of a clause below the address of the standards pages."""
    return f"documents/{document_key}/#{quote(anchor(number), safe='()')}"


def _limit(criterion: Criterion, limit: Threshold | None) -> str:
    if criterion.operator is Operator.IS_TRUE:
        return "要有"
    if limit is None:
        return "没有给出数字"
    return f"{_SIGNS[criterion.operator]} {written_threshold(limit, criterion.unit)}".strip()
