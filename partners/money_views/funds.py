"""Funds: the list, one with its year, its postings, its statement as PDF and Excel."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from facilities.exports import Column as FileColumn
from facilities.exports import workbook
from partners import money_forms as forms
from partners.models import Fund, FundEntry, FundKind
from partners.money_views.listing import (
    PAGE_SIZE,
    Act,
    Choice,
    Column,
    ListPage,
    answer,
    chosen,
    import_act,
    searched,
    year_asked,
)
from partners.money_views.statement import statement_paper
from partners.operations import funds as operations
from partners.operations import payments
from partners.queries import funds as queries
from partners.wording import yuan
from tenants.access import requires
from tenants.editing import EditRefused, Subject, edit_page
from tenants.rules import Permission, may

SORTS = (("name", "按名称"), ("-held_fen", "结余多的在前"), ("-income_fen", "今年收入多的在前"))
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def fund_in_scope(request, uuid) -> Fund:
    return get_object_or_404(Fund.objects.visible_to(request.appointment), uuid=uuid)


def may_keep(request) -> bool:
    return may(request.appointment.role, Permission.KEEP_MONEY)


@requires(Permission.VIEW_MONEY)
@require_GET
def funds(request):
    """All funds in sight with what they hold."""
    today = timezone.localdate()
    kind, sort, text = (
        chosen(request, "kind", FundKind.choices),
        chosen(request, "sort", SORTS) or "name",
        searched(request),
    )
    found = queries.funds(request.appointment, today.year)
    if kind:
        found = found.filter(kind=kind)
    if text:
        found = found.filter(name__contains=text) | found.filter(manager__contains=text)
    columns = (
        Column("基金", lambda f: f.name, href=lambda f: reverse("partners:fund", args=[f.uuid]), width=28),
        Column("类别", lambda f: f.get_kind_display()),
        Column("管理单位", lambda f: f.manager, width=24),
        Column("结余", lambda f: f.held_fen, is_money=True),
        Column(f"{today.year} 年收入", lambda f: f.income_fen, is_money=True),
        Column("管理制度", lambda f: f.rules_document or "还没有登记", width=28),
    )
    acts = [Act("设立基金", reverse("partners:fund_add"), is_main=True)] if may_keep(request) else []
    acts += import_act(request)
    return answer(
        request,
        ListPage(
            "基金", "个基金", columns, found.order_by(sort, "pk"), searches="基金名称、管理单位", acts=acts,
            choices=(Choice("kind", "类别", FundKind.choices, kind), Choice("sort", "排序", SORTS, sort, "")),
            sub="每一笔都复式记账，只增不改；记错了用冲正更正。", hint="区、街道、社区都可以设立基金，设立后才能记账。",
            context={"section": "funds"},
        ),
    )  # fmt: skip


@requires(Permission.KEEP_MONEY)
@require_http_methods(["GET", "POST"])
def fund_add(request):
    """Register a fund with the division of the person's own post."""
    today, code = timezone.localdate(), request.appointment.division_code

    def save(form, version):
        made = operations.open_fund(division_code=code, by=request.user, **form.record())
        return f"已设立“{made.name}”。"

    return edit_page(
        request,
        Subject(
            key="fund.add", uuid=request.user.uuid, division_code=code, title="设立基金", back=reverse("partners:funds"),
            crumbs=(("基金", reverse("partners:funds")),), save=save,
            form=lambda data, initial: forms.FundForm(data, initial=initial, is_new=True, appointment=request.appointment, today=today),
        ),
    )  # fmt: skip


@requires(Permission.KEEP_MONEY)
@require_http_methods(["GET", "POST"])
def fund_edit(request, uuid):
    """Correct what a fund is called and for."""
    fund, today = fund_in_scope(request, uuid), timezone.localdate()
    back = reverse("partners:fund", args=[uuid])

    def save(form, version):
        changed = operations.edit_fund(
            fund=fund,
            version=version,
            by=request.user,
            reason=form.cleaned_data.get("reason", ""),
            values=form.record(),
        )
        return "已保存修改。" if changed else "没有改动，登记内容和原来一样。"

    return edit_page(
        request,
        Subject(
            key="fund", uuid=fund.uuid, division_code=fund.division_code, title=f"修改“{fund.name}”", row=fund, back=back,
            crumbs=(("基金", reverse("partners:funds")), (fund.name, back)), save=save,
            form=lambda data, initial: forms.FundForm(data, initial=initial, appointment=request.appointment, today=today),
        ),
    )  # fmt: skip


# --- one fund ---


def _year(request, fund: Fund) -> tuple[list[int], int]:
    years = sorted({*queries.years_of(fund), timezone.localdate().year}, reverse=True)
    return years, year_asked(request, years)


@requires(Permission.VIEW_MONEY)
@require_GET
def fund(request, uuid):
    """A fund's year: statement, where it came from and went, every entry with the running balance."""
    one = fund_in_scope(request, uuid)
    years, year = _year(request, one)
    of_year = queries.year_of(one, year)
    rows = queries.rows_of(one, year, of_year.statement.opening_fen)[::-1]
    context = {
        "fund": one, "years": years, "year": of_year, "page": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "may_keep": may_keep(request), "posts": POSTS, "waiting": one.payments.filter(state="proposed").count(),
        "today": timezone.localdate(),
    }  # fmt: skip
    return render(request, "partners/money/fund.html", context)


@requires(Permission.VIEW_MONEY)
@require_GET
def fund_file(request, uuid, form: str):
    """The year's statement as a file: `pdf` or `xlsx`."""
    if form not in {"pdf", "xlsx"}:
        raise Http404
    one = fund_in_scope(request, uuid)
    _, year = _year(request, one)
    of_year = queries.year_of(one, year)
    rows = queries.rows_of(one, year, of_year.statement.opening_fen)
    if form == "pdf":
        content, kind = statement_paper(one, of_year, rows, timezone.localdate()), "application/pdf"
    else:
        content, kind = workbook(rows, STATEMENT_COLUMNS, title=f"{year} 年对账单", note=_note(one, of_year)), _XLSX
    reply = HttpResponse(content, content_type=kind)
    reply["Content-Disposition"] = content_disposition_header(True, f"{one.name}_{year}年对账单.{form}") or "attachment"
    return reply


STATEMENT_COLUMNS = [
    FileColumn("凭证号", lambda row: row.entry.number, 10),
    FileColumn("记账日", lambda row: row.entry.day, 12),
    FileColumn("类别", lambda row: row.entry.get_kind_display(), 12),
    FileColumn("对方", lambda row: row.entry.counterparty, 24),
    FileColumn("摘要", lambda row: row.entry.summary, 40),
    FileColumn("外部凭证", lambda row: row.entry.voucher, 18),
    FileColumn("设施", lambda row: row.entry.facility.name if row.entry.facility else "", 24),
    FileColumn("借方", lambda row: row.debit, 12),
    FileColumn("贷方", lambda row: row.credit, 12),
    FileColumn("增减（元）", lambda row: yuan(row.change_fen), 16),
    FileColumn("结余（元）", lambda row: yuan(row.held_fen), 16),
    FileColumn("佐证文件（份）", lambda row: row.files, 14),
]


def _note(one: Fund, year: queries.Year) -> str:
    of = year.statement
    parts = (
        ("期初", of.opening_fen), ("收入", of.income_fen), ("资助拨付", of.grants_fen), ("直接支出", of.expenses_fen),
        ("净划入", of.transferred_in_fen), ("期末", of.closing_fen),
    )  # fmt: skip
    return f"{one.name} {year.year} 年：" + "，".join(f"{label} {yuan(fen):,.2f} 元" for label, fen in parts)


# --- postings ---


def _receive(request, one, values):
    entry = operations.receive(fund=one, by=request.user, **values)
    return f"已记第 {entry.number} 号凭证。"


def _goods(request, one, values):
    entry = operations.receive_goods(fund=one, by=request.user, **values)
    return f"已记第 {entry.number} 号凭证。"


def _hand_out(request, one, values):
    entry = operations.hand_out_goods(fund=one, by=request.user, **values)
    return f"已记第 {entry.number} 号凭证。"


def _transfer(request, one, values):
    given, _ = operations.transfer(giving=one, by=request.user, **values)
    return f"已划转，本基金记第 {given.number} 号凭证。"


def _payment(request, one, values):
    payments.propose(fund=one, by=request.user, now=timezone.now(), **values)
    return "已提出放款，等另一位同事复核。复核放款后才记账。"


def _fundraiser(request, one, values):
    held = payments.hold_fundraiser(fund=one, by=request.user, **values)
    return f"已登记“{held.name}”，募得款项记第 {held.entry.number} 号凭证。"


POSTS = {  # name in the address → what the button and the page say, the form, what it does
    "receipt": ("登记收款", forms.ReceiptForm, _receive),
    "payment": ("提出放款", forms.PaymentForm, _payment),
    "transfer": ("划转到其他基金", forms.TransferForm, _transfer),
    "fundraiser": ("登记募资活动", forms.FundraiserForm, _fundraiser),
    "goods": ("登记收到的物资", forms.GoodsForm, _goods),
    "hand-out": ("登记发放物资", forms.HandOutForm, _hand_out),
}


@requires(Permission.KEEP_MONEY)
@require_http_methods(["GET", "POST"])
def fund_post(request, uuid, what: str):
    """A form for each kind of posting."""
    if what not in POSTS:
        raise Http404
    one, today = fund_in_scope(request, uuid), timezone.localdate()
    title, form_class, act = POSTS[what]
    back = reverse("partners:fund", args=[uuid])
    return edit_page(
        request,
        Subject(
            key=f"fund.{what}", uuid=one.uuid, division_code=one.division_code, title=title, hint=one.name, back=back,
            crumbs=(("基金", reverse("partners:funds")), (one.name, back)), action=title,
            promise=_PROMISES.get(what, f"点“{title}”就记进账，之后只能冲正，不能改。"),
            save=lambda form, version: act(request, one, form.record()),
            form=lambda data, initial: form_class(
                data, initial=initial or {"day": today, "held_on": today}, is_new=True, appointment=request.appointment,
                place=one, today=today,
            ),
        ),
    )  # fmt: skip


_PROMISES = {"payment": "点“提出放款”还不记账，要另一位同事复核。"}


@requires(Permission.KEEP_MONEY)
@require_POST
def entry_reverse(request, uuid):
    """Undo an entry by its opposite, with the reason."""
    entry = get_object_or_404(FundEntry.objects.visible_to(request.appointment).select_related("fund"), uuid=uuid)
    reason = request.POST.get("reason", "").strip()
    try:
        if not reason or len(reason) > 150:
            raise EditRefused("请写冲正理由，最多 150 个字，如“金额写错”。")
        made = operations.reverse(entry=entry, day=max(timezone.localdate(), entry.day), by=request.user, reason=reason)
        messages.success(request, f"已用第 {made.number} 号凭证冲正第 {entry.number} 号。")
    except EditRefused as refusal:
        messages.error(request, str(refusal))
    return redirect("partners:fund", uuid=entry.fund.uuid)
