"""Lists of follow-ups, orders and decisions: search, filters, order; and the figures above them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Count, F, Q, QuerySet

from assessments.models import (
    LIVE,
    FollowUp,
    FollowUpState,
    ItemDecision,
    ItemDecisionState,
    Rectification,
    RectificationState,
)
from tenants.models import Appointment
from tenants.rules import code_range

_NOT_ENDED, _NOT_DECIDED, _NOT_CONCLUDED = (
    F(name).asc(nulls_first=True) for name in ("ended_at", "decided_at", "concluded_at")
)


@dataclass(frozen=True)
class Kind:
    """One of the three lists. states: value → label of the filter; sorts: value → (label, columns)."""

    key: str
    title: str
    unit: str
    model: type
    states: Mapping[str, str]
    sorts: Mapping[str, tuple[str, tuple]]
    deadline: str = ""
    live: Q = field(default_factory=Q)
    has_half: bool = True


KINDS = {
    kind.key: kind
    for kind in (
        Kind("follow-ups", "半年核查", "座", FollowUp, dict(FollowUpState.choices), {
            "due": ("待核查的在前", (_NOT_CONCLUDED, "due_on", "facility__code")), "name": ("按设施名称", ("facility__name", "-half")),
            "half": ("新的半年在前", ("-half", "facility__code")),
        }, "due_on", Q(state=FollowUpState.OPEN)),
        Kind("rectifications", "整改单", "张", Rectification, dict(RectificationState.choices), {
            "due": ("在办的、期限近的在前", (_NOT_ENDED, "due_on", "pk")), "name": ("按设施名称", ("facility__name", "pk")),
            "new": ("新开的在前", ("-opened_on", "-pk")),
        }, "due_on", Q(state__in=LIVE)),
        Kind("item-decisions", "项目去留", "项", ItemDecision, dict(ItemDecisionState.choices), {
            "open": ("待决定的在前", (_NOT_DECIDED, "-proposed_on", "pk")), "name": ("按设施名称", ("facility__name", "pk")),
        }, "", Q(state=ItemDecisionState.PROPOSED), has_half=False),
    )
}  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """What an address asks for; what cannot be read filters nothing."""

    text: str = ""
    state: str = ""
    street: int | None = None
    half: str = ""
    overdue: bool = False
    sort: str = ""

    @property
    def filtered(self) -> bool:
        return bool(self.text or self.state or self.street or self.half or self.overdue)


def asked(query: Mapping[str, str], kind: Kind) -> Asked:
    street = query.get("street", "")
    state = query.get("state", "")
    return Asked(
        text=query.get("q", "").strip()[:60],
        state=state if state in kind.states or state == "live" else "",
        street=int(street) if street.isascii() and street.isdigit() and len(street) == 12 else None,
        half=query.get("half", "")[:7] if kind.has_half else "",
        overdue=bool(kind.deadline) and query.get("overdue") == "1",
        sort=query.get("sort", "") if query.get("sort") in kind.sorts else next(iter(kind.sorts)),
    )


def listed(kind: Kind, appointment: Appointment, wanted: Asked, today: date) -> QuerySet:
    """The rows that somebody may see, as an address asks for them."""
    rows = kind.model.objects.visible_to(appointment).select_related("facility")
    if wanted.text:
        rows = rows.filter(Q(facility__name__icontains=wanted.text) | Q(facility__code__istartswith=wanted.text))
    if wanted.state == "live":
        rows = rows.filter(kind.live)
    elif wanted.state:
        rows = rows.filter(state=wanted.state)
    if wanted.street:
        rows = rows.within(code_range(wanted.street))
    if wanted.half:
        rows = rows.filter(half=wanted.half)
    if wanted.overdue:
        rows = rows.filter(kind.live, **{f"{kind.deadline}__lt": today})
    return rows.order_by(*kind.sorts[wanted.sort][1])


def halves(kind: Kind, appointment: Appointment) -> list[str]:
    """The half-years that have rows, the newest first."""
    if not kind.has_half:
        return []
    rows = kind.model.objects.visible_to(appointment).order_by().values_list("half", flat=True).distinct()
    return sorted(rows, reverse=True)


def numbers(kind: Kind, appointment: Appointment, today: date) -> dict[str, int]:
    """Of the whole list: how many, how many at work, how many of those overdue."""
    late = kind.live & Q(**{f"{kind.deadline}__lt": today}) if kind.deadline else Q(pk__in=[])
    return kind.model.objects.visible_to(appointment).aggregate(
        all=Count("pk"), live=Count("pk", filter=kind.live), overdue=Count("pk", filter=late)
    )
