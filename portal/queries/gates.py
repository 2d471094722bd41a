"""How far a facility is from its next tier, from the bit masks of its verdict alone: for lists of any length."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from django.db.models import Case, F, Func, IntegerField, QuerySet, Value, When

from assessments.models import Run, Verdict
from assessments.queries.explain import rules_of
from facilities.models import Facility
from portal.wording import TIER_NAMES
from standards.rules import Outcome, RuleSet, Tier

NEXT = {Tier.UNRATED: Tier.INCLUSIVE, Tier.INCLUSIVE: Tier.DEMONSTRATION}


@dataclass(frozen=True, slots=True)
class Standing:
    """The result of one facility in one line. tier None: it cannot be told, since facts are missing.

    outcomes: of the gates of the next tier (of its own at the highest), in the order of the standard.
    """

    tier: int | None
    previous: int | None
    target: str
    outcomes: tuple[Outcome, ...]
    failed: tuple[str, ...]
    unknown: tuple[str, ...]
    is_sensitive: bool
    is_undetermined: bool

    @property
    def lacking(self) -> int:
        return len(self.failed) + len(self.unknown)

    @property
    def sentence(self) -> str:
        """升示范型还差 2 项; 已是最高等级; 没有适用的等级标准."""
        if not self.outcomes:
            return "没有适用的等级标准"
        if not self.target:
            return "已是最高等级"
        verb = "升" if self.tier else "到"
        if not self.failed:
            return f"{verb}{self.target}有 {len(self.unknown)} 项待确认"
        rest = f"，另有 {len(self.unknown)} 项待确认" if self.unknown else ""
        return f"{verb}{self.target}还差 {len(self.failed)} 项{rest}"

    @property
    def next_step(self) -> str:
        """What to do first: facts before deeds, since a missing fact decides nothing."""
        if self.unknown:
            return f"先补数据：{'、'.join(self.unknown)}"
        return "、".join(self.failed) if self.failed else "保持现状"

    @property
    def change(self) -> int:
        """+1 risen, -1 fallen, 0 the same or not judged before. 未评 counts as the lowest, as in the counts of a run."""
        now = self.tier or 0
        return 0 if self.previous is None else (now > self.previous) - (now < self.previous)


def gate_masks(run: Run) -> dict[int, int]:
    """Tier now → the bits of the gates of the next tier, as `listing.with_lacking` wants them."""
    rules = rules_of(run)
    return {int(now): sum(1 << run.criteria.index(key) for key in _gates(rules, then)) for now, then in NEXT.items()}


class BitCount(Func):
    """How many bits of a bigint are set."""

    output_field = IntegerField()
    template = "bit_count((%(expressions)s)::bit(64))"


def with_lacking(facilities: QuerySet[Facility], masks: Mapping[int, Mapping[int, int]]) -> QuerySet[Facility]:
    """Annotate `lacking`: how many gates of the next tier are not shown to be met; 0 at the highest tier, None unjudged.

    facilities: with verdicts (`assessments.queries.listing`). masks: run id → `gate_masks` of the run.
    """
    cases = [
        When(run_id=run_id, tier=tier, then=BitCount(F("failed").bitor(F("unknown")).bitand(Value(mask))))
        for run_id, by_tier in masks.items()
        for tier, mask in by_tier.items()
    ]
    judged = When(tier__isnull=False, then=Value(0))
    return facilities.annotate(lacking=Case(*cases, judged, default=None, output_field=IntegerField()))


def rates(run: Run) -> bool:
    """Whether the standards of a run know tiers at all; those of the city alone do not."""
    return any(criterion.tiers for criterion in rules_of(run).criteria)


def standing(run: Run, *, tier: int, prev_tier: int, failed: int, unknown: int, flags: int) -> Standing:
    """What a verdict's masks say, in words."""
    return standing_by(basis_of(run), tier, prev_tier, failed, unknown, flags)


@dataclass(frozen=True, slots=True)
class Basis:
    """What the bits of a mask mean. Compared by content alone: whatever has the same hash is the same rule set."""

    content_hash: str
    criteria: tuple[str, ...]
    rules: RuleSet = field(compare=False)


def basis_of(run: Run) -> Basis:
    rules = rules_of(run)
    return Basis(rules.content_hash, tuple(run.criteria), rules)


@lru_cache(maxsize=4096)  # many facilities, few results
def standing_by(basis: Basis, tier: int, prev_tier: int, failed: int, unknown: int, flags: int) -> Standing:
    """As `standing`, for many verdicts of one run."""
    rules, criteria = basis.rules, basis.criteria
    target = NEXT.get(Tier(tier))
    keys = _gates(rules, target or Tier.DEMONSTRATION)
    outcomes = {key: _outcome(criteria.index(key), failed, unknown) for key in keys}
    undetermined = bool(flags & Verdict.UNDETERMINED)
    return Standing(
        tier=None if tier == Tier.UNRATED and (undetermined or not keys) else tier,
        previous=prev_tier if prev_tier >= 0 else None,
        target=TIER_NAMES[int(target)] if keys and target is not None else "",
        outcomes=tuple(outcomes.values()),
        failed=tuple(short_title(rules, key) for key, o in outcomes.items() if o is Outcome.NOT_MET),
        unknown=tuple(short_title(rules, key) for key, o in outcomes.items() if o is Outcome.UNKNOWN),
        is_sensitive=bool(flags & Verdict.SENSITIVE),
        is_undetermined=undetermined,
    )


def short_title(rules: RuleSet, key: str) -> str:
    """示范型：阵地面积 → 阵地面积."""
    return rules[key].title.rpartition("：")[2]


def criterion_titles(runs: Iterable[Run]) -> dict[str, str]:
    """Key → full title of every criterion that any of the runs judged by, in the order of the standard."""
    return {key: title for run in runs for key, title in _titles(basis_of(run))}


@lru_cache(maxsize=64)
def _titles(basis: Basis) -> tuple[tuple[str, str], ...]:
    return tuple((key, basis.rules[key].title) for key in basis.criteria)


def _outcome(position: int, failed: int, unknown: int) -> Outcome:
    if unknown >> position & 1:
        return Outcome.UNKNOWN
    return Outcome.NOT_MET if failed >> position & 1 else Outcome.MET


def _gates(rules: RuleSet, tier: Tier) -> tuple[str, ...]:
    return tuple(criterion.key for criterion in rules.criteria if tier in criterion.tiers)
