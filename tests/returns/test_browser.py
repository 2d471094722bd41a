"""A clerk's quarter in a real Chromium: by keyboard alone, with a killed browser, beside a colleague; no violation of axe."""

import pytest
from django.conf import settings
from django.core.management import call_command
from playwright.sync_api import expect

from facilities.models import QuarterlyReturn, ReturnRow, ReturnState
from facilities.returns import opening
from standards.operations import load
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.assessments import registry as make
from tests.browser.conftest import overflow, violations
from tests.people import GONGCHENQIAO, GONGSHU, client_of, person
from tests.returns.conftest import NOW, Q4, TAIZHOULU, TODAY

pytestmark = pytest.mark.browser


@pytest.fixture
def opened(transactional_db):
    """One facility whose return is open, committed."""
    call_command("load_divisions", verbosity=0)
    load()
    with opened_scope(division_scope(GONGSHU)):
        make.demonstration(1, code=TAIZHOULU)
        opening.open_quarter(district=GONGSHU, quarter=Q4, today=TODAY, now=NOW)
        return QuarterlyReturn.objects.get()


@pytest.fixture
def clerk(opened):
    return person(Role.STREET_CLERK, GONGCHENQIAO)


@pytest.fixture
def page_of(opened, browser_context, live_server):
    """A page of somebody who is signed in; what the console says lands in `page.complaints`."""

    def made(user, **options):
        context = browser_context(**options)
        cookie = client_of(user).cookies[settings.SESSION_COOKIE_NAME]
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        page = context.new_page()
        page.complaints = []
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        return page

    return made


def fill_in(page, opened):
    page.goto(f"/returns/{opened.uuid}/")
    expect(page.locator("[data-return][data-ready=yes]")).to_be_visible()
    return page


def area(page, place=0):
    return page.locator("#grid-space tbody input[name$='|usable_area_m2']").nth(place)


def saved(page):
    expect(page.locator("#savestate")).to_contain_text("已自动保存")


def rows_of_draft() -> list[dict]:
    with opened_scope(division_scope(GONGSHU)):
        return list(ReturnRow.objects.order_by("pk").values_list("cells", flat=True))


def test_a_change_is_saved_judged_and_submitted_by_keyboard_alone(opened, clerk, page_of):
    page = fill_in(page_of(clerk), opened)
    field = area(page)
    field.focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("305")
    page.keyboard.press("Enter")
    expect(area(page, 1)).to_be_focused()
    saved(page)
    assert rows_of_draft() == [{"usable_area_m2": "305"}]
    expect(page.locator("#panel .totals")).to_contain_text("905 ㎡")
    link = page.get_by_role("link", name="核对并报送").first
    link.focus()
    page.keyboard.press("Enter")
    declared = page.locator("#declared")
    expect(declared).to_be_visible()
    declared.focus()
    page.keyboard.press("Space")
    expect(declared).to_be_checked()
    page.keyboard.press("Enter")
    expect(page.locator(".messages")).to_contain_text("已报送")
    with opened_scope(division_scope(GONGSHU)):
        assert QuarterlyReturn.objects.get().state == ReturnState.SUBMITTED
    assert page.complaints == []


def test_what_a_killed_browser_had_not_sent_comes_back(opened, clerk, page_of):
    page = fill_in(page_of(clerk), opened)
    page.context.set_offline(True)
    area(page).fill("305")
    expect(page.locator("#save-trouble")).to_contain_text("记在这台电脑上")
    page.context.set_offline(False)
    again = page.context.new_page()
    page.close(run_before_unload=False)
    fill_in(again, opened)
    saved(again)
    assert rows_of_draft() == [{"usable_area_m2": "305"}]


def test_two_clerks_in_one_cell_choose(opened, clerk, page_of):
    mine = fill_in(page_of(clerk), opened)
    theirs = fill_in(page_of(person(Role.STREET_CLERK, GONGCHENQIAO)), opened)
    area(mine).fill("305")
    saved(mine)
    area(theirs).fill("308")
    expect(theirs.locator("#conflicts")).to_contain_text("填了“305”，你填了“308”")
    assert violations(theirs) == []
    theirs.get_by_role("button", name="用我的“308”").click()
    expect(theirs.locator("#conflicts")).to_be_hidden()
    saved(theirs)
    expect(theirs.locator("#panel .totals")).to_contain_text("908 ㎡")
    assert rows_of_draft() == [{"usable_area_m2": "308"}]


def test_a_new_function_takes_few_clicks(opened, clerk, page_of):
    """List → facility → tick → 核对并报送 → tick → 报送: five."""
    page = page_of(clerk)
    page.goto("/returns/")
    page.get_by_role("link", name="第1幸福家园", exact=True).click()  # 1, after the menu's
    expect(page.locator("[data-return][data-ready=yes]")).to_be_visible()
    page.locator("#picker-q").fill("feiyi")
    page.locator("[data-pick='25']").check()  # 2
    saved(page)
    expect(page.locator("#panel")).to_contain_text("10 项")
    page.get_by_role("link", name="核对并报送").first.click()  # 3
    page.locator("#declared").check()  # 4
    page.get_by_role("button", name="报送给街道审核").click()  # 5
    expect(page.locator(".messages")).to_contain_text("已报送")


def test_a_block_from_a_workbook_is_pasted_and_adds_rows(opened, clerk, page_of):
    page = fill_in(page_of(clerk), opened)
    page.evaluate("""() => {
        const field = document.querySelector("#grid-space tbody input[name$='|name']");
        const data = new DataTransfer();
        data.setData("text/plain", "甲室\\t\\t301\\n乙室\\t\\t302\\n丙室\\t\\t303\\n丁室\\t\\t20\\t公共");
        field.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
    }""")
    saved(page)
    assert [row.get("name") for row in rows_of_draft()] == ["甲室", "乙室", "丙室", "丁室"]


@pytest.mark.parametrize("size", [(1366, 768), (390, 844), (683, 384)], ids=["desk", "phone", "zoomed"])
def test_pages_fit_and_have_no_violation(opened, clerk, page_of, live_server, size):
    """At 200 % in large type too."""
    page = page_of(clerk, viewport={"width": size[0], "height": size[1]})
    if size[0] == 683:
        page.context.add_cookies([{"name": "large_type", "value": "1", "url": live_server.url}])
    for path in (
        "/returns/",
        f"/returns/{opened.uuid}/",
        f"/returns/{opened.uuid}/check/",
        f"/returns/{opened.uuid}/review/",
    ):
        page.goto(path)
        page.wait_for_load_state()
        expect(page.locator("html.is-large")).to_have_count(int(size[0] == 683))
        assert (violations(page), overflow(page)) == ([], 0), path
