"""The outbox: work is noted with the rows it belongs to, sent once they are committed, and forgotten after a week."""

from datetime import timedelta
from threading import Thread

import pytest
from django.db import connection, transaction
from django.utils import timezone

from tenants.models import OutboxEntry
from tenants.operations import outbox
from tenants.scope import country_scope, division_scope, opened_scope
from tests.people import GONGSHU, SHANGCHENG
from tests.structure import catalogue

pytestmark = pytest.mark.django_db(transaction=True)


def queue(district=GONGSHU):
    return outbox.enqueue(task="happyhome.tasks.heartbeat", arguments={"district": district}, division_code=district)


def entries():
    with opened_scope(country_scope()):
        return list(OutboxEntry.objects.order_by("pk"))


def test_work_is_sent_when_its_rows_are_committed_and_not_before(broker):
    with opened_scope(division_scope(GONGSHU)):
        queue()
        assert broker.llen("celery") == 0
    assert broker.llen("celery") == 1
    assert [(entry.attempts, entry.sent_at is not None) for entry in entries()] == [(1, True)]


def test_work_of_a_transaction_that_rolled_back_is_never_sent(broker):
    with opened_scope(division_scope(GONGSHU)):
        queue()
        transaction.set_rollback(True)
    assert (broker.llen("celery"), entries()) == (0, [])


def test_without_a_broker_the_entry_says_so_and_waits(broker, broker_away):
    with broker_away(), opened_scope(division_scope(GONGSHU)):
        queue()
    [entry] = entries()
    assert (entry.attempts, entry.sent_at, "每分钟会自动再送一次" in entry.last_error) == (1, None, True)
    assert (outbox.sweep(), broker.llen("celery")) == (1, 1)


def test_a_crash_between_commit_and_queue_is_mended_by_the_sweeper(broker):
    for district in (GONGSHU, SHANGCHENG):
        with opened_scope(division_scope(district)):
            OutboxEntry.objects.create(task="happyhome.tasks.heartbeat", arguments={}, division_code=district)
    assert (outbox.sweep(limit=1), outbox.sweep(), outbox.sweep()) == (1, 1, 0)
    assert broker.llen("celery") == 2


def test_an_entry_that_another_sweeper_holds_is_left_to_it(broker):
    with opened_scope(division_scope(GONGSHU)):
        entry = OutboxEntry.objects.create(task="happyhome.tasks.heartbeat", arguments={}, division_code=GONGSHU)
    answers = []

    def other():
        answers.append(outbox.sweep())
        connection.close()

    with opened_scope(division_scope(GONGSHU)):
        OutboxEntry.objects.select_for_update().get(pk=entry.pk)
        thread = Thread(target=other)
        thread.start()
        thread.join(20)
    assert (answers, broker.llen("celery")) == ([0], 0)


def test_what_was_sent_long_ago_is_forgotten_and_what_waits_is_not(broker):
    now = timezone.now()
    with opened_scope(division_scope(GONGSHU)):
        for age in (timedelta(days=8), timedelta(days=6), None):
            OutboxEntry.objects.create(task="t", division_code=GONGSHU, sent_at=age and now - age)
    assert (outbox.forget_sent(now=now), len(entries())) == (1, 2)


def test_the_table_kept_its_policies_on_its_way_down():
    found = {p["name"] for p in catalogue.rows(catalogue.POLICIES) if p["table"] == "tenants_outboxentry"}
    assert found == {"scope_write", "past_read"}
    assert catalogue.rows("SELECT to_regclass('assessments_outboxentry') AS old") == [{"old": None}]
