"""The whole import in a real Chromium with a real worker: 20 planted errors, corrections, confirm, undo. Axe and widths."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.core.management import call_command
from playwright.sync_api import expect

from tenants.rules import Role
from tests.facilities.conftest import GONGSHU, book
from tests.facilities.test_planted_errors import PLANTED
from tests.people import client_of, person

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
PHONE = {"width": 390, "height": 844}
WORKER_MS = 120_000  # for what the worker does in the background

pytestmark = pytest.mark.browser


@pytest.fixture
def shared_files(monkeypatch):
    """The worker is another process: both read uploads from the folder of the tests."""
    monkeypatch.setenv("DJANGO_MEDIA_ROOT", str(settings.MEDIA_ROOT))


@pytest.fixture
def page(transactional_db, browser_context, live_server):
    call_command("load_divisions", verbosity=0)
    call_command("load_standard", verbosity=0)
    context = browser_context()
    cookie = client_of(person(Role.DISTRICT_ADMIN, GONGSHU)).cookies[settings.SESSION_COOKIE_NAME]
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    page = context.new_page()
    page.complaints = []
    page.on("console", lambda m: page.complaints.append(m.text) if m.type in {"error", "warning"} else None)
    return page


def check_looks(page):
    """No violation of accessibility, no page wider than the screen, on a desktop and on a phone."""
    page.wait_for_load_state()
    desktop = page.viewport_size
    for size in (desktop, PHONE):
        page.set_viewport_size(size)
        found = Axe().run(page, options=RULES).response["violations"]
        assert [(v["id"], v["nodes"][0]["html"]) for v in found] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    page.set_viewport_size(desktop)


def test_from_a_file_with_errors_to_the_registry_and_back(shared_files, celery_worker_process, page, tmp_path: Path):
    file = tmp_path / "自己的台账.xlsx"
    file.write_bytes(book(PLANTED))
    page.goto("/imports/")
    check_looks(page)
    page.set_input_files("#id_file", file)
    page.get_by_role("button", name="上传并检查").click()
    expect(page.get_by_role("heading", name="检查结果")).to_be_visible(timeout=WORKER_MS)  # the page reloads itself
    expect(page.get_by_text("还没有写入任何数据。")).to_be_visible()
    page.wait_for_load_state()
    errors = page.locator(".finding .e").count()
    assert errors >= 20
    check_looks(page)

    page.get_by_role("button", name="改成“桥西社区”").click()
    expect(page.locator(".finding .e")).to_have_count(errors - 1)
    expect(page.get_by_text("已重新检查，改了 1 行。")).to_be_visible()
    page.wait_for_load_state()
    typed = page.get_by_label("第 3 行建筑面积(㎡)")
    typed.fill("300")
    page.get_by_role("button", name="重新检查修改处", exact=True).last.click()
    expect(page.locator(".finding .e")).to_have_count(errors - 2)
    expect(page.get_by_text("已重新检查，改了 1 行。")).to_be_visible()
    page.get_by_role("link", name="已改 2").click()
    expect(page.get_by_text("已改好。")).to_have_count(2)
    check_looks(page)

    page.get_by_role("button", name="只入库没问题的").click()
    page.get_by_role("dialog").get_by_role("button", name="写入台账").click()
    expect(page.get_by_role("heading", name="已入库")).to_be_visible(timeout=WORKER_MS)
    check_looks(page)
    page.get_by_role("button", name="整批撤销").click()
    page.get_by_role("dialog").get_by_role("button", name="撤销").click()
    expect(page.get_by_role("heading", name="已撤销")).to_be_visible(timeout=WORKER_MS)
    page.wait_for_load_state()
    assert page.complaints == []
