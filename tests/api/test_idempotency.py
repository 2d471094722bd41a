"""A request that is sent ten times at once has its effect once, with real transactions."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from assessments.models import Run
from standards.operations import load
from tenants.models import OutboxEntry, StoredAnswer
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.api.conftest import CITY, GONGSHU, ApiClient, key_of
from tests.people import person

pytestmark = pytest.mark.django_db(transaction=True)


def test_ten_times_at_once_is_one_run_and_one_answer(divisions, broker):
    load()
    key = key_of(person(Role.DISTRICT_ADMIN, GONGSHU))

    def start(_):
        try:
            return ApiClient(key).post(
                "/api/v1/runs/",
                {"quarter": "2026-Q3", "reason": "季度测算"},
                content_type="application/json",
                headers={"Idempotency-Key": "start-2026-Q3"},
            )
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as threads:
        answers = list(threads.map(start, range(10)))
    assert [answer.status_code for answer in answers] == [202] * 10
    assert len({answer.content for answer in answers}) == 1
    assert sorted("Idempotent-Replayed" in answer for answer in answers) == [False] + [True] * 9
    with opened_scope(division_scope(CITY)):
        assert (Run.objects.count(), OutboxEntry.objects.count(), StoredAnswer.objects.count()) == (1, 1, 1)
