"""What a facility lacks for the next tier, what of it can be mended, and the cheapest way there."""

from dataclasses import dataclass
from functools import cache

from django.conf import settings

from assessments.models import Verdict
from assessments.queries.explain import facts_of, rules_of
from assessments.queries.words import Words, words_on
from assessments.rules.explanation import Facts, MetricWords, shortfall_text
from assessments.rules.gap import Path, cheapest_path, options_on
from assessments.rules.labels import TIER_LABELS
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
    """A step of the cheapest path, and the tier that the engine gives once it and those before it are done."""

    title: str
    detail: str
    times: int
    effort: int
    tier_label: str


@dataclass(frozen=True, slots=True)
class Gap:
    """The way to the next tier. Without `target` there is none above. `blocked`: titles of gates that no step mends."""

    target: Tier | None
    target_label: str
    lacks: tuple[Lack, ...]
    steps: tuple[PathStep, ...]
    effort: int
    reachable: bool
    blocked: tuple[str, ...]
    source: str = "工作口径"


def gap(verdict: Verdict, words: Words | None = None) -> Gap:
    """The gap of one verdict (load it with `select_related("run")`). Some milliseconds: for the page of one facility.

    words: of the last day of its quarter, where the caller has read them already.
    """
    rules, facts = rules_of(verdict.run), facts_of(verdict)
    day = verdict.run.period.last_day
    if verdict.tier == Tier.DEMONSTRATION or not rules.gates(Tier(verdict.tier + 1)):
        return Gap(None, "", (), (), 0, False, ())
    target = Tier(verdict.tier + 1)
    path = cheapest_path(rules, facts, options_on(_steps_file(), day), target)
    words = (words or words_on(day)).metrics
    return Gap(
        target=target,
        target_label=TIER_LABELS[target],
        lacks=_lacks(rules, facts, target, words),
        steps=tuple(
            PathStep(step.option.title, step.option.detail, step.times, step.effort, TIER_LABELS[step.tier_after])
            for step in path.steps
        ),
        effort=path.effort,
        reachable=path.reachable,
        blocked=_titles(rules, path),
    )


def _lacks(rules: RuleSet, facts: Facts, target: Tier, words: dict[str, MetricWords]) -> tuple[Lack, ...]:
    outcomes = facts.judge(rules).outcomes[0]
    return tuple(
        Lack(
            key=criterion.key,
            title=_short(criterion),
            text=shortfall_text(criterion, facts, outcome, words),
            structural=not criterion.fixable and outcome == Outcome.NOT_MET,
            missing=outcome == Outcome.UNKNOWN,
        )
        for gate in rules.gates(target)
        if (outcome := Outcome(int(outcomes[gate]))) != Outcome.MET
        and (criterion := rules.criteria[gate]).kind is Kind.GATE
    )


def _titles(rules: RuleSet, path: Path) -> tuple[str, ...]:
    return tuple(_short(rules[key]) for key in path.blocked)


def _short(criterion: Criterion) -> str:
    return criterion.title.rpartition("：")[2]


@cache
def _steps_file() -> str:
    return (settings.BASE_DIR / _FILE).read_text(encoding="utf-8")
