"""Take the pictures of the user guide from a running portal with the demonstration loaded."""

import os
import shutil
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from tenants.demo import DEMO_PASSWORD

FOLDER = settings.BASE_DIR / "docs" / "guide" / "images"
DESKTOP, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}
# (file, account or nobody, address, size, what to click first)
PICTURES = (
    ("login", "", "/login/", DESKTOP, ""),
    ("dashboard", "gongshu-admin", "/dashboard/", DESKTOP, ""),
    ("facilities", "gongshu-admin", "/facilities/", DESKTOP, ""),
    ("facility", "gongshu-admin", "/facilities/?q=bmxfjy", DESKTOP, "[data-rows] a"),
    ("clause", "gongshu-admin", "/facilities/?q=bmxfjy", DESKTOP, "[data-rows] a|.clause summary"),
    ("workbench", "gongchenqiao", "/workbench/", DESKTOP, ""),
    ("workbench-phone", "gongchenqiao", "/workbench/", PHONE, ""),
    ("return", "gongchenqiao", "/returns/", DESKTOP, "[data-rows] th a"),
    ("return-phone", "gongchenqiao", "/returns/", PHONE, "[data-rows] th a"),
    ("return-check", "gongchenqiao", "/returns/", DESKTOP, "[data-rows] .btn-sm"),
    ("return-rules", "gongshu-admin", "/returns/rules/", DESKTOP, ""),
    ("imports", "gongchenqiao", "/imports/", DESKTOP, ""),
    ("activities", "gongchenqiao", "/lively/activities/", DESKTOP, ""),
    ("vitality", "gongshu-admin", "/vitality/", DESKTOP, ""),
    ("returns", "gongchenqiao", "/returns/", DESKTOP, ""),
    ("runs", "gongshu-admin", "/runs/", DESKTOP, ""),
    ("evaluations", "gongshu-admin", "/evaluations/", DESKTOP, ""),
    ("checks", "gongshu-admin", "/checks/", DESKTOP, ""),
    ("check", "gongshu-admin", "/checks/", DESKTOP, "[data-rows] a"),
    ("directories", "gongshu-admin", "/directories/", DESKTOP, ""),
    ("directory", "gongshu-admin", "/directories/", DESKTOP, "[data-rows] a"),
    ("directory-public", "", "/directory/", DESKTOP, "text=2025 年度大运河幸福家园名录"),
    ("findings", "gongchenqiao", "/findings/", DESKTOP, ""),
    ("visits-phone", "assessor", "/my-visits/", PHONE, ""),
    ("service", "gongchenqiao", "/lively/surveys/", DESKTOP, "[data-rows] td[data-l=设施] a"),
    ("evaluation", "gongchenqiao-reviewer", "/evaluations/", DESKTOP, "[data-rows] a"),
    ("bulletin", "gongshu-admin", "/vitality/bulletin/", DESKTOP, ""),
    ("follow-ups", "gongshu-admin", "/follow-ups/", DESKTOP, ""),
    ("rectification", "gongshu-admin", "/rectifications/", DESKTOP, "[data-rows] a"),
    ("item-decision", "gongshu-admin", "/item-decisions/", DESKTOP, "main .table tbody a"),
    ("partners", "gongshu-admin", "/partners/", DESKTOP, ""),
    ("call", "gongchenqiao", "/partners/calls/", DESKTOP, "[data-rows] a"),
    ("agreement", "gongchenqiao-reviewer", "/partners/agreements/", DESKTOP, "[data-rows] a"),
    ("endings", "gongshu-admin", "/partners/endings/", DESKTOP, ""),
    ("money", "gongshu-admin", "/money/", DESKTOP, ""),
    ("fund", "gongshu-admin", "/money/funds/", DESKTOP, "[data-rows] a"),
    ("payment", "gongchenqiao-reviewer", "/money/payments/", DESKTOP, "[data-rows] a"),
    ("exchange", "gongshu-admin", "/money/exchanges/", DESKTOP, "[data-rows] tr:nth-child(4) a"),
    ("operating", "gongshu-admin", "/money/operating/", DESKTOP, ""),
    ("plan", "gongshu-admin", "/money/plans/", DESKTOP, "[data-rows] a"),
)


class Command(BaseCommand):
    help = "Writes docs/guide/images/*.jpg. Needs the demonstration (./run) and a Chromium; see requirements/dev.in."

    def add_arguments(self, parser):
        parser.add_argument("--url", default="http://127.0.0.1:8000", help="address of the running portal")

    def handle(self, *args, url, **options):
        chromium = os.environ.get("HAPPYHOME_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
        if not chromium:
            raise CommandError("No Chromium found. Install one (apt-get install chromium) or set HAPPYHOME_CHROMIUM.")
        from playwright.sync_api import sync_playwright  # only here: the portal itself runs without it

        FOLDER.mkdir(parents=True, exist_ok=True)
        with sync_playwright() as playwright:
            browser: Any = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            for name, account, address, size, clicks in PICTURES:
                page = browser.new_context(
                    viewport=size, base_url=url, locale="zh-CN", reduced_motion="reduce"
                ).new_page()
                page.set_default_timeout(120_000)
                if account:
                    _sign_in(page, account)
                page.goto(address, wait_until="networkidle")
                for selector in filter(None, clicks.split("|")):
                    page.locator(selector).first.click()
                    page.wait_for_load_state("networkidle")
                page.screenshot(path=FOLDER / f"{name}.jpg", type="jpeg", quality=72)
                page.context.close()
                self.stdout.write(f"docs/guide/images/{name}.jpg")
            browser.close()


def _sign_in(page, account: str) -> None:
    page.goto("/login/")
    page.locator("[name=username]").fill(account)
    page.locator("[name=password]").fill(DEMO_PASSWORD)
    page.locator("[type=submit]").click()
    page.wait_for_url(lambda address: "/login" not in address)
    page.wait_for_load_state("networkidle")
