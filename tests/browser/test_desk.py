"""Inbox, workbench, decisions and help in a real Chromium: by keyboard alone, accessible in every state, at every size."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from facilities.models import Decision
from tenants.models import Appointment, Message, MessageKind
from tenants.operations.messages import send
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.browser.conftest import overflow, violations
from tests.conftest import DESKTOP, PHONE
from tests.people import GONGCHENQIAO, GONGSHU
from tests.portal.conftest import TAIZHOULU

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def addresses(facility) -> list[str]:
    base = f"/facilities/{facility.uuid}/lifecycle/"
    return [
        "/workbench/", "/workbench/quality/", "/workbench/quality/?q=没有这一条", "/workbench/due/", "/workbench/unusual/",
        "/workbench/streets/", "/inbox/", "/inbox/settings/", "/help/", "/help/?q=面积", "/facilities/new/",
        "/facilities/decisions/", base, f"{base}merge/", f"{base}retype/", "/returns/rules/", "/returns/rules/new/",
    ]  # fmt: skip


def letter_to(role: Role, code: int) -> None:
    with opened_scope(division_scope(GONGSHU)):
        reader = Appointment.objects.filter(role=role, division_code=code).order_by("-pk").first().user_id
        send(
            to=[reader], kind=MessageKind.DUE, title="第四季度填报还有 7 天", text="登云幸福家园还没有报送。", link="/facilities/",
            division_code=TAIZHOULU,
        )  # fmt: skip


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_every_page_is_accessible_and_fits(page_of, judged, size):
    page = page_of("district", viewport=size)
    letter_to(Role.DISTRICT_ADMIN, GONGSHU)
    found = {}
    for address in addresses(judged):
        page.goto(address, wait_until="networkidle")
        found[address] = (violations(page), overflow(page))
    assert found == {address: ([], 0) for address in found}
    assert page.complaints == []


def test_pages_fit_large_type_at_twice_the_size(page_of, judged):
    page = page_of("street", viewport={"width": 683, "height": 384})
    page.goto("/workbench/")
    page.evaluate("document.cookie = 'large_type=1; path=/'")
    widths = {}
    for address in addresses(judged):
        page.goto(address)
        widths[address] = overflow(page)
    expect(page.locator("html.is-large")).to_have_count(1)
    assert {address: width for address, width in widths.items() if width > 0} == {}


def test_a_message_is_found_and_opened_by_keyboard(page_of, judged):
    page = page_of("street")
    letter_to(Role.STREET_CLERK, GONGCHENQIAO)
    page.goto("/workbench/", wait_until="networkidle")
    bell = page.locator(".bell")
    expect(bell).to_contain_text("未读 1 条")
    bell.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/inbox/")
    page.wait_for_load_state("networkidle")
    page.locator("[data-rows] a").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("第四季度填报还有 7 天")
    expect(page.locator(".bell .count")).to_have_count(0)
    assert violations(page) == []
    with opened_scope(division_scope(GONGSHU)):
        assert Message.objects.get().read_at is not None


def test_a_question_mark_shows_the_keys(page_of, judged):
    page = page_of("street")
    page.goto("/help/", wait_until="networkidle")
    page.locator("h1").click()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).not_to_be_visible()
    page.locator("#q-top").focus()
    page.keyboard.type("?")
    expect(page.locator("#keys")).not_to_be_visible()


def test_a_suspension_by_keyboard_seen_confirmed_and_taken_back(page_of, judged):
    page = page_of("street")
    page.goto(f"/facilities/{judged.uuid}/lifecycle/suspend/", wait_until="networkidle")
    page.locator("#id_effective_on").fill(timezone.localdate().isoformat())
    page.locator("#id_reason").focus()
    page.keyboard.type("修缮")
    page.keyboard.press("Enter")
    page.wait_for_url("**/facilities/decisions/*/")
    page.wait_for_load_state("networkidle")
    expect(page.locator("main")).to_contain_text("还没有写入任何数据")
    expect(page.locator("main")).to_contain_text("不参加测算（暂停）")
    assert violations(page) == []
    page.locator("main .btn-p").focus()
    page.keyboard.press("Enter")
    expect(page.locator("main .messages")).to_contain_text("已办理：暂停")
    page.go_back()  # asks again, and finds it done
    page.wait_for_load_state("networkidle")
    with opened_scope(division_scope(GONGSHU)):
        decision = Decision.objects.get()
    page.goto(f"/facilities/decisions/{decision.uuid}/", wait_until="networkidle")
    page.locator("[data-dialog=undo]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#undo")).to_be_visible()
    assert violations(page) == []
    page.locator("#undo .btn-d").focus()
    page.keyboard.press("Enter")
    expect(page.locator("main .messages")).to_contain_text("已撤回")
    assert page.complaints == []


def test_the_guide_stays_closed(page_of, judged):
    page = page_of("street")
    page.goto("/workbench/", wait_until="networkidle")
    page.locator(".guide button").focus()
    page.keyboard.press("Enter")
    page.wait_for_load_state("networkidle")
    expect(page.locator(".guide")).to_have_count(0)
