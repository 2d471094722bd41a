"""The lists of a dashboard: who moved and why, whose result hangs on a reading, who is nearest to the next tier."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import or_

from django.db.models import F, FilteredRelation, Q

from assessments.models import Run, Verdict
from facilities.models import Facility
from portal.queries.facility_list import Row, judged_facilities, rows
from portal.queries.gates import rules_of, short_title
from portal.queries.places import places
from portal.queries.runs import Runs
from standards.rules import Tier
from tenants.models import Appointment

SHOWN = 8


@dataclass(frozen=True, slots=True)
class Movement:
    """A facility whose tier changed. reasons: the gates that it lost, or that it newly meets."""

    row: Row
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lists:
    """At most SHOWN of each; the page links to the whole list."""

    movements: list[Movement]
    sensitive: list[Row]
    nearest: list[Row]


def lists(appointment: Appointment, runs: Runs, day: date) -> Lists:
    """The three lists, in four queries."""
    judged = judged_facilities(appointment, runs, day).exclude(tier=None)
    moved = list(
        judged.annotate(
            earlier=FilteredRelation(
                "verdicts", condition=Q(verdicts__run_id__in=[run.pk for run in runs.before] or [0])
            ),
            failed_before=F("earlier__failed"),
            unknown_before=F("earlier__unknown"),
        )
        .filter(prev_tier__gte=0)
        .exclude(tier=F("prev_tier"))
        .order_by(F("tier") - F("prev_tier"), "division_code", "code")[:SHOWN]
    )
    sensitive = list(
        judged.alias(flag=F("flags").bitand(Verdict.SENSITIVE))
        .filter(flag__gt=0)
        .order_by("division_code", "code")[:SHOWN]
    )
    nearest = list(judged.filter(lacking__gt=0).order_by("lacking", "-tier", "division_code", "code")[:SHOWN])
    where = places(facility.division_code for facility in (*moved, *sensitive, *nearest))
    before = {run.division_code: run for run in runs.before}
    return Lists(
        movements=[
            Movement(row, _reasons(facility, runs.now, before))
            for facility, row in zip(moved, rows(moved, runs.now, where), strict=True)
        ],
        sensitive=rows(sensitive, runs.now, where),
        nearest=rows(nearest, runs.now, where),
    )


def _reasons(facility: Facility, now: Iterable[Run], before: dict[int, Run]) -> tuple[str, ...]:
    """The gates of the higher of the two tiers whose outcome turned. Compared by key: the criteria may have changed."""
    run = next(run for run in now if run.pk == facility.run_id)
    earlier = before.get(run.division_code)
    if earlier is None or facility.failed_before is None:
        return ()
    rules = rules_of(run)
    tiers = range(min(facility.tier, facility.prev_tier) + 1, max(facility.tier, facility.prev_tier) + 1)
    keys = [rules.criteria[i].key for i in sorted(set(reduce(or_, (set(rules.gates(Tier(t))) for t in tiers))))]
    shown_now = _shown(facility.failed | facility.unknown, run, keys)
    shown_before = _shown(facility.failed_before | facility.unknown_before, earlier, keys)
    turned = shown_now - shown_before if facility.tier > facility.prev_tier else shown_before - shown_now
    return tuple(dict.fromkeys(short_title(rules, key) for key in keys if key in turned))


def _shown(lacking: int, run: Run, keys: Iterable[str]) -> set[str]:
    """The criteria that were shown to be met."""
    return {key for key in keys if key in run.criteria and not lacking >> run.criteria.index(key) & 1}
