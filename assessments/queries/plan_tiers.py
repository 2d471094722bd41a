"""What plans of partners count from the runs: facilities of a tier, by the newest computed quarter up to a day."""

from django.db.models import Case, CharField, Count, F, QuerySet, Value, When

from assessments.models import Run, Verdict
from assessments.queries.runs import computed_runs
from facilities.models import ConstructionType
from partners.models import Measure
from partners.queries.plan_counts import Reader, Span, add_measure, by_street
from standards.rules import Construction, Tier
from tenants.quarters import Quarter
from tenants.rules import CodeRange

_PART = Case(
    When(construction=Construction.INTEGRATED, then=Value(ConstructionType.INTEGRATED.value)),
    When(construction=Construction.AREA, then=Value(ConstructionType.AREA.value)),
    When(construction=Construction.STREETBLOCK, then=Value(ConstructionType.STREETBLOCK.value)),
    default=Value(""), output_field=CharField(),
)  # fmt: skip


def _run(codes: CodeRange, span: Span) -> QuerySet[Run]:
    return computed_runs(codes).filter(quarter__lte=str(Quarter.of(span.last)))


def _basis(codes: CodeRange, span: Span) -> QuerySet:
    return _run(codes, span).values(text=F("quarter"))[:1]


def _reader(tier: Tier) -> Reader:
    def rows(codes: CodeRange, span: Span) -> QuerySet:
        found = by_street(Verdict.objects.filter(run__in=_run(codes, span).values("pk")[:1], tier__gte=tier))
        return found.values("street", part=_PART).annotate(n=Count("facility"))

    return Reader("测算", rows, _basis)


def join_in() -> None:
    add_measure(Measure.INCLUSIVE, _reader(Tier.INCLUSIVE))
    add_measure(Measure.DEMONSTRATION, _reader(Tier.DEMONSTRATION))
