"""Health, readiness, request ids, log lines, figures, and what people see when the portal broke."""

import io
import json
import logging
import re
import runpy
import time
from datetime import timedelta
from types import SimpleNamespace

import pytest
import redis
from celery.app.task import Context
from celery.signals import task_prerun
from django.db import connection
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import path
from gunicorn.config import Config

from happyhome import health, logs, request_id, urls
from happyhome.request_id import RequestId
from happyhome.tasks import KEY, heartbeat
from launcher.checkout import ROOT
from tenants.access import requires
from tenants.rules import Permission, Role
from tests.people import GONGSHU, signed_in


@requires(Permission.PUBLIC)
def breaks(request):
    raise ValueError("the inside: 13812345678")


handler500 = urls.handler500
urlpatterns = [*urls.urlpatterns, path("breaks/", breaks)]


# --- health -----------------------------------------------------------------------------------------------------------


def test_the_process_alone_answers_without_a_database(client):
    assert client.get("/healthz").content == b"ok"  # no django_db mark: a query would raise


@pytest.mark.django_db
def test_ready_when_database_schema_broker_and_heartbeat_are_there(client, broker):
    assert client.get("/readyz").status_code == 503
    heartbeat.run()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (200, b"ready")
    broker.set(KEY, int(time.time()) - 181)
    assert client.get("/readyz").status_code == 503


@pytest.mark.django_db
def test_not_ready_without_a_broker(client, broker, settings, caplog):
    heartbeat.run()
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert client.get("/readyz").content == b"not ready"
    assert "not ready: broker" in caplog.text


@pytest.mark.django_db
def test_not_ready_while_migrations_wait(client, broker, monkeypatch, caplog):
    heartbeat.run()
    monkeypatch.setattr(health, "_schema_is_current", False)
    with connection.cursor() as cursor:
        newest = "(SELECT max(name) FROM django_migrations WHERE app = 'tenants')"
        cursor.execute(f"DELETE FROM django_migrations WHERE app = 'tenants' AND name = {newest}")
    assert client.get("/readyz").content == b"not ready"
    assert "not ready: schema" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_not_ready_as_a_role_that_row_level_security_does_not_bind(client, broker, monkeypatch, caplog):
    heartbeat.run()
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "USER", "postgres")
    try:
        assert client.get("/readyz").content == b"not ready"
    finally:
        connection.close()
    assert "not ready: database: the role bypasses row level security" in caplog.text


# --- request ids ------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_every_answer_carries_a_number_and_a_sane_one_is_kept(client):
    first, second = (client.get("/healthz")["X-Request-ID"] for _ in range(2))
    assert re.fullmatch(r"[0-9a-f]{12}", first)
    assert first != second
    assert client.get("/healthz", headers={"X-Request-ID": "proxy-0001"})["X-Request-ID"] == "proxy-0001"
    for bad in ("short", "with blank here", "x" * 65, "line\\nbreak..", "<script>alert(1)</script>"):
        assert client.get("/healthz", headers={"X-Request-ID": bad})["X-Request-ID"] != bad
    assert client.get("/api/v1/me/", headers={"X-Request-ID": "proxy-0002"})["X-Request-ID"] == "proxy-0002"


@pytest.mark.django_db
@pytest.mark.urls("tests.happyhome.test_health")
def test_an_error_page_shows_the_number_and_nothing_of_the_inside():
    client = Client(raise_request_exception=False)
    answer = client.get("/breaks/", headers={"X-Request-ID": "proxy-0003"})
    text = answer.content.decode()
    assert answer.status_code == 500
    assert "参考号" in text
    assert "proxy-0003" in text
    for inside in ("ValueError", "Traceback", "13812345678", "the inside", "test_health"):
        assert inside not in text


# --- log lines --------------------------------------------------------------------------------------------------------


def logged(action) -> list[dict]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.JsonLines())
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        action()
    finally:
        root.removeHandler(handler)
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_names_the_request_it_belongs_to():
    def view(request):
        logging.getLogger("happyhome.test").warning("working")
        return HttpResponse()

    request = RequestFactory().get("/x/", headers={"X-Request-ID": "proxy-0004"})
    [line] = logged(lambda: RequestId(view)(request))
    assert (line["request_id"], line["message"], line["level"]) == ("proxy-0004", "working", "WARNING")
    assert line["time"].endswith("+00:00")
    [outside] = logged(lambda: logging.getLogger("happyhome.test").warning("x"))
    assert outside["request_id"] == ""


def test_a_task_carries_the_number_of_the_request_that_sent_it(broker):
    def view(request):
        heartbeat.delay()
        return HttpResponse()

    RequestId(view)(RequestFactory().get("/x/", headers={"X-Request-ID": "proxy-0005"}))
    sent = json.loads(broker.lindex("celery", 0))
    assert sent["headers"]["request_id"] == "proxy-0005"

    for request, number in ((Context(headers=sent["headers"]), "proxy-0005"), (Context(), "")):
        task_prerun.send(sender=heartbeat, task=SimpleNamespace(request=request))
        assert request_id.current() == number


@pytest.mark.django_db
@pytest.mark.urls("tests.happyhome.test_health")
def test_personal_data_does_not_reach_the_log():
    client = Client(raise_request_exception=False)
    lines = logged(lambda: client.get("/breaks/?q=13912345678&name=张三"))
    text = json.dumps(lines, ensure_ascii=False)
    assert any(line.get("error", {}).get("type") == "ValueError" for line in lines)
    for personal in ("13812345678", "13912345678", "张三"):
        assert personal not in text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("call 13812345678 now", "call [已隐去] now"),
        ("id 11010519491231002X", "id [已隐去]"),
        ("0571-88001234", "[已隐去]"),
        ("division 330105005052", "division 330105005052"),
        ('key "x"\nDETAIL:  Key (phone)=(1) exists.', 'key "x"\nDETAIL: [已隐去]'),
        ("GET /facilities/?q=name HTTP", "GET /facilities/ HTTP"),
        ("Not Found: /invitation/Zx3-k_9/", "Not Found: /invitation/[已隐去]/"),
        ("GET /s/AbC12/ HTTP", "GET /s/[已隐去]/ HTTP"),
        ("GET /a/AbC12/ HTTP", "GET /a/[已隐去]/ HTTP"),
        ("/static/s.css", "/static/s.css"),
    ],
)
def test_scrubbing(text, left):
    assert logs.scrubbed(text) == left


def test_the_access_log_keeps_no_key_of_a_link():
    logger = runpy.run_path(str(ROOT / "deploy/gunicorn.conf.py"))["logger_class"](Config())
    answer, asked = SimpleNamespace(status="200 OK", sent=1, headers=[]), SimpleNamespace(headers=[])
    for asked_for, left in [("/invitation/Zx3-k_9/", "/invitation/[已隐去]/"), ("/facilities/", "/facilities/")]:
        environ = {"PATH_INFO": asked_for, "RAW_URI": asked_for, "REQUEST_METHOD": "GET", "SERVER_PROTOCOL": "HTTP/1.1"}
        found = logger.atoms(answer, asked, environ, timedelta(seconds=1))
        assert found["U"] == left


# --- figures ----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_figures_are_for_known_addresses_and_tokens_alone(client, settings, broker):
    assert client.get("/metrics", REMOTE_ADDR="10.0.0.9").status_code == 404
    settings.METRICS_TOKEN = "right"
    for header, status in (("Bearer right", 200), ("Bearer wrong", 404), ("", 404)):
        answer = client.get("/metrics", REMOTE_ADDR="10.0.0.9", headers={"Authorization": header})
        assert answer.status_code == status
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics", REMOTE_ADDR="10.0.0.9", headers={"Authorization": "Bearer "}).status_code == 404


@pytest.mark.django_db
def test_figures(client, broker):
    broker.rpush("celery", "a", "b")
    signed_in(Role.DISTRICT_ADMIN, GONGSHU).get("/acts/?q=张三")
    text = client.get("/metrics").content.decode()
    assert 'happyhome_queue_waiting{queue="celery"} 2.0' in text
    assert 'happyhome_up{service="broker"} 1.0' in text
    assert 'happyhome_up{service="database"} 1.0' in text
    assert 'happyhome_request_seconds_count{method="GET",route="acts/",status="2xx"}' in text
    assert "happyhome_audit_seal_age_seconds -1.0" in text
    assert "张三" not in text


@pytest.mark.django_db
def test_a_broker_that_is_gone_is_a_figure_too(client, settings, broker):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    text = client.get("/metrics").content.decode()
    assert 'happyhome_up{service="broker"} 0.0' in text
    with pytest.raises(redis.RedisError):
        heartbeat.run()
