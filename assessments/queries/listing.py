"""Facilities with their state of a day and their verdict: what the list of the portal and that of the API both show."""

from collections.abc import Iterable
from datetime import date

from django.db.models import F, FilteredRelation, Q, QuerySet

from assessments.models import Run
from assessments.queries.runs import computed_runs, latest_runs
from assessments.rules.quarters import Quarter
from facilities.models import Facility
from facilities.queries.listing import facilities_on
from tenants.models import Appointment
from tenants.queries import scope_of
from tenants.rules import Permission, may


def runs_shown(appointment: Appointment | None, day: date, quarter: str | None = None) -> list[Run]:
    """The run of each district that a list shows: the newest of a quarter, else of the last quarter closed by a day.

    Nothing for people who may not read results, or who see single facilities only.
    """
    if appointment is None or not may(appointment.role, Permission.VIEW_RESULTS):
        return []
    codes = scope_of(appointment).codes
    if codes is None:
        return []
    if quarter:
        return latest_runs(codes, quarter)
    newest: dict[int, Run] = {}
    for run in computed_runs(codes).filter(quarter__lte=str(last_closed(day))):
        newest.setdefault(run.division_code, run)
    return list(newest.values())


def last_closed(day: date) -> Quarter:
    """The newest quarter whose last day has come."""
    quarter = Quarter.of(day)
    return quarter if quarter.last_day == day else quarter.previous


def facilities_with_verdicts(day: date, runs: Iterable[Run]) -> QuerySet[Facility]:
    """Facilities with `construction_type`, `lifecycle` of a day and the verdict of `runs`, one of each district.

    Adds `run_id`, `tier`, `prev_tier`, `flags`, `failed`, `unknown` as in `Verdict`; all None where no run judged it.
    """
    judged = Q(verdicts__run__in=[run.pk for run in runs] or [0])
    return facilities_on(day).annotate(
        verdict_shown=FilteredRelation("verdicts", condition=judged),
        run_id=F("verdict_shown__run_id"),
        tier=F("verdict_shown__tier"),
        prev_tier=F("verdict_shown__prev_tier"),
        flags=F("verdict_shown__flags"),
        failed=F("verdict_shown__failed"),
        unknown=F("verdict_shown__unknown"),
    )
