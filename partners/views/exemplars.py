"""Exemplars and the honours page. They are cases to learn from; tiers and the directory stand elsewhere."""

from uuid import UUID

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from facilities.exports import Column
from partners.models import Exemplar, ExemplarState, Nomination, RoundState
from partners.operations import exemplar as operations
from partners.operations.steps import require
from partners.queries.course import course
from partners.queries.selection import priorities
from partners.views.acting import chosen, done
from partners.views.calls import is_own, may_manage, with_places
from partners.views.lists import Listing, equal, show
from tenants.access import requires
from tenants.rules import Permission, may

_LISTING = Listing(
    "典型案例",
    "篇",
    ("title", "practice", "effect", "facility__name", "partner__name"),
    {"": ("新发布的在前", ("-released_at",)), "title": ("按标题", ("title",))},
    [
        Column("标题", lambda e: e.title, 34),
        Column("报送", lambda e: e.place, 16),
        Column("状态", lambda e: e.get_state_display(), 10),
        Column("设施", lambda e: e.facility.name if e.facility else "", 24),
        Column("合伙人", lambda e: e.partner.name if e.partner else "", 24),
        Column("做法", lambda e: e.practice, 60),
        Column("成效", lambda e: e.effect, 40),
        Column("发布", lambda e: e.released_at and timezone.localtime(e.released_at).date(), 12),
    ],
    [equal("state", "状态", ExemplarState.choices)],
)


def _seen(request):
    """Released ones for everybody in sight; all others for those who handle them."""
    rows = Exemplar.objects.visible_to(request.appointment).select_related("facility", "partner")
    return rows if may_manage(request) else rows.filter(state=ExemplarState.RELEASED)


@requires(Permission.VIEW_FACILITIES)
@require_GET
def exemplars(request: HttpRequest):
    return show(
        request,
        "partners/exemplars.html",
        _LISTING,
        _seen(request),
        dressed=with_places,
        may_manage=may_manage(request),
    )


@requires(Permission.VIEW_FACILITIES)
@require_GET
def honours(request: HttpRequest):
    """What was released, and who holds the title of an excellent partner today."""
    today = timezone.localdate()
    released = list(_seen(request).filter(state=ExemplarState.RELEASED).order_by("-released_at", "-pk")[:50])
    rows = Nomination.objects.visible_to(request.appointment).filter(round__state=RoundState.DONE)
    held = list(priorities(rows.select_related("partner"), today).values())
    return render(
        request, "partners/honours.html", {"released": with_places(released), "held": with_places(held), "today": today}
    )


def _exemplar(request, uuid: UUID) -> Exemplar:
    found = get_object_or_404(
        _seen(request).select_related("facility", "partner", "written_by", "released_by"), uuid=uuid
    )
    if found.state != ExemplarState.RELEASED and not is_own(request, found):
        raise Http404
    return found


@requires(Permission.VIEW_FACILITIES)
@require_GET
def exemplar(request: HttpRequest, uuid: UUID):
    found = _exemplar(request, uuid)
    manages = may_manage(request) and is_own(request, found)
    context = {
        "exemplar": with_places([found])[0],
        "may_manage": manages,
        "course": course(found) if manages else (),
        "may_decide": manages and may(request.appointment.role, Permission.DECIDE_PARTNERS),
    }
    return render(request, "partners/exemplar.html", context)


@requires(Permission.MANAGE_PARTNERS)
@require_POST
def exemplar_act(request: HttpRequest, uuid: UUID):
    found = _exemplar(request, uuid)
    act = chosen(_ACTS, request)

    def checked() -> str:
        require(is_own(request, found), "这篇由上级报送，这里只能看。")
        if act is not _send:
            require(may(request.appointment.role, Permission.DECIDE_PARTNERS), "这一步要由街道审核员或区里办。")
        return act(request, found)

    return done(request, reverse("partners:exemplar", args=[uuid]), checked)


def _send(request, found) -> str:
    operations.send_to_review(exemplar=found, by=request.appointment)
    return "已送审。"


def _release(request, found) -> str:
    operations.release(exemplar=found, by=request.appointment, now=timezone.now())
    return "已发布到荣誉墙。"


def _take_back(request, found) -> str:
    operations.take_back(exemplar=found, by=request.appointment, reason=request.POST.get("reason", ""))
    return "已退回或撤下。"


_ACTS = {"send": _send, "release": _release, "take_back": _take_back}
