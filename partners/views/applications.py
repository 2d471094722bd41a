"""Applications: taken in at the counter or by the public page, checked, scored, decided."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from facilities.uploads import store
from facilities.uploads.refusal import UploadRefused
from partners import operations
from partners.edit_forms import ApplicationForm
from partners.models import Application, ApplicationState, Call, CallState, Channel
from partners.operations.steps import PartnerRefused
from partners.queries.application import ranking
from partners.queries.course import course
from partners.queries.life import life, rules_in_force
from partners.queries.panel import may_be_read, members_of, progress_of, scores_of
from partners.rules import scoring
from partners.tokens import read_token
from partners.views.acting import ABOVE, chosen, done, elsewhere
from partners.views.calls import is_own
from tenants.access import client_address, requires
from tenants.measures import is_within
from tenants.rules import Permission, may
from tenants.scope import division_scope, opened_scope

MOST_FILES = 5
AT_MOST = 10  # applications from one address in an hour; of a whole call by link
OF_A_CALL = 200
_HOUR = timedelta(hours=1)


# --- one application --------------------------------------------------------------------------------------------------


def _application(request, uuid: UUID) -> Application:
    rows = Application.objects.visible_to(request.appointment)
    rows = rows.select_related("call", "need__facility", "partner", "priority__round", "qualified_by")
    return get_object_or_404(rows, uuid=uuid)


@requires(Permission.MANAGE_PARTNERS)
@never_cache
@require_GET
def application(request: HttpRequest, uuid: UUID):
    found, today = _application(request, uuid), timezone.localdate()
    given = scores_of([found])[found.pk]
    scores, members = {score.member: score for score in given}, members_of(found.call)
    progress = progress_of(found.call, members, given, today)
    lines = scoring.parsed(found.call.scoring)
    ranked = ranking(found.need_id, today) if found.points is not None else []
    context = {
        "application": found, "call": found.call, "need": found.need, "today": today, "rules": rules_in_force(found.division_code, today),
        "findings": found.findings.splitlines(), "files": list(found.files.all()), "lines": lines,
        "scores": [(member, scores.get(member.name)) for member in members], "ranked": ranked, "progress": progress,
        "scores_shown": may_be_read(found, progress), "on_paper": [member for member in members if member.user_id is None],
        "mine": next((one for one in ranked if one.application.pk == found.pk), None),
        "steps": _steps(request, found), "agreements": list(found.agreements.all()), "course": course(found),
        "may_score": found.state == ApplicationState.QUALIFIED,
        "may_add_files": found.state in {ApplicationState.SUBMITTED, ApplicationState.INCOMPLETE},
    }  # fmt: skip
    return render(request, "partners/application.html", context)


def _steps(request, found) -> list:
    """The steps from here that this person may take."""
    role = request.appointment.role
    return [step for step in life().next("application", found.state) if may(role, Permission(step.permission))]


@requires(Permission.MANAGE_PARTNERS)
@require_POST
def application_act(request: HttpRequest, uuid: UUID):
    """Every step of an application; `act` says which."""
    found = _application(request, uuid)
    act = chosen(_ACTS, request)
    return done(request, reverse("partners:application", args=[uuid]), lambda: act(request, found))


def _qualify(request, found) -> str:
    operations.qualify(application=found, by=request.appointment, today=timezone.localdate(), now=timezone.now())
    return "资格审查通过，可以评分了。"


def _plain(operation, told: str):
    def act(request, found) -> str:
        reason = {"reason": request.POST.get("reason", "")}
        operation(application=found, by=request.appointment, today=timezone.localdate(), **reason)
        return told

    return act


def _resubmit(request, found) -> str:
    """With the credit code put right, where the one that was sent is none."""
    code = {"uscc": request.POST["uscc"].strip()[:30]} if "uscc" in request.POST else {}
    operations.resubmit(
        application=found,
        by=request.appointment,
        today=timezone.localdate(),
        reason=request.POST.get("reason", ""),
        **code,
    )
    return "已重新核对。"


def _finish(request, found) -> str:
    made = operations.finish_scoring(application=found, by=request.appointment, today=timezone.localdate())
    return f"平均 {made.points / 100:.2f} 分。"


def _announce(request, found) -> str:
    made = operations.announce(application=found, by=request.appointment, today=timezone.localdate())
    return f"开始公示，到 {made.notice_to}（含当天）。"


def _admit(request, found) -> str:
    operations.admit(application=found, by=request.appointment, today=timezone.localdate(), now=timezone.now())
    return "准予入驻。接着拟协议。"


_ACTS = {
    "qualify": _qualify, "return": _plain(operations.hand_back, "已退回补正。"),
    "resubmit": _resubmit, "score": _finish, "announce": _announce,
    "admit": _admit, "reject": _plain(operations.turn_down, "已登记不予入驻。"),
    "withdraw": _plain(operations.withdraw, "已登记撤回。"),
}  # fmt: skip


@requires(Permission.MANAGE_PARTNERS, in_parts=True)
@require_POST
def application_file(request: HttpRequest, uuid: UUID):
    """One more file. It is examined between two transactions."""
    back = reverse("partners:application", args=[uuid])
    with request.part():
        _application(request, uuid)
    stored, problem = examined(request.FILES.getlist("files"))
    if problem or not stored:
        messages.error(request, problem or "先选要上传的文件。")
        return redirect(back)
    with request.part():
        found = _application(request, uuid)

        def act() -> str:
            for one in stored:
                operations.add_application_file(
                    application=found, stored=one, by=request.user, today=timezone.localdate()
                )
            return f"已上传 {len(stored)} 份材料，并重新核对。"

        return done(request, back, act)


def examined(files) -> tuple[list, str]:
    """The stored files, or what is wrong with one. Touches no row."""
    if len(files) > MOST_FILES:
        return [], f"一次最多 {MOST_FILES} 份材料。"
    try:
        return [store.receive(file, file.name) for file in files], ""
    except UploadRefused as refusal:
        return [], f"{refusal.problem}。{refusal.advice}。"


# --- taking one in ----------------------------------------------------------------------------------------------------


@requires(Permission.MANAGE_PARTNERS, in_parts=True)
@sensitive_post_parameters("contact_name", "contact_phone")
@require_http_methods(["GET", "POST"])
def application_add(request: HttpRequest, uuid: UUID):
    """At the counter: somebody of the staff fills it in."""
    with request.part():
        call = _call(request, uuid)
        if why := _why_not(request, call):
            return elsewhere(request, reverse("partners:call", args=[uuid]), why)
        form = ApplicationForm(request.POST or None, needs=_needs(call))
        valid = request.method == "POST" and form.is_valid()
        if not valid:
            return _counter(request, call, form)
    stored, problem = examined(request.FILES.getlist("files"))
    with request.part():
        call = _call(request, uuid)
        if not problem:
            try:
                made = _take(call, form, Channel.STAFF, stored, request.user)
                messages.success(request, f"已受理，受理号 {made.number}。")
                return redirect("partners:application", uuid=made.uuid)
            except PartnerRefused as refusal:
                problem = str(refusal)
        form.add_error(None, problem)
        return _counter(request, call, form)


def _counter(request, call: Call, form: ApplicationForm):
    return render(
        request, "partners/application_add.html", {"call": call, "form": form}, status=422 if form.errors else 200
    )


def _call(request, uuid: UUID) -> Call:
    return get_object_or_404(Call.objects.visible_to(request.appointment), uuid=uuid)


def _why_not(request, call: Call) -> str:
    if not is_own(request, call):
        return ABOVE
    return "" if call.state == CallState.OPEN else "这次征集现在不收申请。"


def _needs(call: Call):
    return call.needs.select_related("facility").order_by("pk")


def _take(call: Call, form: ApplicationForm, channel: Channel, stored, by) -> Application:
    return operations.apply(
        call=call,
        channel=channel,
        today=timezone.localdate(),
        now=timezone.now(),
        by=by,
        files=stored,
        **form.cleaned_data,
    )


# --- the public page --------------------------------------------------------------------------------------------------


@requires(Permission.PUBLIC, in_parts=True)
@sensitive_post_parameters("contact_name", "contact_phone")
@never_cache
@require_http_methods(["GET", "POST"])
def apply(request: HttpRequest, token: str):
    """Somebody without an account applies. The token names the call; addresses and calls have their hourly measure."""
    read = read_token(token)
    if read is None:
        raise Http404
    uuid, code = read
    with opened_scope(division_scope(code, source="application page")):
        call = _open_call(uuid)
        form = ApplicationForm(request.POST or None, needs=_needs(call))
        valid = request.method == "POST" and form.is_valid()
        state = _state(call)
        if not valid or state != "open":
            return _public(request, call, form, state)
    if not _within_measure(request, uuid):
        with opened_scope(division_scope(code, source="application page")):
            return _public(request, _open_call(uuid), form, "busy")
    stored, problem = examined(request.FILES.getlist("files"))
    with opened_scope(division_scope(code, source="application page")):
        call = _open_call(uuid)
        if not problem:
            try:
                made = _take(call, form, Channel.LINK, stored, None)
                return render(request, "partners/apply.html", {"call": call, "state": "done", "number": made.number})
            except PartnerRefused as refusal:
                problem = str(refusal)
        form.add_error(None, problem)
        return _public(request, call, form, "open")


def _open_call(uuid: str) -> Call:
    """Drafts have no public page."""
    return get_object_or_404(Call.objects.exclude(state=CallState.DRAFT), uuid=uuid)


def _state(call: Call) -> str:
    today = timezone.localdate()
    if call.state != CallState.OPEN or today > call.closes_on or not call.link_is_open:
        return "closed"
    return "early" if today < call.opens_on else "open"


def _public(request, call: Call, form: ApplicationForm, state: str):
    status = {"busy": 429}.get(state, 422 if form.errors else 200)
    context = {"call": call, "form": form, "state": state, "lines": scoring.parsed(call.scoring), "demo": settings.DEMO}
    return render(request, "partners/apply.html", context, status=status)


def _within_measure(request, uuid: str) -> bool:
    """Counts this try for its address and for the call; False beyond the measure of the hour."""
    from_here = is_within(f"apply:{client_address(request)}", AT_MOST, _HOUR)
    return is_within(f"apply:call:{uuid}", OF_A_CALL, _HOUR) and from_here
