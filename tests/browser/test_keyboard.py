"""Work without a mouse: from the login to the explanation of a facility, and the list without a reload."""

import pytest
from playwright.sync_api import expect

from facilities.models import Site
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.browser.keys import tab_to
from tests.people import GONGSHU, person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def settled(page):
    """Wait until no fragment is on its way or being put into its place: only then do its links answer in place."""
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling, .htmx-added")).to_have_count(0)


def test_from_login_to_explanation_by_keyboard_alone(judged, desktop_page):
    user = person(Role.DISTRICT_REVIEWER, GONGSHU, username="qu-admin")
    user.set_password("yunhe-2026-ceshi")
    user.save()
    page = desktop_page
    page.goto("/login/")
    page.locator("[name=username]").focus()
    page.keyboard.type("qu-admin")
    page.keyboard.press("Tab")
    page.keyboard.type("yunhe-2026-ceshi")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("拱墅区总览")
    page.wait_for_load_state()  # the heading stands before the scripts that listen to "/" do
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("跳到正文")
    page.keyboard.press("/")
    expect(page.locator("[data-shortcut='/']")).to_be_focused()
    page.keyboard.type("dengyun")
    page.keyboard.press("Enter")
    page.wait_for_url("**/facilities/?q=dengyun")
    tab_to(page, "[data-rows] a")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("登云幸福家园")
    page.wait_for_load_state()
    tab_to(page, ".clause summary")
    page.keyboard.press("Enter")
    expect(page.locator(".clause[open] blockquote")).to_contain_text("集成式阵地面积不少于1000平方米")
    page.keyboard.press("Escape")
    expect(page.locator(".clause[open]")).to_have_count(0)
    expect(page.locator("summary:focus")).to_have_count(1)


def test_the_list_changes_in_place_and_the_address_follows(page_of):
    page = page_of("district")
    page.goto("/facilities/")
    page.evaluate("window.stayed = true")
    page.locator("#f-tier").select_option("inclusive")
    page.locator("#f-q").press("Enter")
    page.wait_for_url("**/facilities/?tier=inclusive*")
    expect(page.locator("#list")).to_contain_text("等级：普惠型")
    assert page.evaluate("window.stayed") is True
    settled(page)
    page.locator(".chip").first.click()
    page.wait_for_url("**/facilities/")
    expect(page.locator(".chip")).to_have_count(0)
    assert page.evaluate("window.stayed") is True
    settled(page)
    page.go_back()
    expect(page.locator(".chip")).to_contain_text("等级：普惠型")


def test_arrows_walk_the_rows(page_of):
    page = page_of("district")
    page.goto("/facilities/")
    links = page.locator("[data-rows] tr th a")
    links.nth(0).focus()
    page.keyboard.press("ArrowDown")
    expect(links.nth(1)).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(links.nth(0)).to_be_focused()


def test_large_type_stays_from_page_to_page(page_of):
    page = page_of("street")
    page.goto("/workbench/")
    page.locator(".topbar .menu:not(.menu-small) > summary").click()
    page.locator("[data-large-type]").click()
    expect(page.locator("html")).to_have_class("is-large")
    page.goto("/facilities/")
    expect(page.locator("html")).to_have_class("is-large")


def test_the_map_draws_outline_and_points_without_tiles(page_of):
    page = page_of("district")
    page.goto("/dashboard/", wait_until="networkidle")
    expect(page.locator("#map .marker")).to_have_count(1)
    expect(page.locator("#map svg path").nth(12)).to_be_attached()
    page.locator("#map .marker").click()
    expect(page.locator("#map .leaflet-popup-content a")).to_have_text("登云幸福家园")
    assert page.complaints == []


def test_points_that_lie_together_are_one_heap_and_open_by_keyboard(page_of, judged):
    with opened_scope(division_scope(GONGSHU)):
        Site.objects.exclude(facility=judged).filter(facility__name="桥西幸福家园").update(
            longitude="120.13", latitude="30.32"
        )
        Site.objects.filter(facility__name="卖鱼桥幸福家园").update(longitude="120.1304", latitude="30.3203")
    page = page_of("district")
    page.goto("/dashboard/", wait_until="networkidle")
    heap = page.locator("#map .cluster")
    expect(heap).to_have_text("3")
    tab_to(page, "#map .cluster", limit=120)
    page.keyboard.press("Enter")
    expect(page.locator("#map .marker")).to_have_count(1)
    expect(heap).to_have_text("2")  # two of them at the same place
    expect(page.locator("#map :focus")).to_have_count(1)
    heap.press("Enter")
    expect(page.locator("#map .leaflet-popup-content a")).to_have_text(["登云幸福家园", "桥西幸福家园"])
    assert page.complaints == []


def test_a_quarter_chosen_is_shown_at_once(page_of):
    page = page_of("district")
    page.goto("/dashboard/")
    page.locator("#quarter").select_option("2026-Q2")
    page.wait_for_url("**/dashboard/?quarter=2026-Q2")
    expect(page.locator("#quarter")).to_have_value("2026-Q2")
