"""Every migration can be taken back, down to an empty database."""

import os
import subprocess
import sys

import pytest
from django.db import connections

from launcher.checkout import ROOT
from tests import databases

FROM_THE_TOP = ["assessments", "engagement", "partners", "facilities", "standards", "tenants"]
TAKE_BACK = """import sys, django; django.setup()
from django.core.management import call_command
for app in sys.argv[1:]: call_command("migrate", app, "zero", verbosity=0)"""
OURS = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ '^(assess|engage|partner|facil|standard|tenant)'"
FUNCTIONS = "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"


@pytest.fixture
def copy_of_the_database(django_db_setup, worker_name):
    name = f"{databases.clone_name(worker_name)}_reversed"
    with databases.connect_as_owner("postgres") as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connections["default"].close()
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {databases.clone_name(worker_name)}")
        yield name
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_migrations_can_be_taken_back(copy_of_the_database):
    address = os.environ["DATABASE_OWNER_URL"].split("?")
    address[0] = f"{address[0].rsplit('/', 1)[0]}/{copy_of_the_database}"
    environment = {**os.environ, "DATABASE_URL": "?".join(address), "DATABASE_OWNER_URL": "?".join(address)}
    result = subprocess.run(
        [sys.executable, "-c", TAKE_BACK, *FROM_THE_TOP],
        cwd=ROOT,
        env={**environment, "DJANGO_SETTINGS_MODULE": "happyhome.settings"},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert result.returncode == 0, result.stderr[-2000:]
    with databases.connect_as_owner(copy_of_the_database) as owner:
        assert owner.execute(OURS).fetchall() == []
        assert owner.execute(FUNCTIONS).fetchall() == []
