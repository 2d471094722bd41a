"""Scoring by the panel: the page of a member, and the signed sheets of those who have no account."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from partners import operations
from partners.edit_forms import PanelForm
from partners.models import Application, ApplicationState, Call, PanelMember, PartnerFile
from partners.operations.steps import PartnerRefused
from partners.queries.panel import is_over, may_be_read, members_of, progress_of, scores_of, seat_of
from partners.rules import scoring
from partners.views.acting import ABOVE, Unreadable, done, elsewhere, whole
from partners.views.applications import examined
from partners.views.calls import is_own
from tenants.access import requires
from tenants.editing import EditRefused, Subject, edit_page
from tenants.rules import Permission

_HELD_BACK = (ApplicationState.SUBMITTED, ApplicationState.INCOMPLETE)


@requires(Permission.MANAGE_PARTNERS)
@never_cache
@require_http_methods(["GET", "POST"])
def score(request: HttpRequest, uuid: UUID):
    """One page for one member and one call: all applications and the criteria side by side. Others see how far the panel is."""
    call = get_object_or_404(Call.objects.visible_to(request.appointment).prefetch_related("members"), uuid=uuid)
    if not is_own(request, call):
        return elsewhere(request, reverse("partners:call", args=[uuid]), ABOVE)
    seat = seat_of(request.user.pk, call)
    page = _page(request, call, seat)
    if not page["waiting"] and request.method == "GET":
        return render(request, "partners/score.html", page)
    if seat is None:
        return elsewhere(request, request.path, "你不在这次征集的评审小组里，不能评分。")
    return edit_page(request, _subject(request, call, page))


def _subject(request, call: Call, page: dict) -> Subject:
    def made(data, initial) -> PanelForm:
        form = PanelForm(data, initial=initial, applications=page["waiting"], lines=page["lines"])
        form.page = page
        return form

    def save(form: PanelForm, _version: int) -> str:
        try:
            kept = operations.submit_scores(
                call=call, given=form.given(), by=request.user, today=page["today"], now=timezone.now()
            )
        except PartnerRefused as refusal:
            raise EditRefused(str(refusal)) from refusal
        return f"已交 {len(kept)} 份评分，不能再改。"

    return Subject(
        key="panel.score", uuid=call.uuid, division_code=call.division_code, title=f"评分：{call.title}", form=made, save=save,
        back=request.path, template="partners/score.html",
        crumbs=(("征集与准入", reverse("partners:calls")), (call.title, reverse("partners:call", args=[call.uuid]))),
    )  # fmt: skip


def _page(request, call: Call, seat: PanelMember | None) -> dict:
    today, lines, members = timezone.localdate(), scoring.parsed(call.scoring), members_of(call)
    rows = Application.objects.visible_to(request.appointment).filter(call=call).exclude(state__in=_HELD_BACK)
    found = list(rows.select_related("need__facility").prefetch_related("files").order_by("need_id", "pk"))
    given, done_with, waiting = scores_of(found), [], []
    for one in found:
        progress = progress_of(call, members, given[one.pk], today)
        own = next((score for score in given[one.pk] if seat and score.member == seat.name), None)
        if seat and own is None and one.state == ApplicationState.QUALIFIED and not progress.is_over:
            waiting.append(one)
        elif given[one.pk] or one.state == ApplicationState.QUALIFIED:
            shown = given[one.pk] if may_be_read(one, progress) else [own] if own else []
            pairs = [(score, list(zip(lines, score.points, strict=False))) for score in shown]
            done_with.append((one, progress, pairs, own))
    return {
        "call": call, "seat": seat, "lines": lines, "members": members, "today": today, "waiting": waiting, "given": done_with,
        "is_over": is_over(call, today), "full": sum(line.most for line in lines),
    }  # fmt: skip


@requires(Permission.MANAGE_PARTNERS, in_parts=True)
@require_POST
def score_sheet(request: HttpRequest, uuid: UUID):
    """What somebody without an account gave, typed in beside their signed sheet: a new file, or one that is there already."""
    back = reverse("partners:application", args=[uuid])
    with request.part():
        _application(request, uuid)
    stored, problem = examined(request.FILES.getlist("sheet"))
    if problem:
        messages.error(request, problem)
        return redirect(back)
    with request.part():
        found = _application(request, uuid)
        return done(request, back, lambda: _entered(request, found, stored))


def _application(request, uuid: UUID) -> Application:
    return get_object_or_404(Application.objects.visible_to(request.appointment).select_related("call"), uuid=uuid)


def _entered(request, found: Application, stored: list) -> str:
    member, recused = request.POST.get("member", ""), request.POST.get("recused") == "on"
    lines = scoring.parsed(found.call.scoring)
    points = [] if recused else [whole(request, f"p{n}", line.label, most=line.most) for n, line in enumerate(lines)]
    if found.state != ApplicationState.QUALIFIED:
        raise PartnerRefused("只有“待评分”的申请能录入评分。")
    operations.enter_sheet(
        application=found, stored=stored[0] if stored else None, kept=_kept(request, found), member=member, points=points,
        is_recused=recused, remark=request.POST.get("remark", "")[:200], by=request.user, now=timezone.now(),
    )  # fmt: skip
    return f"已录入{member}的{'回避' if recused else '评分'}。"


def _kept(request, found: Application) -> PartnerFile | None:
    wanted = request.POST.get("kept", "")
    if not wanted:
        return None
    try:
        one = PartnerFile.objects.filter(application=found, uuid=UUID(wanted)).first()
    except ValueError:
        one = None
    if one is None:
        raise Unreadable("选的评分表已经不在了，请重新上传。")
    return one
