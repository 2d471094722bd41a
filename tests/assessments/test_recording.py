"""Records of phones: each counts once, whatever the order and however often; nothing is dropped; blind until recorded."""

import random
from datetime import timedelta

import pytest
from django.db import transaction

from assessments import operations
from assessments.models import OperationKind, OperationState, Visit, VisitFinding, VisitOperation, VisitState
from assessments.operations.checks import CheckRefusedError
from assessments.queries.interests import conflicts
from partners.models import PartnerContact, ResidentProject
from tenants.scope import division_scope, opened_scope
from tests.assessments import year as y
from tests.people import GONGSHU


@pytest.fixture
def year(standards):
    with opened_scope(division_scope(GONGSHU)):
        made = y.Year(GONGSHU, readings=False, a_street=2)
        made.visits = made.to_assigned()
        yield made


def _state(visits: list[Visit]) -> tuple:
    """All effects of the records of some visits."""
    rows = VisitOperation.objects.order_by("uuid").values_list("uuid", "state", "reason", "value", "visit_id")
    found = VisitFinding.objects.order_by("visit_id", "key").values_list("visit_id", "key", "value", "operation")
    signed = Visit.objects.order_by("pk").values_list("pk", "state", "signed_name", "handed_in_at")
    return list(rows), list(found), list(signed)


@pytest.mark.requirement("CHK-4")
def test_500_records_in_50_orders_each_sent_three_times_are_500_effects(year):
    """In PostgreSQL, in batches of any size; what stands in the end is the same each time."""
    user = year.visits[0].user
    mine = [visit for visit in year.visits if visit.user_id == user.pk]
    keys = [item.key for item in y.checklist(year.run)]
    chance, records = random.Random(20261122), []
    while len(records) < 498:
        visit, key = mine[len(records) % len(mine)], keys[chance.randrange(len(keys))]
        records.append(y.noted(visit, key, chance.randrange(2), number=len(records), minute=chance.randrange(90)))
    records += [y.noted(mine[0], "", None, kind=OperationKind.SIGN, minute=m, text="王站长") for m in (80, 85)]
    ends = []
    for order in range(50):
        chance = random.Random(order)
        sent = records * 3
        chance.shuffle(sent)
        size = chance.choice([250, 500, 1500])
        with transaction.atomic():
            for start in range(0, len(sent), size):
                taken = y.send(mine[0], sent[start : start + size], by=user)
                assert "clash" not in {state for state, _ in taken.results.values()}
            ends.append(_state(mine))
            transaction.set_rollback(True) if order < 49 else None
        if order == 48:
            assert VisitOperation.objects.count() == 0, "each order starts anew"
    assert len(ends[0][0]) == 500
    assert all(end == ends[0] for end in ends[1:])
    assert Visit.objects.get(pk=mine[0].pk).state == VisitState.HANDED_IN


def test_the_same_number_with_other_content_changes_nothing(year):
    visit = year.visits[0]
    first = y.noted(visit, "floor_area_documented", 100_000)
    y.send(visit, [first])
    other = y.Incoming(first.uuid, visit.uuid, first.kind, first.key, 5, "", first.done_at)
    assert y.send(visit, [other]).results[first.uuid][0] == "clash"
    assert VisitFinding.objects.get(visit=visit).value == 100_000


def test_reported_values_are_told_for_recorded_items_alone(year):
    visit = year.visits[0]
    assert y.send(visit, []).revealed == {}
    taken = y.send(visit, [y.noted(visit, "floor_area_documented", 90_000)])
    reported = y.claims_of(visit.sampled).of("floor_area_documented")
    assert taken.revealed == {visit.uuid: {"floor_area_documented": reported}}


def test_what_cannot_count_waits_with_its_reason_and_is_never_dropped(year):
    visit = year.visits[0]
    foreign = next(v for v in year.visits if v.user_id != visit.user_id)
    sign = y.noted(visit, "", None, kind=OperationKind.SIGN, minute=50, text="王站长")
    after = y.noted(visit, "item-1", 1, minute=60)
    unknown = y.noted(visit, "no_such_item", 1, minute=1)
    ahead = y.noted(visit, "item-2", 1, done_at=y.RECEIVED + timedelta(hours=1))
    not_theirs = y.noted(foreign, "item-1", 1)
    taken = y.send(visit, [after, unknown, ahead, not_theirs, sign])
    reasons = {uuid: reason for uuid, (state, reason) in taken.results.items() if state == OperationState.QUARANTINED}
    assert reasons == {
        after.uuid: "签字交回以后才记录",
        unknown.uuid: "抽检清单里没有这一项",
        ahead.uuid: "记录时间在收到时间之后，手机的时钟不准",
        not_theirs.uuid: "这次上门不是派给你的，或者已经没有了",
    }
    assert VisitFinding.objects.count() == 0
    assert operations.recording.waiting(GONGSHU) == 4


def test_revoked_and_late_records_wait_and_the_district_decides(year):
    revoked, closed = year.visits[0], year.visits[1]
    operations.visits.revoke(visit=revoked, reason="评估员请假", by=year.admin, now=y.RECEIVED)
    late = y.noted(revoked, "item-1", 1)
    y.send(revoked, [late], now=y.RECEIVED + timedelta(seconds=1))
    y.send(closed, y.records(closed))
    operations.discrepancies.close_visits(round=year.round, by=year.admin, now=y.RECEIVED)
    after = y.noted(closed, "floor_area_documented", 1, number=9, minute=1)
    y.send(closed, [after], now=y.RECEIVED + timedelta(seconds=1))
    rows = {row.uuid: row for row in VisitOperation.objects.filter(state=OperationState.QUARANTINED)}
    assert {row.reason for row in rows.values()} == {
        "这次上门已经收回，收回之后才传来",
        "区里已经汇总，汇总之后才传来",
    }
    with pytest.raises(CheckRefusedError, match="请写明"):
        operations.recording.decide(operation=rows[late.uuid], counts=True, reason=" ", by=year.admin, now=y.RECEIVED)
    operations.recording.decide(
        operation=rows[late.uuid], counts=True, reason="当天已上门", by=year.admin, now=y.RECEIVED
    )
    operations.recording.decide(
        operation=rows[after.uuid], counts=False, reason="补录无据", by=year.admin, now=y.RECEIVED
    )
    assert VisitFinding.objects.get(visit=revoked).value == 1
    assert set(VisitOperation.objects.filter(uuid__in=rows).values_list("state", flat=True)) == {"applied", "set_aside"}
    with pytest.raises(CheckRefusedError, match="已经处理过"):
        operations.recording.decide(
            operation=rows[late.uuid], counts=False, reason="再看一次", by=year.admin, now=y.RECEIVED
        )


def test_nothing_is_drawn_without_a_ratio_and_nothing_is_drawn_twice(standards):
    with opened_scope(division_scope(GONGSHU)):
        year = y.Year(GONGSHU, readings=False, a_street=1)
        with pytest.raises(CheckRefusedError, match="还没有设定抽检比例"):
            operations.samples.freeze(round=year.round, run=year.run, by=year.admin, now=y.NOW)
        year.set_rules()
        sample = operations.samples.freeze(round=year.round, run=year.run, by=year.admin, now=y.NOW)
        with pytest.raises(CheckRefusedError, match="先公布种子承诺"):
            operations.samples.draw(sample=sample, public_part="", witnesses="", by=year.admin, now=y.NOW)
        year.round.refresh_from_db()
        with pytest.raises(CheckRefusedError, match="比例不能再改"):
            year.set_rules(permille=999)
        operations.samples.commit_seed(sample=sample, by=year.admin, now=y.NOW)
        sample.refresh_from_db()
        with pytest.raises(CheckRefusedError, match="不能再撤回"):
            operations.samples.thaw(sample=sample, by=year.admin)
        operations.samples.draw(sample=sample, public_part="7", witnesses="", by=year.admin, now=y.NOW)
        with pytest.raises(CheckRefusedError, match="已经抽过了"):
            operations.samples.draw(sample=sample, public_part="8", witnesses="", by=year.admin, now=y.NOW)


def test_interests_bar_visits_and_a_second_visit_is_by_another_firm(standards):
    with opened_scope(division_scope(GONGSHU)):
        year = y.Year(GONGSHU, readings=False, a_street=2)
        year.set_rules(double_permille=1000)
        year.staff()
        operations.checks.declare_interest(
            commission=year.assessors[0].commission,
            assessor=None,
            party="运河社工事务所",
            note="同一母公司",
            by=year.admin,
        )
        year.drawn()
        planned, left = operations.visits.assign(
            round=year.round,
            assessors=year.assessors,
            first_day=y.date(2026, 11, 23),
            a_day=3,
            by=year.admin,
            now=y.NOW,
        )
        drawn = year.sample.facilities.count()
        assert planned == drawn, "the first firm may go nowhere: that operator runs every facility"
        assert len(left) == drawn
        assert all("都要回避" in text for text in left)
        assert set(Visit.objects.values_list("assessor_id", flat=True)) == {year.assessors[1].pk}


def test_a_contact_person_of_a_partner_is_kept_from_its_facilities(standards):
    """The assessor speaks for a partner that runs a project in one facility: a name stored encrypted, found all the same."""
    with opened_scope(division_scope(GONGSHU)):
        year = y.Year(GONGSHU, readings=False, a_street=1)
        year.set_rules()
        year.staff()
        one = year.assessors[0]
        project = ResidentProject.objects.filter(facility=year.facilities[1]).exclude(partner=None).first()
        PartnerContact.objects.create(
            division_code=GONGSHU, partner=project.partner, name=f"{one.user.display_name} ", phone="13800000000"
        )
        shared = ResidentProject.objects.filter(partner=project.partner).values_list("facility_id", flat=True)
        found = conflicts(one.commission, one, y.TODAY)
        assert set(found) == set(shared)
        assert "它的联系人与评估员" in found[year.facilities[1].pk]
        assert conflicts(year.assessors[1].commission, year.assessors[1], y.TODAY) == {}


def test_a_substitute_takes_the_place_for_a_reason(standards):
    with opened_scope(division_scope(GONGSHU)):
        year = y.Year(GONGSHU, readings=False)
        year.set_rules(permille=100)
        year.drawn()
        out = year.sample.facilities.first()
        with pytest.raises(CheckRefusedError, match="请写明为什么"):
            operations.samples.substitute(sampled=out, reason="", by=year.admin, now=y.NOW)
        made = operations.samples.substitute(sampled=out, reason="暂停营业", by=year.admin, now=y.NOW)
        expected = next(iter(operations.samples.drawn_again(year.sample).reserves.values()))
        assert made.facility.code in {ticket.unit.code for ticket in expected}
        assert made.stands_in_for == out
        assert made.claims["values"]["floor_area_documented"] > 0
