"""Recording a week, the calendar of frequencies and 热活度 in a real Chromium."""

import pytest
from playwright.sync_api import expect

from engagement.models import Activity, Round, VisitCount
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


@pytest.mark.requirement("PUB-4")
def test_a_clerk_records_a_week_with_few_keys(page_of, judged):
    """Seven numbers, the ticks of last week, and an activity held again: two submissions, no other page."""
    page = page_of("street")
    page.goto(f"/facilities/{judged.uuid}/week/", wait_until="networkidle")
    page.get_by_role("link", name="上一周").click()
    page.wait_for_load_state("networkidle")
    for number, cell in enumerate(page.get_by_label("到访人次").all()):
        cell.fill(str(100 + number))
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_role("button", name="保存这一周").click()
    expect(page.get_by_text("已保存这一周：写入 21 项。")).to_be_visible()
    page.get_by_label("活动名称").fill("健康讲座")
    page.get_by_label("类别").select_option("health_talk")
    page.get_by_label("参加人次").fill("35")
    page.get_by_role("button", name="登记这场活动").click()
    expect(page.get_by_text("已登记活动“健康讲座”。")).to_be_visible()
    page.get_by_role("link", name="健康讲座", exact=True).first.click()
    page.wait_for_load_state("networkidle")
    expect(page.get_by_label("活动名称")).to_have_value("健康讲座")
    with opened_scope(division_scope(GONGSHU)):
        counted = (VisitCount.objects.count(), Round.objects.count(), Activity.objects.get().head_count)
    assert counted == (7, 14, 35)
