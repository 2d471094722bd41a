"""Reads of returns: lists for desks and reviewers, the progress of a district, the course of one return."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Exists, F, Func, IntegerField, OuterRef, QuerySet
from django.db.models.functions import Coalesce

from facilities.models import Facility, QuarterlyReturn, ReturnEvent, ReturnState
from tenants.quarters import Quarter
from tenants.rules import STREET_WIDTH, Permission, may

OPEN_STATES = (ReturnState.OPEN, ReturnState.RETURNED)


def returns(appointment, *, quarter: str = "") -> QuerySet[QuarterlyReturn]:
    """The returns that an appointment sees, with facility; of one quarter if named. The frozen content is not read."""
    found = QuarterlyReturn.objects.visible_to(appointment).select_related("facility").defer("content", "changes")
    if quarter:
        found = found.filter(quarter=quarter)
    return found.annotate(
        change_count=Coalesce(Func(F("changes"), function="jsonb_array_length", output_field=IntegerField()), 0),
        row_count=Count("rows"),
    ).order_by("due_on", "facility__code", "edition")


def newest(found: QuerySet[QuarterlyReturn]) -> QuerySet[QuarterlyReturn]:
    """Only the newest edition of each facility and quarter."""
    later = QuarterlyReturn.objects.filter(
        facility=OuterRef("facility"), quarter=OuterRef("quarter"), edition__gt=OuterRef("edition")
    )
    return found.filter(~Exists(later))


def due_returns(appointment, today: date) -> QuerySet[QuarterlyReturn]:
    """What somebody has to do now, nearest deadline first: to fill in, to check, or to accept, as their role may.

    Each has `.facility`, `.due_on`, `.state`, `.row_count` (rows typed so far), `.change_count` (of a submitted one).
    """
    role = appointment and appointment.role
    states: list[ReturnState] = []
    if may(role, Permission.EDIT_FACILITIES):
        states += OPEN_STATES
    if may(role, Permission.REVIEW_RETURNS):
        at_street = appointment.division_code % 10**6 != 0
        states.append(ReturnState.SUBMITTED if at_street else ReturnState.CHECKED)
    return returns(appointment).filter(state__in=states, opened_at__date__lte=today)


@dataclass(frozen=True, slots=True)
class StreetProgress:
    """How far a street is with a quarter. `street_code` has 12 digits."""

    street_code: int
    total: int
    open: int
    submitted: int
    checked: int
    accepted: int
    overdue: int

    @property
    def done(self) -> int:
        """How many have been submitted."""
        return self.submitted + self.checked + self.accepted

    @property
    def done_percent(self) -> int:
        return 100 * self.done // self.total if self.total else 0


def progress(appointment, quarter: str, today: date) -> list[StreetProgress]:
    """By street of what the appointment sees, in the order of the codes. One query."""
    return by_street(standing(appointment, quarter), today)


def standing(appointment, quarter: str) -> QuerySet:
    """Division, state and deadline of the newest return of each facility in a quarter, as `values()`."""
    found = QuarterlyReturn.objects.visible_to(appointment).filter(quarter=quarter)
    return newest(found).order_by("division_code").values("division_code", "state", "due_on")


def by_street(found: Iterable[dict], today: date) -> list[StreetProgress]:
    """The rows of `standing`, counted. Their dates may be texts, as `tenants.together` gives them."""
    rows: dict[int, dict[str, int]] = {}
    for code, state, due_on in ((row["division_code"], row["state"], row["due_on"]) for row in found):
        street = rows.setdefault(code // STREET_WIDTH * STREET_WIDTH, dict.fromkeys(
            ("total", "open", "submitted", "checked", "accepted", "overdue"), 0))  # fmt: skip
        street["total"] += 1
        is_open = state in OPEN_STATES
        street["open" if is_open else state] += 1
        street["overdue"] += is_open and str(due_on) < today.isoformat()
    return [StreetProgress(code, **counts) for code, counts in sorted(rows.items())]


def quarters(appointment) -> list[str]:
    """Quarters that have returns, newest first."""
    found = QuarterlyReturn.objects.visible_to(appointment).order_by("-quarter").values_list("quarter", flat=True)
    return list(found.distinct())


def course(one: QuarterlyReturn) -> list[ReturnEvent]:
    """Everything that happened to all editions of a facility's return of a quarter, newest first."""
    of_all = ReturnEvent.objects.filter(facility_id=one.facility_id, quarterly_return__quarter=one.quarter)
    return list(of_all.select_related("actor", "quarterly_return").order_by("-pk"))


def editions(one: QuarterlyReturn) -> list[QuarterlyReturn]:
    """All editions of the same quarter, newest first."""
    same = QuarterlyReturn.objects.filter(facility_id=one.facility_id, quarter=one.quarter)
    return list(same.defer("content").order_by("-edition"))


def approved_before(one: QuarterlyReturn) -> QuarterlyReturn | None:
    """The last return of this facility that was accepted before this one: an earlier edition, or an earlier quarter."""
    accepted = QuarterlyReturn.objects.filter(facility_id=one.facility_id, state=ReturnState.ACCEPTED).exclude(
        pk=one.pk
    )
    earlier = accepted.filter(quarter__lt=one.quarter) | accepted.filter(quarter=one.quarter, edition__lt=one.edition)
    return earlier.order_by("quarter", "edition").last()


def open_return_of(facility: Facility) -> QuarterlyReturn | None:
    """The return of a facility that is being worked on, the newest first; for the button on its page."""
    at_work = QuarterlyReturn.objects.filter(facility=facility).exclude(state=ReturnState.ACCEPTED)
    return at_work.order_by("-quarter").first()


def current_quarter(today: date) -> str:
    return str(Quarter.of(today))
