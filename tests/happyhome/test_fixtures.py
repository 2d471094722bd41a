"""The fixtures that all tests stand on."""

import os

import psycopg
import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection

from tests import databases


@pytest.mark.django_db
def test_tests_run_as_the_app_role_which_row_level_security_binds():
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == ("happyhome_app", False, False)
        cursor.execute("SELECT tableowner FROM pg_tables WHERE tablename = 'tenants_user'")
        assert cursor.fetchone() == ("happyhome_owner",)
        cursor.execute("SELECT current_database()")
        assert cursor.fetchone()[0].startswith(databases.BASE_NAME)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_number", [1, 2])
def test_rows_of_a_transactional_test_are_gone_in_the_next(round_number, django_user_model):
    assert django_user_model.objects.count() == 0
    django_user_model.objects.create(username="somebody", display_name="某人")
    assert ContentType.objects.filter(app_label="tenants").exists()


@pytest.mark.django_db(transaction=True)
def test_the_app_role_cannot_truncate():
    with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.cursor() as cursor:
        cursor.connection.execute("TRUNCATE tenants_user CASCADE")


def test_the_broker_is_real_and_of_this_worker_alone(broker, broker_url):
    assert broker.ping() is True
    broker.set("key", "value")
    assert broker.dbsize() == 1
    expected = os.environ.get("PYTEST_XDIST_WORKER", "gw-1").removeprefix("gw")
    assert broker_url.endswith(f"/{int(expected) + 1}")


@pytest.mark.django_db(transaction=True)
def test_a_worker_process_runs_a_task(celery_worker_process, broker_url):
    from happyhome.celery import app

    answers = app.control.inspect(timeout=5).ping()
    assert [answer["ok"] for answer in answers.values()] == ["pong"]


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_both_screen_sizes_open_a_page(desktop_page, phone_page):
    for page, width in ((desktop_page, 1366), (phone_page, 390)):
        assert page.goto("/no-such-page/").status == 404
        assert page.evaluate("window.innerWidth") == width or width == 390
