"""What ends with an agreement: the facts of today without its project, judged by the same engine, and taken back.

"If this agreement ends on 11-30, these facilities lose 示范型." Everything but the projects of the agreements stays as it is
today, so a tier that falls falls because of them.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction

from assessments.queries.whatif import Standing, facts_on, standings
from facilities.models import Facility
from partners.models import Agreement, AgreementState, ResidentProject
from partners.models.agreement import AT_WORK
from partners.rules.stages import stage
from portal.wording import TIER_NAMES
from tenants.models import Appointment

AHEAD = timedelta(days=90)
ONE_DAY = timedelta(days=1)
# A follower that is signed carries the project on; one that is only drafted does not yet.
_FOLLOWED = (AgreementState.SIGNED, AgreementState.RUNNING)


@dataclass(frozen=True, slots=True)
class Effect:
    """What a facility is today, and what it would be. None: it is not judged."""

    before: Standing | None
    after: Standing | None

    @property
    def falls(self) -> bool:
        if self.before is None or self.after is None or self.before.tier is None:
            return False
        return self.after.tier is None or self.after.tier < self.before.tier

    @property
    def words(self) -> str:
        return f"{_name(self.before)} → {_name(self.after)}"


def _name(standing: Standing | None) -> str:
    return TIER_NAMES[standing.tier] if standing else "不参加测算"


@dataclass(frozen=True, slots=True)
class Ending:
    """An agreement whose service ends. last_day: of the service; together: other agreements of the facility that end by then."""

    agreement: Agreement
    last_day: date
    effect: Effect
    together: tuple[Agreement, ...] = ()

    def days_left(self, today: date) -> int:
        return (self.last_day - today).days

    def threshold(self, today: date) -> int | None:
        """30, 60 or 90: the smallest span that the last day lies within; None beyond, or once it has passed."""
        return stage(self.days_left(today))

    @property
    def sentence(self) -> str:
        facility = self.agreement.facility.name
        if self.effect.falls:
            return f"协议 {self.last_day:%m-%d} 结束，{facility}{'失去' + _name(self.effect.before)}"
        return f"协议 {self.last_day:%m-%d} 结束，{facility}等级不变"


class _TakeBack(Exception):
    pass


def effects_without(projects: Iterable[ResidentProject], day: date) -> dict[int, Effect]:
    """Facility → what it is on a day, and what it would be had these projects ended. Nothing is written.

    Call it inside a transaction, in a scope that may write the projects: the change lives in a savepoint of it.
    """
    projects = list(projects)
    ids = sorted({project.facility_id for project in projects})
    if not ids:
        return {}
    before = standings(facts_on(ids, day), day)
    after: dict[int, Standing] = {}
    try:
        with transaction.atomic():
            running = ResidentProject.objects.filter(pk__in=[project.pk for project in projects])
            running.filter(starts_on__lt=day).update(ends_on=day)
            running.filter(starts_on__gte=day).delete()
            after = standings(facts_on(ids, day), day)
            raise _TakeBack
    except _TakeBack:
        pass
    return {pk: Effect(before.get(pk), after.get(pk)) for pk in ids}


def _service_ends(agreement: Agreement) -> date:
    """The first day without the service."""
    return agreement.left_on or agreement.ends_on


def _running(appointment: Appointment):
    rows = Agreement.objects.visible_to(appointment).filter(state__in=AT_WORK, project__isnull=False)
    rows = rows.exclude(renewed_by__state__in=_FOLLOWED)
    return rows.select_related("facility", "partner", "project")


def endings(appointment: Appointment, today: date) -> list[Ending]:
    """The agreements that end within 90 days, or ended without anybody saying so, the earliest first.

    Of each facility those that end by a day count together: the effect is that of all of them.
    """
    found = [one for one in _running(appointment) if _service_ends(one) <= today + AHEAD + ONE_DAY]
    found.sort(key=lambda one: (_service_ends(one), one.pk))
    by_facility: dict[int, list[Agreement]] = defaultdict(list)
    for one in found:
        by_facility[one.facility_id].append(one)
    effects: dict[int, Effect] = {}
    for turn in range(max(map(len, by_facility.values()), default=0)):
        here = {pk: rows[: turn + 1] for pk, rows in by_facility.items() if len(rows) > turn}
        told = effects_without([one.project for rows in here.values() for one in rows], today)
        effects |= {rows[turn].pk: told[pk] for pk, rows in here.items()}
    made = []
    for one in found:
        earlier = by_facility[one.facility_id]
        made.append(Ending(one, _service_ends(one) - ONE_DAY, effects[one.pk], tuple(earlier[: earlier.index(one)])))
    return made


def ending_of(agreement: Agreement, today: date) -> Ending | None:
    """What one agreement alone would take with it, whenever it ends; None where nothing runs under it."""
    if agreement.project is None:
        return None
    effect = effects_without([agreement.project], today)[agreement.facility_id]
    return Ending(agreement, _service_ends(agreement) - ONE_DAY, effect)


def partner_leaves(agreement: Agreement, appointment: Appointment, today: date) -> list[tuple[Facility, Effect]]:
    """What would follow if the partner left everywhere that the viewer sees: facilities with their effect."""
    rows = ResidentProject.objects.visible_to(appointment).in_force(today).filter(partner_id=agreement.partner_id)
    projects = list(rows.select_related("facility"))
    told = effects_without(projects, today)
    facilities = {project.facility_id: project.facility for project in projects}
    return [(facilities[pk], effect) for pk, effect in sorted(told.items(), key=lambda one: facilities[one[0]].code)]
