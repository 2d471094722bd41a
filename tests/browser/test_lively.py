"""Recording a week, the calendar of frequencies and 热活度 in a real Chromium."""

from datetime import UTC, date, datetime
from io import BytesIO
from time import perf_counter

import pytest
from PIL import Image
from playwright.sync_api import expect

from assessments.operations.evaluations import nightly
from engagement.models import Activity, Round, VisitCount
from tenants.models import User
from tenants.scope import division_scope, opened_scope
from tests.browser.conftest import overflow, violations
from tests.conftest import DESKTOP, PHONE
from tests.people import GONGSHU

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_pages_are_accessible_and_fit(page_of, judged, size):
    page = page_of("district", viewport=size)
    base = f"/facilities/{judged.uuid}"
    found = {}
    for address in (
        f"{base}/service/", f"{base}/vitality/", f"{base}/week/", f"{base}/lively/surveys/add/", "/lively/activities/",
        "/vitality/", "/vitality/scale/", "/vitality/scale/edit/",
    ):  # fmt: skip
        page.goto(address, wait_until="networkidle")
        found[address] = (violations(page), overflow(page))
    assert {address: what for address, what in found.items() if what != ([], 0)} == {}
    assert page.complaints == []


class Hands:
    """Fills in a page and counts what a person would do for it; `seconds` of a slow one (Card, Moran, Newell: keystroke-level).

    A key takes 0.5 s (40 a minute would be twice as fast), pointing and clicking 1.3 s, finding the next field 1.35 s.
    """

    KEY, CLICK, THINK = 0.5, 1.3, 1.35

    def __init__(self):
        self.keys = self.clicks = self.fields = 0

    def type(self, field, text: str) -> None:
        """Into a field, and the key that leads to the next."""
        field.fill(text)
        self.fields, self.keys = self.fields + 1, self.keys + len(text) + 1

    def click(self, target) -> None:
        target.click()
        self.fields, self.clicks = self.fields + 1, self.clicks + 1

    def choose(self, field, value: str) -> None:
        """From a list: open it, pick."""
        field.select_option(value)
        self.fields, self.clicks = self.fields + 1, self.clicks + 2

    @property
    def seconds(self) -> float:
        return self.keys * self.KEY + self.clicks * self.CLICK + self.fields * self.THINK


@pytest.mark.requirement("PUB-4")
def test_a_clerk_records_a_week_in_under_five_minutes(page_of, judged, record_property):
    """Seven numbers, the ticks of the week, and one activity: two submissions, no other page, every input counted."""
    page, hands = page_of("street"), Hands()
    page.goto(f"/facilities/{judged.uuid}/week/", wait_until="networkidle")
    began = perf_counter()
    hands.click(page.get_by_role("link", name="上一周"))
    page.wait_for_load_state("networkidle")
    for number, cell in enumerate(page.get_by_label("到访人次").all()):
        hands.type(cell, str(100 + number))
    for box in page.get_by_role("checkbox").all():
        hands.click(box)
        expect(box).to_be_checked()
    hands.click(page.get_by_role("button", name="保存这一周"))
    expect(page.get_by_text("已保存这一周：写入 21 项。")).to_be_visible()
    hands.type(page.get_by_label("活动名称"), "健康讲座")
    hands.choose(page.get_by_label("类别"), "health_talk")
    hands.type(page.get_by_label("参加人次"), "35")
    hands.click(page.get_by_role("button", name="登记这场活动"))
    expect(page.get_by_text("已登记活动“健康讲座”。")).to_be_visible()
    record_property("browser_seconds", round(perf_counter() - began, 1))
    record_property(
        "inputs", f"{hands.keys} keys, {hands.clicks} clicks in {hands.fields} fields: {hands.seconds:.0f} s"
    )
    print(
        f"a week: {hands.keys} keys, {hands.clicks} clicks, {hands.seconds:.0f} s by hand, {perf_counter() - began:.1f} s scripted"
    )
    assert hands.seconds < 300
    page.get_by_role("link", name="健康讲座", exact=True).first.click()
    page.wait_for_load_state("networkidle")
    expect(page.get_by_label("活动名称")).to_have_value("健康讲座")
    with opened_scope(division_scope(GONGSHU)):
        counted = (VisitCount.objects.count(), Round.objects.count(), Activity.objects.get().head_count)
    assert counted == (7, 14, 35)


@pytest.mark.requirement("HOT-2")
def test_a_street_files_its_self_evaluation_in_the_browser(page_of, judged):
    """The clerk corrects one value with a file, confirms the rest; the person in charge signs. Every page fits and is accessible."""
    nightly.open_everywhere(today=date(2026, 7, 5), now=datetime(2026, 7, 5, 1, 0, tzinfo=UTC))
    page, found = page_of("street"), {}

    def looked(name: str) -> None:
        found[name] = (violations(page), overflow(page))

    page.goto("/evaluations/", wait_until="networkidle")
    looked("list")
    page.get_by_role("link", name="拱宸桥街道").click()
    page.wait_for_load_state("networkidle")
    looked("street")
    page.get_by_role("link", name="登云幸福家园").click()
    page.wait_for_load_state("networkidle")
    page.get_by_text("更正：群众满意度", exact=True).click()
    page.locator("#v-C1").fill("91.5")
    page.locator("#r-C1").fill("补录纸质问卷 40 份")
    picture = BytesIO()
    Image.new("RGB", (40, 30), "green").save(picture, "JPEG")
    page.locator("#f-C1").set_input_files(
        {"name": "问卷汇总.jpg", "mimeType": "image/jpeg", "buffer": picture.getvalue()}
    )
    looked("facility with an open form")
    page.locator("#C1").get_by_role("button", name="保存更正").click()
    expect(page.get_by_text("已更正，自评得分已重算。")).to_be_visible()
    expect(page.get_by_role("link", name="问卷汇总.jpg")).to_be_visible()
    page.set_viewport_size(PHONE)
    looked("facility on a phone")
    page.goto("/evaluations/", wait_until="networkidle")
    looked("list on a phone")
    page.get_by_role("link", name="拱宸桥街道").click()
    page.wait_for_load_state("networkidle")
    page.get_by_role("button", name="其余全部按台账确认").click()
    looked("street on a phone, asked")
    page.get_by_role("button", name="按台账确认 25 项").click()
    expect(page.get_by_text("已按台账确认 25 项。")).to_be_visible()
    chief = page_of("chief")
    chief.goto(page.url, wait_until="networkidle")
    with opened_scope(division_scope(GONGSHU)):
        name = User.objects.get(appointments__role="street_reviewer").display_name
    chief.get_by_label("以上自评属实").check()
    chief.get_by_label("签署人姓名").fill(name)
    chief.get_by_role("button", name="签署并报送给区民政局").click()
    expect(chief.get_by_text("已签署并报送给区民政局。")).to_be_visible()
    page = page_of("district")
    for address in ("/evaluations/", "/evaluations/checks/", "/evaluations/settings/", chief.url.split("?")[0]):
        page.goto(address, wait_until="networkidle")
        looked(address)
    page.get_by_role("button", name="退回街道").first.click()
    looked("sent back, asked")
    assert {name: what for name, what in found.items() if what != ([], 0)} == {}
    assert page.complaints == []
