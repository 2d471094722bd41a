"""The lists of a dashboard: who moved and why, whose result hangs on a reading, who is nearest to the next tier."""

from dataclasses import dataclass
from datetime import date

from django.db.models import F

from assessments.models import Verdict
from assessments.queries.lists import tier_changes
from portal.queries.facility_list import Row, judged_facilities, rows
from portal.queries.places import places
from portal.queries.runs import Runs
from tenants.models import Appointment
from tenants.rules import code_range

SHOWN, SHOWN_BRIEFLY = 10, 4


@dataclass(frozen=True, slots=True)
class Movement:
    """A facility whose tier changed. reasons: the gates that made the difference, with both values."""

    row: Row
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lists:
    """At most SHOWN of each; the page links to the whole list."""

    movements: list[Movement]
    sensitive: list[Row]
    nearest: list[Row]


def lists(appointment: Appointment, runs: Runs, day: date) -> Lists:
    """The three lists. The fallen stand before the risen."""
    codes = code_range(appointment.division_code)
    changes = sorted(tier_changes(runs.now, codes, limit=50), key=lambda change: change.risen)[:SHOWN]
    judged = judged_facilities(appointment, runs, day).exclude(tier=None)
    moved = {facility.pk: facility for facility in judged.filter(pk__in=[change.facility_id for change in changes])}
    flagged = judged.alias(is_sensitive=F("flags").bitand(Verdict.SENSITIVE)).filter(is_sensitive__gt=0)
    sensitive = list(flagged.order_by("code")[:SHOWN_BRIEFLY])
    nearest = list(judged.filter(lacking__gt=0).order_by("lacking", "-tier", "code")[:SHOWN])
    where = places(facility.division_code for facility in (*moved.values(), *sensitive, *nearest))
    told = {row.facility.pk: row for row in rows(moved.values(), runs.now, where)}
    return Lists(
        movements=[Movement(told[c.facility_id], c.reasons) for c in changes if c.facility_id in told],
        sensitive=rows(sensitive, runs.now, where),
        nearest=rows(nearest, runs.now, where),
    )
