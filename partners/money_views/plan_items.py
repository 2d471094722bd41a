"""The items of a plan's draft, and what was done for those that no ledger counts."""

from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from partners.models import Measure, PlanItem, PlanState
from partners.money_views.acting import done
from partners.money_views.plans import CRUMB, drafts_here, only_district, plan_in_scope
from partners.operations import plans as operations
from partners.plan_forms import PlanItemForm, PlanRecordForm
from partners.queries import plans as queries
from standards.queries import function_names
from tenants.access import requires
from tenants.editing import EditRefused, Subject, edit_page
from tenants.rules import Permission, code_range, may
from tenants.scope import scope_of


def _subject(request, plan, **said) -> Subject:
    back = reverse("partners:plan", args=[plan.uuid])
    crumbs = ((CRUMB[0], reverse(CRUMB[1])), (plan.title, back))
    code = request.appointment.division_code  # a draft is kept where its author works, which may lie below the plan
    return Subject(division_code=code, back=back, crumbs=crumbs, hint=str(plan), **said)


def _form(plan, *, is_new: bool = False):
    held = queries.contents_of(plan, timezone.localdate())
    streets = [(str(code), name) for code, name in held.names.items()]
    items = function_names(timezone.localdate())
    following = max((one.number for one in held.items), default=0) + 1 if is_new else None
    return lambda data, initial: PlanItemForm(
        data, initial=initial or {"number": following, "due_month": 12}, is_new=is_new, plan=plan, streets=streets, items=items
    )  # fmt: skip


@requires(Permission.KEEP_MONEY)
@require_http_methods(["GET", "POST"])
def plan_item_add(request, uuid):
    """One more item of a draft."""
    plan = plan_in_scope(request, uuid)

    def save(form, version):
        only_district(drafts_here(request))
        made = operations.add_item(plan=plan, by=request.user, **form.record())
        return f"已新增事项“{made.title}”。"

    return edit_page(
        request,
        _subject(
            request, plan, key="plan-item.add", uuid=plan.uuid, title="新增规划事项", save=save, form=_form(plan, is_new=True)
        ),
    )  # fmt: skip


def item_in_scope(request, uuid) -> PlanItem:
    return get_object_or_404(PlanItem.objects.visible_to(request.appointment).select_related("plan"), uuid=uuid)


@requires(Permission.KEEP_MONEY)
@require_http_methods(["GET", "POST"])
def plan_item_edit(request, uuid):
    """Correct an item of a draft."""
    item = item_in_scope(request, uuid)

    def save(form, version):
        only_district(drafts_here(request))
        reason = form.cleaned_data.get("reason", "")
        changed = operations.edit_item(item=item, version=version, values=form.record(), by=request.user, reason=reason)
        return "已保存修改。" if changed else "没有改动，登记内容和原来一样。"

    return edit_page(
        request,
        _subject(
            request, item.plan, key="plan-item", uuid=item.uuid, row=item, title=f"修改“{item.title}”", save=save,
            form=_form(item.plan),
        ),
    )  # fmt: skip


@requires(Permission.KEEP_MONEY)
@require_POST
def plan_item_drop(request, uuid):
    """Take an item out of a draft."""
    item = item_in_scope(request, uuid)

    def act() -> str:
        only_district(drafts_here(request))
        operations.drop_item(item=item, by=request.user)
        return f"已从这一版删去“{item.title}”。"

    return done(request, reverse("partners:plan", args=[item.plan.uuid]), act)


@requires(Permission.VIEW_MONEY)
@require_GET
def plan_item(request, uuid):
    """One item over all years, and the records that were made for it by hand."""
    item, today = item_in_scope(request, uuid), timezone.localdate()
    plan = item.plan
    [line] = queries.lines(queries.contents_of(plan, today), [item], plan.years, today, appointment=request.appointment)
    context = {
        "plan": plan, "item": item, "line": line, "today": today,
        "may_write": drafts_here(request) and plan.state == PlanState.DRAFT,
        "records": queries.records_of(item, request.appointment) if line.is_readable else [],
        "may_record": line.is_readable and item.measure == Measure.TYPED and plan.state == PlanState.PUBLISHED
        and may(request.appointment.role, Permission.KEEP_MONEY),
    }  # fmt: skip
    return render(request, "partners/money/plan_item.html", context)


@requires(Permission.KEEP_MONEY)
@require_http_methods(["GET", "POST"])
def plan_record_add(request, uuid):
    """Note what was done: by the responsible street, or by the district."""
    item, today = item_in_scope(request, uuid), timezone.localdate()
    codes = scope_of(request.appointment).codes

    def save(form, version):
        if codes is None or not codes.covers(code_range(item.area)):
            raise EditRefused("这一项由别的单位负责，请负责的街道或区里登记。")
        operations.record_done(item=item, by=request.user, today=today, **form.record())
        return "已登记完成数。"

    subject = _subject(
        request, item.plan, key="plan-record.add", uuid=item.uuid, title=f"登记“{item.title}”的完成数（{item.unit}）", save=save,
        action="登记完成数", promise="点“登记完成数”后不能改；填错了再登记一笔负数冲掉。",
        onward=reverse("partners:plan_item", args=[uuid]),
        form=lambda data, initial: PlanRecordForm(
            data, initial=initial or {"day": today}, is_new=True, appointment=request.appointment, today=today
        ),
    )  # fmt: skip
    return edit_page(request, subject)
