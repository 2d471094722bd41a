"""Agreements: the list, one agreement with its checks, what is done with it, its paper."""

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from facilities.exports import Column
from partners import operations
from partners.edit_forms import AgreementForm
from partners.models import Agreement, AgreementState, Application, ApplicationState
from partners.operations.steps import PartnerRefused, note
from partners.paper import contract_of, pdf, word
from partners.queries.course import course
from partners.queries.debts import open_debts
from partners.queries.life import life, rules_in_force
from partners.queries.partner import AT_WORK
from partners.queries.sections import labels, sections
from partners.rules import scoring
from partners.views.acting import chosen, day, done, whole, words
from partners.views.calls import is_own
from partners.views.lists import Filter, Listing, equal, show
from standards.queries import function_names
from tenants.access import requires
from tenants.rules import Permission, may

ONE_DAY = timedelta(days=1)
_TYPES = {
    "docx": (word, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "pdf": (pdf, "application/pdf"),
}


def _ending(rows, value: str):
    today = timezone.localdate()
    return rows.filter(state__in=AT_WORK, ends_on__lte=today + timedelta(days=int(value)))


LISTING = Listing(
    "合伙协议",
    "份",
    ("number", "service", "partner__name", "facility__name", "facility__code"),
    {
        "": ("先到期的在前", ("ends_on",)),
        "new": ("新的在前", ("-starts_on",)),
        "due": ("办理期限近的在前", ("due_on",)),
        "facility": ("按设施", ("facility__code",)),
    },
    [
        Column("编号", lambda a: a.number, 18),
        Column("合伙人", lambda a: a.partner.name, 26),
        Column("类别", lambda a: a.partner.get_kind_display(), 14),
        Column("设施编号", lambda a: a.facility.code, 16),
        Column("设施", lambda a: a.facility.name, 24),
        Column("服务", lambda a: a.service, 20),
        Column("起", lambda a: a.starts_on, 12),
        Column("最后一天", lambda a: a.ends_on - ONE_DAY, 12),
        Column("进度", lambda a: a.get_state_display(), 12),
        Column("办理期限", lambda a: a.due_on, 12),
        Column("准出日", lambda a: a.left_on, 12),
        Column("准出原因", lambda a: a.left_reason, 24),
    ],
    [
        equal("state", "进度", AgreementState.choices),
        Filter("ending", "到期", [("30", "30 天内到期"), ("60", "60 天内到期"), ("90", "90 天内到期")], _ending),
    ],
    key="partner-agreements",
)


def rows_of(appointment):
    return Agreement.objects.visible_to(appointment).select_related("facility", "partner")


@requires(Permission.VIEW_FACILITIES)
@require_GET
def agreements(request: HttpRequest):
    return show(request, "partners/agreements.html", LISTING, rows_of(request.appointment), today=timezone.localdate())


def _agreement(request, uuid: UUID) -> Agreement:
    rows = Agreement.objects.visible_to(request.appointment)
    rows = rows.select_related("facility", "partner", "space", "project", "application", "renews", "renewed_by")
    return get_object_or_404(rows, uuid=uuid)


@requires(Permission.VIEW_FACILITIES)
@require_GET
def agreement(request: HttpRequest, uuid: UUID):
    found, today, tab = _agreement(request, uuid), timezone.localdate(), request.GET.get("tab", "")
    context = {
        "agreement": found,
        "today": today,
        "tab": tab,
        "tabs": [("", "协议"), *labels("agreement")],
        "last_day": found.ends_on - ONE_DAY,
    }
    if tab:
        parts = {part.key: (part, told) for part, told in sections("agreement", found, request, today)}
        if tab not in parts:
            raise Http404
        part, told = parts[tab]
        return render(request, "partners/agreement_part.html", {**context, "section": part, **told})
    rules = rules_in_force(found.division_code, today)
    checks = list(found.checks.select_related("made_by"))
    for check in checks:
        check.shown = list(zip(scoring.parsed(check.lines), check.points, strict=False))
        check.total = sum(check.points)
    manages = may(request.appointment.role, Permission.MANAGE_PARTNERS) and is_own(request, found)
    context |= {
        "checks": checks,
        "prices": list(found.prices.all()),
        "rules": rules,
        "may_manage": manages,
        "landing": scoring.parsed(rules.landing),
        "capability": scoring.parsed(rules.capability),
        "steps": {
            step.key: step
            for step in life().next("agreement", found.state)
            if may(request.appointment.role, Permission(step.permission))
        }
        if manages
        else {},
        "debts": open_debts(found, today) if found.state == AgreementState.EXITING else (),
        "course": course(found) if manages else (),
        "renewed": getattr(found, "renewed_by", None),
        "renewal_from": found.ends_on - timedelta(days=rules["renewal_days"]),
    }
    return render(request, "partners/agreement.html", context)


@requires(Permission.VIEW_FACILITIES)
@require_GET
def agreement_paper(request: HttpRequest, uuid: UUID):
    """The agreement as Word (to be filled in and signed) or PDF: `?format=docx`, `?format=pdf`."""
    found = _agreement(request, uuid)
    form = request.GET.get("format", "pdf")
    if form not in _TYPES:
        raise Http404
    write, kind = _TYPES[form]
    content = write(contract_of(found))
    note("下载协议文本", found, request.user, format=form)
    answer = HttpResponse(content, content_type=kind)
    answer["Content-Disposition"] = content_disposition_header(True, f"协议_{found.number}.{form}") or "attachment"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    return answer


@requires(Permission.MANAGE_PARTNERS)
@require_http_methods(["GET", "POST"])
def agreement_new(request: HttpRequest, uuid: UUID):
    """The agreement of an admitted application."""
    rows = Application.objects.visible_to(request.appointment).select_related("need__facility", "partner", "call")
    application = get_object_or_404(rows, uuid=uuid)
    if application.state != ApplicationState.ADMITTED:
        raise Http404
    today, need = timezone.localdate(), application.need
    start = {"service": need.text[:60], "item_number": need.item_number, "hours": need.hours, "starts_on": today}
    form = AgreementForm(
        request.POST or None, facility=need.facility, items=function_names(today), initial=start, auto_id="id_%s"
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = operations.draft_agreement(
                application=application,
                prices=form.cleaned_data["prices"],
                by=request.appointment,
                today=today,
                **form.values(),
            )
            messages.success(request, f"已拟好协议 {made.number}。下载 Word 送双方签字，签好后登记。")
            return redirect("partners:agreement", uuid=made.uuid)
        except PartnerRefused as refusal:
            form.add_error(None, str(refusal))
    context = {"application": application, "form": form}
    return render(request, "partners/agreement_new.html", context, status=422 if form.errors else 200)


@requires(Permission.MANAGE_PARTNERS)
@require_POST
def agreement_act(request: HttpRequest, uuid: UUID):
    """Every step of an agreement; `act` says which."""
    found = _agreement(request, uuid)
    act = chosen(_ACTS, request)
    return done(request, reverse("partners:agreement", args=[uuid]), lambda: act(request, found))


def _now() -> dict:
    return {"today": timezone.localdate(), "now": timezone.now()}


def _why(request) -> str:
    return request.POST.get("reason", "")


def _sign(request, found) -> str:
    made = operations.sign(
        agreement=found,
        by=request.appointment,
        today=timezone.localdate(),
        signed_on=day(request, "signed_on", "签订日"),
    )
    return f"已登记签订。请在 {made.due_on} 以前落地。"


def _void(request, found) -> str:
    operations.void(agreement=found, by=request.appointment, today=timezone.localdate(), reason=_why(request))
    return "已作废。"


def _check_landing(request, found) -> str:
    lines = scoring.parsed(rules_in_force(found.division_code, timezone.localdate()).landing)
    points = [int(request.POST.get(f"p{n}") == "1") for n in range(len(lines))]
    text = words(request, "text", "核查结论", longest=400)
    check = operations.check_landing(agreement=found, points=points, text=text, by=request.appointment, **_now())
    return "核查通过，可以登记落地。" if check.passed else "已登记核查，还有没到位的，到位后再核查一次。"


def _land(request, found) -> str:
    operations.land(agreement=found, by=request.appointment, today=timezone.localdate())
    return "已登记落地，入驻项目已写进设施台账。"


def _assess(request, found) -> str:
    lines = scoring.parsed(rules_in_force(found.division_code, timezone.localdate()).capability)
    points = [whole(request, f"p{n}", line.label, most=line.most) for n, line in enumerate(lines)]
    check = operations.assess(
        agreement=found,
        points=points,
        surveyed=whole(request, "surveyed", "调查人数"),
        satisfied=whole(request, "satisfied", "满意人数"),
        text=words(request, "text", "评估结论", longest=400),
        by=request.appointment,
        **_now(),
    )
    return "评估通过。" if check.passed else "评估没有通过，已转入限期整改。"


def _order(request, found) -> str:
    made = operations.order(agreement=found, by=request.appointment, reason=_why(request), **_now())
    return f"已要求整改，{made.due_on} 到期。"


def _mended(request, found) -> str:
    operations.mended(agreement=found, by=request.appointment, today=timezone.localdate(), reason=_why(request))
    return "整改已办结。"


def _renew(request, found) -> str:
    made = operations.renew(
        agreement=found,
        number=words(request, "number", "新协议编号", longest=40),
        by=request.appointment,
        ends_on=day(request, "last_day", "新的最后一天") + ONE_DAY,
        today=timezone.localdate(),
    )
    return f"已拟续签协议 {made.number}，签订并登记落地后接续。"


def _exit(request, found) -> str:
    last = day(request, "last_day", "最后服务日")
    made = operations.begin_exit(
        agreement=found,
        left_on=last + ONE_DAY,
        by=request.appointment,
        today=timezone.localdate(),
        reason=_why(request),
    )
    return f"已开始准出，服务到 {last}。请在 {made.due_on} 以前结清。"


def _stay(request, found) -> str:
    operations.stay(agreement=found, by=request.appointment, today=timezone.localdate(), reason=_why(request))
    return "已撤回准出，继续服务。"


def _leave(request, found) -> str:
    operations.leave(agreement=found, by=request.appointment, today=timezone.localdate())
    return "已办结准出。"


_ACTS = {
    "sign": _sign,
    "void": _void,
    "check_landing": _check_landing,
    "land": _land,
    "assess": _assess,
    "order": _order,
    "mended": _mended,
    "renew": _renew,
    "exit": _exit,
    "stay": _stay,
    "leave": _leave,
}
