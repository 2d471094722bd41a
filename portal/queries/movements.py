"""The lists of a dashboard: who moved and why, whose result hangs on a reading, who is nearest to the next tier."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import F, Value

from assessments.models import Verdict
from assessments.queries.lists import TierChange, tier_changes
from facilities.models import Facility
from portal.queries.facility_list import Row, judged_facilities, rows
from portal.queries.places import Place
from portal.queries.runs import Runs
from tenants.models import Appointment
from tenants.prepared import planned_once
from tenants.rules import code_range

SHOWN, SHOWN_BRIEFLY = 10, 4
_SENSITIVE, _NEAREST, _MOVED = range(3)  # which list a row of the common query belongs to


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


@dataclass(frozen=True, slots=True)
class Found:
    """The facilities of the three lists, not yet put into words, each list in its order."""

    changes: list[TierChange]
    moved: dict[int, Facility]
    sensitive: list[Facility]
    nearest: list[Facility]

    @property
    def codes(self) -> set[int]:
        """Where they stand."""
        return {one.division_code for one in (*self.moved.values(), *self.sensitive, *self.nearest)}


def find(appointment: Appointment, runs: Runs, day: date) -> Found:
    """The fallen stand before the risen. One query for the facilities of all three lists, beside those for the reasons."""
    codes = code_range(appointment.division_code)
    with planned_once():
        changed = tier_changes(runs.now, codes, limit=50)
    changes = sorted(changed, key=lambda change: change.risen)[:SHOWN]
    judged = judged_facilities(appointment, runs, day).exclude(tier=None)
    flagged = judged.alias(is_sensitive=F("flags").bitand(Verdict.SENSITIVE)).filter(is_sensitive__gt=0)
    parts = (
        judged.annotate(part=Value(_SENSITIVE)).filter(pk__in=flagged.order_by("code").values("pk")[:SHOWN_BRIEFLY]),
        judged.annotate(part=Value(_NEAREST)).filter(
            pk__in=judged.filter(lacking__gt=0).order_by("lacking", "-tier", "code").values("pk")[:SHOWN]
        ),
    )
    if changes:
        ids = [change.facility_id for change in changes]
        parts += (judged.annotate(part=Value(_MOVED)).filter(pk__in=ids),)
    found: dict[int, list[Facility]] = {_SENSITIVE: [], _NEAREST: [], _MOVED: []}
    with planned_once():
        together = list(parts[0].union(*parts[1:], all=True))
    for facility in together:
        found[facility.part].append(facility)
    return Found(
        changes=changes,
        moved={facility.pk: facility for facility in found[_MOVED]},
        sensitive=sorted(found[_SENSITIVE], key=lambda one: one.code),
        nearest=sorted(found[_NEAREST], key=lambda one: (one.lacking, -one.tier, one.code)),
    )


def in_words(found: Found, runs: Runs, where: Mapping[int, Place]) -> Lists:
    """The lists as the page shows them. where: the place of every code in `found.codes`."""
    told = {row.facility.pk: row for row in rows(found.moved.values(), runs.now, where)}
    return Lists(
        movements=[Movement(told[c.facility_id], c.reasons) for c in found.changes if c.facility_id in told],
        sensitive=rows(found.sensitive, runs.now, where),
        nearest=rows(found.nearest, runs.now, where),
    )
