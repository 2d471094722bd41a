"""The page of the schema works under the strict content security policy, without anything from elsewhere."""

import pytest
from django.test import Client
from playwright.sync_api import expect

from happyhome.api import described

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_page_of_the_schema_shows_every_operation(desktop_page, live_server):
    said, asked = [], []
    desktop_page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    desktop_page.on("pageerror", lambda error: said.append(str(error)))
    desktop_page.on("request", lambda request: asked.append(request.url))
    answer = desktop_page.goto("/api/v1/docs/")
    operations = [kind for path in described()["paths"].values() for kind in path if kind != "parameters"]
    expect(desktop_page.locator(".opblock")).to_have_count(len(operations), timeout=30_000)
    desktop_page.get_by_text("/api/v1/facilities/", exact=True).first.click()
    desktop_page.get_by_text("名称、编号或拼音").first.wait_for()
    assert said == []
    assert [url for url in asked if not url.startswith((live_server.url, "data:"))] == []
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert policy == Client().get("/login/").headers["Content-Security-Policy"]
