"""From the data files to a `RuleSet`: criteria as written, then changed by the readings that a district has chosen."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from standards.rules.amounts import AmountError, threshold_of
from standards.rules.criteria import (
    KNOWN_CONSTRUCTIONS,
    Alternative,
    Construction,
    Criterion,
    Kind,
    Operator,
    Reading,
    RuleSet,
    Source,
    Threshold,
    Tier,
)

Data = Mapping[str, Any]


class RuleError(ValueError):
    """A data file says something that no rule can be made of. The message names the criterion or interpretation."""


def build(standards: Sequence[Data], register: Data, chosen: Mapping[str, str] | None = None) -> RuleSet:
    """The rule set of one or more standards (their parsed files), read as `chosen` says and else by default.

    register: the parsed interpretation register. chosen: interpretation → option, as ruled by a district.
    The alternatives are every other option of every interpretation that concerns these criteria, taken alone.
    Raises RuleError where a file contradicts itself or a choice is not an option.
    """
    written = _criteria(standards)
    interpretations = [i for i in register["interpretation"] if _touches(i, written)]
    readings = {i["key"]: _option(i, (chosen or {}).get(i["key"], i["default"]))["key"] for i in interpretations}
    criteria = _read(written, interpretations, readings)
    return RuleSet(
        versions=tuple(f"{s['standard']['key']}@{s['version']['number']}" for s in standards),
        readings=tuple(Reading(key, option) for key, option in readings.items()),
        criteria=tuple(criteria.values()),
        alternatives=tuple(_alternatives(written, interpretations, readings, criteria)),
    )


def _criteria(standards: Iterable[Data]) -> dict[str, Criterion]:
    criteria: dict[str, Criterion] = {}
    for standard in standards:
        for entry in standard["criterion"]:
            if entry["key"] in criteria:
                raise RuleError(f"{entry['key']}: two criteria have this key")
            criteria[entry["key"]] = _criterion(entry, document=standard["version"]["document"])
    return criteria


def _criterion(entry: Data, *, document: str) -> Criterion:
    try:
        operator = Operator(entry["operator"])
        kind = Kind(entry["kind"])
        tiers = _tiers(entry.get("tiers", ()))
        if (kind is Kind.GATE) != bool(tiers):
            raise RuleError(f"{entry['key']}: a gate names its tiers, nothing else does")
        if (operator is Operator.SHARE_AT_LEAST) != bool(entry.get("denominators")):
            raise RuleError(f"{entry['key']}: a share names its denominators, nothing else does")
        concerns = tuple(Construction[name.upper()] for name in entry.get("concerns", ()))
        return Criterion(
            key=entry["key"],
            title=entry["title"],
            kind=kind,
            operator=operator,
            metrics=tuple(entry["metrics"]),
            denominators=tuple(entry.get("denominators", ())),
            thresholds=_thresholds(operator, entry.get("threshold")),
            unit=entry["unit"],
            source=Source(document, entry["clause"], entry["quote"], entry.get("severity", "")),
            tiers=tiers,
            concerns=concerns or KNOWN_CONSTRUCTIONS,
            fixable=entry.get("fixable", True),
            interpretations=tuple(entry.get("interpretations", ())),
        )
    except (KeyError, ValueError) as error:
        if isinstance(error, RuleError):
            raise
        raise RuleError(f"{entry.get('key', 'a criterion without key')}: {error}") from error


def _thresholds(operator: Operator, written: Any) -> tuple[Threshold | None, Threshold | None, Threshold | None]:
    """One text for all construction types, or a table by type; none at all where the document gives no number."""
    if operator is Operator.IS_TRUE:
        return (Threshold(1),) * 3
    by_type = written if isinstance(written, Mapping) else {kind.name.lower(): written for kind in KNOWN_CONSTRUCTIONS}
    first, second, third = (by_type.get(kind.name.lower()) for kind in KNOWN_CONSTRUCTIONS)
    return threshold_of(first), threshold_of(second), threshold_of(third)


def _tiers(names: Iterable[str]) -> tuple[Tier, ...]:
    return tuple(Tier[name.upper()] for name in names)


def _touches(interpretation: Data, criteria: Mapping[str, Criterion]) -> bool:
    return any(
        key in criteria
        for option in interpretation.get("option", ())
        for change in option.get("change", ())
        for key in change["criteria"]
    )


def _option(interpretation: Data, key: str) -> Data:
    for option in interpretation["option"]:
        if option["key"] == key:
            return option
    raise RuleError(f"{interpretation['key']}: {key} is not one of its options")


def _read(
    written: Mapping[str, Criterion], interpretations: Iterable[Data], readings: Mapping[str, str]
) -> dict[str, Criterion]:
    """The criteria under some readings. Interpretations act in the order of the register."""
    criteria = dict(written)
    for interpretation in interpretations:
        for change in _option(interpretation, readings[interpretation["key"]]).get("change", ()):
            for key in change["criteria"]:
                if key in criteria:
                    criteria[key] = _changed(criteria[key], change)
    return criteria


def _changed(criterion: Criterion, change: Data) -> Criterion:
    """A criterion after one change: other metrics put in their place, another threshold, or a duty made a gate."""
    try:
        if "metrics" in change:
            swap = change["metrics"]
            criterion = replace(
                criterion,
                metrics=_swapped(criterion.metrics, swap),
                denominators=_swapped(criterion.denominators, swap),
            )
        if "threshold" in change:
            criterion = replace(criterion, thresholds=_thresholds(criterion.operator, change["threshold"]))
        if "gate_of" in change:
            source = replace(criterion.source, severity=change["severity"])
            criterion = replace(criterion, kind=Kind.GATE, tiers=_tiers(change["gate_of"]), source=source)
    except (KeyError, AmountError) as error:
        raise RuleError(f"{criterion.key}: {error}") from error
    return criterion


def _swapped(metrics: tuple[str, ...], swap: Mapping[str, str | list[str]]) -> tuple[str, ...]:
    """Each metric, or what stands in its place: one other, or several that are summed."""
    result: list[str] = []
    for metric in metrics:
        instead = swap.get(metric, metric)
        result.extend([instead] if isinstance(instead, str) else instead)
    return tuple(result)


def _alternatives(
    written: Mapping[str, Criterion],
    interpretations: Sequence[Data],
    readings: Mapping[str, str],
    present: Mapping[str, Criterion],
) -> Iterable[Alternative]:
    for interpretation in interpretations:
        for option in interpretation["option"]:
            reading = Reading(interpretation["key"], option["key"])
            if readings[reading.interpretation] == reading.option or not option.get("compare", True):
                continue
            other = _read(written, interpretations, {**readings, reading.interpretation: reading.option})
            changed = tuple(
                (position, other[key]) for position, key in enumerate(present) if other[key] != present[key]
            )
            if changed:
                yield Alternative(reading, changed)
