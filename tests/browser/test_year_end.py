"""The year's end in a real Chromium: its pages, and the phone with the network cut, the app killed, and both restored."""

import pytest
from django.conf import settings
from django.core.management import call_command
from playwright.sync_api import expect

from assessments.models import Discrepancy, PublishedDocument, VisitFinding, VisitOperation
from standards.operations import load
from tenants.scope import division_scope, opened_scope
from tests.assessments import year as y
from tests.browser.conftest import overflow, violations
from tests.conftest import DESKTOP, PHONE
from tests.people import GONGSHU, client_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def year(transactional_db):
    call_command("load_divisions", verbosity=0)
    load()
    with opened_scope(division_scope(GONGSHU)):
        made = y.Year(GONGSHU, a_street=1)
        made.visits = made.to_assigned()
    return made


@pytest.fixture
def page_for(browser_context, live_server):
    def opened(user, **options):
        context = browser_context(**options)
        if user:
            cookie = client_of(user).cookies[settings.SESSION_COOKIE_NAME]
            context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        page = context.new_page()
        page.complaints = []
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("console", lambda m: page.complaints.append(m.text) if m.type == "error" else None)
        return page

    return opened


def test_every_page_of_the_year_end_is_accessible_and_fits(year, page_for):
    with opened_scope(division_scope(GONGSHU)):
        smaller = next(visit for visit in year.visits if not visit.is_second)
        directory, document = y.published(year, {smaller.facility_id: {"floor_area_documented": 60_000}})
        finding = Discrepancy.objects.get()
    public = f"/directory/{document.place}/2026/"
    steps = [f"/checks/{year.round.uuid}/?step={step}" for step in ("rules", "sample", "visits", "findings")]
    staff = ["/checks/", *steps, f"/visits/{smaller.uuid}/", "/findings/", f"/findings/{finding.uuid}/"]
    staff += ["/directories/", f"/directories/{directory.uuid}/"]
    names = sorted(each.name for each in PublishedDocument.objects.all())
    everybody = ["/directory/", *(f"{public}{name}/" for name in names), "/phone/"]
    assert names == ["commitment-1", "directory-1", "draw-1", "notice-1"]
    for size in (DESKTOP, PHONE):
        for user, addresses in ((year.admin, staff), (None, everybody)):
            page = page_for(user, viewport=size, service_workers="block")
            found = {}
            for address in addresses:
                page.goto(address, wait_until="load")
                found[address] = (violations(page), overflow(page))
            assert found == {address: ([], 0) for address in found}
            page.context.close()


def test_the_phone_keeps_everything_while_the_network_is_cut_and_the_app_killed(year, page_for):
    visit = year.visits[0]
    page = page_for(visit.user, viewport=PHONE)
    for address in ("/my-visits/", f"/my-visits/{visit.uuid}/"):
        page.goto(address)
        assert (violations(page), overflow(page)) == ([], 0), address
    page.goto("/phone/")
    expect(page.locator("body")).to_have_attribute("data-ready", "true")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    link = page.locator(f"a[href='#/visit/{visit.uuid}']")
    expect(link).to_be_visible()
    context = page.context
    context.set_offline(True)
    link.click()
    page.get_by_text("场地（").click()
    card = page.locator("[data-key=floor_area_documented]")
    card.get_by_label("现场查得（㎡）").fill("9o5")
    card.get_by_role("button", name="保存").click()
    expect(card.get_by_role("alert")).to_contain_text("请填数字")
    card.get_by_label("现场查得（㎡）").fill("905.5")
    card.get_by_role("button", name="保存").click()
    expect(card.locator(".phone-found")).to_contain_text("已记：905.5 ㎡。上传以后显示填报的值。")
    expect(page.locator("#queue")).to_have_text("1 条只存在这台手机上")
    page.get_by_label("设施签字人").fill("王站长")
    page.get_by_role("button", name="签字并交回").click()
    expect(page.locator("#queue")).to_have_text("2 条只存在这台手机上")
    assert violations(page) == []
    page.close()
    again = context.new_page()
    again.goto("/phone/")
    expect(again.locator("#queue")).to_have_text("2 条只存在这台手机上")
    with again.expect_download() as exported:
        again.get_by_role("button", name="导出没有上传的记录").click()
    assert "floor_area_documented" in exported.value.path().read_text(encoding="utf-8")
    context.set_offline(False)
    again.get_by_role("button", name="现在上传").click()
    expect(again.locator("#queue")).to_have_text("都已交到区里")
    with opened_scope(division_scope(GONGSHU)):
        assert VisitOperation.objects.filter(visit=visit).count() == 2
        assert VisitFinding.objects.get(visit=visit).value == 90_550
        visit.refresh_from_db()
        assert (visit.state, visit.signed_name) == ("handed_in", "王站长")
        y.operations.visits.revoke(visit=visit, reason="另派他人", by=year.admin, now=y.RECEIVED)
    again.get_by_role("button", name="现在上传").click()
    expect(again.locator(f"a[href='#/visit/{visit.uuid}']")).to_have_count(0)
