"""Lists over a run, each an index read: what changed, what depends on a reading, who fails a criterion."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import F, QuerySet

from assessments.models import NO_TIER, Run, RunState, Unjudged, Verdict
from assessments.queries.explain import facts_of, rules_of
from assessments.queries.runs import runs_of_facilities
from assessments.queries.words import words_on
from assessments.rules.explanation import MetricWords, value_text
from assessments.rules.labels import tier_label
from facilities.models import Facility
from standards.rules import RuleSet, Tier
from tenants.rules import CodeRange


@dataclass(frozen=True, slots=True)
class TierChange:
    """A facility whose tier differs from the quarter before, and which criteria made the difference."""

    facility: Facility
    before: int
    after: int
    before_label: str
    after_label: str
    reasons: tuple[str, ...]

    @property
    def facility_id(self) -> int:
        return self.facility.pk

    @property
    def risen(self) -> bool:
        return self.after > self.before


@dataclass(frozen=True, slots=True)
class HistoryPoint:
    """The tier of a facility in one quarter; tier is NO_TIER where it was not judged, with the reason."""

    run: Run
    quarter: str
    tier: int
    tier_label: str
    reason: str


def verdicts(run: Run, codes: CodeRange | None = None) -> QuerySet[Verdict]:
    """The verdicts of a run, in a part of the district if `codes` are given."""
    found = Verdict.objects.filter(run=run).select_related("run")
    return found.within(codes) if codes else found


def changed(run: Run, codes: CodeRange | None = None) -> QuerySet[Verdict]:
    """Verdicts whose tier differs from the quarter before (facilities judged in both)."""
    return verdicts(run, codes).filter(prev_tier__gte=0).exclude(prev_tier=F("tier"))


def reading_sensitive(run: Run, codes: CodeRange | None = None) -> QuerySet[Verdict]:
    """Verdicts whose tier another reading would change: a list for a ruling."""
    return _flagged(run, codes, Verdict.SENSITIVE)


def undetermined(run: Run, codes: CodeRange | None = None) -> QuerySet[Verdict]:
    """Verdicts that missing facts may have kept down."""
    return _flagged(run, codes, Verdict.UNDETERMINED)


def failing(run: Run, criterion: str, codes: CodeRange | None = None) -> QuerySet[Verdict]:
    """Verdicts that do not meet a criterion; KeyError where the run does not know it."""
    return _with_bit(verdicts(run, codes), "failed", _bit(run, criterion))


def lacking_data(run: Run, criterion: str, codes: CodeRange | None = None) -> QuerySet[Verdict]:
    """Verdicts that a missing fact leaves undecided for a criterion."""
    return _with_bit(verdicts(run, codes), "unknown", _bit(run, criterion))


def unjudged(run: Run, codes: CodeRange | None = None) -> QuerySet[Unjudged]:
    """The facilities that a run lists without judging them, with the reason."""
    found = Unjudged.objects.filter(run=run).select_related("facility")
    return found.within(codes) if codes else found


def gates_lacking(verdict: Verdict, rules: RuleSet) -> tuple[int, int]:
    """For the next tier: how many gates are failed and how many are undecided. From the masks alone, for lists."""
    if verdict.tier == Tier.DEMONSTRATION:
        return 0, 0
    gates = rules.gates(Tier(verdict.tier + 1))
    return sum(verdict.failed >> g & 1 for g in gates), sum(verdict.unknown >> g & 1 for g in gates)


def history(facility_id: int, codes: CodeRange) -> list[HistoryPoint]:
    """A facility over the quarters, oldest first; `codes` is any range inside its district. Three queries."""
    runs = runs_of_facilities(codes)
    tiers = dict(
        Verdict.objects.filter(run__in=[run.pk for run in runs], facility_id=facility_id).values_list("run_id", "tier")
    )
    skipped = {u.run_id: u for u in Unjudged.objects.filter(run__in=[run.pk for run in runs], facility_id=facility_id)}
    return [
        HistoryPoint(
            run,
            run.quarter,
            tiers.get(run.pk, NO_TIER),
            tier_label(tiers.get(run.pk, NO_TIER)),
            skipped[run.pk].get_reason_display() if run.pk in skipped else "",
        )
        for run in runs
        if run.pk in tiers or run.pk in skipped
    ]


def tier_changes(runs: Sequence[Run], codes: CodeRange | None = None, *, limit: int = 200) -> list[TierChange]:
    """Facilities whose tier changed, with the reasons: which gates flipped and their values before and after.

    runs: of one quarter, one a district. One query and one for the words, whatever the number of districts.
    """
    if not runs:
        return []
    found = Verdict.objects.filter(run__in=runs, prev_tier__gte=0).exclude(prev_tier=F("tier"))
    changed = (found.within(codes) if codes else found).order_by("facility_id")[:limit]
    before = Verdict.objects.filter(
        facility_id__in=changed.values("facility_id"),
        run__quarter=str(runs[0].period.previous),
        run__state=RunState.COMPUTED,
    )
    both = changed.select_related("run", "facility").union(before.select_related("run", "facility"), all=True)
    now = {run.pk for run in runs}
    after, earlier = [], []
    for verdict in both:
        (after if verdict.run_id in now else earlier).append(verdict)
    if not after:
        return []
    after.sort(key=lambda verdict: verdict.facility_id)
    compared = _compared_with(after, earlier)
    words = words_on(after[0].run.period.last_day).metrics
    return [
        _change(
            verdict, _reasons(compared[verdict.facility_id], verdict, words) if verdict.facility_id in compared else ()
        )
        for verdict in after
    ]


def _compared_with(after: list[Verdict], earlier: list[Verdict]) -> dict[int, Verdict]:
    """Of the quarter before, the verdicts that these were compared with; a facility may have changed its district since."""
    runs = {verdict.facility_id: verdict.run for verdict in after}
    return {
        verdict.facility_id: verdict
        for verdict in sorted(earlier, key=lambda verdict: (verdict.run.revision, verdict.run.finished_at))
        if verdict.run.division_code != runs[verdict.facility_id].division_code
        or verdict.run_id == runs[verdict.facility_id].compared_with_id
    }


def _change(after: Verdict, reasons: tuple[str, ...]) -> TierChange:
    labels = tier_label(after.prev_tier), tier_label(after.tier)
    return TierChange(after.facility, after.prev_tier, after.tier, *labels, reasons)


def _reasons(before: Verdict, after: Verdict, words: dict[str, MetricWords]) -> tuple[str, ...]:
    """The gates of the higher of the two tiers whose outcome differs, with both values."""
    old_rules, rules = rules_of(before.run), rules_of(after.run)
    old_facts, facts = facts_of(before), facts_of(after)
    known = {criterion.key: position for position, criterion in enumerate(old_rules.criteria)}
    reasons = []
    for position in rules.gates(Tier(max(after.tier, after.prev_tier))):
        criterion = rules.criteria[position]
        if criterion.key not in known:
            reasons.append(f"{criterion.title}：新增的准则")
        elif _met(before, known[criterion.key]) != _met(after, position):
            old = value_text(old_rules.criteria[known[criterion.key]], old_facts, words)
            reasons.append(f"{criterion.title.rpartition('：')[2]}：{old} → {value_text(criterion, facts, words)}")
    if before.run.standard_hash != after.run.standard_hash:
        reasons.append("标准版本或读法与上季度不同")
    if before.construction != after.construction:
        reasons.append("建设类型有变")
    return tuple(reasons)


def _met(verdict: Verdict, position: int) -> bool:
    return not (verdict.failed | verdict.unknown) >> position & 1


def _bit(run: Run, criterion: str) -> int:
    try:
        return 1 << run.criteria.index(criterion)
    except ValueError:
        raise KeyError(criterion) from None


def _with_bit(found: QuerySet[Verdict], mask: str, bit: int) -> QuerySet[Verdict]:
    return found.annotate(hit=F(mask).bitand(bit)).filter(hit=bit)


def _flagged(run: Run, codes: CodeRange | None, flag: int) -> QuerySet[Verdict]:
    return _with_bit(verdicts(run, codes).exclude(flags=0), "flags", flag)
