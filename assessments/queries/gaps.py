"""What a facility lacks for the next tier, what of it can be mended, and the cheapest way there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from typing import Any

from django.conf import settings

from assessments.models import Verdict
from assessments.queries.explain import facts_of, rules_of
from assessments.queries.words import Words, words_on
from assessments.rules.explanation import Facts, MetricWords, shortfall_text
from assessments.rules.gap import Option, Step, cheapest_path, cheapest_steps, options_on, version_on
from assessments.rules.labels import TIER_LABELS
from assessments.rules.steps import KnownSpace, RecordStep, SpaceStep, opening, recording
from facilities.models import Space
from standards.rules import Criterion, Kind, Outcome, RuleSet, Tier

_FILE = "fixtures/assessments/steps.toml"


@dataclass(frozen=True, slots=True)
class Lack:
    """A gate of the next tier that is not met. structural: only building or moving mends it. missing: data, not effort."""

    key: str
    title: str
    text: str
    structural: bool
    missing: bool


@dataclass(frozen=True, slots=True)
class PathStep:
    """A step of the cheapest path, and the tier that the engine gives once it and those before it are done.

    supposes: it records what nobody knows, and the path holds only if the numbers turn out as its detail says.
    """

    title: str
    detail: str
    times: int
    effort: int
    tier_label: str
    supposes: bool
    key: str = ""


@dataclass(frozen=True, slots=True)
class Gap:
    """The way to the next tier. Without `target` there is none above. `blocked`: titles of gates that no step mends.

    duties: the criteria beside the tier that are not met, and duty_steps the cheapest way to meet those that can be.
    options: everything that this facility can do towards the target; the steps are some of these.
    """

    target: Tier | None
    target_label: str
    lacks: tuple[Lack, ...]
    steps: tuple[PathStep, ...]
    effort: int
    reachable: bool
    blocked: tuple[str, ...]
    duties: tuple[Lack, ...] = ()
    duty_steps: tuple[PathStep, ...] = ()
    options: tuple[Option, ...] = ()
    source: str = "工作口径"


def gap(verdict: Verdict, words: Words | None = None) -> Gap:
    """The gap of one verdict (load it with `select_related("run")`). Some milliseconds: for the page of one facility.

    words: of the last day of its quarter, where the caller has read them already.
    """
    day = verdict.run.period.last_day
    return gap_of(
        rules_of(verdict.run), facts_of(verdict), Tier(verdict.tier), day, facility_id=verdict.facility_id, words=words
    )


def gap_of(rules: RuleSet, facts: Facts, tier: Tier, day: date, *, facility_id: int, words: Words | None = None) -> Gap:
    """The gap of a facility that has `tier` by these facts of a day."""
    named = (words or words_on(day)).metrics
    common = options_on(_steps_file(), day)
    opened = opening((SpaceStep(**step) for step in _version(day)["space"]), _spaces(facility_id, day))

    def options(wanted: tuple[int, ...]) -> tuple[Option, ...]:
        """What this facility can do about some criteria."""
        records = (RecordStep(**step) for step in _version(day)["record"])
        return (*common, *opened, *recording(records, rules, facts, wanted, named, common))

    outcomes = facts.judge(rules).outcomes[0]
    duties = tuple(i for i, criterion in enumerate(rules.criteria) if criterion.kind is Kind.DUTY)
    duty_steps, _ = cheapest_steps(rules, facts, options(duties), duties)
    beside = {
        "duties": _lacks(rules, facts, outcomes, duties, named),
        "duty_steps": tuple(_told(step) for step in duty_steps),
    }
    if tier == Tier.DEMONSTRATION or not rules.gates(Tier(tier + 1)):
        return Gap(None, "", (), (), 0, False, (), **beside)
    target = Tier(tier + 1)
    gates = rules.gates(target)
    possible = options(gates)
    path = cheapest_path(rules, facts, possible, target)
    return Gap(
        target=target,
        target_label=TIER_LABELS[target],
        lacks=_lacks(rules, facts, outcomes, gates, named),
        steps=tuple(_told(step) for step in path.steps),
        effort=path.effort,
        reachable=path.reachable,
        blocked=tuple(_short(rules[key]) for key in path.blocked),
        options=possible,
        **beside,
    )


def _told(step: Step) -> PathStep:
    option = step.option
    supposes = option.key.startswith("record:")
    return PathStep(
        option.title, option.detail, step.times, step.effort, TIER_LABELS[step.tier_after], supposes, option.key
    )


def _spaces(facility_id: int, day: date) -> list[KnownSpace]:
    """The registered spaces of a facility on a day. One query."""
    columns = ("pk", "name", "usable_area_m2", "used_by", "is_open_24h", "is_multifunction")
    found = Space.objects.filter(facility_id=facility_id).in_force(day).order_by("pk").values_list(*columns)
    return [KnownSpace(pk, name, None if area is None else int(area * 100), *rest) for pk, name, area, *rest in found]


def _lacks(
    rules: RuleSet, facts: Facts, outcomes: Sequence[int], wanted: tuple[int, ...], words: dict[str, MetricWords]
) -> tuple[Lack, ...]:
    return tuple(
        Lack(
            key=criterion.key,
            title=_short(criterion),
            text=shortfall_text(criterion, facts, outcome, words),
            structural=not criterion.fixable and outcome == Outcome.NOT_MET,
            missing=outcome == Outcome.UNKNOWN,
        )
        for position in wanted
        if (outcome := Outcome(int(outcomes[position]))) != Outcome.MET
        and (criterion := rules.criteria[position]) is not None
    )


def _short(criterion: Criterion) -> str:
    return criterion.title.rpartition("：")[2]


@lru_cache(maxsize=16)
def _version(day: date) -> dict[str, Any]:
    return version_on(_steps_file(), day)


@cache
def _steps_file() -> str:
    return (settings.BASE_DIR / _FILE).read_text(encoding="utf-8")
