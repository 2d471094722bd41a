"""The money pages: who gets in, what they say, what their buttons do, and a fund's year that balances to the fen."""

import io
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook
from pypdf import PdfReader

from engagement.models import Activity
from partners.models import Exchange, Fund, FundEntry, Payment
from partners.operations import exchanges, funds
from partners.operations.exchanges import Service
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.assessments import registry
from tests.partners import money
from tests.people import GONGCHENQIAO, GONGSHU, HUSHU, client_of, person, signed_in

pytestmark = pytest.mark.django_db
TRANSACTION = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE SAVEPOINT")
COMMUNITY = 330105005052
LISTS = (
    "/money/", "/money/duty/", "/money/funds/", "/money/payments/", "/money/fundraisers/", "/money/subsidies/", "/money/exchanges/",
    "/money/rents/", "/money/operating/", "/money/operating/?by=brand", "/money/operating/?by=street",
)  # fmt: skip


def sent(client, address, **values):
    """Save a form of the kind that keeps drafts."""
    page = client.get(address)
    assert page.status_code == 200, page.status_code
    hidden = {name: page.context[name] for name in ("version", "token")}
    return client.post(address, {"act": "save", "draft": "", **hidden, **values}, follow=True)


def text_of(answer) -> str:
    return answer.content.decode()


@pytest.fixture
def street():
    """A street with a facility, a space, a partner and a fund; its clerk and its reviewer."""
    with opened_scope(division_scope(GONGSHU)):
        facility, space = money.place(code=COMMUNITY)
        partner = registry.partner(facility)
        project = registry.charity(facility, year=timezone.localdate().year)  # money that arrives today
        fund = money.fund()
    clerk, reviewer = person(Role.STREET_CLERK, GONGCHENQIAO), person(Role.STREET_REVIEWER, GONGCHENQIAO)
    return {
        "facility": facility, "space": space, "partner": partner, "project": project, "fund": fund,
        "clerk": client_of(clerk), "reviewer": client_of(reviewer),
    }  # fmt: skip


@pytest.mark.parametrize("address", LISTS)
def test_an_empty_ledger_says_what_to_do_next(address):
    answer = signed_in(Role.STREET_CLERK, GONGCHENQIAO).get(address)
    assert answer.status_code == 200
    assert "还没有" in text_of(answer) or "没有" in text_of(answer)


@pytest.mark.parametrize("role", [Role.ASSESSOR, Role.OPERATOR, Role.SYSTEM_ADMIN])
def test_money_is_closed_to_those_without_the_right(role):
    assert signed_in(role, GONGSHU).get("/money/funds/").status_code == 403


@pytest.mark.requirement("FND-3")
@pytest.mark.requirement("FND-8")
def test_a_fund_year_that_balances_to_the_fen(street):
    """From the founding of a fund to the statement of its year, by its pages alone."""
    clerk, reviewer = street["clerk"], street["reviewer"]
    new_year = f"{timezone.localdate():%Y}-01-01"  # the statement is that of the running year
    sent(
        clerk, "/money/funds/add/", name="运河冠名基金", kind="named", manager="拱宸桥街道", purpose="助老", starts_on="2026-01-01",
        rules_document="演示办法", last_day="",
    )  # fmt: skip
    with opened_scope(division_scope(GONGSHU)):
        base = f"/money/funds/{Fund.objects.get(name='运河冠名基金').uuid}/"
    for amount, voucher in (("100000.01", "回单 1"), ("50000", "回单 2"), ("0.99", "回单 3")):
        sent(
            clerk, f"{base}post/receipt/", day=new_year, amount=amount, source="charity", counterparty="某公司", voucher=voucher,
            summary="捐赠",
        )  # fmt: skip
    twice = sent(
        clerk,
        f"{base}post/receipt/",
        day=new_year,
        amount="1",
        source="charity",
        counterparty="某公司",
        voucher="回单 3",
        summary="捐赠",
    )
    assert "同一笔钱只记一次" in text_of(twice)
    sent(
        clerk, f"{base}post/payment/", amount="60000.50", payee="邻里社工", source="venture", purpose="银龄互助", evidence="协议 1 号",
        project=street["project"].pk, facility="",
    )  # fmt: skip
    with opened_scope(division_scope(GONGSHU)):
        payment = Payment.objects.get()
    page = f"/money/payments/{payment.uuid}/"
    assert "等另一位同事复核" in text_of(clerk.get(page))
    assert clerk.post(f"{page}decide/", {"act": "release"}).status_code == 403, "a clerk releases nothing"
    assert "已放款" in text_of(reviewer.post(f"{page}decide/", {"act": "release"}, follow=True))
    with opened_scope(division_scope(GONGSHU)):
        wrong = FundEntry.objects.get(voucher="回单 3")
    clerk.post(f"/money/entries/{wrong.uuid}/reverse/", {"reason": "重复"})
    shown = text_of(clerk.get(base))
    assert ["150,000.01 元" in shown, "60,000.50 元" in shown, "89,999.51 元" in shown] == [True] * 3
    [sheet] = load_workbook(io.BytesIO(clerk.get(f"{base}statement.xlsx").content)).worksheets
    lines = list(sheet.iter_rows(min_row=3, values_only=True))
    assert [line[9] for line in lines] == [100000.01, 50000, 0.99, -60000.5, -0.99]
    assert lines[-1][10] == 89999.51
    assert (
        "收入 150,000.01 元，资助拨付 60,000.50 元，直接支出 0.00 元，净划入 0.00 元，期末 89,999.51 元"
        in sheet["A1"].value
    )
    paper = PdfReader(io.BytesIO(clerk.get(f"{base}statement.pdf").content))
    assert "89,999.51" in "".join(page.extract_text() for page in paper.pages).replace("\0", "")
    assert "60,000.50" in text_of(clerk.get(f"/money/duty/?year={payment.proposed_at.year}"))


def test_a_reviewer_who_proposed_cannot_release(street):
    reviewer, base = street["reviewer"], f"/money/funds/{street['fund'].uuid}/"
    sent(
        reviewer,
        f"{base}post/receipt/",
        day="2026-03-01",
        amount="10",
        source="charity",
        counterparty="某公司",
        voucher="回单 1",
        summary="捐赠",
    )
    sent(
        reviewer,
        f"{base}post/payment/",
        amount="5",
        payee="邻里",
        source="charity",
        purpose="慰问",
        evidence="单",
        project="",
        facility="",
    )
    with opened_scope(division_scope(GONGSHU)):
        payment = Payment.objects.get()
    answer = reviewer.post(f"/money/payments/{payment.uuid}/decide/", {"act": "release"}, follow=True)
    assert "放款要两个人" in text_of(answer)
    assert "已撤回" in text_of(reviewer.post(f"/money/payments/{payment.uuid}/withdraw/", follow=True))


@pytest.mark.requirement("SFS-1")
def test_an_exchange_from_agreement_to_settlement_by_its_pages(street):
    clerk, facility = street["clerk"], street["facility"]
    add = f"/facilities/{facility.uuid}/exchanges/add/"
    values = {
        "number": "KJ-9", "partner": street["partner"].pk, "terms": "exchange", "spaces": [street["space"].pk], "starts_on": "2026-01-01",
        "last_day": "2026-12-31", "hour": "120", "head": "15", "tolerance": "", "rent": "",
    }  # fmt: skip
    assert "已登记协议 KJ-9" in text_of(sent(clerk, add, **values))
    with opened_scope(division_scope(GONGSHU)):
        one = Exchange.objects.get()
    page = f"/money/exchanges/{one.uuid}/"
    assert "待区民政局确认" in text_of(clerk.get(page)), "the district has not set a rent yet"
    sent(
        signed_in(Role.DISTRICT_ADMIN, GONGSHU),
        "/money/rents/add/",
        rent="40",
        starts_on="2025-01-01",
        source="演示文件",
    )
    assert clerk.get("/money/rents/add/").status_code == 403
    clerk.post(f"{page}accrue/")
    sent(clerk, f"{page}service/", day="2026-03-01", summary="理发", hours="10", heads="20")
    assert "1,500.00" in text_of(clerk.get(page))
    with opened_scope(division_scope(GONGSHU)):
        held = {"facility": facility, "division_code": facility.division_code, "kind": "care", "head_count": 30}
        activity = Activity.objects.create(held_on=date(2026, 4, 1), name="重阳义诊", **held)
        Activity.objects.create(held_on=date(2025, 12, 31), name="早于协议", **held)
    choosing = f"{page}activities/"
    assert ["重阳义诊" in text_of(clerk.get(choosing)), "早于协议" in text_of(clerk.get(choosing))] == [True, False]
    credited = text_of(clerk.post(choosing, {"activity": activity.uuid, "hours": "2.5"}, follow=True))
    assert "已用“重阳义诊”抵扣 750.00 元" in credited
    again = text_of(clerk.post(choosing, {"activity": activity.uuid, "hours": "1"}, follow=True))
    assert "不能重复抵扣" in again
    sent(clerk, f"{page}settle/", on="2026-07-01", how="折价缴入街道基金，回单 8")
    settled = text_of(clerk.get(page))
    assert "折价缴入街道基金" in settled
    with opened_scope(division_scope(GONGSHU)):
        assert exchanges.open_fen(one) == 0


def test_operating_figures_and_prices_by_their_pages(street):
    clerk, facility = street["clerk"], street["facility"]
    for item, amount in (("low_fees", "900"), ("staff", "1000")):
        sent(
            clerk,
            f"/facilities/{facility.uuid}/figures/add/",
            month="2026-05-09",
            item=item,
            amount=amount,
            partner="",
            heads="50",
        )
    twice = sent(
        clerk,
        f"/facilities/{facility.uuid}/figures/add/",
        month="2026-05-01",
        item="staff",
        amount="1",
        partner="",
        heads="",
    )
    assert "这个月这一项已经登记了" in text_of(twice)
    sent(
        clerk, f"/facilities/{facility.uuid}/prices/add/", service="理发", fee_nature="low", price="15", unit="次", starts_on="2026-01-01",
        last_day="",
    )  # fmt: skip
    shown = text_of(clerk.get(f"/money/operating/{facility.uuid}/?year=2026"))
    assert "90.0 %" in shown
    assert "20.00" in shown, "1,000 元 for 50 people"
    assert "15.00 / 次" in shown
    assert "90.0 %" in text_of(clerk.get("/money/operating/?by=street&year=2026"))


@pytest.mark.parametrize("rows", [1, 3])
def test_no_money_page_takes_more_than_twelve_queries(street, rows):
    with opened_scope(division_scope(GONGSHU)):
        money.rent()
        for number in range(rows):
            facility, space = money.place(number + 10, code=COMMUNITY)
            one = money.agreement(facility, registry.partner(facility), [space], number=f"KJ-{number}")
            exchanges.accrue(exchange=one, until=date(2026, 6, 1))
            exchanges.record_service(exchange=one, service=Service(date(2026, 3, 1), "理发", 60), by=None)
            fund = money.fund(f"基金 {number}")
            funds.receive(
                fund=fund,
                day=money.DAY,
                amount_fen=100,
                source="charity",
                counterparty="某",
                summary="捐",
                voucher=f"回单 {number}",
                by=None,
            )
            money.pay(fund, 50, first=None, second=None, facility=facility)
    client = signed_in(Role.DISTRICT_ADMIN, GONGSHU)
    addresses = (
        *LISTS,
        f"/money/funds/{fund.uuid}/",
        f"/money/exchanges/{one.uuid}/",
        f"/money/operating/{facility.uuid}/",
    )
    taken = {}
    for address in addresses:
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        taken[address] = sum(not query["sql"].startswith(TRANSACTION) for query in captured)
    assert max(taken.values()) <= 12, taken


def test_the_api_reads_the_ledgers_of_the_own_range(street):
    fund = street["fund"]
    with opened_scope(division_scope(GONGSHU)):
        entry = money.receive(fund, 1_234, "回单 1")
        funds.reverse(entry=entry, day=money.DAY, by=None, reason="试")
    found = street["clerk"].get(f"/api/v1/fund-entries/?fund={fund.uuid}&year=2026").json()["results"]
    assert [(one["number"], one["change_fen"], one["reverses"]) for one in found] == [
        (1, 1_234, None),
        (2, -1_234, str(entry.uuid)),
    ]
    assert [one["held_fen"] for one in street["clerk"].get("/api/v1/funds/").json()["results"]] == [0]
    assert signed_in(Role.STREET_CLERK, HUSHU).get("/api/v1/funds/").json()["results"] == []
    assert street["clerk"].get("/api/v1/exchanges/?facility=nothing").status_code == 400
    assert street["clerk"].get("/api/v1/operating-figures/?year=twelve").status_code == 400
