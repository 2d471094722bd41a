"""1,000 people save at once, on real connections: in each race one wins, and every loser holds both texts."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import connection

from facilities.models import Facility
from facilities.operations import register_facility
from facilities.operations.edit import edit_facility
from tenants.editing import EditConflict
from tenants.models import Act, Draft, RowChange
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.facilities.conftest import QIAOXI
from tests.people import GONGSHU, client_of, person

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS, WRITERS, RACES = 50, 20, 1000
LONGEST_S = 60


@pytest.fixture
def facility():
    with opened_scope(division_scope(GONGSHU)):
        return register_facility(
            name="云橹幸福家园",
            division_code=QIAOXI,
            construction_type="integrated",
            opened_on=date(2025, 3, 1),
            by=None,
        )


def raced(writers, work) -> list:
    """Run `work(writer, number)` of every writer in a thread of its own; all begin together."""
    start = Barrier(len(writers))

    def run(pair):
        start.wait(timeout=30)
        return work(*pair)

    with ThreadPoolExecutor(len(writers)) as threads:
        answers = list(threads.map(run, [(writer, number) for number, writer in enumerate(writers)]))
        list(threads.map(_hang_up, [start] * len(writers)))
    return answers


def _hang_up(together: Barrier) -> None:
    together.wait(timeout=30)
    connection.close()


def test_twenty_save_at_once_fifty_times(facility):
    """Through the pages: 50 winners, 950 conflict pages with the winner's text and one's own."""
    clients = [client_of(person(Role.DISTRICT_ADMIN, GONGSHU, display_name=f"写手{n}")) for n in range(WRITERS)]
    address = f"/facilities/{facility.uuid}/edit/"

    def fifty_rounds(client, number):
        answers = []
        for race in range(ROUNDS):
            together.wait(timeout=60)
            text = f"第{race}轮{number}号门"
            data = {"name": "云橹幸福家园", "address": text, "version": race + 1, "token": str(uuid4())}
            answers.append((text, client.post(address, data)))
        return answers

    together = Barrier(WRITERS)
    began = time.monotonic()
    by_writer = raced(clients, fifty_rounds)
    took = time.monotonic() - began
    for race in range(ROUNDS):
        answers = [answers[race] for answers in by_writer]
        won = [text for text, answer in answers if answer.status_code == 302]
        lost = [(text, answer.content.decode()) for text, answer in answers if answer.status_code == 409]
        assert (len(won), len(lost)) == (1, WRITERS - 1), race
        both = [text for text, page in lost if f">{text}</span>" in page and f">{won[0]}</span>" in page]
        assert len(both) == WRITERS - 1, race
    with opened_scope(division_scope(GONGSHU)):
        assert Facility.objects.get().version == ROUNDS + 1
        assert RowChange.objects.filter(table_name="facilities_facility", operation="U").count() == ROUNDS
        assert Act.objects.filter(verb="修改设施").count() == ROUNDS
        assert Draft.objects.count() == ROUNDS * (WRITERS - 1)
    assert took < LONGEST_S
    print(f"{ROUNDS} races of {WRITERS}: {ROUNDS} winners, {ROUNDS * (WRITERS - 1)} conflict pages, {took:.1f} s")


def test_two_save_at_once_a_thousand_times(facility):
    """The operation itself: 1,000 winners, 1,000 losers who hold the winner's row."""
    together = Barrier(2)

    def thousand_races(writer, _number):
        outcomes = []
        for race in range(RACES):
            text = f"{writer}{race}"
            together.wait(timeout=30)
            try:
                with opened_scope(division_scope(GONGSHU)):
                    edit_facility(facility=facility, version=race + 1, by=None, address=text)
                outcomes.append((text, None))
            except EditConflict as conflict:
                outcomes.append((text, conflict.row.address))
        return outcomes

    began = time.monotonic()
    first, second = raced(["甲", "乙"], thousand_races)
    took = time.monotonic() - began
    for one, two in zip(first, second, strict=True):
        (winner, nothing), (_, seen) = sorted((one, two), key=lambda outcome: outcome[1] is not None)
        assert (nothing, seen) == (None, winner)
    with opened_scope(division_scope(GONGSHU)):
        assert Facility.objects.get().version == RACES + 1
    assert took < LONGEST_S
    print(f"{RACES} races of 2: {RACES} winners, {RACES} conflicts with both texts, {took:.1f} s")


def test_ten_clicks_at_once_are_one_effect(facility):
    user, token = person(Role.DISTRICT_ADMIN, GONGSHU), str(uuid4())
    data = {"name": "东楼", "starts_on": "2026-01-01", "token": token, "version": 0}
    clients = [client_of(user) for _ in range(10)]
    answers = raced(clients, lambda client, _: client.post(f"/facilities/{facility.uuid}/sites/add/", data).status_code)
    assert answers == [302] * 10
    with opened_scope(division_scope(GONGSHU)):
        assert facility.sites.count() == 1
        assert Act.objects.filter(verb="登记点位").count() == 1
