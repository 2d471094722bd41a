"""Operating balance: facilities, operators, brands and streets side by side; one facility's figures and price list."""

from datetime import date

from django.db.models import Q
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from facilities.models import Facility
from partners import money_forms as forms
from partners.models import OperatingFigure, Price
from partners.money_views.listing import (
    Choice,
    Column,
    ListPage,
    answer,
    chosen,
    import_act,
    searched,
    streets,
    year_asked,
)
from partners.operations import operating as operations
from partners.queries import operating as queries
from partners.queries.brands import brand_in_month
from partners.wording import permille_text
from tenants.access import requires
from tenants.editing import Subject, edit_page
from tenants.rules import Permission, may

SORTS = (("", "按名称"), ("rate", "平衡率低的在前"), ("unit", "单位成本高的在前"))
FAR = 10**12


@requires(Permission.VIEW_MONEY)
@require_GET
def operating(request):
    """Income against cost of a year, by facility, operator, brand or street."""
    today = timezone.localdate()
    years = [today.year, today.year - 1]
    year, text = year_asked(request, years), searched(request)
    by = chosen(request, "by", list(queries.GROUPS.items())) or "facility"
    sort = chosen(request, "sort", SORTS)
    found = queries.figures(request.appointment, date(year, 1, 1), date(year, 12, 1))
    if text:
        found = found.filter(Q(facility__name__contains=text) | Q(partner__name__contains=text))
    names = {int(code): name for code, name in streets(request)} if by == "street" else {}
    brand_of = {"brand_of": brand_in_month(request.appointment)} if by == "brand" else {}
    rows = queries.groups(found, by, names, **brand_of)
    if sort == "rate":
        rows.sort(key=lambda g: FAR if g.balance.rate_permille is None else g.balance.rate_permille)
    elif sort == "unit":
        rows.sort(key=lambda g: -(g.balance.unit_cost_fen or 0))
    columns = (
        Column(queries.GROUPS[by], lambda g: g.name, href=_to_facility if by == "facility" else None, width=26),
        Column("收入", lambda g: g.balance.income_fen, is_money=True),
        Column("支出", lambda g: g.balance.cost_fen, is_money=True),
        Column("结余", lambda g: g.balance.surplus_fen, is_money=True),
        Column("平衡率", lambda g: permille_text(g.balance.rate_permille), is_number=True),
        Column("服务人次", lambda g: "未填" if g.balance.heads is None else g.balance.heads, is_number=True),
        Column("每人次成本", lambda g: g.balance.unit_cost_fen, is_money=True),
        Column("有数的月份", lambda g: g.months, is_number=True),
        Column("设施数", lambda g: g.facilities, is_number=True),
    )
    year_options = [(str(one), f"{one} 年") for one in years]
    may_keep = may(request.appointment.role, Permission.KEEP_MONEY)
    return answer(
        request,
        ListPage(
            "运营平衡", "行", columns, rows, searches="设施、运营方",
            choices=(
                Choice("by", "按什么比", list(queries.GROUPS.items()), by, ""), Choice("year", "年份", year_options, str(year), ""),
                Choice("sort", "排序", SORTS[1:], sort, "按名称"),
            ),
            acts=import_act(request), sub="平衡率 = 收入 ÷ 支出。低收费、市场价和补助分开记（拱墅 三(二)1「公益（低偿）+市场」）。",
            hint="选一座设施登记收支，或用 Excel 导入“运营收支”。",
            context={"section": "operating", "start": "figure" if may_keep else ""},
        ),
    )  # fmt: skip


def _to_facility(group) -> str:
    return reverse("partners:operating_facility", args=[group.facility.uuid])


def _facility(request, uuid) -> Facility:
    return get_object_or_404(Facility.objects.visible_to(request.appointment), uuid=uuid)


@requires(Permission.VIEW_MONEY)
@require_GET
def operating_facility(request, uuid):
    """A facility's figures of a year, month by month, and its price list of today."""
    one, today = _facility(request, uuid), timezone.localdate()
    years = [today.year, today.year - 1]
    year = year_asked(request, years)
    found = queries.figures(request.appointment, date(year, 1, 1), date(year, 12, 1)).filter(facility=one)
    rows = list(found.order_by("-month", "item", "pk"))
    context = {
        "facility": one, "years": years, "year": year, "rows": rows, "apart": queries.differences(one, year),
        "balance": queries.total(rows),
        "prices": Price.objects.visible_to(request.appointment).filter(facility=one).in_force(today).order_by("service"),
        "may_keep": may(request.appointment.role, Permission.KEEP_MONEY),
    }  # fmt: skip
    return render(request, "partners/money/operating_facility.html", context)


def _page(request, facility: Facility, key: str, title: str, form_class, save, row=None):
    today, back = timezone.localdate(), reverse("partners:operating_facility", args=[facility.uuid])
    new = {"is_new": True} if row is None else {}
    subject = Subject(
        key=f"{key}.add" if row is None else key, uuid=row.uuid if row else facility.uuid, division_code=facility.division_code,
        title=title, hint=facility.name, crumbs=(("运营平衡", reverse("partners:operating")), (facility.name, back)), back=back,
        save=save, row=row,
        form=lambda data, initial: form_class(
            data, initial=initial, appointment=request.appointment, place=facility, today=today, **new
        ),
    )  # fmt: skip
    return edit_page(request, subject)


def _guarded(view):
    return requires(Permission.KEEP_MONEY)(require_http_methods(["GET", "POST"])(view))


@_guarded
def figure_add(request, uuid):
    """An amount of a month."""
    facility = _facility(request, uuid)

    def save(form, version):
        operations.record(OperatingFigure, facility=facility, by=request.user, values=form.record())
        return "已登记运营收支。"

    return _page(request, facility, "figure", "登记运营收支", forms.FigureForm, save)


@_guarded
def price_add(request, uuid):
    """A line of the price list."""
    facility = _facility(request, uuid)

    def save(form, version):
        operations.record(Price, facility=facility, by=request.user, values=form.record())
        return "已登记服务价目。"

    return _page(request, facility, "price", "登记服务价目", forms.PriceForm, save)


def _edit(request, model, uuid, key: str, title: str, form_class):
    row = get_object_or_404(model.objects.visible_to(request.appointment).select_related("facility"), uuid=uuid)

    def save(form, version):
        changed = operations.correct(
            row=row, version=version, by=request.user, reason=form.cleaned_data.get("reason", ""), values=form.record()
        )
        return "已保存修改。" if changed else "没有改动，登记内容和原来一样。"

    return _page(request, row.facility, key, title, form_class, save, row)


@_guarded
def figure_edit(request, uuid):
    """Correct an amount."""
    return _edit(request, OperatingFigure, uuid, "figure", "修改运营收支", forms.FigureForm)


@_guarded
def price_edit(request, uuid):
    """Correct or end a line of the price list."""
    return _edit(request, Price, uuid, "price", "修改服务价目", forms.PriceForm)
