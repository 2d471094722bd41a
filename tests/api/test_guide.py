"""The commands of docs/api.md, run word for word against a real server."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from assessments.models import Run
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.api.conftest import CITY, GONGSHU
from tests.people import person

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "api.md"
STAND_IN = Path(__file__).with_name("plain_curl.py")
pytestmark = pytest.mark.django_db(transaction=True)


def commands() -> str:
    """The shell blocks of the guide, without the first: there the reader writes their own address and password."""
    blocks = re.findall(r"```sh\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert "export PORTAL=" in blocks[0]
    return "\n".join(blocks[1:])


def test_the_commands_of_the_guide_work(registry, live_server, settings):
    settings.SECOND_FACTOR_ROLES = []  # a key by password alone, as the guide has it, is for accounts that need no more
    user = person(Role.DISTRICT_ADMIN, GONGSHU, username="gongshu-admin")
    user.set_password("canal-2026-bridge")
    user.save()
    environment = {
        "PATH": os.environ["PATH"],
        "PORTAL": live_server.url,
        "ACCOUNT": "gongshu-admin",
        "PASSWORD": "canal-2026-bridge",
        "NO_PROXY": "*",
    }
    curl = "command curl" if shutil.which("curl") else f"{sys.executable} {STAND_IN}"
    script = f'set -euo pipefail\ncurl() {{ {curl} "$@"; echo; }}\n' + commands()
    ran = subprocess.run(
        ["bash", "-c", script], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 0, ran.stdout[-500:] + ran.stderr
    answers = [json.loads(line) for line in ran.stdout.splitlines() if line.strip()]
    calls = len(re.findall(r"^curl ", commands(), re.MULTILINE))
    assert len(answers) == calls
    assert [a["username"] for a in answers if "username" in a] == ["gongshu-admin"]
    assert [a["count"] for a in answers if "count" in a] == [3, 1, 1, 1, 0, 2, *[0] * 9]
    with opened_scope(division_scope(CITY)):
        assert Run.objects.count() == 4  # the quarter was computed already: nothing was started
