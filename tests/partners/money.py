"""What the tests of money share: a fund, a payment through both pairs of eyes, an agreement over a space."""

from datetime import UTC, date, datetime

from partners.models import Fund, Payment
from partners.operations import exchanges, funds, payments
from tests.assessments import registry
from tests.people import GONGCHENQIAO, GONGSHU

NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)
DAY = date(2026, 6, 1)


def fund(name="拱宸桥街道慈善共富基金", code=GONGCHENQIAO, kind="street", **described) -> Fund:
    described = {"manager": "拱宸桥街道", "purpose": "助老助困", "starts_on": date(2025, 1, 1), **described}
    return funds.open_fund(division_code=code, name=name, kind=kind, by=None, **described)


def receive(into: Fund, amount_fen: int, voucher: str, day=DAY):
    return funds.receive(
        fund=into,
        day=day,
        amount_fen=amount_fen,
        source="charity",
        counterparty="某公司",
        summary="捐赠",
        voucher=voucher,
        by=None,
    )


def pay(out_of: Fund, amount_fen: int, *, first, second, day=DAY, project=None, facility=None) -> Payment:
    proposed = payments.propose(
        fund=out_of, source="venture", payee="邻里社工服务社", amount_fen=amount_fen, purpose="银龄互助", evidence="协议 1 号", by=first,
        now=NOW, project=project, facility=facility,
    )  # fmt: skip
    return payments.release(payment=proposed, day=day, by=second, now=NOW)


def rent(fen=4_000, starts_on=date(2025, 1, 1), district=GONGSHU):
    return exchanges.set_rent(
        district=district, rent_fen=fen, starts_on=starts_on, source="演示：区参考租金通知", by=None
    )


def agreement(
    facility, partner, spaces, *, number="KJ-1", starts_on=date(2026, 1, 1), ends_on=date(2027, 1, 1), **terms
):
    terms = {"hour_fen": 12_000, "head_fen": 1_500, **terms}
    return exchanges.agree(
        facility=facility,
        partner=partner,
        number=number,
        starts_on=starts_on,
        ends_on=ends_on,
        spaces=spaces,
        by=None,
        **terms,
    )


def place(number=1, area="120.50", code=None):
    """A facility with one site and one space."""
    facility = registry.facility(number, **({"code": code} if code else {}))
    site = registry.site(facility)
    return facility, registry.space(facility, site, "102 室", usable=area, used_by="social")
