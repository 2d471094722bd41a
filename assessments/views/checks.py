"""The district's pages of a round: settings and firms, the sample, the visits, and what was found."""

from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_POST

from assessments import operations
from assessments.models import (
    Assessor,
    CheckRound,
    Commission,
    DirectoryState,
    SampledFacility,
    Visit,
    VisitOperation,
)
from assessments.operations.checks import CheckRefusedError
from assessments.queries import checks as queries
from assessments.queries.runs import latest_run
from assessments.views.acting import Unreadable, done, number, text
from facilities.uploads import store
from tenants.access import requires
from tenants.export_views import hand_out
from tenants.rules import DISTRICT_WIDTH, Permission, code_range, district_of, may

STEPS = (("rules", "委托与设置"), ("sample", "抽样"), ("visits", "派单与上门"), ("findings", "差异与一致性"))


@requires(Permission.VIEW_CHECKS)
@require_GET
def checks(request):
    """All rounds, newest first."""
    rounds = queries.overview(CheckRound.objects.visible_to(request.appointment).select_related("sample"))
    context = {"rounds": rounds, "may_manage": _may_manage(request), "year": timezone.localdate().year}
    return render(request, "assessments/checks.html", context)


@requires(Permission.VIEW_CHECKS)
@require_GET
def export(request):
    return hand_out(request, "check-rounds")


@requires(Permission.MANAGE_CHECKS)
@require_POST
def start(request):
    """Make the round of a year."""
    district = district_of(request.appointment.division_code)
    if code_range(request.appointment.division_code).hi - district != DISTRICT_WIDTH:
        messages.error(request, "抽检由区里办理，请用区级账号。")
        return redirect("assessments:checks")
    try:
        year = number(request, "year", "年度", low=2000, high=2100) or 0
        made = operations.checks.start_round(district=district, year=year, by=request.user, today=timezone.localdate())
    except (CheckRefusedError, Unreadable) as refusal:
        messages.error(request, str(refusal))
        return redirect("assessments:checks")
    return redirect("assessments:check", uuid=made.uuid)


@requires(Permission.VIEW_CHECKS)
@require_GET
def check(request, uuid):
    """One round; `step` chooses the page."""
    found = _round(request, uuid)
    step = request.GET.get("step", "rules")
    if step not in dict(STEPS):
        return HttpResponseBadRequest("没有这一步")
    today = timezone.localdate()
    context = {
        "round": found, "step": step, "steps": queries.progress(found, STEPS), "may_manage": _may_manage(request),
        "directories": found.directories.select_related("run").exclude(state=DirectoryState.DROPPED),
        "published": found.directories.filter(state=DirectoryState.PUBLISHED).first(), **_of_step(found, step, today),
    }  # fmt: skip
    return render(request, f"assessments/check_{step}.html", context)


def _of_step(found: CheckRound, step: str, today: date) -> dict:
    if step == "rules":
        return {"firms": queries.firms(found, today), "candidates": queries.candidates(found)}
    if step == "sample":
        run = latest_run(code_range(found.own_district))
        return {"run": run, **queries.sample_shown(found, run)}
    if step == "visits":
        return queries.visits_shown(found, today)
    return queries.findings_shown(found)


@requires(Permission.MANAGE_CHECKS)
@require_POST
def act(request, uuid):
    """Everything that the district does in a round; `act` says what."""
    found = _round(request, uuid)
    what = ACTS.get(request.POST.get("act", ""))
    if what is None:
        messages.error(request, "没有这个操作，请从页面上的按钮办理。")
        return redirect("assessments:check", uuid=uuid)
    step, do = what
    back = f"{reverse('assessments:check', args=[uuid])}?step={step}"
    return done(request, back, lambda: do(request, found))


def _rules(request, found) -> str:
    values = {
        "permille": number(request, "permille", "抽检比例", low=1, scale=10),
        "double_permille": number(request, "double_permille", "双人复核比例", scale=10),
        "tolerance_permille": number(request, "tolerance_permille", "容差", high=500, scale=10),
        "answer_days": number(request, "answer_days", "申辩期限", low=1, high=60),
        "notice_days": number(request, "notice_days", "公示期", low=1, high=60),
    }
    basis = text(request, "basis", "依据", longest=200)
    operations.checks.set_rules(round=found, by=request.user, basis=basis, **values)
    return "已保存抽检设置。"


def _commission(request, found) -> str:
    made = operations.checks.commission(
        round=found, firm_name=text(request, "firm_name", "机构名称", longest=80),
        firm_uscc=text(request, "firm_uscc", "统一社会信用代码", longest=18),
        contract_number=text(request, "contract_number", "合同编号", longest=60),
        first_day=_day(request, "first_day", "合同起期"), last_day=_day(request, "last_day", "合同止期"), by=request.user,
    )  # fmt: skip
    return f"已登记 {made.firm_name}。"


def _person(request, found) -> str:
    made = operations.checks.add_assessor(
        commission=_of(found, Commission, request.POST.get("commission"), round=found),
        username=text(request, "username", "账号", longest=150), by=request.user, today=timezone.localdate(),
    )  # fmt: skip
    return f"已登记评估员{made.user.display_name}。"


def _interest(request, found) -> str:
    commission = _of(found, Commission, request.POST.get("commission"), round=found)
    chosen = request.POST.get("assessor")
    assessor = _of(found, Assessor, chosen, commission=commission) if chosen else None
    operations.checks.declare_interest(
        commission=commission, assessor=assessor, party=text(request, "party", "利害关系方", longest=80),
        note=text(request, "note", "关系", longest=200), by=request.user,
    )  # fmt: skip
    return "已登记利害关系，派单时自动回避。"


def _freeze(request, found) -> str:
    run = latest_run(code_range(found.own_district))
    if run is None:
        raise CheckRefusedError("本区还没有测算结果。请先完成一次季度测算，再冻结抽样框。")
    made = operations.samples.freeze(round=found, run=run, by=request.user, now=timezone.now())
    return f"已冻结抽样框，{len(made.frame_text.splitlines())} 座。"


def _thaw(request, found) -> str:
    operations.samples.thaw(sample=_sample(found), by=request.user)
    return "已撤回抽样框，可以改比例后重新冻结。"


def _commit(request, found) -> str:
    operations.samples.commit_seed(sample=_sample(found), by=request.user, now=timezone.now())
    return "已公布抽样公告：抽样框哈希、比例、名额和种子承诺。"


def _draw(request, found) -> str:
    made = operations.samples.draw(
        sample=_sample(found), public_part=request.POST.get("public_part", "")[:80],
        witnesses=request.POST.get("witnesses", "")[:120], by=request.user, now=timezone.now(),
    )  # fmt: skip
    return f"已抽样 {made.facilities.count()} 座，抽样结果和核验程序已经公布。"


def _substitute(request, found) -> str:
    sampled = _of(found, SampledFacility, request.POST.get("sampled"), sample__round=found)
    reason = text(request, "reason", "替补理由", longest=200)
    made = operations.samples.substitute(sampled=sampled, reason=reason, by=request.user, now=timezone.now())
    return f"已由{made.facility.name}替补。" if made else "这个街道没有可以替补的设施了，已按缺一座记录。"


def _assign(request, found) -> str:
    chosen = Assessor.objects.filter(commission__round=found, ended_at=None, uuid__in=_uuids(request, "assessors"))
    planned, left = operations.visits.assign(
        round=found, assessors=list(chosen.select_related("commission", "user")),
        first_day=_day(request, "first_day", "开始日期"), a_day=number(request, "a_day", "每人每天", low=1, high=20) or 4,
        by=request.user, now=timezone.now(),
    )  # fmt: skip
    return f"已派出 {planned} 次上门。" + (f"还有 {len(left)} 座没有派出：{'、'.join(left[:5])}。" if left else "")


def _revoke(request, found) -> str:
    visit = _of(found, Visit, request.POST.get("visit"), sampled__sample__round=found)
    operations.visits.revoke(
        visit=visit, reason=text(request, "reason", "收回理由", longest=200), by=request.user, now=timezone.now()
    )
    return "已收回。评估员的手机下次联网时删除这份上门资料。"


def _decide(request, found) -> str:
    record = _of(found, VisitOperation, request.POST.get("record"), division_code=found.division_code)
    counts = request.POST.get("counts") == "yes"
    operations.recording.decide(
        operation=record, counts=counts, reason=text(request, "reason", "处理理由", longest=200), by=request.user,
        now=timezone.now(),
    )  # fmt: skip
    return "已采用这条记录。" if counts else "这条记录不采用，仍留在案。"


def _close(request, found) -> str:
    visits, differences = operations.discrepancies.close_visits(round=found, by=request.user, now=timezone.now())
    return f"已汇总 {visits} 次上门，{differences} 处差异送给街道。"


def _propose(request, found) -> str:
    run = latest_run(code_range(found.own_district))
    if run is None:
        raise CheckRefusedError("本区还没有测算结果，不能拟定名录。")
    reason = request.POST.get("reason", "")
    made = operations.directories.propose(round=found, run=run, by=request.user, now=timezone.now(), reason=reason)
    return f"已拟定 {made.year} 年度名录第 {made.revision} 版，请逐条确认变动。"


ACTS = {
    "rules": ("rules", _rules),
    "commission": ("rules", _commission),
    "person": ("rules", _person),
    "interest": ("rules", _interest),
    "freeze": ("sample", _freeze),
    "thaw": ("sample", _thaw),
    "commit": ("sample", _commit),
    "draw": ("sample", _draw),
    "substitute": ("sample", _substitute),
    "assign": ("visits", _assign),
    "revoke": ("visits", _revoke),
    "decide": ("visits", _decide),
    "close": ("visits", _close),
    "propose": ("findings", _propose),
}


@requires(Permission.VIEW_CHECKS)
@require_GET
def visit(request, uuid):
    """One visit: what was found, beside what was reported, and every record of the device."""
    found = get_object_or_404(
        Visit.objects.visible_to(request.appointment).select_related(
            "facility", "user", "assessor__commission", "sampled__sample__run", "sampled__sample__round"
        ),
        uuid=uuid,
    )
    return render(request, "assessments/visit.html", {"visit": found, **queries.visit_shown(found)})


@requires(Permission.VIEW_CHECKS)
@require_GET
def photo(request, uuid):
    """A photo of a visit, by the hash under which it is kept; always as an attachment."""
    found = get_object_or_404(Visit.objects.visible_to(request.appointment), uuid=uuid)
    named = request.GET.get("sha256", "")
    row = found.operations.exclude(stored_sha256="").filter(stored_sha256=named).first()
    content = store.content_of(row.stored_sha256) if row else None
    if content is None:
        return HttpResponseBadRequest("没有这张照片，请从上门的页面打开。")
    answer = HttpResponse(content, content_type="application/octet-stream")
    suffix = "png" if content[:4] == b"\x89PNG" else "jpg"
    answer["Content-Disposition"] = (
        content_disposition_header(True, f"{row.done_at:%Y%m%d-%H%M%S}.{suffix}") or "attachment"
    )
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def _round(request, uuid) -> CheckRound:
    return get_object_or_404(CheckRound.objects.visible_to(request.appointment).select_related("sample"), uuid=uuid)


def _sample(found: CheckRound):
    if not hasattr(found, "sample"):
        raise CheckRefusedError("还没有冻结抽样框。")
    return found.sample


def _of(found: CheckRound, model, uuid, **within):
    """An object of this round, named by the form."""
    [valid] = _valid([uuid]) or [None]
    one = model.objects.within(found.codes).filter(uuid=valid, **within).first() if valid else None
    if one is None:
        raise Unreadable("页面上的内容已经变了，请刷新后再办。")
    return one


def _uuids(request, name: str) -> list:
    return _valid(request.POST.getlist(name))


def _valid(texts) -> list:
    found = []
    for each in texts:
        try:
            found.append(UUID(str(each)))
        except ValueError:
            continue
    return found


def _day(request, name: str, label: str) -> date:
    try:
        return date.fromisoformat(request.POST.get(name, ""))
    except ValueError:
        raise Unreadable(f"{label}写成 2026-11-23 这样。") from None


def _may_manage(request) -> bool:
    return may(request.appointment.role, Permission.MANAGE_CHECKS)
