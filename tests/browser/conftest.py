"""A committed district in a real browser: people of each level, signed in without the login page."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.core.management import call_command

from standards.operations import load
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.assessments import registry as make
from tests.people import GONGCHENQIAO, GONGSHU, client_of, person
from tests.portal.conftest import QIAOXI, TAIZHOULU, XIAWAN, run_quarter

LEVELS = {
    "district": (Role.DISTRICT_ADMIN, GONGSHU),
    "street": (Role.STREET_CLERK, GONGCHENQIAO),
    "chief": (Role.STREET_REVIEWER, GONGCHENQIAO),
    "community": (Role.COMMUNITY_REPORTER, TAIZHOULU),
}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture
def judged(transactional_db):
    """Three facilities over two quarters, committed; the first is the one that pages are opened for."""
    call_command("load_divisions", verbosity=0)
    load()
    with opened_scope(division_scope(GONGSHU)):
        first = make.demonstration(1, code=TAIZHOULU)
        second = make.demonstration(2, code=QIAOXI, construction="streetblock")
        third = make.demonstration(3, code=XIAWAN)
        first.sites.update(floor_area_m2="999.99", longitude="120.13", latitude="30.32")
        for one, name in ((first, "登云"), (second, "桥西"), (third, "卖鱼桥")):
            one.name = f"{name}幸福家园"
            one.save()
    run_quarter("2026-Q2")
    with opened_scope(division_scope(GONGSHU)):
        second.sites.update(area_document="")
        third.sites.update(floor_area_m2="800")
    run_quarter("2026-Q3")
    return first


@pytest.fixture
def page_for(browser_context, live_server):
    """A page in which somebody is signed in, or nobody; what the console says lands in `page.complaints`."""

    def opened(user=None, **options):
        context = browser_context(**options)
        if user:
            cookie = client_of(user).cookies[settings.SESSION_COOKIE_NAME]
            context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        page = context.new_page()
        page.complaints = []
        page.on("console", lambda m: page.complaints.append(m.text) if m.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        return page

    return opened


@pytest.fixture
def page_of(judged, page_for):
    """A page in which somebody of a level is signed in, over a district of three facilities."""
    return lambda level, **options: page_for(person(*LEVELS[level]), **options)


def violations(page, *, colours: bool = True) -> list[str]:
    """What axe objects to: rule, and the first element. `colours=False` leaves out the slowest rule, for a second size."""
    contrast = {"color-contrast": {"enabled": colours}}
    results = Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}, "rules": contrast}).response
    return [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in results["violations"]]


def overflow(page) -> int:
    """By how many pixels the page is wider than its window."""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
