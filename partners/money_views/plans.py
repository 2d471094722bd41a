"""Plans over years and what each year promises: the list, one plan with its progress, drafting, approval, new versions."""

from urllib.parse import urlencode

from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from facilities.exports import Column as FileColumn
from facilities.exports import response_or_reason
from partners.models import Plan, PlanState
from partners.money_views.acting import done, reason_in
from partners.money_views.listing import Act, Choice, Column, ListPage, answer, chosen, searched
from partners.operations import plans as operations
from partners.plan_forms import PlanForm
from partners.queries import plans as queries
from partners.wording import permille_text, yuan
from tenants.access import requires
from tenants.editing import EditRefused, Subject, edit_page
from tenants.rules import DISTRICT_WIDTH, Permission, code_range, district_of, may

LIGHTS = tuple((str(light), label) for light, label in queries.LIGHT_LABELS.items())
ALL = "all"
CRUMB = ("规划", "partners:plans")


def drafts_here(request) -> bool:
    """A plan is the district's (杭州 二(三)7「各区、县(市)…制定完善」): drafted by its accounts."""
    return _of_district(request) and may(request.appointment.role, Permission.KEEP_MONEY)


def approves_here(request) -> bool:
    return _of_district(request) and may(request.appointment.role, Permission.RELEASE_MONEY)


def _of_district(request) -> bool:
    codes = code_range(request.appointment.division_code)
    return codes.hi - codes.lo == DISTRICT_WIDTH


def only_district(allowed: bool) -> None:
    if not allowed:
        raise EditRefused("规划由区里起草和审定，请用区级账号。")


@requires(Permission.VIEW_MONEY)
@require_GET
def plans(request):
    """All plans in sight, in all versions; those in force first."""
    state, text = chosen(request, "state", PlanState.choices), searched(request)
    found = queries.plans(request.appointment)
    if state:
        found = found.filter(state=state)
    if text:
        found = found.filter(Q(title__contains=text) | Q(basis__contains=text))
    columns = (
        Column("规划", lambda p: p.title, href=lambda p: reverse("partners:plan", args=[p.uuid]), width=40),
        Column("版本", lambda p: f"第 {p.revision} 版"),
        Column("状态", lambda p: p.get_state_display()),
        Column("年份", lambda p: f"{p.first_year}–{p.last_year}"),
        Column("事项", lambda p: p.items_n, is_number=True),
        Column("依据", lambda p: p.basis, width=34),
        Column("修订理由", lambda p: p.reason, width=34),
    )
    acts = [Act("起草规划", reverse("partners:plan_add"), is_main=True)] if drafts_here(request) else []
    return answer(
        request,
        ListPage(
            "规划", "份", columns, found.order_by("-first_year", "title", "-revision", "pk"), searches="规划名称、依据", acts=acts,
            choices=(Choice("state", "状态", PlanState.choices, state),),
            sub="「制定完善民生服务综合体建设“一次规划”和分年度计划。」（杭州 二(三)7）完成数从台账算，公布的版本不改。",
            hint="规划由区里起草，另一位同事审定公布后，街道看得到自己负责的事项。", context={"section": "plans"},
        ),
    )  # fmt: skip


@requires(Permission.KEEP_MONEY)
@require_http_methods(["GET", "POST"])
def plan_add(request):
    """Begin a plan of one's district."""
    back = reverse("partners:plans")
    made: list[Plan] = []

    def save(form, version):
        only_district(drafts_here(request))
        code = district_of(request.appointment.division_code)
        made.append(operations.draft_plan(division_code=code, by=request.user, now=timezone.now(), **form.record()))
        return f"已起草“{made[0].title}”。下一步新增事项。"

    return edit_page(
        request,
        Subject(
            key="plan.add", uuid=request.user.uuid, division_code=request.appointment.division_code, title="起草规划", back=back,
            crumbs=((CRUMB[0], back),), save=save, form=_form(request, is_new=True),
        ),
    )  # fmt: skip


@requires(Permission.KEEP_MONEY)
@require_http_methods(["GET", "POST"])
def plan_edit(request, uuid):
    """Correct what a draft is called, and its years."""
    plan = plan_in_scope(request, uuid)
    back = reverse("partners:plan", args=[uuid])

    def save(form, version):
        only_district(drafts_here(request))
        reason = form.cleaned_data.get("reason", "")
        changed = operations.edit_plan(plan=plan, version=version, values=form.record(), by=request.user, reason=reason)
        return "已保存修改。" if changed else "没有改动，登记内容和原来一样。"

    return edit_page(
        request,
        Subject(
            key="plan", uuid=plan.uuid, division_code=request.appointment.division_code, title=f"修改“{plan.title}”", row=plan, back=back,
            crumbs=((CRUMB[0], reverse(CRUMB[1])), (plan.title, back)), save=save, form=_form(request),
        ),
    )  # fmt: skip


def _form(request, *, is_new: bool = False):
    today = timezone.localdate()
    return lambda data, initial: PlanForm(
        data, initial=initial, is_new=is_new, appointment=request.appointment, today=today
    )


def plan_in_scope(request, uuid) -> Plan:
    found = Plan.objects.visible_to(request.appointment).select_related("drafted_by", "submitted_by", "decided_by")
    return get_object_or_404(found, uuid=uuid)


# --- one plan ---


@requires(Permission.VIEW_MONEY)
@require_GET
def plan(request, uuid):
    """A year of a plan, or all of them: what is promised, done, expected by now; with `?export=1` as a workbook."""
    one, today = plan_in_scope(request, uuid), timezone.localdate()
    year, held = _year(request, one, today), queries.contents_of(one, today)
    found = queries.lines(held, held.items, [year] if year else one.years, today, appointment=request.appointment)
    options = [(str(code), name) for code, name in held.names.items()]
    asked = {
        "street": chosen(request, "street", options),
        "light": chosen(request, "light", LIGHTS),
        "q": searched(request),
    }
    rows = [line for line in found if _is_asked(line, year, **asked)]
    if request.GET.get("export") == "1":
        return _file(request, held, year, rows, today)
    context = {
        "plan": one, "year": year, "rows": rows, "tally": queries.tally(found, year) if year else None, "settings": held.settings,
        "streets": options, "lights": LIGHTS, "asked": asked, "filtered": any(asked.values()), "today": today,
        "versions": held.versions, "hidden": sum(not line.is_readable for line in found),
        "export_query": urlencode({**{k: v for k, v in request.GET.items() if v}, "export": "1"}), **_rights(request, one),
    }  # fmt: skip
    return render(request, "partners/money/plan.html", context)


def _rights(request, one: Plan) -> dict[str, bool]:
    """What this person may do with this version."""
    drafts, approves = drafts_here(request), approves_here(request)
    waits = one.state == PlanState.SUBMITTED
    own = request.user.pk in {one.drafted_by_id, one.submitted_by_id}
    return {
        "may_write": drafts and one.state == PlanState.DRAFT,
        "may_revise": drafts and one.state == PlanState.PUBLISHED,
        "may_approve": approves and waits and not own,
        "waits_for_another": waits and (own or not approves),
        "may_record": one.state == PlanState.PUBLISHED and may(request.appointment.role, Permission.KEEP_MONEY),
    }


def _year(request, one: Plan, today) -> int | None:
    """The year of the address, else this one, else the first; None for all."""
    text = request.GET.get("year", "")
    if text == ALL:
        return None
    asked = int(text) if text.isascii() and text.isdigit() and len(text) == 4 else today.year
    return asked if asked in one.years else one.first_year


def _is_asked(line: queries.Line, year: int | None, *, street: str, light: str, q: str) -> bool:
    if street and str(line.item.street_code) != street:
        return False
    if q and q not in line.item.title and q not in line.item.department and q not in line.area_name:
        return False
    shown = [line.years[year]] if year else line.years.values()
    return not light or any(one.progress and one.progress.light == light for one in shown)


def _file(request, held: queries.Contents, year: int | None, rows: list[queries.Line], today):
    """The rows of the page, one line for each item and year."""
    one = held.plan
    flat = [(line, of, line.years[of]) for line in rows for of in line.years if line.years[of].goal]
    told = f"{year} 年" if year else f"{one.first_year}–{one.last_year} 年"
    return response_or_reason(
        request, flat, COLUMNS, file_name=f"{one.title}_{told}_{today:%Y%m%d}.xlsx", title="规划事项",
        note=f"{one}，{told}，{one.get_state_display()}，完成数截至 {today}。进度线：{held.settings.told}。",
    )  # fmt: skip


def _cell(of: str):
    """A number of a line in its unit: yuan for money."""

    def value(row):
        line, _, shown = row
        source = shown.goal if of == "target" else shown.progress
        found = getattr(source, of, None)
        return yuan(found) if line.item.is_money and found is not None else found

    return value


COLUMNS = [
    FileColumn("序号", lambda row: row[0].item.number, 8), FileColumn("事项", lambda row: row[0].item.title, 32),
    FileColumn("年份", lambda row: row[1], 8), FileColumn("单位", lambda row: row[0].item.unit, 8),
    FileColumn("目标", _cell("target"), 14), FileColumn("完成", _cell("done"), 14),
    FileColumn("到今天应完成", _cell("expected"), 14), FileColumn("偏差", _cell("deviation"), 14),
    FileColumn("完成率", lambda row: permille_text(row[2].progress.rate_permille) if row[2].progress else "由区里汇总", 12),
    FileColumn("进度", lambda row: row[2].label or "由区里汇总", 10), FileColumn("截止", lambda row: row[2].goal.due_on, 12),
    FileColumn("责任", lambda row: row[0].who or "全区", 24), FileColumn("从哪里数", lambda row: row[2].source, 24),
    FileColumn("说明", lambda row: row[0].item.remark, 32),
]  # fmt: skip


# --- steps ---


def _submit(request, one):
    only_district(drafts_here(request))
    operations.submit(plan=one, by=request.user, now=timezone.now())
    return "已送审，等另一位同事审定。"


def _approve(request, one):
    only_district(approves_here(request))
    operations.approve(
        plan=one, by=request.user, now=timezone.now(), opinion=request.POST.get("reason", "").strip()[:200]
    )
    return "已审定公布，这一版从现在起是现行规划。"


def _hand_back(request, one):
    only_district(approves_here(request))
    operations.hand_back(plan=one, by=request.user, now=timezone.now(), opinion=reason_in(request, "退回理由"))
    return "已退回，起草人改好后重新送审。"


def _void(request, one):
    only_district(drafts_here(request))
    operations.void(plan=one, by=request.user, reason=reason_in(request, "作废理由"))
    return "这一版已作废。"


@requires(Permission.KEEP_MONEY)
@require_POST
def plan_act(request, uuid):
    """Submit a draft, or give it up."""
    return _stepped(request, uuid, {"submit": _submit, "void": _void})


@requires(Permission.RELEASE_MONEY)
@require_POST
def plan_decide(request, uuid):
    """Approve what was submitted, or hand it back."""
    return _stepped(request, uuid, {"approve": _approve, "return": _hand_back})


def _stepped(request, uuid, steps):
    one = plan_in_scope(request, uuid)

    def act() -> str:
        step = steps.get(request.POST.get("act", ""))
        if step is None:
            raise EditRefused("没有收到要办的是哪一步，什么也没改。请再点一次按钮。")
        return step(request, one)

    return done(request, reverse("partners:plan", args=[uuid]), act)


@requires(Permission.KEEP_MONEY)
@require_POST
def plan_revise(request, uuid):
    """Begin a new version of the plan in force, with the reason; the page of the new version follows."""
    one = plan_in_scope(request, uuid)
    made: list[Plan] = []

    def act() -> str:
        only_district(drafts_here(request))
        reason = reason_in(request, "修订理由")
        made.append(operations.revise(plan=one, by=request.user, now=timezone.now(), reason=reason))
        return f"已起草第 {made[0].revision} 版，事项从现行版带过来。改好后送审。"

    answered = done(request, reverse("partners:plan", args=[uuid]), act)
    return redirect("partners:plan", uuid=made[0].uuid) if made else answered
