"""Every migration can be taken back, down to an empty database."""

import os
import subprocess
import sys

import pytest

from launcher.checkout import ROOT
from tests import databases

FROM_THE_TOP = ["assessments", "engagement", "partners", "facilities", "standards", "tenants"]
TAKE_BACK = """import sys, django; django.setup()
from django.core.management import call_command
for app in sys.argv[1:]: call_command("migrate", app, "zero", verbosity=0)"""
OURS = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ '^(assess|engage|partner|facil|standard|tenant)'"
FUNCTIONS = "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"


@pytest.fixture
def migrated_database(worker_name, django_db_blocker):
    """Of its own: what other tests have written or still hold open is in another one."""
    with (
        django_db_blocker.unblock(),
        databases.copied_template(f"{databases.clone_name(worker_name)}_reversed") as name,
    ):
        yield name


def test_migrations_can_be_taken_back(migrated_database):
    address = os.environ["DATABASE_OWNER_URL"].split("?")
    address[0] = f"{address[0].rsplit('/', 1)[0]}/{migrated_database}"
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
    with databases.connect_as_owner(migrated_database) as owner:
        assert owner.execute(OURS).fetchall() == []
        assert owner.execute(FUNCTIONS).fetchall() == []
