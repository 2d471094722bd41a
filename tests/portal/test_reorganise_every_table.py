"""Whatever table there is: rows of both districts go through the merger of 2021 and back, also where both had the same."""

import json
from datetime import date

import pytest
from django.db import transaction
from django.db.models import UniqueConstraint
from django.utils import timezone

from assessments.models import CheckRound, Directory, DocumentKind, PublishedDocument
from assessments.operations.checks import start_round
from assessments.operations.publishing import publish
from assessments.queries.directories import tiers_published
from facilities.models import BatchState, Coverage, Decision, DecisionKind, DecisionState, Facility, ImportBatch
from facilities.operations.facility import RecordRefused
from partners.models import Exchange, ExchangedSpace
from portal.operations.lifecycle.deciding import confirm, propose
from portal.operations.lifecycle.deciding import undo as take_back
from portal.operations.reorganise import ReorganisationRefused, preview, reorganise, undo
from portal.operations.reorganise.tables import tables
from standards.operations import load
from tenants import queries
from tenants.concordance import read_concordance
from tenants.message_models import Message, MessageKind
from tenants.models import User
from tenants.operations.messages import send
from tenants.rules import code_range
from tenants.scope import division_scope, opened_scope, scope_of
from tests.portal import merger
from tests.portal.merger import DENGXINXIANG, GONGSHU, HUAFENG_OF_HEMU, TIANSHUI, TODAY, XIACHENG, YANZHI
from tests.structure.rows import make_row, scoped_models

pytestmark = pytest.mark.django_db
DENGXINXIANG_NOW, YANZHI_NOW = 330105012001, 330105012002
OF_A_DISTRICT = {
    "CheckRound",
    "Partner",
    "DataKey",
    "ReturnRules",
    "DisabledHome",
    "Run",
    "SecurityRules",
    "EntryRules",
    "MoneyRules",
    "Plan",
    "PlanItem",
}
YEAR = 2026
VALUES = {"Directory": {"year": YEAR, "revision": 1}}


def _fill(place: int, number: int, same: dict[type, dict]) -> Facility:
    """A row of every table in a community, or in its district where rows of that kind lie there.

    same: model → what may be there once a division; the second district has the very same.
    """
    district = place // 10**6 * 10**6
    facility = merger.make.facility(number, code=place)
    users = {(User, code): merger.person("district_admin", code) for code in {place, district}}
    shared = {(Facility, place): facility, (Facility, district): facility, **users}
    of_district: dict = dict(shared)
    make_row(CheckRound, district, of_district, year=YEAR)
    round = CheckRound.objects.get(division_code=district)
    of_district[CheckRound, district] = round
    for model in scoped_models():
        if model in {Facility, CheckRound}:
            continue
        values = {field.name: round for field in model._meta.fields if field.related_model is CheckRound}
        values |= VALUES.get(model.__name__, {}) | same.get(model, {})
        code = district if model.__name__ in OF_A_DISTRICT or values else place
        made = make_row(model, code, dict(of_district), **values)
        of_district.setdefault((model, code), made)
        same[model] = {name: getattr(made, name) for name in _once_a_division(model)}
    return facility


def _once_a_division(model) -> set[str]:
    """The columns that are unique together with the division."""
    keys = [rule.fields for rule in model._meta.constraints if isinstance(rule, UniqueConstraint)]
    return {name for key in keys if "division_code" in key for name in key} - {"division_code"}


@pytest.fixture
def before(tmp_path):
    load()
    merger.divisions_of_2020()
    with opened_scope(merger.EVERYWHERE):
        same: dict[type, dict] = {}
        facilities = [_fill(DENGXINXIANG, 1, same), _fill(HUAFENG_OF_HEMU, 2, same)]
        ImportBatch.objects.update(state=BatchState.CHECKED)  # no worker is at it
        year = date(TODAY.year, 1, 1), date(TODAY.year + 1, 1, 1)  # a move ends it, and refuses what begins later
        Exchange.objects.update(starts_on=year[0], ends_on=year[1])
        ExchangedSpace.objects.update(from_month=year[0], to_month=year[1])
        people = {"tianshui": merger.person("street_clerk", TIANSHUI), "heir": merger.person("district_admin", GONGSHU)}
    return facilities, people, read_concordance(merger.replayed(tmp_path))


def codes_of(model) -> set[int]:
    with opened_scope(merger.EVERYWHERE):
        return set(model._base_manager.values_list("division_code", flat=True))


def test_every_table_goes_over_and_comes_back(before):
    *_, concordance = before
    empty = [model.__name__ for model in scoped_models() if not codes_of(model)]
    assert empty == [], "the test makes a row of every table in both districts"
    state = merger.whole_database()
    seen = preview(concordance, today=TODAY)
    assert merger.whole_database() == state
    done = reorganise(concordance, by=None, today=TODAY)
    assert seen.counts == done.counts
    assert merger.orphans() == {}
    assert undo(concordance, by=None).differing == ()
    assert merger.whole_database() == state


def test_whatever_is_kept_under_the_old_code_is_read_by_the_heir_in_both_rings(before):
    _, people, concordance = before
    old = code_range(XIACHENG)
    kept = {model: codes_of(model) for model in tables().kept}
    assert all(any(code in old for code in codes) for codes in kept.values())
    reorganise(concordance, by=None, today=TODAY)
    with transaction.atomic():
        appointment = queries.current_appointment(people["heir"])
    blind = {}
    for model, codes in kept.items():
        with opened_scope(division_scope(GONGSHU)):
            by_database = {code for code in model._base_manager.values_list("division_code", flat=True) if code in old}
        with opened_scope(merger.EVERYWHERE):
            by_query = {
                code
                for code in model.objects.visible_to(appointment).values_list("division_code", flat=True)
                if code in old
            }
        if not by_database == by_query == {code for code in codes if code in old}:
            blind[model.__name__] = (by_database, by_query)
    assert blind == {}


def test_a_message_goes_along_and_its_reader_opens_it(before):
    _, people, concordance = before
    with opened_scope(merger.EVERYWHERE):
        send(to=[people["tianshui"].pk], kind=MessageKind.DUE, title="季度填报快到期", division_code=DENGXINXIANG)
    reorganise(concordance, by=None, today=TODAY)
    with transaction.atomic():
        appointment = queries.current_appointment(people["tianshui"])
    with opened_scope(scope_of(appointment)):
        found = Message.objects.visible_to(appointment)
        assert list(found.values_list("title", "division_code")) == [("季度填报快到期", DENGXINXIANG_NOW)]


def test_what_is_only_proposed_goes_on_under_the_new_codes(before):
    """A facility that does not exist yet and a move that waits for a second person: carried out after the merger."""
    facilities, people, concordance = before
    new = {
        "name": "长虹幸福家园", "community": str(DENGXINXIANG), "construction_type": "area", "lifecycle": "planned",
        "covered": [str(DENGXINXIANG), str(YANZHI)],
    }  # fmt: skip
    shared = {"effective_on": TODAY, "reason": "测试", "by": people["tianshui"], "at": timezone.now()}
    with opened_scope(merger.EVERYWHERE):
        first = propose(kind=DecisionKind.NEW, facility=None, division_code=DENGXINXIANG, answers=new, **shared)
        second = propose(
            kind=DecisionKind.MOVE, facility=facilities[0], division_code=DENGXINXIANG,
            answers={"community": str(YANZHI), "address": "体育场路 1 号", "site": "新点位"}, **shared,
        )  # fmt: skip
        Decision.objects.filter(pk=second.pk).update(state=DecisionState.WAITING)
    state = merger.whole_database()
    reorganise(concordance, by=None, today=TODAY)
    undo(concordance, by=None)
    assert merger.whole_database() == state
    reorganise(concordance, by=None, today=TODAY)
    with opened_scope(division_scope(GONGSHU)):
        first, second = Decision.objects.get(pk=first.pk), Decision.objects.get(pk=second.pk)
        assert (first.division_code, second.division_code) == (DENGXINXIANG_NOW, DENGXINXIANG_NOW)
        for decision in (first, second):
            confirm(decision=decision, by=people["heir"], at=timezone.now(), today=TODAY)
        made = Facility.objects.get(name="长虹幸福家园")
        assert made.division_code == DENGXINXIANG_NOW
        covered = set(Coverage.objects.filter(facility=made).values_list("community_code", flat=True))
        assert covered == {DENGXINXIANG_NOW, YANZHI_NOW}
        assert Facility.objects.get(pk=facilities[0].pk).division_code == YANZHI_NOW
    with pytest.raises(ReorganisationRefused, match="登记了 1 条设施"):
        undo(concordance, by=None)


def test_what_was_moved_before_the_merger_is_not_moved_back_into_a_street_that_has_closed(before):
    facilities, people, concordance = before
    with opened_scope(merger.EVERYWHERE):
        moved = propose(
            kind=DecisionKind.MOVE, facility=facilities[0], division_code=DENGXINXIANG, effective_on=TODAY, reason="测试",
            by=people["tianshui"], at=timezone.now(), answers={"community": str(YANZHI), "address": "体育场路 1 号", "site": "新点位"},
        )  # fmt: skip
        confirm(decision=moved, by=people["tianshui"], at=timezone.now(), today=TODAY)
    reorganise(concordance, by=None, today=TODAY)
    with opened_scope(division_scope(GONGSHU)):
        with pytest.raises(RecordRefused, match="区划已经撤销"):
            take_back(decision=moved, by=people["heir"], at=timezone.now())
        assert Facility.objects.get(pk=facilities[0].pk).division_code == YANZHI_NOW


@pytest.mark.requirement("DIR-1")
def test_the_spot_checks_of_one_year_stay_apart_and_each_keeps_its_publications(before):
    _, people, concordance = before
    entries = {XIACHENG: ("330103003-01", 2), GONGSHU: ("330105004-01", 1)}
    with opened_scope(merger.EVERYWHERE):
        for district, (code, tier) in entries.items():
            content = json.dumps({"entries": [{"code": code, "tier": tier}], "changes": []})
            PublishedDocument.objects.create(
                kind=DocumentKind.DIRECTORY, district=district, year=YEAR, title="名录", content=content, sha256="0" * 64,
                sm3="0" * 64, published_at=timezone.now(),
            )  # fmt: skip
    published = list(PublishedDocument.objects.order_by("pk").values())
    reorganise(concordance, by=None, today=TODAY)
    assert list(PublishedDocument.objects.order_by("pk").values()) == published
    with opened_scope(division_scope(GONGSHU)):
        rounds = {str(one): one for one in CheckRound.objects.filter(division_code=GONGSHU, year=YEAR)}
        assert {name: one.own_district for name, one in rounds.items()} == {
            f"{YEAR} 年度抽检": GONGSHU,
            f"{YEAR} 年度抽检（原下城区）": XIACHENG,
        }
        own = start_round(district=GONGSHU, year=YEAR, by=people["heir"], today=TODAY)
        assert own == rounds[f"{YEAR} 年度抽检"]
        former = rounds[f"{YEAR} 年度抽检（原下城区）"]
        assert Directory.objects.filter(round__in=[own, former], revision=1).count() == 2
        later = publish(kind=DocumentKind.NOTICE, round=former, title="公示", content={}, by=None, now=timezone.now())
        assert later.district == XIACHENG
    assert tiers_published(GONGSHU, before=YEAR + 1) == dict(entries.values())
    PublishedDocument.objects.create(
        kind=DocumentKind.DIRECTORY, district=GONGSHU, year=YEAR + 1, title="名录", sha256="0" * 64, sm3="0" * 64,
        content=json.dumps({"entries": [{"code": "330105004-01", "tier": 2}], "changes": []}), published_at=timezone.now(),
    )  # fmt: skip
    assert tiers_published(GONGSHU, before=YEAR + 2) == {"330105004-01": 2}, "the first directory of both together"
