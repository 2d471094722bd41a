"""Reads over the panel of a call: who sits on it, what waits for whom, and whether the scores may be looked at yet."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from partners.models import Application, ApplicationState, Call, PanelMember, Score
from partners.rules import scoring
from tenants.models import Appointment
from tenants.rules import PERMISSIONS, Permission, code_range

# The roles that read applications at all.
_SEATED = [role.value for role, held in PERMISSIONS.items() if Permission.MANAGE_PARTNERS in held]


@dataclass(frozen=True, slots=True)
class Member:
    """One person of a panel. user_id None: without an account, so the signed sheet is typed in by the staff."""

    name: str
    user_id: int | None


def members_of(call: Call) -> tuple[Member, ...]:
    """Everybody on the panel, those with an account first."""
    seated = [Member(one.name, one.user_id) for one in call.members.all()]
    return (*seated, *(Member(name, None) for name in scoring.names(call.panel)))


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a panel is with one application."""

    members: tuple[Member, ...]
    given: frozenset[str]
    is_over: bool  # the last day of scoring has passed

    @property
    def missing(self) -> tuple[Member, ...]:
        return tuple(member for member in self.members if member.name not in self.given)

    @property
    def awaited(self) -> tuple[Member, ...]:
        """Those who still may score by themselves."""
        return () if self.is_over else tuple(member for member in self.missing if member.user_id)

    @property
    def is_shown(self) -> bool:
        """Whether anybody may read what others gave: all are in, or the last day has passed."""
        return not self.missing or self.is_over


def is_over(call: Call, day: date) -> bool:
    return call.scores_by is not None and day > call.scores_by


def progress_of(call: Call, members: tuple[Member, ...], scores: Iterable[Score], day: date) -> Progress:
    return Progress(members, frozenset(score.member for score in scores), is_over(call, day))


def may_be_read(application: Application, progress: Progress) -> bool:
    """Scores of an application that went on from scoring were read by those who decided."""
    return progress.is_shown or application.state != ApplicationState.QUALIFIED


def eligible(call: Call, day: date) -> QuerySet[Appointment]:
    """Posts that may be named: people in office whose division covers the call's, as far as the acting person sees them."""
    codes = [call.division_code, *code_range(call.division_code).ancestors]
    held = Appointment.objects.filter(
        division_code__in=codes, role__in=_SEATED, starts_on__lte=day, user__is_active=True
    )
    held = held.filter(Q(ends_on=None) | Q(ends_on__gt=day)).exclude(user__in=call.members.values("user"))
    return held.select_related("user").order_by("user__display_name", "pk")


def unscored(seat_name, seat_call) -> QuerySet[Application]:
    """Applications that wait for scores of one seat; both arguments may be columns of an outer query."""
    given = Score.objects.filter(application=OuterRef("pk"), member=seat_name)
    return Application.objects.filter(call=seat_call, state=ApplicationState.QUALIFIED).filter(~Exists(given))


def seat_of(user_id: int, call: Call) -> PanelMember | None:
    return PanelMember.objects.filter(call=call, user=user_id).first()


def scores_of(applications: Iterable[Application]) -> Mapping[int, list[Score]]:
    """Application → its scores, in the order of the panel's entries. One query."""
    found: dict[int, list[Score]] = {one.pk: [] for one in applications}
    for score in Score.objects.filter(application__in=found).select_related("evidence").order_by("pk"):
        found[score.application_id].append(score)
    return found
