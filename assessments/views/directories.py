"""The directory as it is made: proposal, approvals, notice, objections and appeals, publication."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from assessments import operations
from assessments.models import Appeal, AppealKind, Directory, DirectoryState, DocumentKind, PublishedDocument
from assessments.operations.checks import CheckRefusedError
from assessments.queries import directory_pages
from assessments.views.acting import Unreadable, done, text
from assessments.views.checks import _valid
from facilities.models import Facility
from tenants.access import requires
from tenants.rules import Permission, may


@requires(Permission.VIEW_RESULTS)
@require_GET
def directories(request):
    """Every version of every year that the person may see."""
    rows = Directory.objects.visible_to(request.appointment).exclude(state=DirectoryState.DROPPED)
    found = list(rows.select_related("run"))
    newer = {one.supersedes_id: one.revision for one in found if one.state == DirectoryState.PUBLISHED}
    for one in found:
        one.replaced_by = newer.get(one.pk)
    return render(request, "assessments/directories.html", {"rows": found})


@requires(Permission.VIEW_RESULTS)
@require_GET
def directory(request, uuid):
    """One version: what moves and why, what stands in the way, who stands for it; a street sees its own facilities.

    `part` chooses what is listed: the changes, every facility (searched by q, tier, basis), or objections and appeals.
    """
    found = _directory(request, uuid)
    role, now = request.appointment.role, timezone.now()
    context = {
        "directory": found,
        "may_decide": may(role, Permission.DECIDE_DIRECTORY),
        "may_appeal": may(role, Permission.ANSWER_FINDINGS)
        and found.state == DirectoryState.NOTICE
        and found.notice_until is not None
        and now <= found.notice_until,
        **directory_pages.shown(found, request.appointment, now, request.GET),
    }
    return render(request, "assessments/directory.html", context)


@requires(Permission.DECIDE_DIRECTORY)
@require_POST
def act(request, uuid):
    found = _directory(request, uuid)
    do = ACTS.get(request.POST.get("act", ""))
    if do is None:
        messages.error(request, "没有这个操作，请从页面上的按钮办理。")
        return redirect("assessments:directory", uuid=uuid)
    part = {"objection": "appeals", "decide": "appeals"}.get(request.POST["act"], request.POST.get("part", ""))
    back = reverse("assessments:directory", args=[uuid]) + (f"?part={part}" if part in {"all", "appeals"} else "")
    return done(request, back, lambda: do(request, found))


@requires(Permission.ANSWER_FINDINGS)
@require_POST
def appeal(request, uuid):
    """A street appeals for one of its facilities."""
    found = _directory(request, uuid)
    party = f"{request.appointment.division_name}"

    def file() -> str:
        _file(request, found, AppealKind.APPEAL, party)
        return "已报送申诉，区民政局处理后在这里看到结果。"

    return done(request, reverse("assessments:directory", args=[uuid]) + "?part=appeals", file)


def _file(request, found: Directory, kind: AppealKind, party: str) -> None:
    named = _valid([request.POST.get("facility")])
    facility = Facility.objects.visible_to(request.appointment).filter(uuid__in=named).first()
    if facility is None:
        raise Unreadable("请选一座设施。")
    operations.directories.file_appeal(
        directory=found, facility=facility, kind=kind, party=party, point=text(request, "point", "针对哪一点", longest=60),
        text=text(request, "text", "理由", longest=500), by=request.user, now=timezone.now(),
    )  # fmt: skip


def _confirm_entries(request, found) -> str:
    chosen = _valid(request.POST.getlist("entries"))
    if not chosen:
        raise Unreadable("请先勾选要确认的变动。")
    count = operations.directories.confirm_entries(directory=found, entries=chosen, by=request.user, now=timezone.now())
    return f"已确认 {count} 条变动。"


def _approve(request, found) -> str:
    operations.directories.approve(directory=found, by=request.user, now=timezone.now())
    return "已审核。请另一位同事复核。"


def _second(request, found) -> str:
    operations.directories.confirm(directory=found, by=request.user, now=timezone.now())
    return "已复核，可以公示。"


def _back(request, found) -> str:
    reason = text(request, "reason", "退回理由", longest=200)
    operations.directories.send_back(directory=found, reason=reason, by=request.user, now=timezone.now())
    return "已退回拟定。"


def _notice(request, found) -> str:
    operations.directories.start_notice(directory=found, by=request.user, now=timezone.now())
    return "公示开始，公示稿已经公布。"


def _objection(request, found) -> str:
    _file(request, found, AppealKind.OBJECTION, text(request, "party", "提出人", longest=80))
    return "已登记异议。"


def _decide(request, found) -> str:
    row = Appeal.objects.filter(directory=found, uuid__in=_valid([request.POST.get("appeal")])).first()
    if row is None:
        raise Unreadable("页面上的内容已经变了，请刷新后再办。")
    tier = request.POST.get("tier", "")
    operations.directories.decide_appeal(
        appeal=row, upheld=request.POST.get("upheld") == "yes", tier=int(tier) if tier in {"0", "1", "2"} else None,
        decision=text(request, "decision", "处理意见", longest=500), by=request.user, now=timezone.now(),
    )  # fmt: skip
    return "已处理。"


def _publish(request, found) -> str:
    document = operations.directories.publish(directory=found, by=request.user, now=timezone.now())
    return f"名录已公布，SHA-256 {document.sha256[:16]}…"


def _correct(request, found) -> str:
    document = PublishedDocument.objects.filter(
        district=found.run.division_code, year=found.year, kind=DocumentKind.DIRECTORY, number=found.revision
    ).first()
    if document is None:
        raise CheckRefusedError("公布之后才能发更正公告。")
    made = operations.directories.correct(
        directory=found, document=document.uuid, code=text(request, "code", "设施编号", longest=20),
        field=request.POST.get("field", ""), after=text(request, "after", "更正后", longest=60),
        reason=text(request, "reason", "更正理由", longest=200), by=request.user, now=timezone.now(),
    )  # fmt: skip
    return f"已发布更正公告第 {made.number} 号。"


ACTS = {
    "confirm_entries": _confirm_entries,
    "approve": _approve,
    "confirm": _second,
    "back": _back,
    "notice": _notice,
    "objection": _objection,
    "decide": _decide,
    "publish": _publish,
    "correct": _correct,
}


def _directory(request, uuid) -> Directory:
    rows = Directory.objects.visible_to(request.appointment).select_related(
        "run", "approved_by", "confirmed_by", "proposed_by", "published_by", "supersedes"
    )
    return get_object_or_404(rows, uuid=uuid)
