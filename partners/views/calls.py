"""Calls for partners: the list, one call with its needs and applications, and what is done with it."""

from uuid import UUID

from django.db.models import Count
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from facilities.exports import Column
from facilities.models import Facility
from partners import operations
from partners.models import Application, ApplicationState, Call, CallState, Need
from partners.queries.application import ranking
from partners.queries.course import course
from partners.queries.life import rules_in_force
from partners.queries.panel import eligible, members_of
from partners.rules import scoring
from partners.tokens import token_of
from partners.views.acting import ABOVE, Unreadable, chosen, day, done, elsewhere, words
from partners.views.lists import Listing, equal, show
from standards.queries import function_names
from tenants.access import requires
from tenants.models import User
from tenants.queries import division_names
from tenants.rules import STREET_WIDTH, Permission, code_range, may

_LISTING = Listing(
    "征集与准入", "次", ("title", "text", "needs__text", "needs__facility__name"),
    {"": ("新的在前", ("-opens_on",)), "closes": ("先截止的在前", ("closes_on",)), "title": ("按标题", ("title",))},
    [Column("标题", lambda c: c.title, 30), Column("发起", lambda c: c.place, 16), Column("状态", lambda c: c.get_state_display(), 10),
     Column("开始", lambda c: c.opens_on, 12), Column("截止", lambda c: c.closes_on, 12),
     Column("需求", lambda c: c.need_count, 8), Column("申请", lambda c: c.application_count, 8)],
    [equal("state", "状态", CallState.choices)],
)  # fmt: skip


def may_manage(request) -> bool:
    return may(request.appointment.role, Permission.MANAGE_PARTNERS)


def is_own(request, row) -> bool:
    """Whether somebody may write a row: what lies in their own division or below."""
    return row.division_code in code_range(request.appointment.division_code)


def is_wide(request) -> bool:
    """Whether somebody works for a street or a larger division."""
    codes = code_range(request.appointment.division_code)
    return codes.hi - codes.lo >= STREET_WIDTH


def with_places(rows: list) -> list:
    names = division_names({row.division_code for row in rows})
    for row in rows:
        row.place = names.get(row.division_code, str(row.division_code))
    return rows


@requires(Permission.VIEW_FACILITIES)
@require_GET
def calls(request: HttpRequest):
    """All calls in sight; drafts only for those who handle them."""
    rows = Call.objects.visible_to(request.appointment)
    if not may_manage(request):
        rows = rows.exclude(state=CallState.DRAFT)
    rows = rows.annotate(
        need_count=Count("needs", distinct=True), application_count=Count("applications", distinct=True)
    )
    return show(
        request, "partners/calls.html", _LISTING, rows.distinct(), dressed=with_places,
        may_manage=may_manage(request) and is_wide(request),
    )  # fmt: skip


@requires(Permission.VIEW_FACILITIES)
@require_GET
def call(request: HttpRequest, uuid: UUID):
    """One call. Applications and their order are for those who handle them."""
    found, today = _call(request, uuid), timezone.localdate()
    manages = may_manage(request) and is_own(request, found)
    needs = list(found.needs.select_related("facility").order_by("pk"))
    context = {
        "call": with_places([found])[0], "needs": needs, "lines": scoring.parsed(found.scoring),
        "panel": members_of(found) if manages else (), "may_manage": manages, "today": today,
        "rules": rules_in_force(found.division_code, today), "names": function_names(today),
    }  # fmt: skip
    if manages:
        applications = Application.objects.visible_to(request.appointment).filter(call=found)
        ranks = {}
        for need in needs:
            if found.state != CallState.DRAFT:
                ranks |= {one.application.pk: one for one in ranking(need.pk, today)}
        context |= {
            "applications": [(one, ranks.get(one.pk)) for one in applications.select_related("need__facility")],
            "course": course(found), "states": ApplicationState,
            "link": request.build_absolute_uri(reverse("partners:apply", args=[token_of(found)])),
            "facilities": _facilities(request, found) if found.state == CallState.DRAFT else (),
            "seats": found.members.all(), "accounts": _accounts(found, today) if found.state == CallState.DRAFT else (),
            "waiting": ApplicationState.QUALIFIED,
        }  # fmt: skip
    return render(request, "partners/call.html", context)


def _facilities(request, found: Call):
    codes = code_range(found.division_code)
    seen = Facility.objects.visible_to(request.appointment).within(codes).order_by("code")
    return [(str(uuid), f"{name}（{code}）") for uuid, name, code in seen.values_list("uuid", "name", "code")]


def _accounts(found: Call, today) -> list[tuple[str, str]]:
    """Who may be named for the panel: (uuid, name with role and division)."""
    posts = list(eligible(found, today))
    names = division_names({post.division_code for post in posts})
    return [
        (str(post.user.uuid), f"{post.user}（{names.get(post.division_code, '')}{post.get_role_display()}）")
        for post in posts
    ]


def _call(request, uuid: UUID) -> Call:
    found = get_object_or_404(Call.objects.visible_to(request.appointment), uuid=uuid)
    if found.state == CallState.DRAFT and not (may_manage(request) and is_own(request, found)):
        raise Http404
    return found


@requires(Permission.MANAGE_PARTNERS)
@require_POST
def call_act(request: HttpRequest, uuid: UUID):
    """Everything that is done with a call; `act` says what."""
    found = _call(request, uuid)
    back = reverse("partners:call", args=[uuid])
    if not is_own(request, found):
        return elsewhere(request, back, ABOVE)
    act = chosen(_ACTS, request)
    return done(request, back, lambda: act(request, found))


def _add_need(request, found: Call) -> str:
    rows = Facility.objects.visible_to(request.appointment)
    facility = _row(rows, request.POST.get("facility", ""), "请选设施。")
    item = request.POST.get("item", "")
    operations.add_need(
        call=found, facility=facility, by=request.user, text=words(request, "text", "需求", longest=200),
        item_number=int(item) if item.isascii() and item.isdigit() and int(item) in function_names(timezone.localdate()) else None,
        place=request.POST.get("place", "").strip()[:80], hours=request.POST.get("hours", "").strip()[:80],
    )  # fmt: skip
    return f"已加需求：{facility.name}。"


def _drop_need(request, found: Call) -> str:
    need = _row(Need.objects.filter(call=found), request.POST.get("need", ""), "这条需求已经不在了。")
    operations.drop_need(need=need, by=request.user)
    return "已删这条需求。"


def _seat(request, found: Call) -> str:
    user = _row(User.objects.filter(is_active=True), request.POST.get("user", ""), "请选评审人。")
    made = operations.seat(call=found, user=user, by=request.user, today=timezone.localdate())
    return f"已指定评审人：{made.name}。"


def _unseat(request, found: Call) -> str:
    member = _row(found.members.all(), request.POST.get("member", ""), "这位已经不在小组里了。")
    operations.unseat(member=member, by=request.user)
    return f"已撤下评审人：{member.name}。"


def _extend(request, found: Call) -> str:
    made = operations.extend_scoring(
        call=found, until=day(request, "until", "新的截止日"), by=request.appointment, today=timezone.localdate(),
        reason=request.POST.get("reason", ""),
    )  # fmt: skip
    return f"评分延到 {made.scores_by}（含当天）。"


def _open(request, found: Call) -> str:
    operations.open_call(call=found, by=request.appointment, today=timezone.localdate())
    return "已发布。把网上申请的链接发出去，或在这里代填申请。"


def _close(request, found: Call) -> str:
    operations.close_call(call=found, by=request.appointment)
    return "已截止，不再收申请。"


def _cancel(request, found: Call) -> str:
    operations.cancel_call(call=found, by=request.appointment, reason=request.POST.get("reason", ""))
    return "已取消这次征集。"


_ACTS = {
    "add_need": _add_need, "drop_need": _drop_need, "seat": _seat, "unseat": _unseat, "extend": _extend, "open": _open,
    "close": _close, "cancel": _cancel,
}  # fmt: skip


def _row(rows, uuid: str, missing: str):
    try:
        found = rows.filter(uuid=UUID(uuid)).first()
    except ValueError:
        found = None
    if found is None:
        raise Unreadable(missing)
    return found
