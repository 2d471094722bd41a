"""Two years of money for the demonstration: funds, payments, space for service, operating figures. All of it is made up.

Deterministic: the same registry gives the same books. Nothing is done where a district has funds already.
"""

from datetime import UTC, date, datetime, time, timedelta
from random import Random

from facilities.models import Facility
from partners.models import (
    CharityProject,
    Fund,
    FundKind,
    OperatingFigure,
    Partner,
    Payment,
    Price,
    ReferenceRent,
    Source,
    Subsidy,
)
from partners.models.operating import Item
from partners.operations import exchanges, funds, payments
from partners.operations.exchanges import Service
from tenants.rules import district_of, street_of

FIRST, LAST = date(2025, 1, 1), date(2026, 11, 20)
_GIVERS = ("某食品公司", "某建设集团", "热心商户联盟", "某银行支行", "街道慈善超市")
_PURPOSES = ("银龄互助", "困境儿童课后照护", "残障家庭喘息服务", "社区食堂助餐", "邻里心理驿站")


def load_money(*, district: int) -> dict[str, int]:
    """Write the books of a district; rows by table. Call it in an open scope."""
    if Fund.objects.exists():
        return {}
    chance = Random(district)  # noqa: S311 made-up data
    facilities = [one for one in Facility.objects.order_by("code") if one.spaces.exists()]
    # 拱宸桥 first: the demonstration's street staff work there
    streets = sorted(
        {street_of(one.division_code) for one in facilities}, key=lambda code: (code % 10**6 != 5_000, code)
    )[:4]
    special, street_funds = _funds(district, streets)
    _give(chance, [special, *street_funds])
    for fund in street_funds:
        funds.transfer(
            giving=special, taking=fund, day=date(2026, 1, 15), amount_fen=5_000_000, summary="年初划拨", by=None
        )
        _grants(chance, fund, [one for one in facilities if street_of(one.division_code) == fund.division_code])
    _events(special, facilities, street_funds)
    _space(chance, district, facilities)
    _operating(chance, facilities[:12])
    return {
        "基金": Fund.objects.count(), "放款单": Payment.objects.count(), "运营收支": OperatingFigure.objects.count(),
        "服务价目": Price.objects.count(), "参考租金": ReferenceRent.objects.count(), "建设补助": Subsidy.objects.count(),
    }  # fmt: skip


def _funds(district: int, streets: list[int]) -> tuple[Fund, list[Fund]]:
    made = {"starts_on": FIRST, "is_demo": True, "by": None, "rules_document": "演示：基金管理办法（试行）"}
    special = funds.open_fund(
        division_code=district, name="现代社区建设创新专项资金", kind=FundKind.SPECIAL, manager="区民政局",
        purpose="建设补助和街道创投配套", **made,
    )  # fmt: skip
    kinds = (FundKind.STREET, FundKind.STREET, FundKind.NAMED, FundKind.TRUST)
    names = ("慈善共富基金", "慈善共富基金", "运河助老冠名基金", "邻里慈善信托")
    return special, [
        funds.open_fund(
            division_code=code, name=f"{names[number]}（演示 {number + 1}）", kind=kinds[number], manager="街道办事处",
            purpose="助老、护童、助残、济困类创投项目", **made,
        )
        for number, code in enumerate(streets)
    ]  # fmt: skip


def _give(chance: Random, into: list[Fund]) -> None:
    """Four receipts a year and fund, and goods once."""
    for fund in into:
        for number in range(8):
            day = FIRST + timedelta(days=30 + number * 80)
            large = fund.kind == FundKind.SPECIAL
            funds.receive(
                fund=fund, day=day, amount_fen=(60_000_000 if large else 9_000_000) + chance.randrange(100, 999_999),
                source=Source.SUBSIDY if large else Source.CHARITY, counterparty="区财政局" if large else chance.choice(_GIVERS),
                summary="专项资金下达" if large else "定向捐赠", voucher=f"演示回单 {fund.pk}-{number}", by=None,
            )  # fmt: skip
    funds.receive_goods(
        fund=into[-1], day=date(2026, 1, 20), amount_fen=1_286_000, counterparty="街道慈善超市", summary="年货 200 份",
        voucher=f"演示票据 {into[-1].pk}", by=None,
    )  # fmt: skip


def _grants(chance: Random, fund: Fund, facilities: list[Facility]) -> None:
    """Venture projects of this year, most of them paid, one waiting for a second person, one reversed."""
    pending = None
    for number, facility in enumerate(facilities[:3]):
        project, _ = CharityProject.objects.get_or_create(
            facility=facility, year=2026, name=f"{_PURPOSES[number % 5]}（演示）",
            defaults={"division_code": facility.division_code, "kind": "public" if number % 2 else "charity",
                      "contract_fen": 6_000_000, "funder": fund.name,
                      "partner": Partner.objects.filter(district_code=district_of(facility.division_code)).order_by("pk").first()},
        )  # fmt: skip
        for part in range(2):
            day = date(2026, 3 + 4 * part, 5 + number)
            pending = payments.propose(
                fund=fund, source=Source.VENTURE, payee="演示社工服务社", amount_fen=2_000_000 + chance.randrange(500_000),
                purpose=project.name, evidence="演示：项目协议和进度报告", by=None, now=_instant(day), project=project,
            )  # fmt: skip
            if (number, part) != (len(facilities[:3]) - 1, 1):  # the last one waits for a second person
                payments.release(
                    payment=pending, day=day + timedelta(days=2), by=None, now=_instant(day + timedelta(days=2))
                )
    if pending is not None:
        twice = funds.receive(
            fund=fund, day=date(2026, 10, 8), amount_fen=88_800, source=Source.CHARITY, counterparty="热心居民", summary="募捐箱",
            voucher=f"演示回单 {fund.pk}-箱", by=None,
        )  # fmt: skip
        funds.reverse(entry=twice, day=date(2026, 10, 9), by=None, reason="同一笔登记了两次")


def _events(special: Fund, facilities: list[Facility], into: list[Fund]) -> None:
    for number, fund in enumerate(into):
        here = [one for one in facilities if street_of(one.division_code) == fund.division_code][:1]
        for facility in here:
            payments.hold_fundraiser(
                facility=facility, fund=fund, kind=("market", "sale", "round_up")[number % 3], name="邻里公益市集（演示）",
                held_on=date(2026, 5, 16 + number), amount_fen=321_050 + number, voucher=f"演示市集 {fund.pk}", by=None,
                volunteers=8 + number,
            )  # fmt: skip
    if facilities:
        asked = payments.apply_for_subsidy(
            facility=facilities[0], basis="landmark", document="演示：标志性空间阵地认定通知", applied_on=date(2026, 4, 1),
            applied_fen=30_000_000, by=None,
        )  # fmt: skip
        payments.decide_subsidy(subsidy=asked, approved_fen=25_000_000, by=None, reason="演示：按认定面积核定")
        paid = payments.pay_subsidy(subsidy=asked, fund=special, by=None, now=_instant(date(2026, 5, 6)))
        payments.release(payment=paid, day=date(2026, 5, 8), by=None, now=_instant(date(2026, 5, 8)))


def _space(chance: Random, district: int, facilities: list[Facility]) -> None:
    """Agreements that are equal, behind, ahead, about to end and settled, and one with a reduced rent."""
    exchanges.set_rent(
        district=district, rent_fen=3_600, starts_on=FIRST, source="演示：区参考租金通知（2025）", by=None
    )
    exchanges.set_rent(
        district=district, rent_fen=3_800, starts_on=date(2026, 1, 1), source="演示：区参考租金通知（2026）", by=None
    )
    partners = list(Partner.objects.filter(district_code=district).order_by("pk")[:6])
    for number, facility in enumerate(facilities[:6] if partners else []):
        spaces = [one for one in facility.spaces.order_by("pk") if one.usable_area_m2][:1]
        if not spaces:
            continue
        ends = (
            date(2027, 1, 1),
            date(2027, 1, 1),
            date(2027, 7, 1),
            date(2026, 12, 16),
            date(2026, 7, 1),
            date(2027, 1, 1),
        )[number]
        terms = {"terms": "reduction", "rent_fen": 120_000} if number == 5 else {"hour_fen": 12_000, "head_fen": 1_500}
        one = exchanges.agree(
            facility=facility, partner=partners[number % len(partners)], number=f"演示空间 {district // 10**6}-{number + 1:02d}",
            starts_on=date(2025, 7, 1), ends_on=ends, spaces=spaces, by=None, **terms,
        )  # fmt: skip
        if number == 5:
            continue
        exchanges.accrue(exchange=one, until=min(LAST, ends))
        monthly = int(spaces[0].usable_area_m2 * 3_700) * (100, 55, 140, 96, 90)[number] // 100
        for month in range(12):
            day = date(2025 + (6 + month) // 12, (6 + month) % 12 + 1, 12)
            _serve(one, day, monthly)
        for month in range(5 if number != 4 else 0):
            _serve(one, date(2026, 7 + month, 12), monthly)
        if number == 4:
            exchanges.settle(exchange=one, on=date(2026, 6, 16), how="演示：差额补做服务，双方签字", by=None)


def _serve(one, day: date, monthly_fen: int) -> None:
    minutes = max(60, monthly_fen * 60 // 12_000)
    exchanges.record_service(exchange=one, service=Service(day, "义诊、理发和家电维修（演示）", minutes), by=None)


def _operating(chance: Random, facilities: list[Facility]) -> None:
    rows, prices = [], []
    for number, facility in enumerate(facilities):
        for month in range(23):
            first = date(2025 + month // 12, month % 12 + 1, 1)
            if first > LAST:
                break
            scale = 1_000_000 + 40_000 * number + chance.randrange(100_000)
            for item, percent in (
                (Item.LOW_FEES, 38), (Item.MARKET_FEES, 20 + number), (Item.SUBSIDIES, 22), (Item.STAFF, 55), (Item.UTILITIES, 18),
                (Item.MATERIALS, 15),
            ):  # fmt: skip
                heads = 300 + 10 * number + chance.randrange(60) if item == Item.STAFF else None
                rows.append(
                    OperatingFigure(division_code=facility.division_code, facility=facility, month=first, item=item,
                                    amount_fen=scale * percent // 100, heads=heads)
                )  # fmt: skip
        for service, nature, fen, unit in (
            ("老年助餐", "low", 1_200, "份"),
            ("理发", "low", 1_500, "次"),
            ("乒乓球室", "free", 0, "小时"),
        ):
            prices.append(
                Price(division_code=facility.division_code, facility=facility, service=service, fee_nature=nature, price_fen=fen,
                      unit=unit, starts_on=FIRST)
            )  # fmt: skip
    OperatingFigure.objects.filter(facility__in=facilities).delete()  # sums of the year's records; these are itemised
    OperatingFigure.objects.bulk_create(rows)
    Price.objects.bulk_create(prices)


def _instant(day: date) -> datetime:
    return datetime.combine(day, time(2), tzinfo=UTC)
