"""Without a mouse through the second factor: set up when it is demanded, asked for at the next login, mended when wrong."""

import pytest
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import expect

from tenants import totp
from tenants.account_models import Authenticator
from tenants.models import User
from tenants.operations.second_factor import _secret
from tenants.rules import Role
from tests.browser.keys import tab_to
from tests.people import GONGSHU, person

PASSWORD = "yunhe-2026-ceshi"
NOT_A_CODE = "12345"  # five digits: never right, whatever the time

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def admin(transactional_db) -> User:
    call_command("load_divisions", verbosity=0)
    user = person(Role.SECURITY_ADMIN, GONGSHU, username="qu-anquan")
    user.set_password(PASSWORD)
    user.password_changed_at = timezone.now()
    user.save()
    return user


def code_of(user: User) -> str:
    """A code that fits, later than the one used last: a code works once, and a test does not wait for half a minute."""
    row = Authenticator.objects.select_related("user").get(user=user)
    now = int(timezone.now().timestamp()) // totp.STEP_S
    return totp.code_at(max(now, row.last_step + 1), _secret(row)).decode()


def sign_in(page) -> None:
    page.goto("/login/")
    expect(page.locator("[name=username]")).to_be_focused()
    page.keyboard.type("qu-anquan")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")


def send_code(page, code: str) -> None:
    field = page.locator("[name=code]")
    if not field.evaluate("field => field === document.activeElement"):
        tab_to(page, "[name=code]")
    field.press("Control+a")
    page.keyboard.type(code)
    page.keyboard.press("Enter")


def test_the_second_factor_is_set_up_and_used_by_keyboard_alone(admin, desktop_page):
    page = desktop_page
    sign_in(page)
    page.wait_for_url("**/account/second-factor/")
    page.wait_for_load_state()
    send_code(page, NOT_A_CODE)
    expect(page.get_by_text("验证码不对。").first).to_be_visible()
    page.wait_for_load_state()
    send_code(page, code_of(admin))
    expect(page.locator("main")).to_contain_text("恢复码")
    page.goto("/security/")
    expect(page.get_by_role("heading", level=1)).to_have_text("安全规则")

    page.context.clear_cookies()
    sign_in(page)
    page.wait_for_url("**/login/code/")
    page.wait_for_load_state()
    send_code(page, NOT_A_CODE)
    expect(page.get_by_text("验证码不对，或已经用过。").first).to_be_visible()
    page.wait_for_load_state()
    send_code(page, code_of(admin))
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.goto("/security/")
    expect(page.get_by_role("heading", level=1)).to_have_text("安全规则")
