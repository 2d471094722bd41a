"""Pages of standards in a real Chromium: axe finds nothing, nothing is wider than the screen, a ruling works."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from standards import operations
from tenants.rules import Role
from tests.people import GONGSHU, client_of, person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGES = [
    "/standards/",
    "/standards/documents/gongshu-2025/#三(一)1",
    "/standards/versions/gongshu/2025-draft/",
    "/standards/versions/catalogue-hangzhou/2025/",
    "/standards/versions/crosswalk/2025.1/",
    "/standards/versions/metrics/2025.1/",
    "/standards/versions/interpretations/2025.1/",
    "/standards/readings/",
    "/standards/readings/G-1/",
]


@pytest.fixture
def sign_in(transactional_db, live_server):
    operations.load()
    officer = person(Role.DISTRICT_ADMIN, GONGSHU)

    def with_session(page):
        session = client_of(officer).cookies["sessionid"].value
        page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        return page

    return with_session


@pytest.mark.parametrize("screen", ["desktop_page", "phone_page"])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(sign_in, request, screen):
    page = sign_in(request.getfixturevalue(screen))
    for address in PAGES:
        page.goto(address)
        violations = Axe().run(page).response["violations"]
        assert [(each["id"], each["nodes"][0]["html"]) for each in violations] == [], address
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), address


def test_an_officer_rules_by_keyboard_and_sees_it_at_once(sign_in, desktop_page):
    page = sign_in(desktop_page)
    page.goto("/standards/readings/G-17/")
    page.get_by_label("至少 2 项").press("Space")
    page.get_by_label("自何日起").fill("2026-07-01")
    page.get_by_label("理由").fill("局长办公会纪要 2026-06-20")
    page.get_by_role("button", name="裁定这种读法").press("Enter")
    expect(page.get_by_text("已裁定 G-17：至少 2 项，自 2026-07-01 起。")).to_be_visible()
    expect(page.get_by_text("本区裁定，2026-07-01 起")).to_be_visible()


def test_a_clause_of_a_criterion_leads_to_its_place_in_the_document(sign_in, desktop_page):
    page = sign_in(desktop_page)
    page.goto("/standards/versions/gongshu/2025-draft/")
    page.locator("#demonstration_area").get_by_role("link", name="拱墅 三(一)1").click()
    page.wait_for_url("**/documents/gongshu-2025/*")
    expect(page.locator(":target")).to_contain_text("三(一)1")
