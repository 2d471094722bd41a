"""A district rules on a reading: dated, never edited, its own, and seen by its streets."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from standards import operations, queries
from standards.models import InterpretationRuling
from standards.operations import RulingRefused
from standards.rules import Reading
from tenants.models import Act
from tenants.rules import Role
from tenants.scope import Scope, division_scope, opened_scope
from tests.people import COMMUNITY_OF, GONGCHENQIAO, GONGSHU, SHANGCHENG, person

pytestmark = pytest.mark.django_db

DAY = date(2026, 7, 1)


@pytest.fixture
def officer(loaded):
    return person(Role.DISTRICT_ADMIN, GONGSHU)


def rule(by, option="domains_7", *, day=DAY, key="G-1", district=GONGSHU, reason="局长办公会纪要 2026-06-20"):
    with opened_scope(division_scope(district)):
        return operations.rule_on_reading(
            by=by, district_code=district, interpretation=key, option=option, effective_from=day, reason=reason
        )


def readings(division=GONGSHU, day=DAY, **options):
    with opened_scope(division_scope(division)):
        return queries.readings_in_force(division, day, **options)


@pytest.mark.requirement("DOC-7", "TIER-1")
def test_a_ruling_holds_from_its_day_on(officer):
    rule(officer)
    assert readings(day=DAY - timedelta(days=1)) == {}
    assert readings(day=DAY) == {"G-1": "domains_7"}


def test_the_rule_set_of_a_district_follows_its_ruling(officer):
    rule(officer)
    with opened_scope(division_scope(GONGSHU)):
        versions = queries.versions_in_force(GONGSHU, DAY)
        before = queries.ruleset(versions, GONGSHU, DAY - timedelta(days=1))
        after = queries.ruleset(versions, GONGSHU, DAY)
    assert before["demonstration_base_functions"].metrics == ("base_items",)
    assert after["demonstration_base_functions"].metrics == ("base_domains",)
    assert Reading("G-1", "domains_7") in after.readings
    assert before.content_hash != after.content_hash


def test_a_newer_ruling_supersedes_and_the_older_stays(officer):
    rule(officer)
    rule(officer, "items_33", day=date(2026, 10, 1))
    rule(officer, "items_30", day=date(2026, 10, 1), reason="更正")
    assert readings(day=date(2026, 9, 30)) == {"G-1": "domains_7"}
    assert readings(day=date(2026, 10, 1)) == {"G-1": "items_30"}
    with opened_scope(division_scope(GONGSHU)):
        assert [made.option for made in queries.rulings(GONGSHU)] == ["items_30", "items_33", "domains_7"]


@pytest.mark.requirement("DOC-7")
def test_a_replay_knows_only_the_rulings_that_were_made_then(officer):
    moment = timezone.now()
    rule(officer)
    assert readings(known_at=moment) == {}
    assert readings(known_at=timezone.now()) == {"G-1": "domains_7"}


@pytest.mark.requirement("ORG-4")
def test_a_street_and_a_community_read_their_districts_ruling_and_other_districts_do_not(officer):
    rule(officer)
    assert readings(GONGCHENQIAO) == {"G-1": "domains_7"}
    assert readings(COMMUNITY_OF[GONGCHENQIAO]) == {"G-1": "domains_7"}
    with opened_scope(division_scope(SHANGCHENG)):
        assert InterpretationRuling.objects.count() == 0
    with opened_scope(Scope()):
        assert InterpretationRuling.objects.count() == 0


@pytest.mark.requirement("ORG-4")
def test_a_street_cannot_rule_for_its_district(officer):
    with (
        opened_scope(division_scope(GONGCHENQIAO)),
        pytest.raises(DatabaseError, match="row-level security"),
        transaction.atomic(),
    ):
        InterpretationRuling.objects.create(
            division_code=GONGSHU,
            interpretation="G-1",
            option="domains_7",
            effective_from=DAY,
            reason="x",
            ruled_by=officer,
        )


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE standards_interpretationruling SET option = 'items_33'",
        "DELETE FROM standards_interpretationruling",
    ],
)
def test_the_database_refuses_to_edit_a_ruling(officer, change):
    with opened_scope(division_scope(GONGSHU)):
        rule(officer)
        with pytest.raises(DatabaseError, match="what is published is never edited"), transaction.atomic():
            connection.cursor().execute(change)


def test_a_ruling_leaves_one_act_with_its_reason(officer):
    rule(officer)
    with opened_scope(division_scope(GONGSHU)):
        [act] = Act.objects.filter(verb="裁定读法")
    assert act.actor == officer
    assert act.subject == "G-1 基础功能数什么：数覆盖了 7 大领域中的几个，自 2026-07-01 起"
    assert act.reason == "局长办公会纪要 2026-06-20"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"district": GONGCHENQIAO}, "读法由区里裁定"),
        ({"district": 330100000000}, "读法由区里裁定"),
        ({"key": "G-99"}, "读法登记中没有可以裁定的 G-99"),
        ({"key": "G-5"}, "读法登记中没有可以裁定的 G-5"),
        ({"option": "eight"}, "G-1 没有这个选项"),
        ({"reason": "  "}, "请写明理由"),
    ],
)
def test_a_ruling_that_cannot_be_made_says_why(officer, changes, message):
    with pytest.raises(RulingRefused, match=message):
        rule(officer, **changes)
    with opened_scope(division_scope(GONGSHU)):
        assert InterpretationRuling.objects.count() == 0


def test_the_default_is_confirmed_once(officer):
    """It waits for the district until then; the same ruling again says nothing new."""
    rule(officer, option="items_30")
    with pytest.raises(RulingRefused, match="已经是「数清单 1–30 号，含本数；31–33 号算个性化功能」，不用再裁定"):
        rule(officer, option="items_30")
    with opened_scope(division_scope(GONGSHU)):
        assert InterpretationRuling.objects.count() == 1
