"""Counts by division, written when a run was published: a dashboard costs the same with 34 facilities and with 650,000."""

from django.db.models import F

from assessments.models import Run, ScopeSummary
from assessments.queries.runs import runs_over_time
from tenants.rules import COMMUNITY_WIDTH, DISTRICT_WIDTH, STREET_WIDTH, CodeRange, code_range


def summary(run: Run, code: int) -> ScopeSummary | None:
    """The counts of one division in a run; None where it has no facility or is outside the scope."""
    return ScopeSummary.objects.filter(run=run, division_code=code).first()


def summaries_below(run: Run, code: int) -> list[ScopeSummary]:
    """The counts of the divisions one level below: the streets of a district, the communities of a street."""
    codes = code_range(code)
    step = STREET_WIDTH if codes.hi - codes.lo >= DISTRICT_WIDTH else COMMUNITY_WIDTH
    below = ScopeSummary.objects.filter(run=run).within(codes).exclude(division_code=codes.lo)
    if step == STREET_WIDTH:
        below = below.annotate(rest=F("division_code") % STREET_WIDTH).filter(rest=0)
    return list(below.order_by("division_code"))


def summaries_over_time(code: int) -> list[tuple[Run, ScopeSummary]]:
    """The counts of one division in the newest run of each quarter, oldest first."""
    codes = code_range(code)
    runs = {run.pk: run for run in runs_over_time(CodeRange(codes.lo, codes.hi))}
    rows = {row.run_id: row for row in ScopeSummary.objects.filter(run__in=runs, division_code=code)}
    return [(run, rows[pk]) for pk, run in runs.items() if pk in rows]
