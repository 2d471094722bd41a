"""The pages of accounts in a real Chromium: axe, width, content security policy; the second factor by QR."""

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import expect

from tenants.operations import accounts
from tenants.operations.second_factor import begin_setup
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.browser.conftest import overflow, violations
from tests.conftest import DESKTOP, PHONE
from tests.people import GONGCHENQIAO, GONGSHU, client_of, person
from tests.tenants.staff.acting import held_by

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page_as(transactional_db, browser_context, live_server):
    call_command("load_divisions", verbosity=0)

    def opened(role, **options):
        context = browser_context(**options)
        cookie = client_of(person(role, GONGSHU)).cookies[settings.SESSION_COOKIE_NAME]
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        page = context.new_page()
        page.complaints = []
        page.on("console", lambda m: page.complaints.append(m.text) if m.type in {"error", "warning"} else None)
        return page

    return opened


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_every_page_of_accounts_is_accessible_and_fits(page_as, size):
    clerk = person(Role.STREET_CLERK, GONGCHENQIAO, display_name="李四")
    begin_setup(user=clerk)
    pages = {
        Role.DISTRICT_ADMIN: [
            "/account/",
            "/account/password/",
            "/account/second-factor/",
            "/account/logins/",
            "/account/tokens/",
            "/staff/",
            "/staff/?q=没有这个人",
            "/staff/invite/",
            "/staff/import/",
            f"/staff/{clerk.uuid}/",
            "/logins/",
        ],
        Role.SECURITY_ADMIN: ["/security/", f"/staff/{clerk.uuid}/"],
        Role.AUDIT_ADMIN: ["/acts/"],
    }
    found, complaints = {}, []
    for role, addresses in pages.items():
        page = page_as(role, viewport=size)
        for address in addresses:
            page.goto(address, wait_until="networkidle")
            found[role, address] = (violations(page), overflow(page))
        complaints += page.complaints
    assert found == {key: ([], 0) for key in found}
    assert complaints == []


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_release_of_an_invitation_is_accessible_and_fits(page_as, settings, size):
    """Where separation is strict: the code is shown once to the second hand, and typed in with the link of the first."""
    settings.STRICT_SEPARATION = True
    by = held_by(person(Role.SYSTEM_ADMIN, GONGSHU))
    new = accounts.Newcomer("wangwu", "王五", Role.STREET_CLERK, GONGCHENQIAO, timezone.localdate())
    with opened_scope(division_scope(GONGSHU)):
        user, key = accounts.invite(newcomer=new, by=by, now=timezone.now())
    security, guest, found = page_as(Role.SECURITY_ADMIN, viewport=size), page_as(Role.AUDIT_ADMIN, viewport=size), {}
    guest.context.clear_cookies()
    guest.goto(f"/invitation/{key}/")
    expect(guest.get_by_text("还没有放行")).to_be_visible()
    found["link"] = (violations(guest), overflow(guest))
    security.goto(f"/staff/{user.uuid}/")
    security.locator("[data-dialog=release]").click()
    expect(security.locator("#release")).to_be_visible()
    found["dialog"] = (violations(security), overflow(security))
    security.locator("#release-r").fill("已见到本人")
    security.locator("#release").get_by_role("button", name="放行邀请").click()
    expect(security.get_by_role("heading", name="放行码")).to_be_visible()
    found["code"] = (violations(security), overflow(security))
    code = security.locator(".once code").inner_text()
    guest.reload()
    for name, text in {"code": code, "new": "Xin-mi-ma-2026", "again": "Xin-mi-ma-2026"}.items():
        guest.locator(f"[name={name}]").fill(text)
    guest.get_by_role("button", name="设好密码").click()
    expect(guest.get_by_text("密码已设好，请登录。")).to_be_visible()
    found["login"] = (violations(guest), overflow(guest))
    assert found == {key: ([], 0) for key in found}
    assert security.complaints + guest.complaints == []


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_what_is_shown_once_and_the_dialogs_are_accessible(page_as, size):
    clerk = person(Role.STREET_CLERK, GONGCHENQIAO, display_name="李四")
    page = page_as(Role.DISTRICT_ADMIN, viewport=size)
    found = {}
    page.goto(f"/staff/{clerk.uuid}/")
    page.locator("[data-dialog=link]").click()
    expect(page.locator("#link")).to_be_visible()
    found["dialog"] = violations(page)
    page.locator("#link-r").fill("本人忘记密码")
    page.locator("#link button.btn-d").click()
    page.wait_for_url("**/link/")
    found["link"] = (violations(page), overflow(page))
    page.goto(page.locator("td code").inner_text())
    found["invitation"] = (violations(page), overflow(page))
    page.goto("/account/tokens/")
    page.locator("[name=name]").fill("数据大屏")
    page.locator("[name=permissions]").first.check()
    page.locator(".btn-p").click()
    expect(page.get_by_text("只显示这一次").first).to_be_visible()
    page.wait_for_load_state()
    found["token"] = (violations(page), overflow(page))
    assert found == {"dialog": [], "link": ([], 0), "invitation": ([], 0), "token": ([], 0)}


def test_the_picture_of_the_secret_is_drawn(page_as):
    page = page_as(Role.DISTRICT_ADMIN)
    page.goto("/account/second-factor/")
    page.wait_for_function("document.querySelector('.card-b img').naturalWidth > 100")
