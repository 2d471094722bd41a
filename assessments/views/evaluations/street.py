"""One street's self-evaluation: its facilities, the signature, what the district does with it, its versions and papers."""

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_POST

from assessments import operations
from assessments.exports import evaluations as papers
from assessments.models import EvaluatedFacility, EvaluationState, EvaluationVersion, Filing, SelfEvaluation
from assessments.queries.evaluations import overview
from assessments.queries.evaluations.values import scale_of
from assessments.queries.evaluations.versions import facilities_of
from assessments.rules.evaluation import points
from assessments.views.acting import Unreadable, done
from tenants.access import requires
from tenants.operations import record_act
from tenants.rules import Permission, may

_A_PAGE = 50
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SORTS = {"code": "按编号", "-above": "自评比台账高的在前", "left": "没办完的在前"}


@requires(Permission.VIEW_EVALUATIONS)
@require_GET
def evaluation(request, uuid):
    """The street's facilities with both scores, and the next step of whoever looks."""
    found = one(request, uuid)
    role = request.appointment.role
    scale, rows = scale_of(found), _rows(found)
    asked = {key: request.GET.get(key, "").strip()[:60] for key in ("q", "only", "sort")}
    flags = _flags(request, found)
    chosen = _chosen(rows, asked, flags, len(scale.indicators))
    left = sum(len(scale.indicators) - row.decided for row in rows)
    page = Paginator(chosen, _A_PAGE).get_page(request.GET.get("page"))
    for row in page:
        row.notes = flags.get(row.pk, ())
        row.grades = (papers.grade_name(scale, row.recorded_grade), papers.grade_name(scale, row.own_grade))
    context = {
        "one": found, "period": papers.period_label(found), "name": _name(found), "scale": scale, "page": page,
        "asked": asked, "sorts": _SORTS.items(), "is_filtered": bool(asked["q"] or asked["only"]),
        "left": left, "total": len(rows) * len(scale.indicators), "each": len(scale.indicators), "facilities": len(rows),
        "gone": _gone(found, len(rows)), "corrections": sum(row.changed for row in rows), "flagged": len(flags),
        "recorded_mean": _mean(rows, "recorded_score"), "own_mean": _mean(rows, "own_score"),
        "days_left": (found.due_on - timezone.localdate()).days,
        "may_fill": may(role, Permission.FILL_EVALUATIONS) and found.is_open,
        "may_sign": may(role, Permission.SIGN_EVALUATIONS) and found.is_open and not left,
        "may_reopen": may(role, Permission.SIGN_EVALUATIONS) and found.state == EvaluationState.REGISTERED,
        "may_decide": may(role, Permission.REGISTER_EVALUATIONS) and found.state in {EvaluationState.FILED, EvaluationState.RECEIVED},
        "versions": found.versions.defer("content").select_related("signed_by", "filing").order_by("-number"),
        "events": found.events.select_related("actor").order_by("-pk"),
        "filing": Filing.objects.filter(version__evaluation=found).order_by("-version__number").first(),
    }  # fmt: skip
    return render(request, "assessments/evaluations/street.html", context)


@requires(Permission.FILL_EVALUATIONS)
@require_POST
def confirm(request, uuid):
    """Confirm what nobody has decided yet, in all facilities of the street."""
    found = one(request, uuid)

    def act() -> str:
        count = operations.evaluations.filling.confirm_rest(evaluation=found, by=request.user)
        return f"已按台账确认 {count} 项。" if count else "没有还没办的指标。"

    return done(request, _page(found), act)


@requires(Permission.SIGN_EVALUATIONS)
@require_POST
def sign(request, uuid):
    """Sign and file with the district; or open another version of what is registered (act=reopen)."""
    found = one(request, uuid)

    def act() -> str:
        reason = request.POST.get("reason", "")
        if request.POST.get("act") == "reopen":
            operations.evaluations.filing.reopen(evaluation=found, by=request.user, now=timezone.now(), reason=reason)
            return "已开新一版。原备案号和内容保留，改好后重新签署报送。"
        operations.evaluations.filing.sign_and_file(
            evaluation=found, by=request.user, signed_name=request.POST.get("signed_name", ""),
            declared=request.POST.get("declared") == "on", now=timezone.now(), reason=reason,
        )  # fmt: skip
        return "已签署并报送给区民政局。受理以前内容锁定，区里退回才能再改。"

    return done(request, _page(found), act)


@requires(Permission.REGISTER_EVALUATIONS)
@require_POST
def decide(request, uuid):
    """act: receive, return (with a reason) or register."""
    found, act = one(request, uuid), request.POST.get("act", "")
    filing, by, now = operations.evaluations.filing, request.user, timezone.now()

    def decided() -> str:
        if act == "receive":
            filing.receive(evaluation=found, by=by, now=now)
            return "已受理。核对一致性提示后备案，或退回。"
        if act == "return":
            filing.send_back(evaluation=found, by=by, now=now, reason=request.POST.get("reason", ""))
            return "已退回街道，理由已发到收件箱。"
        if act == "register":
            return f"已备案，备案号 {filing.register(evaluation=found, by=by, now=now).number}。"
        raise Unreadable("请选受理、退回或备案。")

    return done(request, _page(found), decided)


@requires(Permission.VIEW_EVALUATIONS)
@require_GET
def version(request, uuid):
    """What was filed, as it was signed, and what changed since the version before."""
    found = get_object_or_404(
        EvaluationVersion.objects.visible_to(request.appointment).select_related(
            "evaluation__run__vitality", "signed_by"
        ),
        uuid=uuid,
    )
    before = found.evaluation.versions.filter(number=found.number - 1).first()
    context = {
        "version": found, "one": found.evaluation, "period": papers.period_label(found.evaluation),
        "name": _name(found.evaluation), "facilities": facilities_of(found, before),
        "filing": Filing.objects.filter(version=found).first(), "has_before": before is not None,
    }  # fmt: skip
    return render(request, "assessments/evaluations/version.html", context)


@requires(Permission.VIEW_EVALUATIONS)
@require_GET
def workbook(request, uuid):
    """The whole self-evaluation as one Excel file."""
    found = one(request, uuid)
    content = papers.workbook(found, _name(found))
    _noted("导出自评", found, request.user)
    return _file(content, f"{_name(found)}_{found.quarter}_热活度自评.xlsx", _XLSX)


@requires(Permission.VIEW_EVALUATIONS)
@require_GET
def receipt(request, uuid):
    """The receipt of the newest filing, as PDF."""
    found = one(request, uuid)
    filing = (
        Filing.objects.filter(version__evaluation=found)
        .select_related("version__evaluation")
        .order_by("-version__number")
        .first()
    )
    if filing is None:
        raise Http404
    content = papers.receipt(filing, street=_name(found), district=papers.district_name(found))
    _noted("打印备案回执", found, request.user)
    return _file(content, f"备案回执_{filing.number}.pdf", "application/pdf")


def one(request, uuid) -> SelfEvaluation:
    rows = SelfEvaluation.objects.visible_to(request.appointment).select_related(
        "run__vitality", "signed_by", "received_by"
    )
    return get_object_or_404(rows, uuid=uuid)


def _rows(found: SelfEvaluation) -> list[EvaluatedFacility]:
    rows = found.facilities.filter(overview.theirs()).select_related("facility").prefetch_related("corrections")
    rows = rows.order_by("facility__code")
    made = []
    for row in rows:
        row.changed = len(row.corrections.all())
        row.decided = len(row.confirmed) + row.changed
        row.above = row.own_score - row.recorded_score
        row.above_text = points(row.above)
        row.recorded_text, row.own_text = points(row.recorded_score), points(row.own_score)
        made.append(row)
    return made


def _gone(found: SelfEvaluation, seen: int) -> str:
    """The words for facilities that have moved out of sight while it can still be filled in."""
    count = found.facilities.count() - seen if found.is_open else 0
    return f"这 {count} 座不再由本街道自评，报送时不列入。归属划错了的，请区民政局更正。" if count else ""


def _chosen(rows: list[EvaluatedFacility], asked: dict[str, str], flags: dict, each: int) -> list[EvaluatedFacility]:
    if asked["q"]:
        rows = [row for row in rows if asked["q"] in row.facility.name or asked["q"] in row.facility.code]
    if asked["only"] == "left":
        rows = [row for row in rows if row.decided < each]
    if asked["only"] == "changed":
        rows = [row for row in rows if row.changed]
    if asked["only"] == "flagged":
        rows = [row for row in rows if row.pk in flags]
    orders = {"-above": lambda row: -row.above, "left": lambda row: row.decided}
    return sorted(rows, key=orders[asked["sort"]]) if asked["sort"] in orders else rows


def _flags(request, found: SelfEvaluation) -> dict:
    """The district sees every check of what is filed; the street what it can see for itself."""
    if may(request.appointment.role, Permission.REGISTER_EVALUATIONS) and found.state in overview.FILED:
        return overview.flags_of(overview.evaluations(request.appointment).filter(pk=found.pk))[found.pk]
    return overview.own_flags(found)


def _mean(rows: list[EvaluatedFacility], name: str) -> str:
    return points(sum(getattr(row, name) for row in rows) // len(rows)) if rows else "没有"


def _name(found: SelfEvaluation) -> str:
    return overview.street_names([found.division_code]).get(found.division_code, str(found.division_code))


def _page(found: SelfEvaluation) -> str:
    return reverse("assessments:evaluation", args=[found.uuid])


def _file(content: bytes, name: str, kind: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=kind)
    answer["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    return answer


def _noted(verb: str, found: SelfEvaluation, by) -> None:
    record_act(verb=verb, by=by, division_code=found.division_code, subject=str(found), subject_uuid=found.uuid)
