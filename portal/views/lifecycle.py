"""Deciding over a facility: choose what, fill it in, see what it would do, confirm it once, take it back within a day."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from facilities.exports import Column
from facilities.grounds import basis_on
from facilities.models import Decision, DecisionKind, DecisionState, Facility, Lifecycle
from facilities.operations.facility import RecordRefused
from facilities.queries.listing import facilities_on
from portal.lifecycle_forms import FORMS, communities_within
from portal.operations import lifecycle
from portal.views.desk import Listing, listed
from tenants.access import requires
from tenants.editing import EditRefused, Subject, edit_page
from tenants.rules import Permission, district_of, street_of

OF_OPEN = (
    DecisionKind.RETYPE, DecisionKind.MOVE, DecisionKind.MERGE, DecisionKind.SUSPEND, DecisionKind.WITHDRAW, DecisionKind.KEEP,
)  # fmt: skip
POSSIBLE = {
    Lifecycle.PLANNED: (DecisionKind.REOPEN, DecisionKind.RETYPE, DecisionKind.MOVE, DecisionKind.WITHDRAW),
    Lifecycle.OPEN: OF_OPEN,
    Lifecycle.SUSPENDED: (
        DecisionKind.REOPEN,
        DecisionKind.MOVE,
        DecisionKind.MERGE,
        DecisionKind.WITHDRAW,
        DecisionKind.KEEP,
    ),
}
TOLD = {
    DecisionKind.RETYPE: "集成式、片区化、街区化之间改，面积门槛随之不同。",
    DecisionKind.MOVE: "旧点位和空间到此为止，登记新点位。功能、运营和项目跟着走。",
    DecisionKind.MERGE: "并入另一座设施，沿革和合计保留；点位、功能、项目可以一并转过去。",
    DecisionKind.SUSPEND: "暂时不开放，不参加测算。台账原样保留，可以恢复。",
    DecisionKind.REOPEN: "重新（或开始）运行，参加测算。",
    DecisionKind.WITHDRAW: "不再是设施，协议、项目和台账到此为止，过去的记录都在。",
    DecisionKind.KEEP: "留下决定和理由，台账不变。",
}

editors = requires(Permission.EDIT_FACILITIES)


def _facility(request, uuid) -> Facility:
    seen = facilities_on(timezone.localdate()).visible_to(request.appointment)
    return get_object_or_404(seen, uuid=uuid)


def _possible(facility: Facility) -> tuple[DecisionKind, ...]:
    return POSSIBLE.get(facility.lifecycle, ())


@editors
@require_GET
def choices(request: HttpRequest, uuid: UUID):
    """What can be decided over a facility as it is, and what was."""
    facility = _facility(request, uuid)
    today = timezone.localdate()
    context = {
        "facility": facility,
        "choices": [(kind, kind.label, TOLD[kind], basis_on(kind, today)) for kind in _possible(facility)],
        "lifecycle_label": Lifecycle(facility.lifecycle).label if facility.lifecycle else "还没有登记状态",
        "decisions": Decision.objects.filter(facility=facility).select_related("proposed_by")[:20],
    }
    return render(request, "portal/lifecycle/choices.html", context)


@editors
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest):
    """A facility that is not there yet."""
    return _form(request, DecisionKind.NEW, None)


@editors
@require_http_methods(["GET", "POST"])
def start(request: HttpRequest, uuid: UUID, kind: str):
    """The first step of one decision over one facility."""
    facility = _facility(request, uuid)
    if kind not in _possible(facility):
        raise Http404
    return _form(request, DecisionKind(kind), facility)


def _form(request, kind: DecisionKind, facility: Facility | None) -> HttpResponse:
    today = timezone.localdate()
    code = facility.division_code if facility else request.appointment.division_code
    communities = communities_within(_around(request, facility))
    others = _others(request, facility, today) if kind is DecisionKind.MERGE else []

    def made(data, initial):
        return FORMS[kind](
            data, initial=initial, facility=facility, communities=communities, others=others, today=today
        )

    def save(form, version) -> str:
        cleaned = form.cleaned_data
        if kind is DecisionKind.NEW and _is_there(cleaned["name"], int(cleaned["community"])):
            raise EditRefused("这个社区已经有同名设施。换一个名称，或在设施台账里找到它再修改。")
        lifecycle.propose(
            kind=kind, facility=facility, division_code=int(cleaned.get("community") or code) if not facility else code,
            effective_on=cleaned["effective_on"], reason=cleaned["reason"], document=cleaned["document"],
            grounds=cleaned.get("grounds", ()), by=request.user, at=timezone.now(), answers=form.answers(),
        )  # fmt: skip
        return ""

    home = reverse("portal:lifecycle", args=[facility.uuid]) if facility else reverse("portal:facilities")
    crumbs = [("设施台账", reverse("portal:facilities"))]
    if facility:
        crumbs.append((facility.name, reverse("portal:facility", args=[facility.uuid])))
    return edit_page(
        request,
        Subject(
            key=f"decision.{kind}", uuid=facility.uuid if facility else request.user.uuid, division_code=code,
            title=f"{'第 1 步：' if facility else ''}{kind.label}{'' if facility else '设施'}", form=made, save=save, back=home,
            crumbs=tuple(crumbs), hint=f"{facility.name}，编号 {facility.code}" if facility else TOLD_NEW,
            onward=reverse("portal:lifecycle_next", args=[kind]) + (f"?of={facility.uuid}" if facility else ""),
            action="下一步：看会有什么影响", promise="这一步还不改台账，下一页先给你看影响。",
        ),
    )  # fmt: skip


def _around(request, facility: Facility | None) -> int:
    """Where a facility can be or reach to: its street, or less where the reader has less; anywhere in scope for a new one."""
    own = request.appointment.division_code
    return max(own, street_of(facility.division_code)) if facility else own


def _is_there(name: str, code: int) -> bool:
    return Facility.objects.filter(name=name, division_code=code).exists()


TOLD_NEW = "填好后先看能不能评上等级，再登记。编号由系统按街道顺序给。"


def _others(request, facility: Facility, today) -> list[tuple[str, str]]:
    seen = (
        facilities_on(today).visible_to(request.appointment).filter(lifecycle__in=[Lifecycle.OPEN, Lifecycle.PLANNED])
    )
    district = district_of(facility.division_code)
    found = seen.filter(division_code__gte=district, division_code__lt=district + 10**6).exclude(pk=facility.pk)
    return [
        (str(uuid), f"{name}（{code}）")
        for uuid, name, code in found.order_by("code").values_list("uuid", "name", "code")
    ]


@editors
@require_GET
def proposed(request: HttpRequest, kind: str):
    """From the form to what was just proposed with it."""
    mine = Decision.objects.visible_to(request.appointment).filter(kind=kind, proposed_by=request.user)
    of = request.GET.get("of", "")
    mine = mine.filter(facility__uuid=_uuid(of)) if of else mine.filter(kind=DecisionKind.NEW)
    found = mine.order_by("-pk").first()
    return redirect("portal:decision", uuid=found.uuid) if found else redirect("portal:facilities")


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


@editors
@never_cache
@require_GET
def decision(request: HttpRequest, uuid: UUID):
    """The second step: what it would do. Afterwards: what it did, and the way back."""
    found = _decision(request, uuid)
    now, today = timezone.now(), timezone.localdate()
    is_open = found.state in {DecisionState.PROPOSED, DecisionState.WAITING}
    until = lifecycle.undoable_until(found)
    kind = DecisionKind(found.kind)
    again = reverse("portal:lifecycle_new")
    if found.facility:
        again = reverse("portal:lifecycle_start", args=[found.facility.uuid, kind])
    context = {
        "decision": found,
        "facility": found.facility,
        "name": found.facility.name if found.facility else found.answers.get("name", ""),
        "kind_label": kind.label,
        "grounds": _grounds(found),
        "basis": basis_on(kind, found.effective_on),
        "is_open": is_open,
        "again": again,
        "needs_second": lifecycle.needs_a_second(found),
        "is_mine": found.proposed_by_id == request.user.pk,
        "undoable_until": until if until and now < until else None,
        "seen": lifecycle.rehearse(found, appointment=request.appointment, by=request.user, today=today)
        if is_open
        else None,
        "today": today,
    }
    return render(request, "portal/lifecycle/decision.html", context)


def _decision(request, uuid: UUID) -> Decision:
    seen = Decision.objects.visible_to(request.appointment)
    return get_object_or_404(seen.select_related("facility", "proposed_by", "confirmed_by", "undone_by"), uuid=uuid)


def _grounds(found: Decision) -> list[str]:
    basis = basis_on(found.kind, found.effective_on)
    return [basis.grounds.get(key, key) for key in found.grounds] if basis else list(found.grounds)


@editors
@require_POST
def act(request: HttpRequest, uuid: UUID):
    """Confirm, give up or take back. A second click finds it done."""
    found = _decision(request, uuid)
    now: datetime = timezone.now()
    try:
        match request.POST.get("act"):
            case "confirm":
                found = lifecycle.confirm(decision=found, by=request.user, at=now, today=timezone.localdate())
                _tell(request, found)
            case "abandon":
                lifecycle.abandon(decision=found, by=request.user)
                messages.info(request, "已放弃，台账没有改动。")
            case "undo":
                found = lifecycle.undo(decision=found, by=request.user, at=now)
                messages.success(request, "已撤回，台账恢复到变更之前。")
            case _:
                messages.error(request, "没有收到要办的是哪一步，什么也没改。请再点一次按钮。")
    except RecordRefused as refused:
        messages.error(request, str(refused))
    return redirect("portal:decision", uuid=uuid)


def _tell(request, found: Decision) -> None:
    if found.state == DecisionState.WAITING:
        messages.info(request, "已提出，等第二个人确认。确认之前台账不变。")
    elif found.state == DecisionState.DONE:
        messages.success(request, f"已办理：{found.get_kind_display()}，{found.effective_on} 生效。")


@editors
@require_GET
def decisions(request: HttpRequest):
    """Every decision in scope, those that wait first."""
    seen = Decision.objects.visible_to(request.appointment).select_related("facility", "proposed_by")
    if (state := request.GET.get("state", "")) in DecisionState.values:
        seen = seen.filter(state=state)
    listing = Listing(
        "设施变更", "件",
        [Column("提出时间", lambda d: timezone.localtime(d.proposed_at).date(), 12), Column("设施", _name_of, 24),
         Column("决定", lambda d: d.get_kind_display(), 12), Column("生效日", lambda d: d.effective_on, 12),
         Column("状态", lambda d: d.get_state_display(), 14), Column("理由（条款）", lambda d: "、".join(_grounds(d)), 30),
         Column("说明", lambda d: d.reason, 40), Column("提出人", lambda d: str(d.proposed_by), 12)],
        lambda d: f"{_name_of(d)} {d.reason} {d.document}", lambda d: d.division_code, lambda d: d.kind,
        dict(DecisionKind.choices),
        {"": ("新的在前", lambda d: -d.pk), "on": ("按生效日", lambda d: (d.effective_on, d.pk)),
         "state": ("按状态", lambda d: (d.state, -d.pk))},
    )  # fmt: skip
    found = list(seen.filter(~Q(state=DecisionState.ABANDONED)))
    return listed(
        request, "portal/lifecycle/decisions.html", listing, found, dict(DecisionKind.choices), {"state": state}
    )


def _name_of(found: Decision) -> str:
    return found.facility.name if found.facility else found.answers.get("name", "")
