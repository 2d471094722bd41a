"""Space for service: the list, one agreement with its ledger, services, settlement, the district's reference rents."""

from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from facilities.models import Facility
from partners import money_forms as forms
from partners.models import Exchange, ExchangeEntry, ReferenceRent, Terms
from partners.money_views.acting import done, reason_in
from partners.money_views.listing import Act, Choice, Column, ListPage, answer, chosen, import_act, searched
from partners.operations import exchanges as operations
from partners.operations.exchanges import Service
from partners.queries import exchanges as queries
from tenants.access import requires
from tenants.editing import EditRefused, Subject, edit_page
from tenants.rules import DISTRICT_WIDTH, Permission, code_range, district_of, may

STATES = (("open", "在用"), ("ending", "90 天内到期"), ("settled", "已结清"))
_LATE = "服务进度落后"


@requires(Permission.VIEW_MONEY)
@require_GET
def exchanges(request):
    """Agreements over space in sight: value, services, equal or not, and which of them end soon."""
    today = timezone.localdate()
    terms, state, text = chosen(request, "terms", Terms.choices), chosen(request, "state", STATES), searched(request)
    found = queries.exchanges(request.appointment)
    if terms:
        found = found.filter(terms=terms)
    if text:
        found = found.filter(
            Q(number__contains=text) | Q(facility__name__contains=text) | Q(partner__name__contains=text)
        )
    if state:
        found = found.filter(settled_on=None) if state != "settled" else found.exclude(settled_on=None)
    rows = queries.standings(found.order_by("ends_on", "pk"), today)
    if state == "ending":
        rows = [row for row in rows if row.is_ending]
    columns = (
        Column(
            "协议",
            lambda s: s.exchange.number,
            href=lambda s: reverse("partners:exchange", args=[s.exchange.uuid]),
            width=20,
        ),
        Column("设施", lambda s: s.exchange.facility.name, width=24),
        Column("合伙人", lambda s: s.exchange.partner.name if s.exchange.partner else "", width=24),
        Column("方式", lambda s: s.exchange.get_terms_display()),
        Column("最后一天", lambda s: f"{operations.last_day(s.exchange)}"),
        Column(
            "空间价值", lambda s: s.due_fen if s.exchange.settled_on is None else s.exchange.space_fen, is_money=True
        ),
        Column("服务价值", lambda s: s.exchange.service_fen, is_money=True),
        Column("等值", lambda s: s.label + (f"，{_LATE}" if s.warns else ""), width=20),
    )
    acts = [*import_act(request), Act("参考租金", reverse("partners:rents"))]
    may_keep = may(request.appointment.role, Permission.KEEP_MONEY)
    return answer(
        request,
        ListPage(
            "空间换服务", "份协议", columns, rows, searches="协议编号、设施、合伙人", acts=acts,
            choices=(Choice("terms", "方式", Terms.choices, terms), Choice("state", "状态", STATES, state)),
            sub="「将免费服务空间换取等值公益服务。」（拱墅 三(二)2）空间价值 = 面积 × 月数 × 区参考租金。",
            hint="选一座设施，登记空间协议。", context={"section": "exchanges", "start": "exchange" if may_keep else ""},
        ),
    )  # fmt: skip


def _space_of(row: queries.Standing) -> int | str | None:
    if row.exchange.terms == Terms.REDUCTION:
        return "单独记账"
    return row.due_fen if row.exchange.settled_on is None else row.exchange.space_fen


def _exchange(request, uuid) -> Exchange:
    return get_object_or_404(queries.exchanges(request.appointment), uuid=uuid)


@requires(Permission.VIEW_MONEY)
@require_GET
def exchange(request, uuid):
    """One agreement: how it stands today, where it is heading, every entry."""
    one, today = _exchange(request, uuid), timezone.localdate()
    [stands] = queries.standings([one], today)
    entries = one.entries.select_related("made_by", "space__space", "reversed_by").order_by("day", "pk")
    balance, rows = 0, []
    for entry in entries:
        balance += entry.amount_fen
        rows.append((entry, balance))
    may_keep = may(request.appointment.role, Permission.KEEP_MONEY) and one.settled_on is None
    context = {
        "agreements": list(_agreements(request, one)) if may_keep else [],
        "exchange": one, "standing": stands, "rows": rows, "spaces": one.spaces.select_related("space"), "today": today,
        "last_day": operations.last_day(one),
        "may_keep": may_keep,
    }  # fmt: skip
    return render(request, "partners/money/exchange.html", context)


def _agreements(request, one: Exchange):
    """The agreements that the space may belong to: in service, of the same partner, within the person's scope."""
    return queries.agreements_in_service(one.facility, request.appointment).filter(partner=one.partner_id)


@requires(Permission.KEEP_MONEY)
@require_POST
def exchange_agreement(request, uuid):
    """Say which agreement of the partner the space belongs to."""
    one = _exchange(request, uuid)

    def act() -> str:
        wanted = request.POST.get("agreement", "")
        found = next((each for each in _agreements(request, one) if str(each.uuid) == wanted), None)
        if found is None:
            raise EditRefused("请选这个合伙人在这座设施的、在服务的协议。")
        operations.name_agreement(exchange=one, agreement=found, by=request.user)
        return f"已关联合伙协议 {found.number}。"

    return done(request, reverse("partners:exchange", args=[uuid]), act)


def _subject(request, one: Exchange, key: str, title: str, form_class, save, **more) -> Subject:
    back, today = reverse("partners:exchange", args=[one.uuid]), timezone.localdate()
    return Subject(
        key=f"exchange.{key}", uuid=one.uuid, division_code=one.division_code, title=title, hint=f"{one.number}，{one.facility.name}",
        back=back, crumbs=(("空间换服务", reverse("partners:exchanges")), (one.number, back)), save=save, action=title,
        form=lambda data, initial: form_class(
            data, initial=initial or {"day": today, "on": today}, is_new=True, appointment=request.appointment, place=one, today=today
        ), **more,
    )  # fmt: skip


@requires(Permission.KEEP_MONEY)
@require_http_methods(["GET", "POST"])
def exchange_add(request, uuid):
    """A new agreement over spaces of a facility."""
    facility, today = (
        get_object_or_404(Facility.objects.visible_to(request.appointment), uuid=uuid),
        timezone.localdate(),
    )
    back = reverse("partners:exchanges")

    def save(form, version):
        made = operations.agree(facility=facility, by=request.user, **form.record())
        operations.accrue(exchange=made, until=today, by=request.user)
        return f"已登记协议 {made.number}。"

    return edit_page(
        request,
        Subject(
            key="exchange.add", uuid=facility.uuid, division_code=facility.division_code, title="登记空间协议", hint=facility.name,
            crumbs=(("空间换服务", back),), back=back, save=save,
            form=lambda data, initial: forms.ExchangeForm(
                data, initial=initial, is_new=True, appointment=request.appointment, place=facility, today=today
            ),
        ),
    )  # fmt: skip


@requires(Permission.KEEP_MONEY)
@require_http_methods(["GET", "POST"])
def exchange_service(request, uuid):
    """Record a service that the partner gave."""
    one = _exchange(request, uuid)

    def save(form, version):
        values = form.record()
        service = Service(
            day=values["day"],
            summary=values["summary"],
            minutes=int((values["hours"] or 0) * 60),
            heads=values["heads"] or 0,
        )
        operations.record_service(exchange=one, service=service, by=request.user)
        return "已登记服务，按约定单价抵扣。"

    promise = "点“登记服务”就记进台账，之后只能冲正，不能改。"
    return edit_page(request, _subject(request, one, "service", "登记服务", forms.ServiceForm, save, promise=promise))


@requires(Permission.KEEP_MONEY)
@require_http_methods(["GET", "POST"])
def exchange_settle(request, uuid):
    """End an agreement with its balance settled."""
    one = _exchange(request, uuid)

    def save(form, version):
        operations.settle(exchange=one, by=request.user, **form.record())
        return "已结清，台账归零。"

    promise = "点“结清协议”后，最后一个月按天折算，差额按你写的办法结清，台账不能再记。"
    return edit_page(request, _subject(request, one, "settle", "结清协议", forms.SettleForm, save, promise=promise))


@requires(Permission.KEEP_MONEY)
@require_POST
def exchange_accrue(request, uuid):
    """Post the value of the months that are over."""
    one = _exchange(request, uuid)

    def act() -> str:
        posted = operations.accrue(exchange=one, until=timezone.localdate(), by=request.user)
        return (
            f"已补记 {posted} 条空间价值。"
            if posted
            else "没有可以补记的月份：当月还没过完，或区里还没有公布参考租金。"
        )

    return done(request, reverse("partners:exchange", args=[uuid]), act)


@requires(Permission.KEEP_MONEY)
@require_POST
def exchange_reverse(request, uuid):
    """Undo an entry of the ledger."""
    rows = ExchangeEntry.objects.visible_to(request.appointment).select_related("exchange")
    entry = get_object_or_404(rows, uuid=uuid)

    def act() -> str:
        day = max(timezone.localdate(), entry.day)
        operations.reverse(entry=entry, day=day, by=request.user, reason=reason_in(request, "冲正理由"))
        return "已冲正。"

    return done(request, reverse("partners:exchange", args=[entry.exchange.uuid]), act)


# --- reference rents ---


@requires(Permission.VIEW_MONEY)
@require_GET
def rents(request):
    """The district's reference rents with their source."""
    found = ReferenceRent.objects.visible_to(request.appointment).order_by("division_code", "-starts_on")
    columns = (
        Column("从哪天起", lambda r: f"{r.starts_on}"),
        Column("到哪天止", lambda r: f"{operations.last_day(r)}" if r.ends_on else "现行"),
        Column("每平方米每月", lambda r: r.rent_fen, is_money=True),
        Column("依据", lambda r: r.source, width=40),
    )
    acts = [Act("公布参考租金", reverse("partners:rent_add"), is_main=True)] if _sets_rents(request) else []
    return answer(
        request,
        ListPage(
            "参考租金", "条", columns, found, acts=acts, sub="由区里按日期公布，写明依据。没有公布的月份，空间价值待定。",
            hint="区里还没有公布参考租金，空间价值待区民政局确认。", context={"section": "exchanges"},
        ),
    )  # fmt: skip


def _sets_rents(request) -> bool:
    codes = code_range(request.appointment.division_code)
    return may(request.appointment.role, Permission.RELEASE_MONEY) and codes.hi - codes.lo == DISTRICT_WIDTH


@requires(Permission.RELEASE_MONEY)
@require_http_methods(["GET", "POST"])
def rent_add(request):
    """Set the reference rent from a day on. The district's alone."""
    code, today, back = request.appointment.division_code, timezone.localdate(), reverse("partners:rents")

    def save(form, version):
        if not _sets_rents(request):
            raise EditRefused("参考租金由区里公布，请用区级账号。")
        operations.set_rent(district=district_of(code), by=request.user, **form.record())
        return "已公布参考租金。"

    return edit_page(
        request,
        Subject(
            key="rent.add", uuid=request.user.uuid, division_code=code, title="公布参考租金", back=back, save=save,
            crumbs=(("空间换服务", reverse("partners:exchanges")), ("参考租金", back)), action="公布参考租金",
            promise="点“公布参考租金”后，之前的一条到前一天为止；已经记过的月份不变。",
            form=lambda data, initial: forms.RentForm(data, initial=initial, is_new=True, appointment=request.appointment, today=today),
        ),
    )  # fmt: skip


STARTS = {"exchange": "partners:exchange_add", "figure": "partners:figure_add", "price": "partners:price_add",
          "subsidy": "partners:subsidy_add"}  # fmt: skip


@requires(Permission.KEEP_MONEY)
@require_GET
def start(request, what: str):
    """Choose the facility that a new record is about: by the address, else from a list."""
    if what not in STARTS:
        raise Http404
    facilities = Facility.objects.visible_to(request.appointment)
    if text := searched(request):
        facilities = facilities.filter(Q(name__contains=text) | Q(code__startswith=text))
    rows = list(facilities.order_by("code")[:51])
    if text and len(rows) == 1:
        return redirect(STARTS[what], uuid=rows[0].uuid)
    chosen_rows = [(one, reverse(STARTS[what], args=[one.uuid])) for one in rows[:50]]
    context = {"rows": chosen_rows, "text": text, "is_cut": len(rows) > 50, "what": what, "title": TITLES[what]}
    return render(request, "partners/money/start.html", context)


TITLES = {"exchange": "登记空间协议", "figure": "登记运营收支", "price": "登记服务价目", "subsidy": "申请建设补助"}
