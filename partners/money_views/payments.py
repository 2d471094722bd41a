"""Payments that wait for a second person, construction subsidies, and events that raised money."""

from django.db.models import Q
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from facilities.models import Facility
from partners import money_forms as forms
from partners.models import Fund, Fundraiser, FundraiserKind, Payment, PaymentState, Subsidy, SubsidyState
from partners.money_views.acting import done, reason_in, yuan_in
from partners.money_views.listing import Act, Choice, Column, ListPage, answer, chosen, import_act, searched
from partners.operations import payments as operations
from partners.queries import funds as queries
from partners.queries.settings import money_settings
from tenants.access import requires
from tenants.digits import whole_number
from tenants.editing import EditRefused, Subject, edit_page
from tenants.rules import Permission, may


@requires(Permission.VIEW_MONEY)
@require_GET
def payments(request):
    """All payments in sight; those that wait first."""
    state, text = chosen(request, "state", PaymentState.choices), searched(request)
    columns = (
        Column("用途", lambda p: p.purpose, href=lambda p: reverse("partners:payment", args=[p.uuid]), width=32),
        Column("状态", lambda p: p.get_state_display()),
        Column("金额", lambda p: p.amount_fen, is_money=True),
        Column("基金", lambda p: p.fund.name, width=26),
        Column("收款方", lambda p: p.payee, width=22),
        Column("设施", lambda p: p.facility.name if p.facility else "", width=24),
        Column("来源", lambda p: p.get_source_display()),
        Column("佐证文件", lambda p: p.files_n, is_number=True),
        Column("经办", lambda p: p.proposed_by.display_name if p.proposed_by else ""),
        Column("经办时间", lambda p: timezone.localtime(p.proposed_at).strftime("%Y-%m-%d %H:%M")),
    )
    return answer(
        request,
        ListPage(
            "放款单", "笔", columns, queries.payments(request.appointment, state=state, text=text), searches="用途、收款方、基金、设施",
            acts=import_act(request), choices=(Choice("state", "状态", PaymentState.choices, state),),
            sub="一个人提出，另一个人复核，复核后才记账。",
            hint="从一个基金的页面提出放款。", context={"section": "payments"},
        ),
    )  # fmt: skip


def _payment(request, uuid) -> Payment:
    return get_object_or_404(queries.payments(request.appointment), uuid=uuid)


@requires(Permission.VIEW_MONEY)
@require_GET
def payment(request, uuid):
    """One payment with its purpose and evidence; who may decide finds the buttons."""
    one = _payment(request, uuid)
    waits, own = one.state == PaymentState.PROPOSED, one.proposed_by_id == request.user.pk
    context = {
        "payment": one, "may_release": waits and not own and may(request.appointment.role, Permission.RELEASE_MONEY),
        "may_withdraw": waits and own, "own": own, "waits": waits,
        **_files(request, one, waits=waits, is_open=one.state in {PaymentState.PROPOSED, PaymentState.RELEASED}),
    }  # fmt: skip
    return render(request, "partners/money/payment.html", context)


def _files(request, owner: Payment | Subsidy, *, waits: bool, is_open: bool = True) -> dict:
    """The files of a payment or a subsidy, and what may be done with them."""
    held = money_settings(owner.division_code, timezone.localdate())
    keeps = may(request.appointment.role, Permission.KEEP_MONEY)
    return {
        "files": list(owner.files.filter(removed_at=None).select_related("uploaded_by")),
        "files_needed": held["files_needed"], "files_source": held.source, "files_official": held.is_official,
        "may_upload": keeps and is_open, "may_remove": keeps and waits,
    }  # fmt: skip


@requires(Permission.RELEASE_MONEY)
@require_POST
def payment_decide(request, uuid):
    """Release or send back."""
    one, now = _payment(request, uuid), timezone.now()

    def act() -> str:
        if request.POST.get("act") == "refuse":
            operations.refuse(payment=one, by=request.user, now=now, reason=reason_in(request, "退回理由"))
            return "已退回放款，经办人可以改后重新提出。"
        operations.release(payment=one, day=timezone.localdate(now), by=request.user, now=now)
        return "已放款，并记进基金账。"

    return done(request, reverse("partners:payment", args=[uuid]), act)


@requires(Permission.KEEP_MONEY)
@require_POST
def payment_withdraw(request, uuid):
    """Take back one's own proposal."""
    one = _payment(request, uuid)

    def act() -> str:
        operations.withdraw(payment=one, by=request.user, now=timezone.now())
        return "已撤回放款单。"

    return done(request, reverse("partners:payment", args=[uuid]), act)


# --- construction subsidies ---


@requires(Permission.VIEW_MONEY)
@require_GET
def subsidies(request):
    """Applications for construction subsidies, and how far they have come."""
    state, text = chosen(request, "state", SubsidyState.choices), searched(request)
    found = queries.with_files(
        Subsidy.objects.visible_to(request.appointment).select_related("facility", "payment__entry")
    )
    if state:
        found = found.filter(state=state)
    if text:
        found = found.filter(Q(facility__name__contains=text) | Q(document__contains=text))
    columns = (
        Column("设施", lambda s: s.facility.name, href=lambda s: reverse("partners:subsidy", args=[s.uuid]), width=26),
        Column("依据", lambda s: s.get_basis_display(), width=30),
        Column("认定文件", lambda s: s.document, width=28),
        Column("申请日期", lambda s: f"{s.applied_on}"),
        Column("申请", lambda s: s.applied_fen, is_money=True),
        Column("审定", lambda s: s.approved_fen, is_money=True),
        Column("状态", lambda s: s.get_state_display()),
        Column("佐证文件", lambda s: s.files_n, is_number=True),
    )
    may_keep = may(request.appointment.role, Permission.KEEP_MONEY)
    return answer(
        request,
        ListPage(
            "建设补助", "份申请", columns, found.order_by("-applied_on", "-pk"), searches="设施、认定文件",
            choices=(Choice("state", "状态", SubsidyState.choices, state),), acts=[],
            sub="纳入标志性空间阵地或为民办实事项目的，可以申请（拱墅 四(二)）。金额标准文件没有写，待区民政局确认。",
            hint="选一座设施，登记补助申请。", context={"section": "subsidies", "start": "subsidy" if may_keep else ""},
        ),
    )  # fmt: skip


@requires(Permission.KEEP_MONEY)
@require_http_methods(["GET", "POST"])
def subsidy_add(request, uuid):
    """Apply for a subsidy of a facility."""
    facility, today = (
        get_object_or_404(Facility.objects.visible_to(request.appointment), uuid=uuid),
        timezone.localdate(),
    )
    back = reverse("partners:subsidies")

    def save(form, version):
        operations.apply_for_subsidy(facility=facility, by=request.user, **form.record())
        return f"已登记{facility.name}的补助申请。"

    return edit_page(
        request,
        Subject(
            key="subsidy.add", uuid=facility.uuid, division_code=facility.division_code, title="申请建设补助", hint=facility.name,
            crumbs=(("建设补助", back),), back=back, save=save,
            form=lambda data, initial: forms.SubsidyForm(
                data, initial=initial or {"applied_on": today}, is_new=True, appointment=request.appointment, today=today
            ),
        ),
    )  # fmt: skip


def _subsidy(request, uuid) -> Subsidy:
    rows = Subsidy.objects.visible_to(request.appointment).select_related("facility", "payment__entry", "payment__fund")
    return get_object_or_404(rows, uuid=uuid)


@requires(Permission.VIEW_MONEY)
@require_GET
def subsidy(request, uuid):
    """One application."""
    role, one = request.appointment.role, _subsidy(request, uuid)
    context = {
        "subsidy": one, "may_release": may(role, Permission.RELEASE_MONEY), "may_keep": may(role, Permission.KEEP_MONEY),
        **_files(request, one, waits=one.state != SubsidyState.PAID),
        "funds": Fund.objects.visible_to(request.appointment).filter(ends_on=None).order_by("name"),
    }  # fmt: skip
    return render(request, "partners/money/subsidy.html", context)


@requires(Permission.RELEASE_MONEY)
@require_POST
def subsidy_decide(request, uuid):
    """Approve with an amount, or refuse with the reason."""
    one = _subsidy(request, uuid)

    def act() -> str:
        refusing = request.POST.get("act") == "refuse"
        amount = None if refusing else yuan_in(request, "amount", "审定金额")
        operations.decide_subsidy(
            subsidy=one, approved_fen=amount, by=request.user, reason=reason_in(request, "审核意见")
        )
        return "已记录未通过。" if refusing else "已审定。下一步从一个基金提出放款。"

    return done(request, reverse("partners:subsidy", args=[uuid]), act)


@requires(Permission.KEEP_MONEY)
@require_POST
def subsidy_pay(request, uuid):
    """Put the approved amount before a second person, out of a fund."""
    one = _subsidy(request, uuid)

    def act() -> str:
        chosen = whole_number(request.POST.get("fund", ""))
        fund = Fund.objects.visible_to(request.appointment).filter(pk=chosen).first()
        if fund is None:
            raise EditRefused("请选从哪个基金放款。")
        operations.pay_subsidy(subsidy=one, fund=fund, by=request.user, now=timezone.now())
        return "已提出放款，等另一位同事复核。"

    return done(request, reverse("partners:subsidy", args=[uuid]), act)


# --- events ---


@requires(Permission.VIEW_MONEY)
@require_GET
def fundraisers(request):
    """Markets, sales and round-ups in facilities, and what they raised (拱墅 三(二)2)."""
    kind, text = chosen(request, "kind", FundraiserKind.choices), searched(request)
    found = Fundraiser.objects.visible_to(request.appointment).select_related("facility", "partner", "entry__fund")
    if kind:
        found = found.filter(kind=kind)
    if text:
        found = found.filter(Q(name__contains=text) | Q(facility__name__contains=text))
    columns = (
        Column("活动", lambda f: f.name, width=26),
        Column("形式", lambda f: f.get_kind_display()),
        Column("日期", lambda f: f"{f.held_on}"),
        Column("设施", lambda f: f.facility.name, width=24),
        Column("合伙人", lambda f: f.partner.name if f.partner else "", width=24),
        Column("募得", _raised, is_money=True),
        Column("转为志愿者", lambda f: "未填" if f.volunteers is None else f.volunteers, is_number=True),
    )
    return answer(
        request,
        ListPage(
            "募资活动", "场", columns, found.prefetch_related("entry__lines").order_by("-held_on", "-pk"), searches="活动、设施",
            choices=(Choice("kind", "形式", FundraiserKind.choices, kind),), sub="公益市集、慈善义卖、消费捐，募得的钱记进基金。",
            acts=[Act("去基金登记", reverse("partners:funds"))], hint="从收款的基金登记募资活动。", context={"section": "fundraisers"},
        ),
    )  # fmt: skip


def _raised(row: Fundraiser) -> int | None:
    """None where the fund is kept above the reader's division."""
    lines = [line.amount_fen for line in row.entry.lines.all() if line.amount_fen > 0] if row.entry else []
    return sum(lines) if lines else None
