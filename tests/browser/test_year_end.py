"""The year's end in a real Chromium: its pages, and the phone with the network cut, the app killed, and both restored."""

import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from playwright.sync_api import Error, expect

from assessments.models import Discrepancy, PublishedDocument, VisitFinding, VisitOperation
from launcher.browser import find_chromium
from standards.operations import load
from tenants.scope import division_scope, opened_scope
from tests.assessments import year as y
from tests.browser.conftest import overflow, violations
from tests.conftest import CHROMIUM_FLAGS, DESKTOP, PATIENCE_MS, PHONE
from tests.facilities.test_archives import picture
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


def test_every_page_of_the_year_end_is_accessible_and_fits(year, page_for):
    with opened_scope(division_scope(GONGSHU)):
        smaller = next(visit for visit in year.visits if not visit.is_second)
        directory, document = y.published(year, {smaller.facility_id: {"floor_area_documented": 60_000}})
        finding = Discrepancy.objects.get()
    public = f"/directory/{document.place}/2026/"
    steps = [f"/checks/{year.round.uuid}/?step={step}" for step in ("rules", "sample", "visits", "findings")]
    staff = ["/checks/", *steps, f"/visits/{smaller.uuid}/", "/findings/", f"/findings/{finding.uuid}/"]
    made = f"/directories/{directory.uuid}/"
    staff += ["/directories/", made, f"{made}?part=all", f"{made}?part=appeals", f"{made}correction/"]
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


@pytest.fixture
def phone(chromium, live_server, traffic, tmp_path):
    """A phone with a memory of its own: opened, killed without a word, and opened again."""
    profile, held = tmp_path / "phone", []
    traffic.start_over()

    def opened(user, **options):
        context = chromium.browser_type.launch_persistent_context(
            profile, executable_path=find_chromium(), args=CHROMIUM_FLAGS, viewport=PHONE, base_url=live_server.url,
            timeout=4 * PATIENCE_MS, **options,
        )  # fmt: skip
        context.set_default_timeout(PATIENCE_MS)
        held.append(context)
        cookie = client_of(user).cookies[settings.SESSION_COOKIE_NAME]
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        return context

    opened.kill = lambda: _kill(profile)
    yield opened
    for context in held:
        with suppress(Error):
            context.close()
    traffic.wait_until_quiet()


def _kill(profile) -> None:
    """SIGKILL to every process of one profile, and to no other."""
    mark = f"--user-data-dir={profile}".encode()
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if entry.name.isdigit() and mark in (entry / "cmdline").read_bytes().split(b"\0"):
                os.kill(int(entry.name), signal.SIGKILL)
    for name in ("SingletonLock", "SingletonSocket", "SingletonCookie"):
        (profile / name).unlink(missing_ok=True)


def test_the_phone_keeps_everything_while_the_network_is_cut_and_the_app_killed(year, phone, tmp_path):
    visit = year.visits[0]
    context = phone(visit.user)
    page = context.pages[0]
    for address in ("/my-visits/", f"/my-visits/{visit.uuid}/"):
        page.goto(address)
        assert (violations(page), overflow(page)) == ([], 0), address
    page.goto("/phone/")
    expect(page.locator("body")).to_have_attribute("data-ready", "true")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    link = f"a[href='#/visit/{visit.uuid}']"
    expect(page.locator(link)).to_be_visible()
    context.set_offline(True)
    page.locator(link).click()
    page.get_by_text("场地（").click()
    card = page.locator("[data-key=floor_area_documented]")
    card.get_by_label("现场查得（㎡）").fill("9o5")
    card.get_by_role("button", name="保存").click()
    expect(card.get_by_role("alert")).to_contain_text("请填数字")
    card.get_by_label("现场查得（㎡）").fill("905.5")
    card.get_by_role("button", name="保存").click()
    expect(card.locator(".phone-found")).to_contain_text("已记：905.5 ㎡。上传以后显示填报的值。")
    expect(page.locator("#queue")).to_have_text("1 条只存在这台手机上")
    expect(page.locator("#net")).to_have_text("没有网络")
    (tmp_path / "hall.jpg").write_bytes(picture())
    page.set_input_files("#c-floor_area_documented", tmp_path / "hall.jpg")
    expect(page.locator("#queue")).to_have_text("2 条只存在这台手机上")
    page.get_by_label("设施签字人").fill("王站长")
    page.get_by_role("button", name="签字并交回").click()
    expect(page.locator("#queue")).to_have_text("3 条只存在这台手机上")
    assert (violations(page), overflow(page)) == ([], 0)
    phone.kill()
    context = phone(visit.user, offline=True)
    page = context.pages[0]
    page.goto("/phone/#/queue")
    expect(page.locator("#queue")).to_have_text("3 条只存在这台手机上")
    expect(page.locator("main")).to_contain_text("只存在这台手机上（3 条）")
    assert (violations(page), overflow(page)) == ([], 0)
    with page.expect_download() as exported:
        page.get_by_role("button", name="导出没有上传的记录").click()
    assert "floor_area_documented" in exported.value.path().read_text(encoding="utf-8")
    context.set_offline(False)
    page.get_by_role("button", name="现在上传").click()
    expect(page.locator("#queue")).to_have_text("都已交到区里")
    with opened_scope(division_scope(GONGSHU)):
        kept = VisitOperation.objects.filter(visit=visit).values_list("kind", "state").order_by("kind")
        assert list(kept) == [("found", "applied"), ("photo", "applied"), ("sign", "applied")]
        assert VisitFinding.objects.get(visit=visit).value == 90_550
        visit.refresh_from_db()
        assert (visit.state, visit.signed_name) == ("handed_in", "王站长")
        y.operations.visits.revoke(visit=visit, reason="另派他人", by=year.admin, now=y.RECEIVED)
    page.goto("/phone/#/")
    page.get_by_role("button", name="现在上传").click()
    expect(page.locator(link)).to_have_count(0)
