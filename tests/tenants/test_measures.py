"""Measures of tries: counted for all processes together, over when their period is, and bounded without the broker too."""

import subprocess
import sys
from datetime import timedelta

import pytest

from launcher import checkout
from tenants.measures import forget_all, is_within
from tests.conftest import child_environment

HOUR = timedelta(hours=1)
IN_ANOTHER_PROCESS = """
from datetime import timedelta
from tenants.measures import is_within
print([is_within("apply:198.51.100.9", 5, timedelta(hours=1)) for _ in range(2)])
"""


@pytest.fixture(autouse=True)
def _nothing_counted():
    forget_all()


def test_all_processes_count_together(broker_url):
    """Three tries here and two there make five; the sixth is one too many, here as there."""
    assert [is_within("apply:198.51.100.9", 5, HOUR) for _ in range(3)] == [True] * 3
    command = [sys.executable, "-c", IN_ANOTHER_PROCESS]
    environment = child_environment(broker_url) | {"DJANGO_SETTINGS_MODULE": "happyhome.settings"}
    for said in ("[True, True]", "[False, False]"):
        done = subprocess.run(
            command, env=environment, cwd=checkout.ROOT, capture_output=True, text=True, timeout=60, check=True
        )
        assert done.stdout.strip() == said
    assert not is_within("apply:198.51.100.9", 5, HOUR)
    assert is_within("apply:198.51.100.10", 5, HOUR), "another address has its own measure"


def test_a_count_is_over_with_its_period_and_names_nobody(broker):
    is_within("apply:198.51.100.9", 5, HOUR)
    [key] = broker.keys("*")
    assert b"198.51" not in key
    assert 3500 < broker.ttl(key) <= 3600
    is_within("apply:198.51.100.9", 5, HOUR)
    assert (broker.get(key), broker.ttl(key) <= 3600) == (b"2", True), "a later try does not make the period longer"
    broker.delete(key)
    assert is_within("apply:198.51.100.9", 1, HOUR)


def test_without_the_broker_each_process_counts_for_itself(settings, caplog):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert [is_within("apply:198.51.100.9", 2, HOUR) for _ in range(3)] == [True, True, False]
    assert "each process alone" in caplog.text
