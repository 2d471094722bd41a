"""Every branch of the rules is taken by the tests of the rules alone: no database, no pages, no chance (hypothesis)."""

import os
import subprocess
import sys

import pytest

from tests.standards import files

PURE = [
    "test_clauses",
    "test_engine",
    "test_shortfall",
    "test_building",
    "test_documents",
    "test_service",
    "test_vitality",
    "test_follow_up",
]


@pytest.mark.requirement("TIER-8")
def test_every_branch_of_the_rules_is_tested(tmp_path):
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    command += [f"tests/standards/{name}.py" for name in PURE]
    command += ["--cov=standards.rules", "--cov-branch", "--cov-report=term-missing", "--cov-fail-under=100"]
    environment = {**os.environ, "COVERAGE_FILE": str(tmp_path / "coverage"), "PYTEST_ADDOPTS": ""}
    done = subprocess.run(
        command, cwd=files.ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
