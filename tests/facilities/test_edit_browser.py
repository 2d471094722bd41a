"""Drafts and conflicts in a real Chromium: killed, signed out, clicked twice, opened twice, gone back. Axe and widths."""

import contextlib
import sys
import time
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import expect

from facilities.models import Facility
from facilities.operations import record_site, record_space, register_facility
from facilities.operations.edit import edit_facility
from launcher.browser import ensure_chromium
from partners.operations import record_project
from tenants.models import Act, Draft
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.browser.conftest import overflow, violations
from tests.conftest import CHROMIUM_FLAGS, DESKTOP, PATIENCE_MS, PHONE
from tests.facilities.conftest import QIAOXI
from tests.people import GONGCHENQIAO, GONGSHU, client_of, person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "Deng-yun-2026-lu"
OPENED = date(2025, 3, 1)


@pytest.fixture
def clerk(transactional_db):
    user = person(Role.STREET_CLERK, GONGCHENQIAO, username="chenluru", display_name="陈录入")
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture
def facility(clerk):
    with opened_scope(division_scope(GONGSHU)):
        return register_facility(
            name="云橹幸福家园", division_code=QIAOXI, construction_type="integrated", opened_on=OPENED, by=clerk,
            address="丽水路 1 号",
        )  # fmt: skip


@pytest.fixture
def address(facility) -> str:
    return f"/facilities/{facility.uuid}/edit/"


@pytest.fixture
def window(clerk, browser_context, live_server):
    """A browser in which the clerk is signed in, and one page of it; its complaints are collected."""

    def opened(**options):
        context = browser_context(**options)
        cookie = client_of(clerk).cookies[settings.SESSION_COOKIE_NAME]
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        return watched(context.new_page())

    return opened


def watched(page):
    page.complaints = []
    page.on("console", lambda m: page.complaints.append(m.text) if m.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    return page


def saved(page):
    """Wait until the page says that the text is saved."""
    expect(page.get_by_text("已自动保存")).to_be_visible()


def registry() -> Facility:
    with opened_scope(division_scope(GONGSHU)):
        return Facility.objects.get()


def drafts() -> list[str]:
    with opened_scope(division_scope(GONGSHU)):
        return [draft.data["address"][0] for draft in Draft.objects.all()]


def test_a_killed_browser_loses_less_than_ten_seconds_of_typing(window, address, chromium, clerk, live_server, traffic):
    executable = ensure_chromium(Path(sys.executable))
    doomed = chromium.browser_type.launch(executable_path=executable, args=CHROMIUM_FLAGS, timeout=4 * PATIENCE_MS)
    context = doomed.new_context(base_url=live_server.url)
    cookie = client_of(clerk).cookies[settings.SESSION_COOKIE_NAME]
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    page = context.new_page()
    page.goto(address)
    page.fill("#id_address", "")
    typed, instants = "", []
    until = time.monotonic() + 12
    while time.monotonic() < until:  # without a pause long enough for a save between two keys
        page.locator("#id_address").press_sequentially("路")
        typed += "路"
        instants.append(time.monotonic())
        time.sleep(0.1)
    killed = time.monotonic()
    with contextlib.suppress(PlaywrightError):  # the process is gone before it can answer
        doomed.new_browser_cdp_session().send("Browser.crash")
    traffic.wait_until_quiet()  # what was on its way already still arrives
    [kept] = drafts()
    assert typed.startswith(kept)
    lost_s = killed - instants[len(kept)] if len(kept) < len(instants) else 0
    print(f"typed for 12 s, {len(typed) - len(kept)} of {len(typed)} keys lost: {lost_s:.1f} s")
    assert lost_s <= 10
    again = window()
    again.goto(address)
    again.get_by_role("link", name="继续填").click()
    assert again.input_value("#id_address") == kept
    assert registry().address == "丽水路 1 号"


def test_after_a_pause_nothing_at_all_is_lost(window, address):
    page = window()
    page.goto(address)
    page.fill("#id_address", "丽水路 28 号")
    saved(page)
    page.context.close()
    assert drafts() == ["丽水路 28 号"]


def test_an_expired_session_brings_the_text_back_after_the_login(window, address, clerk):
    page = window()
    page.goto(address)
    page.fill("#id_address", "第一句")
    saved(page)
    Session.objects.all().delete()
    page.fill("#id_address", "第一句，还有第二句")
    page.get_by_role("button", name="保存修改").click()
    expect(page.get_by_text("登录已过期")).to_be_visible()
    expect(page.locator("#id_address")).to_have_value("第一句，还有第二句")
    page.get_by_role("link", name="重新登录").click()
    page.wait_for_url("**/login/**")
    page.fill("#id_username", clerk.username)
    page.fill("#id_password", PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    page.wait_for_url(f"**{address}?draft=latest")
    expect(page.locator("#id_address")).to_have_value("第一句，还有第二句")
    saved(page)
    page.get_by_role("button", name="保存修改").click()
    page.get_by_text("已保存：地址。").wait_for()
    assert (registry().address, drafts()) == ("第一句，还有第二句", [])


def test_a_double_click_is_one_effect(window, address):
    page = window()
    page.goto(address)
    page.fill("#id_address", "丽水路 18 号")
    page.get_by_role("button", name="保存修改").dblclick()
    page.get_by_text("已保存：地址。").wait_for()
    with opened_scope(division_scope(GONGSHU)):
        assert (registry().version, Act.objects.filter(verb="修改设施").count()) == (2, 1)


def test_a_double_click_without_the_script_is_one_effect_too(window, address):
    page = window(java_script_enabled=False)
    page.goto(address)
    page.fill("#id_address", "丽水路 18 号")
    page.get_by_role("button", name="保存修改").dblclick()
    page.get_by_text("已保存：地址。").wait_for()
    with opened_scope(division_scope(GONGSHU)):
        assert (registry().version, Act.objects.filter(verb="修改设施").count()) == (2, 1)


def test_two_windows_keep_both_texts_and_the_later_is_told(window, address):
    first = window()
    second = watched(first.context.new_page())
    first.goto(address)
    second.goto(address)
    first.fill("#id_address", "甲路 1 号")
    saved(first)
    second.fill("#id_address", "乙路 2 号")
    second.get_by_text("你在另一个窗口也在填这张表").wait_for()
    assert sorted(drafts()) == ["乙路 2 号", "甲路 1 号"]
    first.get_by_role("button", name="保存修改").click()
    first.get_by_text("已保存：地址。").wait_for()
    second.get_by_role("button", name="保存修改").click()
    second.get_by_role("heading", name="两边都改了").wait_for()
    expect(second.get_by_text("甲路 1 号").first).to_be_visible()
    expect(second.get_by_text("乙路 2 号").first).to_be_visible()
    second.get_by_role("button", name="按选择保存").click()
    second.get_by_text("已保存：地址。").wait_for()
    assert (registry().address, drafts()) == ("乙路 2 号", [])


def test_the_back_button_brings_no_old_text_and_no_second_effect(window, address):
    page = window()
    page.goto(address)
    page.fill("#id_address", "丽水路 18 号")
    saved(page)
    page.goto("/components/")
    page.go_back()
    page.get_by_role("link", name="继续填").click()
    page.wait_for_url("**/edit/?draft=*")
    page.get_by_role("button", name="保存修改").click()
    page.get_by_text("已保存：地址。").wait_for()
    page.go_back(wait_until="networkidle")
    page.goto(address)
    assert (page.input_value("#id_address"), registry().version, drafts()) == ("丽水路 18 号", 2, [])


def test_a_failure_keeps_the_text_and_warns_before_leaving(window, address):
    page = window()
    page.goto(address)
    page.context.set_offline(True)
    page.fill("#id_address", "没有网也在")
    page.get_by_role("button", name="现在重试").wait_for()
    expect(page.locator("[role=alert]").get_by_text("没有存上")).to_be_visible()
    page.on("dialog", lambda dialog: dialog.dismiss())
    with page.expect_event("dialog") as warning:
        page.evaluate("window.location.assign('/components/')")
    assert (warning.value.type, page.input_value("#id_address")) == ("beforeunload", "没有网也在")
    page.context.set_offline(False)
    page.get_by_role("button", name="现在重试").click()
    saved(page)
    assert drafts() == ["没有网也在"]


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_every_page_of_editing_is_accessible_and_fits(window, facility, address, clerk, size):
    with opened_scope(division_scope(GONGSHU)):
        site = record_site(facility=facility, name="主楼", starts_on=OPENED, by=clerk)
        space = record_space(site=site, name="大厅", used_by="public", starts_on=OPENED, by=clerk)
        project = record_project(facility=facility, name="老年食堂", run_by="social", starts_on=OPENED, by=clerk)
    page, found = window(viewport=size), {}

    def look(name):
        page.wait_for_load_state()
        found[name] = (violations(page), overflow(page))

    adding = [f"/facilities/{facility.uuid}/{kind}/add/" for kind in ("sites", "spaces", "projects")]
    editing = [f"/sites/{site.uuid}/edit/", f"/spaces/{space.uuid}/edit/", f"/projects/{project.uuid}/edit/"]
    for at in (address, *editing, *adding, *(f"/facilities/{facility.uuid}/{tab}/" for tab in ("spaces", "projects"))):
        page.goto(at, wait_until="networkidle")
        look(at)
    page.goto(adding[0])
    page.get_by_role("button", name="保存并登记").click()
    page.get_by_role("heading", name="处要改").wait_for()
    look("mistakes")
    page.goto(address)
    page.fill("#id_address", "丽水路 18 号")
    saved(page)
    look("saved")
    with opened_scope(division_scope(GONGSHU, user_id=clerk.pk)):
        edit_facility(facility=facility, version=1, by=clerk, address="湖墅路 9 号", hub_street="桥弄街")
    page.get_by_role("button", name="保存修改").click()
    page.get_by_role("heading", name="两边都改了").wait_for()
    look("conflict")
    page.goto(address)
    look("offer")
    page.get_by_role("button", name="放弃").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    look("discard")
    assert found == {name: ([], 0) for name in found}
    assert [text for text in page.complaints if "409" not in text and "422" not in text] == []
