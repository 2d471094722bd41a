"""Partners, money and follow-up in a real Chromium: every page by axe at both sizes, and three ways through by keyboard alone."""

from datetime import date, timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import expect

from assessments.models import FollowUp, Rectification
from assessments.operations.follow_up import nightly
from partners import operations
from partners.demo_plans import load_plans
from partners.models import Agreement, Application, Payment, Plan
from partners.operations import exchanges
from partners.operations.exchanges import Service
from standards.operations import load
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.assessments import registry
from tests.browser.conftest import overflow, violations
from tests.browser.keys import choose, follow, press, write, write_day
from tests.conftest import DESKTOP, PHONE
from tests.engagement import records
from tests.partners import life as tale
from tests.partners import money
from tests.people import GONGCHENQIAO, GONGSHU, person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CANTEEN = 11


def inside():
    return opened_scope(division_scope(GONGSHU))


class Street:
    """拱宸桥 with one facility, a clerk and a reviewer, and what a test puts there. Days count from today."""

    def __init__(self):
        call_command("load_divisions", verbosity=0)
        load()
        self.today = timezone.localdate()
        with inside():
            self.facility = registry.demonstration(1, code=tale.COMMUNITY)
            self.clerk, self.reviewer = tale.post(Role.STREET_CLERK), tale.post(Role.STREET_REVIEWER)
        self.admin = person(Role.DISTRICT_ADMIN, GONGSHU)

    def admitted(self, name="热心李叔叔", phone="13812340001") -> Application:
        """An application whose notice is over."""
        began = self.today - timedelta(days=20)
        call, need = tale.opened_call(self.facility, self.clerk, began)
        one = tale.scored(
            tale.applied(call, need, began, name=name, phone=phone, uscc="", kind="resident"), self.clerk, began
        )
        one = operations.announce(application=one, by=self.reviewer, today=began)
        until = one.notice_to + timedelta(days=1)
        return operations.admit(application=one, by=self.reviewer, today=until, now=tale.now_of(until))

    def survey(self, satisfied: int, ended: int):
        """100 answers about the canteen; it ended some days ago and ran for ten."""
        last = self.today - timedelta(days=ended)
        return records.survey(
            self.facility, satisfied, 100, first=last - timedelta(days=9), last=last, item_number=CANTEEN, title="食堂满意度"
        )  # fmt: skip

    def ordered(self) -> Rectification:
        """79 % were satisfied: the night has opened an order."""
        self.survey(79, ended=30)
        nightly.open_in(district=GONGSHU, today=self.today - timedelta(days=29), now=timezone.now())
        return Rectification.objects.get()


@pytest.fixture
def street(transactional_db):
    return Street()


def pages_of_partners(street) -> list[str]:
    waiting, agreed_with = street.admitted(), street.admitted("热心王奶奶", "13812340002")
    call, partner = waiting.call, waiting.partner
    agreement = tale.drafted(agreed_with, street.clerk, street.today, ends_on=street.today + timedelta(days=60))
    calls, one, agreed = (
        f"/partners/calls/{call.uuid}/",
        f"/partners/{partner.uuid}/",
        f"/partners/agreements/{agreement.uuid}/",
    )
    application = f"/partners/applications/{waiting.uuid}/"
    return [
        "/partners/", "/partners/overview/", "/partners/?q=没有这一家", "/partners/add/",
        *(f"{one}{part}" for part in ("", "?tab=papers", "?tab=honours", "?tab=record")),
        f"{one}edit/", f"{one}contacts/", f"{one}merge/", "/partners/calls/", "/partners/calls/add/", calls, f"{calls}apply/",
        application, f"{application}agreement/", "/partners/agreements/", agreed, "/partners/endings/",
        f"/partners/endings/{agreement.uuid}/",
        "/partners/selections/", "/partners/exemplars/", "/partners/exemplars/add/", "/partners/honours/", "/partners/rules/",
    ]  # fmt: skip


def pages_of_money(street) -> list[str]:
    space = street.facility.spaces.first()
    fund = money.fund()
    money.receive(fund, 10_000_00, "回单 1", street.today)
    first, second = street.clerk.user, street.reviewer.user
    paid = money.pay(fund, 100_00, first=first, second=second, day=street.today)
    money.rent()
    exchange = money.agreement(
        street.facility, registry.partner(street.facility), [space], starts_on=date(2026, 1, 1), ends_on=street.today + timedelta(days=40)
    )  # fmt: skip
    exchanges.record_service(exchange=exchange, service=Service(street.today, "义诊", minutes=60, heads=5), by=first)
    base, kept, own = (
        f"/money/funds/{fund.uuid}/",
        f"/money/exchanges/{exchange.uuid}/",
        f"/facilities/{street.facility.uuid}/",
    )
    return [
        "/money/", "/money/duty/", "/money/funds/", "/money/funds/add/", base,
        *(f"{base}post/{what}/" for what in ("receipt", "payment", "transfer", "fundraiser", "goods", "hand-out")),
        "/money/payments/", f"/money/payments/{paid.uuid}/", "/money/fundraisers/", "/money/subsidies/", "/money/start/subsidy/",
        f"{own}subsidies/add/", "/money/exchanges/", kept, f"{kept}service/", f"{kept}settle/", f"{kept}activities/", "/money/rents/",
        "/money/rents/add/", f"{own}exchanges/add/", "/money/operating/", f"/money/operating/{street.facility.uuid}/",
        f"{own}figures/add/", f"{own}prices/add/", f"{own}charity/add/", "/money/rules/", *_pages_of_plans(),
    ]  # fmt: skip


def _pages_of_plans() -> list[str]:
    load_plans(district=GONGSHU, street=GONGCHENQIAO)
    plan = Plan.objects.get(state="published")
    base, kept = f"/money/plans/{plan.uuid}/", f"/money/plan-items/{plan.items.get(title='邻里义诊').uuid}/"
    return ["/money/plans/", base, f"{base}?year=all", kept, f"{kept}record/"]


def pages_of_follow_up(street) -> list[str]:
    order = street.ordered()
    half = FollowUp.objects.first()
    return [
        "/follow-ups/", f"/follow-ups/{half.uuid}/", "/follow-ups/rules/", "/rectifications/", f"/rectifications/{order.uuid}/",
        "/item-decisions/",
    ]  # fmt: skip


@pytest.mark.requirement("PAR-1", "FND-3")
def test_every_page_is_accessible_and_fits(street, page_for):
    with inside():
        addresses = [*pages_of_partners(street), *pages_of_money(street), *pages_of_follow_up(street)]
    page = page_for(street.admin, viewport=DESKTOP)
    found = {}
    for address in addresses:
        answer = page.goto(address, wait_until="load")
        assert answer.status == 200, address
        for size in (DESKTOP, PHONE):
            page.set_viewport_size(size)
            found[address, size["width"]] = (violations(page, colours=size is DESKTOP), overflow(page))
        page.set_viewport_size(DESKTOP)
    assert {where: what for where, what in found.items() if what != ([], 0)} == {}
    assert page.complaints == []


@pytest.mark.requirement("PAR-1", "PAR-7")
def test_from_a_call_to_an_agreement_by_keyboard_alone(street, page_for):
    page = page_for(street.clerk.user)
    page.goto("/partners/calls/")
    follow(page, "link", "起草征集", "起草征集")
    write(page, "标题", "助老服务征集")
    write_day(page, "截止", street.today + timedelta(days=9))
    write(page, "没有账号的评审人", tale.PANEL)
    follow(page, "button", "保存并登记", "征集与准入")
    follow(page, "link", "助老服务征集", "助老服务征集")
    choose(page, "设施", str(street.facility.uuid))
    write(page, "需求", "上门助浴")
    press(page, "button", "加这条需求")
    expect(page.get_by_role("rowheader", name="上门助浴")).to_be_visible()
    page.wait_for_load_state()
    press(page, "button", "发布征集")
    expect(page.get_by_role("link", name="代填申请")).to_be_visible()
    page.wait_for_load_state()
    follow(page, "link", "代填申请", "代填申请")
    choose(page, "申请哪项服务", page.get_by_label("申请哪项服务").locator("option").last.get_attribute("value"))
    write(page, "单位名称或姓名", "热心张阿姨")
    choose(page, "你是", "resident")
    write(page, "服务方案", "每周二、周四上门")
    write(page, "联系人", "张阿姨")
    write(page, "联系电话", "13812340001")
    follow(page, "button", "受理这份申请", "热心张阿姨")
    press(page, "button", "资格审查通过")
    expect(page.get_by_text("待评分", exact=False).first).to_be_visible()
    with inside():
        assert Application.objects.get().state == "qualified"
        Application.objects.all().delete()
        waiting = street.admitted()
    page.goto(f"/partners/applications/{waiting.uuid}/")
    follow(page, "link", "拟协议", "拟协议")
    write(page, "编号", "拱宸桥协 2026-01")
    write_day(page, "最后一天", street.today + timedelta(days=364))
    write(page, "服务时间", "周二、周四")
    write(page, "双方责任", "甲方联系老人，乙方上门。")
    write(page, "价目", "助浴 低收费 30 元/次")
    follow(page, "button", "存下协议", "上门助浴")
    reviewer = page_for(street.reviewer.user)
    reviewer.goto(page.url)
    press(reviewer, "button", "登记已签订")
    expect(reviewer.locator(".page-head")).to_contain_text("待落地")
    with inside():
        assert Agreement.objects.get().signed_on == street.today


@pytest.mark.requirement("FND-3", "FND-8")
def test_from_a_receipt_to_a_payment_that_a_second_person_releases_by_keyboard_alone(street, page_for):
    with inside():
        fund = money.fund()
    page = page_for(street.clerk.user)
    page.goto("/money/funds/")
    follow(page, "link", fund.name, fund.name)
    follow(page, "link", "登记收款", "登记收款")
    write(page, "金额", "50000.01")
    choose(page, "资金来源", "charity")
    write(page, "付款方", "某公司")
    write(page, "外部凭证号", "回单 1")
    write(page, "摘要", "定向捐赠")
    follow(page, "button", "登记收款", fund.name)
    follow(page, "link", "提出放款", "提出放款")
    write(page, "金额", "20000.50")
    write(page, "收款方", "邻里社工服务社")
    choose(page, "项目来源", "venture")
    write(page, "用途", "银龄互助")
    write(page, "佐证", "协议 1 号")
    press(page, "button", "提出放款")
    expect(page.get_by_text("等另一位同事复核。")).to_be_visible()
    expect(page.get_by_role("button", name="复核放款，记进基金账")).to_have_count(0)
    with inside():
        payment = Payment.objects.get()
    second = page_for(street.reviewer.user)
    second.goto(f"/money/payments/{payment.uuid}/")
    press(second, "button", "复核放款，记进基金账")
    expect(second.locator(".page-head")).to_contain_text("已放款")
    second.goto(f"/money/funds/{fund.uuid}/")
    expect(second.locator("#main")).to_contain_text("29,999.51 元")


@pytest.mark.requirement("SAT-1")
def test_an_order_is_mended_surveyed_again_and_closed_by_keyboard_alone(street, page_for):
    with inside():
        order = street.ordered()
    page = page_for(street.clerk.user)
    page.goto("/rectifications/")
    title = f"{street.facility.name}：社区食堂整改"
    follow(page, "link", street.facility.name, title)
    write(page, "做什么、谁负责、什么时候做完", "调整菜单，由站长负责，两周内办完")
    press(page, "button", "报送措施")
    expect(page.locator(".steps [aria-current]")).to_contain_text("整改与复测")
    with inside():
        street.survey(80, ended=1)
    page.reload()
    press(page, "button", "报送复测")
    expect(page.locator(".steps [aria-current]")).to_contain_text("区复核、销号")
    district = page_for(street.admin)
    district.goto(f"/rectifications/{order.uuid}/")
    press(district, "button", "复核通过，销号")
    expect(district.locator(".page-head .tag")).to_have_text("已销号")
    with inside():
        assert Rectification.objects.get().state == "closed"
