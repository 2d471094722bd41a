"""docker-compose.yml and the Dockerfile say the same as the code. No Docker engine is needed for this."""

import os
import re
import shutil
import subprocess
from importlib import import_module

import pytest
import yaml
from django.core.management import get_commands

from happyhome import environment
from launcher.checkout import ROOT
from launcher.portal import SEEDS
from tests.happyhome import variables

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES = COMPOSE["services"]
PORTAL = ("migrate", "web", "worker", "beat")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


def test_the_services_are_those_the_portal_needs():
    assert set(SERVICES) == {"database", "broker", "proxy", *PORTAL}


@pytest.mark.parametrize("name", PORTAL)
def test_every_variable_is_one_that_the_code_reads(name):
    known = variables.read_by_settings() | variables.read_by_gunicorn()
    assert {key.removesuffix("_FILE") for key in SERVICES[name]["environment"]} - known == set()


@pytest.mark.parametrize("name", PORTAL)
def test_every_secret_of_the_portal_is_named_by_a_variable_and_given_to_the_container(name):
    service = SERVICES[name]
    files = {value for key, value in service["environment"].items() if key.endswith("_FILE")}
    assert files == {f"/run/secrets/{secret}" for secret in service["secrets"]}


def test_secrets_are_files_that_the_script_makes_and_git_ignores():
    used = {secret for service in SERVICES.values() for secret in service.get("secrets", [])}
    assert used == set(COMPOSE["secrets"])
    script = (ROOT / "deploy/make-secrets").read_text()
    assert {secret for secret in used if secret not in script} == set()
    assert {entry["file"].rsplit("/", 1)[0] for entry in COMPOSE["secrets"].values()} == {"deploy/secrets"}
    assert "/deploy/secrets/" in (ROOT / ".gitignore").read_text().splitlines()


def test_made_secrets_are_addresses_that_the_settings_understand(tmp_path, monkeypatch):
    shutil.copy(ROOT / "deploy/make-secrets", tmp_path)
    for _ in range(2):
        subprocess.run([tmp_path / "make-secrets", "happyhome.example"], check=True, capture_output=True)
    made = tmp_path / "secrets"
    assert {file.name for file in made.iterdir()} == set(COMPOSE["secrets"])
    assert made.stat().st_mode & 0o077 == 0
    for secret, role in (("database_url", "happyhome_app"), ("database_owner_url", "happyhome_owner")):
        monkeypatch.setenv("SOME_URL_FILE", str(made / secret))
        address = environment.database(environment.text("SOME_URL"))
        password = (made / f"{role.removeprefix('happyhome_')}_password").read_text()
        assert (address["USER"], address["PASSWORD"], address["HOST"], address["NAME"]) == (
            role,
            password,
            "database",
            "happyhome",
        )


def test_long_running_services_restart_and_say_how_they_are():
    for name, service in SERVICES.items():
        assert service["restart"] == ("no" if name == "migrate" else "unless-stopped"), name
        assert ("healthcheck" in service) == (name not in {"migrate", "beat"}), name


def test_the_portal_starts_after_the_migrations_and_the_database_lives_in_a_volume():
    for name in ("web", "worker", "beat"):
        assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert SERVICES["migrate"]["depends_on"] == {"database": {"condition": "service_healthy"}}
    mounted = {entry.split(":")[0] for service in SERVICES.values() for entry in service.get("volumes", [])}
    assert {entry for entry in mounted if not entry.startswith("./")} == set(COMPOSE["volumes"])
    assert [entry for entry in mounted if entry.startswith("./") and not (ROOT / entry).exists()] == []


def test_only_migrations_know_the_owner():
    assert [name for name in SERVICES if "database_owner_url" in SERVICES[name].get("secrets", [])] == ["migrate"]


def test_the_broker_keeps_what_it_accepted():
    command = " ".join(SERVICES["broker"]["command"])
    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command


def test_every_change_of_the_database_is_archived_within_a_minute():
    command = " ".join(SERVICES["database"]["command"])
    assert "-c archive_mode=on" in command
    assert int(re.search(r"archive_timeout=(\d+)s", command).group(1)) <= 50
    assert """archive_command=sh /deploy/archive-wal "%p" "%f\"""" in command
    mounted = dict(entry.split(":")[:2] for entry in SERVICES["database"]["volumes"])
    assert mounted["archive"] == "/archive"
    for script in ("archive-wal", "base-backup", "restore-point"):
        assert mounted[f"./deploy/{script}"] == f"/deploy/{script}"
        assert "WAL_ARCHIVE:-/archive" in (ROOT / "deploy" / script).read_text()


def test_the_roles_are_bound_by_row_level_security():
    script = (ROOT / "deploy/database-roles.sh").read_text()
    roles = re.findall(r"CREATE ROLE (\w+) .*NOSUPERUSER NOBYPASSRLS", script)
    assert roles == ["happyhome_owner", "happyhome_app"]
    assert script.count("ALTER DEFAULT PRIVILEGES FOR ROLE happyhome_owner") == 2


def test_commands_name_what_exists():
    serve = re.search(r"^CMD \[(.*)\]$", DOCKERFILE, re.MULTILINE).group(1)
    assert import_module("happyhome.wsgi").application is not None
    assert '"happyhome.wsgi"' in serve
    assert (ROOT / re.search(r'"-c", "([^"]+)"', serve).group(1)).is_file()
    assert import_module("happyhome").celery_app.main == "happyhome"
    for name in ("worker", "beat"):
        assert SERVICES[name]["command"][:4] == ["celery", "-A", "happyhome", name]


def test_the_database_is_prepared_by_the_same_commands_as_on_a_local_start():
    assert SERVICES["migrate"]["command"] == ["sh", "deploy/prepare.sh"]
    commands = re.findall(r"manage\.py (\w+)", (ROOT / "deploy/prepare.sh").read_text())
    assert commands == ["migrate", *(seed.command for seed in SEEDS if not seed.demo)]
    assert [command for command in commands if command not in get_commands()] == []


def test_the_dockerfile_installs_the_locks_and_runs_as_nobody_special():
    copied = [
        word for line in re.findall(r"^COPY (?!--from)(.*)$", DOCKERFILE, re.MULTILINE) for word in line.split()[:-1]
    ]
    assert [path for path in copied if not (ROOT / path).exists()] == []
    assert DOCKERFILE.count("--require-hashes") == 2
    assert set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)) == {"python:3.11-slim-bookworm"}
    assert re.search(r"^USER happyhome$", DOCKERFILE, re.MULTILINE)
    given = set(re.findall(r"\b((?:HAPPYHOME|DJANGO)_[A-Z_]+)=", DOCKERFILE))
    assert given - variables.read_by_settings() == set()


def test_the_proxy_sends_to_the_port_of_the_web_process():
    caddy = (ROOT / "deploy/Caddyfile").read_text()
    assert "reverse_proxy web:8000" in caddy
    assert '"0.0.0.0:8000"' in DOCKERFILE
    assert SERVICES["web"]["healthcheck"]["test"][-1].count("http://127.0.0.1:8000/health/") == 1
    assert set(re.findall(r"/run/secrets/(\w+)", caddy)) == set(SERVICES["proxy"]["secrets"])


def test_compose_itself_accepts_the_file_where_it_is_installed(tmp_path):
    assert isinstance(SERVICES, dict)
    asked = subprocess.run(["docker", "compose", "version"], capture_output=True) if shutil.which("docker") else None
    if asked and asked.returncode == 0:
        shown = subprocess.run(
            ["docker", "compose", "-f", ROOT / "docker-compose.yml", "config", "--quiet"],
            env={**os.environ, "HAPPYHOME_DOMAIN": "happyhome.example"},
            capture_output=True,
            text=True,
            cwd=tmp_path,
        )
        assert (shown.returncode, shown.stderr) == (0, "")


def test_the_operations_page_names_every_service():
    text = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    assert [name for name in SERVICES if f"`{name}`" not in text] == []
    assert "deploy/make-secrets" in text
