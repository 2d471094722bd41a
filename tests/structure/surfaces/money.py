"""Forms of the money: funds and their postings, payments, subsidies, space for service, what running a facility costs."""

from datetime import date
from uuid import uuid4

from facilities.models import Space
from partners.models import (
    Exchange,
    ExchangedSpace,
    ExchangeEntry,
    Fund,
    FundKind,
    FundraiserKind,
    OperatingFigure,
    Partner,
    Payment,
    Price,
    ReferenceRent,
    Source,
    Subsidy,
    SubsidyBasis,
)
from partners.models.operating import Item
from partners.operations import funds
from tenants.rules import district_of
from tenants.scope import division_scope, opened_scope
from tests.structure.surfaces.base import DAY, Surface, edited
from tests.structure.world import CITY, facility_pk

SOURCE = Source.CHARITY.value
FUND = {
    "name": "新基金", "kind": FundKind.values[0], "manager": "街道办事处", "purpose": "为老服务", "rules_document": "办法 3 号",
    "starts_on": DAY,
}  # fmt: skip
FUND_FIELDS = frozenset(FUND) | {"ends_on"}
PROPOSED = {
    "state": "proposed",
    "proposed_by": None,
    "decided_by": None,
    "decided_at": None,
    "entry": None,
    "reason": "",
}
YEAR = {"starts_on": date(2026, 1, 1), "ends_on": date(2027, 1, 1)}
FIGURE = {"month": DAY, "item": Item.values[0], "amount": "120.50"}
PRICE = {"service": "助浴", "fee_nature": "low", "price": "30", "unit": "次", "starts_on": DAY}


def _voucher(thing) -> str:
    return f"回单 {uuid4()}"


def _facility(thing) -> int:
    return facility_pk(thing.division_code)


def _first(model, code: int, **where) -> int:
    with opened_scope(division_scope(CITY)):
        return model.objects.filter(division_code=code, **where).order_by("-pk").values_list("pk", flat=True)[0]


def _filled(fund: Fund) -> None:
    funds.receive(
        fund=fund, day=date(2026, 2, 1), amount_fen=10**7, source=SOURCE, counterparty="爱心企业", summary="捐赠", voucher=_voucher(None),
        by=None,
    )  # fmt: skip


def _with_money(who, thing) -> None:
    _filled(Fund.objects.get(pk=thing.pk))


def _with_goods(who, thing) -> None:
    funds.receive_goods(
        fund=Fund.objects.get(pk=thing.pk), day=date(2026, 2, 1), amount_fen=10**7, counterparty="爱心企业", summary="大米",
        voucher=_voucher(None), by=None,
    )  # fmt: skip


def _another_fund(who, thing) -> dict:
    """A fund that this person sees and that is not the one of the address."""
    with opened_scope(division_scope(CITY)):
        codes = Fund.objects.exclude(pk=thing.pk).order_by("pk").values_list("pk", "division_code")
        seen = [pk for pk, code in codes if who.codes and code in who.codes]
    return {
        "token": str(uuid4()),
        "version": 0,
        "taking": seen[0] if seen else 0,
        "day": DAY,
        "amount": "12.50",
        "summary": "划转",
    }


def _proposed(who, thing) -> None:
    Payment.objects.filter(pk=thing.pk).update(**PROPOSED, project=None, amount_fen=100)
    _filled(Payment.objects.get(pk=thing.pk).fund)


def _none_under_way(who, thing) -> None:
    Subsidy.objects.filter(facility=thing.pk).update(state="refused", approved_fen=None)


def _running(who, exchange_pk: int) -> None:
    Exchange.objects.filter(pk=exchange_pk).update(
        **YEAR, settled_on=None, settlement="", terms="exchange", rent_fen=None, hour_fen=100
    )


def _with_a_rent(who, thing) -> None:
    _running(who, thing.pk)
    ExchangedSpace.objects.filter(exchange=thing.pk).update(from_month=YEAR["starts_on"], to_month=YEAR["ends_on"])
    district = district_of(thing.division_code)
    ReferenceRent.objects.filter(division_code=district, starts_on__gte=date(2025, 1, 1)).delete()
    ReferenceRent.objects.create(division_code=district, rent_fen=4000, source="测算", **YEAR)


def _of_a_running_exchange(who, thing) -> None:
    _running(who, ExchangeEntry.objects.get(pk=thing.pk).exchange_id)


def _agreement(thing) -> dict:
    code = thing.division_code
    return {
        "partner": _first(Partner, code, merged_into=None), "spaces": _first(Space, code, usable_area_m2__gt=0, ends_on=None),
    }  # fmt: skip


def _exchange(who, thing) -> dict:
    said = {"number": f"协议 {uuid4()}", "terms": "exchange", "starts_on": DAY, "last_day": "2026-08-31", "hour": "50"}
    return {"token": str(uuid4()), "version": 0, **said, **_agreement(thing)}


def _free(who, thing) -> None:
    """The spaces of the facility are nobody's."""
    Exchange.objects.get(facility=thing.pk).spaces.update(from_month=date(2020, 1, 1), to_month=date(2020, 2, 1))


def _because(who, thing) -> dict:
    return {"reason": "金额写错"}


POST = "partners:fund_post"
ENTRY = frozenset({"day", "counterparty", "summary", "source", "voucher"})
RECEIPT = {"day": DAY, "amount": "12.50", "counterparty": "爱心企业", "voucher": _voucher, "summary": "捐赠"}
SURFACES = {
    "partners:fund_add": Surface(edited(None, **FUND), FUND_FIELDS, writes="partners_fund"),
    "partners:fund_edit": Surface(edited(Fund, **FUND), FUND_FIELDS, writes="partners_fund"),
    f"{POST} receipt": Surface(
        edited(None, **RECEIPT, source=SOURCE), ENTRY, arguments={"what": "receipt"}, writes="partners_fundentry"
    ),
    f"{POST} goods": Surface(
        edited(None, **RECEIPT), ENTRY - {"source"}, arguments={"what": "goods"}, writes="partners_fundentry"
    ),
    f"{POST} hand-out": Surface(
        edited(None, day=DAY, amount="12.50", counterparty="独居老人", summary="大米 5 袋"),
        frozenset({"day", "counterparty", "summary"}), {"facility": "Facility"},
        arguments={"what": "hand-out"}, arranged=_with_goods, writes="partners_fundentry",
    ),
    f"{POST} transfer": Surface(
        _another_fund, frozenset({"day", "summary"}), {"taking": "Fund"},
        arguments={"what": "transfer"}, arranged=_with_money, writes="partners_fundentry",
    ),
    f"{POST} payment": Surface(
        edited(None, amount="12.50", payee="养老服务公司", source=SOURCE, purpose="助餐", evidence="协议 3"),
        frozenset({"payee", "source", "purpose", "evidence"}), {"facility": "Facility", "project": "CharityProject"},
        arguments={"what": "payment"}, writes="partners_payment",
    ),
    f"{POST} fundraiser": Surface(
        edited(None, facility=_facility, kind=FundraiserKind.values[0], name="市集", held_on=DAY, amount="12.50", voucher=_voucher),
        frozenset({"kind", "name", "held_on", "volunteers", "voucher"}), {"facility": "Facility", "partner": "Partner"},
        arguments={"what": "fundraiser"}, writes="partners_fundraiser",
    ),
    "partners:entry_reverse": Surface(_because, writes="partners_fundentry"),
    "partners:payment_decide release": Surface(
        lambda who, thing: {"act": "release"}, arranged=_proposed, writes="partners_fundentry"
    ),
    "partners:payment_decide refuse": Surface(
        lambda who, thing: {"act": "refuse", "reason": "缺少发票"}, frozenset({"reason"}), arranged=PROPOSED, writes="partners_payment"
    ),
    "partners:payment_withdraw": Surface(lambda who, thing: {}, arranged=PROPOSED, writes="partners_payment"),
    "partners:subsidy_add": Surface(
        edited(None, basis=SubsidyBasis.values[0], document="认定 3 号", applied_on=DAY, applied="5000"),
        frozenset({"basis", "document", "applied_on"}), arranged=_none_under_way, writes="partners_subsidy",
    ),
    "partners:subsidy_decide approve": Surface(
        lambda who, thing: {"act": "approve", "amount": "4000", "reason": "会议纪要"}, frozenset({"reason"}),
        arranged={"state": "applied", "approved_fen": None, "payment": None}, writes="partners_subsidy",
    ),
    "partners:subsidy_decide refuse": Surface(
        lambda who, thing: {"act": "refuse", "reason": "不符合条件"}, frozenset({"reason"}),
        arranged={"state": "applied", "approved_fen": None, "payment": None}, writes="partners_subsidy",
    ),
    "partners:subsidy_pay": Surface(
        lambda who, thing: {"fund": _first(Fund, thing.division_code)}, names={"fund": "Fund"},
        arranged={"state": "approved", "approved_fen": 100, "payment": None}, writes="partners_payment",
    ),
    "partners:exchange_add": Surface(
        _exchange, frozenset({"number", "terms", "starts_on", "ends_on"}),
        {"partner": "Partner", "agreement": "Agreement", "spaces": "Space"},
        arranged=_free, writes="partners_exchange",
    ),
    "partners:exchange_service": Surface(
        edited(None, day=DAY, summary="量血压", hours="2", heads="5"), frozenset({"day", "summary", "heads"}),
        arranged=lambda who, thing: _running(who, thing.pk), writes="partners_exchangeentry",
    ),
    "partners:exchange_accrue": Surface(lambda who, thing: {}, arranged=_with_a_rent, writes="partners_exchangeentry"),
    "partners:exchange_settle": Surface(
        edited(None, on="2026-04-01", how="补做服务"), arranged=_with_a_rent, writes="partners_exchange"
    ),
    "partners:exchange_reverse": Surface(_because, arranged=_of_a_running_exchange, writes="partners_exchangeentry"),
    "partners:rent_add": Surface(
        edited(None, rent="40", starts_on="2099-01-01", source="会议纪要"), frozenset({"starts_on", "source"}),
        writes="partners_referencerent",
    ),
    "partners:figure_add": Surface(
        edited(None, **FIGURE), frozenset({"month", "item", "heads"}), {"partner": "Partner"}, writes="partners_operatingfigure"
    ),
    "partners:figure_edit": Surface(
        edited(OperatingFigure, **FIGURE), frozenset({"month", "item", "heads"}), {"partner": "Partner"},
        writes="partners_operatingfigure",
    ),
    "partners:price_add": Surface(
        edited(None, **PRICE), frozenset({"service", "fee_nature", "unit", "starts_on", "ends_on"}), writes="partners_price"
    ),
    "partners:price_edit": Surface(
        edited(Price, **PRICE), frozenset({"service", "fee_nature", "unit", "starts_on", "ends_on"}), writes="partners_price"
    ),
}  # fmt: skip
