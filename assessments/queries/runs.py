"""Runs: which one is the newest of a district and quarter, and which came before."""

from django.db.models import QuerySet

from assessments.models import Run, RunState
from assessments.rules.quarters import Quarter
from tenants.models import Division
from tenants.rules import CodeRange, code_range, district_of
from tenants.scope import past_of


def computed_runs(codes: CodeRange) -> QuerySet[Run]:
    """The computed runs of the districts that a range of codes touches, newest quarter and revision first."""
    return Run.objects.filter(
        state=RunState.COMPUTED, division_code__gte=district_of(codes.lo), division_code__lt=codes.hi
    ).order_by("-quarter", "-revision", "-finished_at")


def latest_run(codes: CodeRange, quarter: str | None = None) -> Run | None:
    """The newest computed run of the district that holds `codes`, of one quarter or of the newest there is."""
    runs = computed_runs(codes)
    return (runs.filter(quarter=quarter) if quarter else runs).first()


def latest_runs(codes: CodeRange, quarter: str | None = None) -> list[Run]:
    """The newest computed run of each district in a range: one for a district, many for a city."""
    newest: dict[int, Run] = {}
    runs = computed_runs(codes)
    for run in runs.filter(quarter=quarter) if quarter else runs:
        newest.setdefault(run.division_code, run)
    return list(newest.values())


def predecessor_runs(districts: list[int], quarter: Quarter) -> list[int]:
    """Ids of the newest computed runs of the districts that these took over from, as far as they are in sight.

    So a facility that changed its district is compared with what it was there.
    """
    newest: dict[int, int] = {}
    pasts = Division.objects.in_force().filter(code__in=districts).exclude(past_districts=[])
    former = {code for past in pasts.values_list("past_districts", flat=True) for code in past}
    if not former:
        return []
    runs = Run.objects.filter(state=RunState.COMPUTED, quarter=str(quarter), division_code__in=former)
    for pk, district in runs.order_by("revision", "finished_at").values_list("pk", "division_code"):
        newest[district] = pk
    return list(newest.values())


def runs_of_facilities(codes: CodeRange) -> list[Run]:
    """The runs that the history of a facility in `codes` is read from: of its district, and of those that this took over."""
    own = code_range(district_of(codes.lo))
    districts = [own.lo, *past_of(own).districts]
    newest: dict[tuple[str, int], Run] = {}
    found = Run.objects.filter(state=RunState.COMPUTED, division_code__in=districts)
    for run in found.order_by("-quarter", "-revision", "-finished_at"):
        newest.setdefault((run.quarter, run.division_code), run)
    return sorted(newest.values(), key=lambda run: (run.quarter, run.division_code == own.lo))


def runs_over_time(codes: CodeRange) -> list[Run]:
    """The newest computed run of each quarter of the district that holds `codes`, oldest quarter first."""
    newest: dict[str, Run] = {}
    for run in computed_runs(codes).filter(division_code=district_of(codes.lo)):
        newest.setdefault(run.quarter, run)
    return sorted(newest.values(), key=lambda run: run.quarter)


def previous_runs(districts: list[int], quarter: Quarter) -> dict[int, int]:
    """District → id of the newest computed run of the quarter before."""
    runs = Run.objects.filter(
        state=RunState.COMPUTED, quarter=str(quarter.previous), division_code__in=districts
    ).order_by("revision", "finished_at")
    return dict(runs.values_list("division_code", "pk"))
