"""Selection of excellent partners: rounds, nominations, results, priority rights and their use."""

from datetime import date
from uuid import UUID

from django.db.models import Count
from django.http import HttpRequest
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from facilities.exports import Column
from partners.models import Nomination, Partner, PriorityKind, PriorityUse, RoundState, SelectionRound
from partners.operations import selection as operations
from partners.operations.steps import require
from partners.queries.course import course
from partners.queries.life import rules_in_force
from partners.queries.selection import last_day_of
from partners.rules import scoring
from partners.views.acting import Unreadable, chosen, day, done, whole, words
from partners.views.calls import is_own, is_wide, may_manage, with_places
from partners.views.lists import Listing, equal, show
from tenants.access import requires
from tenants.rules import Permission, may

_LISTING = Listing(
    "合伙人遴选",
    "轮",
    ("title", "nominations__partner__name"),
    {"": ("新的在前", ("-opens_on",)), "title": ("按名称", ("title",))},
    [
        Column("名称", lambda r: r.title, 30),
        Column("主办", lambda r: r.place, 16),
        Column("状态", lambda r: r.get_state_display(), 10),
        Column("推荐截止", lambda r: r.closes_on, 12),
        Column("推荐", lambda r: r.nominated, 8),
        Column("优先资格起", lambda r: r.valid_from, 12),
        Column("优先资格止", lambda r: r.valid_to, 12),
    ],
    [equal("state", "状态", RoundState.choices)],
)


@requires(Permission.VIEW_FACILITIES)
@require_GET
def selections(request: HttpRequest):
    rows = SelectionRound.objects.visible_to(request.appointment).annotate(
        nominated=Count("nominations", distinct=True)
    )
    manages = may_manage(request) and is_wide(request)
    today = timezone.localdate()
    scoring_text = rules_in_force(request.appointment.division_code, today).selection if manages else ""
    return show(
        request,
        "partners/selections.html",
        _LISTING,
        rows.distinct(),
        dressed=with_places,
        may_manage=manages,
        today=today,
        scoring=scoring_text,
    )


@requires(Permission.MANAGE_PARTNERS)
@require_POST
def selection_add(request: HttpRequest):
    made = []

    def act() -> str:
        require(is_wide(request), "遴选由区或街道办理。")
        made.append(
            operations.start_round(
                division_code=request.appointment.division_code,
                by=request.user,
                title=words(request, "title", "名称", longest=80),
                opens_on=day(request, "opens_on", "推荐开始"),
                closes_on=day(request, "closes_on", "推荐截止"),
                scoring=words(request, "scoring", "评分标准", longest=600),
                basis=request.POST.get("basis", "").strip()[:200],
            )
        )
        return "已发起，可以推荐了。"

    answer = done(request, reverse("partners:selections"), act)
    if made:
        answer["Location"] = reverse("partners:selection", args=[made[0].uuid])
    return answer


def _round(request, uuid: UUID) -> SelectionRound:
    return get_object_or_404(SelectionRound.objects.visible_to(request.appointment), uuid=uuid)


@requires(Permission.VIEW_FACILITIES)
@require_GET
def selection(request: HttpRequest, uuid: UUID):
    """One round. Points are for those who handle it, until the result is in public notice."""
    found, today = _round(request, uuid), timezone.localdate()
    manages = may_manage(request) and is_own(request, found)
    lines = scoring.parsed(found.scoring)
    nominations = list(found.nominations.select_related("partner").order_by("pk"))
    for one in nominations:
        one.total = scoring.average([one.points], lines) if one.points else None
    nominations.sort(key=lambda one: (-(one.total if one.total is not None else -1), one.pk))
    decided = found.state in {RoundState.NOTICE, RoundState.DONE}
    uses: list[PriorityUse] = []
    if found.state == RoundState.DONE:
        seen = PriorityUse.objects.visible_to(request.appointment).filter(nomination__round=found)
        uses = list(seen.select_related("nomination__partner"))
    context = {
        "round": with_places([found])[0],
        "nominations": nominations if manages or decided else [],
        "lines": lines,
        "may_manage": manages,
        "may_decide": manages and may(request.appointment.role, Permission.DECIDE_PARTNERS),
        "may_note": may_manage(request),
        "decided": decided,
        "today": today,
        "uses": uses,
        "last_day": _last(found),
        "kinds": [
            (PriorityKind.PURCHASE, PriorityKind.PURCHASE.label),
            (PriorityKind.VENTURE, PriorityKind.VENTURE.label),
        ],
        "partners": _partners(request, found, nominations) if manages and found.state == RoundState.OPEN else (),
        "rules": rules_in_force(found.division_code, today),
        "course": course(found) if manages else (),
    }
    return render(request, "partners/selection.html", context)


def _last(found: SelectionRound) -> date | None:
    if found.state != RoundState.DONE:
        return None
    others = SelectionRound.objects.filter(division_code=found.division_code, state=RoundState.DONE)
    return last_day_of(found, others.values_list("valid_from", flat=True))


def _partners(request, found, nominations) -> list[tuple[str, str]]:
    taken = [one.partner_id for one in nominations]
    rows = Partner.objects.visible_to(request.appointment).filter(merged_into=None).exclude(pk__in=taken)
    return [(str(uuid), name) for uuid, name in rows.order_by("name_sort").values_list("uuid", "name")[:500]]


@requires(Permission.MANAGE_PARTNERS)
@require_POST
def selection_act(request: HttpRequest, uuid: UUID):
    """Everything that is done in a round; `act` says what. A street below may note the use of a priority, nothing else."""
    found = _round(request, uuid)
    act = chosen(_ACTS, request)

    def checked() -> str:
        require(act is _use or is_own(request, found), "这一轮由上级办理，这里只能看。")
        if act in {_propose, _publish, _cancel}:
            require(may(request.appointment.role, Permission.DECIDE_PARTNERS), "这一步要由街道审核员或区里办。")
        return act(request, found)

    return done(request, reverse("partners:selection", args=[uuid]), checked)


def _nominate(request, found) -> str:
    rows = Partner.objects.visible_to(request.appointment).filter(merged_into=None)
    partner = _row(rows, request.POST.get("partner", ""), "请选合伙人。")
    operations.nominate(
        round=found,
        partner=partner,
        reason=request.POST.get("why", ""),
        by=request.user,
        today=timezone.localdate(),
        now=timezone.now(),
    )
    return f"已推荐{partner.name}。"


def _row(rows, uuid: str, missing: str):
    try:
        found = rows.filter(uuid=UUID(uuid)).first()
    except ValueError:
        found = None
    if found is None:
        raise Unreadable(missing)
    return found


def _nomination(request, found) -> Nomination:
    rows = Nomination.objects.filter(round=found).select_related("round", "partner")
    return _row(rows, request.POST.get("nomination", ""), "这条推荐已经不在了。")


def _score(request, found) -> str:
    one = _nomination(request, found)
    points = [
        whole(request, f"p{n}", line.label, most=line.most) for n, line in enumerate(scoring.parsed(found.scoring))
    ]
    operations.score_nomination(nomination=one, points=points, by=request.user)
    return f"已给{one.partner.name}评分。"


def _propose(request, found) -> str:
    wanted = set(request.POST.getlist("selected"))
    chosen_ids = [one.pk for one in found.nominations.all() if str(one.uuid) in wanted]
    made = operations.propose(round=found, selected=chosen_ids, by=request.appointment, today=timezone.localdate())
    return f"开始公示，到 {made.notice_to}（含当天）。"


def _publish(request, found) -> str:
    until = request.POST.get("valid_to", "").strip()
    operations.publish(
        round=found,
        valid_from=day(request, "valid_from", "优先资格起"),
        valid_to=day(request, "valid_to", "优先资格止") if until else None,
        by=request.appointment,
        today=timezone.localdate(),
        now=timezone.now(),
    )
    return "已公布。入选的合伙人在准入评审里按优先资格排。"


def _cancel(request, found) -> str:
    operations.cancel_round(round=found, by=request.appointment, reason=request.POST.get("reason", ""))
    return "已取消这一轮。"


def _use(request, found) -> str:
    one = _nomination(request, found)
    operations.use_priority(
        nomination=one,
        kind=request.POST.get("kind", ""),
        used_on=day(request, "used_on", "日期"),
        text=request.POST.get("text", ""),
        division_code=request.appointment.division_code,
        by=request.user,
    )
    return f"已登记{one.partner.name}使用优先资格。"


_ACTS = {
    "nominate": _nominate,
    "score": _score,
    "propose": _propose,
    "publish": _publish,
    "cancel": _cancel,
    "use": _use,
}
