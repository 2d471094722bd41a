"""Every page in a real Chromium: axe without violations, no overflow, nothing refused by the content security policy."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import LEVELS, overflow, violations
from tests.conftest import DESKTOP, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TABS = ("history", "spaces", "functions", "projects", "charity", "papers", "changes")


def addresses(facility) -> list[str]:
    base = f"/facilities/{facility.uuid}/"
    return [
        "/workbench/",
        "/dashboard/",
        "/facilities/",
        "/facilities/?q=没有这一座",
        "/facilities/?tier=inclusive&type=integrated",
        base,
        *(f"{base}{tab}/" for tab in TABS),
        "/components/",
    ]


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("level", LEVELS)
def test_every_page_is_accessible_and_fits(page_of, judged, level, size):
    page = page_of(level, viewport=size)
    found = {}
    for address in addresses(judged):
        page.goto(address, wait_until="networkidle")
        found[address] = (violations(page), overflow(page))
    assert found == {address: ([], 0) for address in found}
    assert page.complaints == []


def test_open_popovers_menus_and_dialogs_are_accessible_too(page_of, judged):
    page = page_of("district")
    page.goto(f"/facilities/{judged.uuid}/")
    page.locator(".clause summary").first.click()
    expect(page.locator(".clause[open]")).to_have_count(1)
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(page.locator("details[data-menu][open]")).to_have_count(0)
    page.locator(".topbar .menu:not(.menu-small) > summary").click()
    expect(page.locator("[data-dialog=keys]")).to_be_visible()
    assert violations(page) == []
    page.locator("[data-dialog=keys]").click()
    expect(page.locator("#keys")).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()


def test_pages_fit_a_narrow_phone_and_large_type(page_of, judged):
    page = page_of("district", viewport={"width": 320, "height": 640})
    widths = {}
    for address in addresses(judged):
        page.goto(address)
        widths[address] = overflow(page)
    page.set_viewport_size({"width": 683, "height": 384})
    page.goto("/dashboard/")
    page.evaluate("document.cookie = 'large_type=1; path=/'")
    for address in addresses(judged)[:6]:
        page.goto(address)
        widths[f"large {address}"] = overflow(page)
    expect(page.locator("html.is-large")).to_have_count(1)
    assert {address: width for address, width in widths.items() if width > 0} == {}


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_login_and_refusals_are_accessible(live_server, db, browser_context, size):
    page = browser_context(viewport=size).new_page()
    found = {}
    for address in ("/login/", "/no-such-page/"):
        page.goto(address)
        found[address] = (violations(page), overflow(page))
    assert found == {address: ([], 0) for address in found}
