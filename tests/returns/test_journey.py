"""A clerk's first quarter in a real Chromium, from the login to acceptance by keyboard alone; a login that ends meanwhile."""

import pytest
from playwright.sync_api import expect

from facilities.models import QuarterlyReturn, ReturnState, Space
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.browser.conftest import overflow, violations
from tests.browser.keys import tab_to
from tests.people import GONGCHENQIAO, GONGSHU, person
from tests.returns.test_browser import area, opened, rows_of_draft, saved

__all__ = ["opened"]
pytestmark = pytest.mark.browser
PASSWORD = "yunhe-2026-ceshi"


def staff(role: Role, code: int, username: str):
    user = person(role, code, username=username)
    user.set_password(PASSWORD)
    user.save()
    return user


def sign_in(page, username: str) -> None:
    """From the login page, wherever it leads."""
    expect(page.locator("[name=username]")).to_be_focused()
    page.keyboard.type(username)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: "/login/" not in address)
    page.wait_for_load_state()


def press(page, selector: str, key: str = "Enter", limit: int = 90) -> None:
    """Reach something with the Tab key and press a key on it."""
    tab_to(page, selector, limit)
    page.keyboard.press(key)


def reviewed(browser_context, username: str, words: str) -> None:
    """Sign in, follow what is due, look at it, decide: without a mouse."""
    page = browser_context().new_page()
    page.goto("/login/?next=/workbench/")
    sign_in(page, username)
    press(page, "main .due a")
    page.wait_for_url("**/review/")
    page.wait_for_load_state()
    expect(page.locator("main")).to_contain_text("310")
    assert (violations(page), overflow(page)) == ([], 0)
    press(page, ".decide [value=pass]")
    expect(page.locator(".messages")).to_contain_text(words)


def test_a_first_quarter_from_login_to_acceptance_by_keyboard_alone(opened, browser_context):
    staff(Role.STREET_CLERK, GONGCHENQIAO, "jiedao")
    staff(Role.STREET_REVIEWER, GONGCHENQIAO, "shenhe")
    staff(Role.DISTRICT_REVIEWER, GONGSHU, "qu-shenhe")
    page = browser_context().new_page()
    page.goto("/login/")
    sign_in(page, "jiedao")
    page.wait_for_url("**/workbench/")
    press(page, "main .due a")
    expect(page.locator("[data-return][data-ready=yes]")).to_be_visible()
    press(page, ".tasklist a[href='#part-places']")
    tab_to(page, "#grid-space input[name$='|usable_area_m2']")
    page.keyboard.press("Control+A")
    page.keyboard.type("340")
    page.keyboard.press("Enter")  # on to the next room
    expect(area(page, 1)).to_be_focused()
    saved(page)
    asked = page.locator(".say-asks input")  # a jump of more than 5 % asks for one sentence
    expect(asked).to_have_count(1)
    assert violations(page) == []
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Control+A")
    page.keyboard.type("310")
    expect(page.locator("#panel .totals")).to_contain_text("910 ㎡")
    expect(asked).to_have_count(0)
    page.keyboard.press("Control+Enter")  # 核对并报送
    page.wait_for_url("**/check/")
    page.wait_for_load_state()
    assert violations(page) == []
    press(page, "#declared", "Space")
    press(page, "button[type=submit].btn-p")
    expect(page.locator(".messages")).to_contain_text("已报送，待街道审核")
    reviewed(browser_context, "shenhe", "已审核，转区受理")
    reviewed(browser_context, "qu-shenhe", "已受理，台账改了 1 处")
    with opened_scope(division_scope(GONGSHU)):
        assert QuarterlyReturn.objects.get().state == ReturnState.ACCEPTED
        assert Space.objects.filter(usable_area_m2=310).count() == 1


def test_what_was_typed_when_the_login_ended_is_saved_after_the_next_one(opened, browser_context):
    staff(Role.STREET_CLERK, GONGCHENQIAO, "jiedao")
    page = browser_context().new_page()
    page.goto(f"/login/?next=/returns/{opened.uuid}/")
    sign_in(page, "jiedao")
    expect(page.locator("[data-return][data-ready=yes]")).to_be_visible()
    page.context.clear_cookies(name="sessionid")
    area(page).fill("305")
    again = page.get_by_role("button", name="重新登录")
    expect(page.locator("#save-trouble")).to_contain_text("登录已过期")
    assert violations(page) == []
    assert rows_of_draft() == []
    again.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/login/**")
    page.wait_for_load_state()
    sign_in(page, "jiedao")
    saved(page)
    expect(area(page)).to_have_value("305")
    expect(area(page)).to_be_focused()  # back at the field
    assert rows_of_draft() == [{"usable_area_m2": "305"}]
