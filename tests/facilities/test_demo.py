"""The demonstration workbooks: the same on every run, with every edge that they promise, loadable through the import."""

import json
from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Sum

from assessments.models import (
    CheckRound,
    Directory,
    Discrepancy,
    Filing,
    PublishedDocument,
    SelfEvaluation,
    Visit,
    VisitOperation,
    VitalityScore,
)
from assessments.queries.year_replay import replay_year
from engagement.models import Activity, VisitCount
from facilities.demo.gongshu import GONGSHU as DEMO
from facilities.demo.shangcheng import SHANGCHENG as OTHER
from facilities.demo.workbook import FOLDER, WORKBOOKS, workbook
from facilities.models import Facility, FacilityState, ImportBatch, Site
from partners.models import Partner, ResidentProject
from tenants.models import Act, Division, User
from tenants.scope import division_scope, opened_scope
from tests.facilities.conftest import GONGSHU

WEST, EAST, SOUTH, NORTH = 120.080819, 120.211718, 30.260129, 30.402333  # the district's outline


@pytest.mark.parametrize("name", WORKBOOKS)
def test_making_the_workbook_again_gives_the_committed_bytes(name):
    assert workbook(name) == (FOLDER / name).read_bytes()


def test_there_are_at_least_34_facilities_in_all_18_streets():
    assert len(DEMO) >= 34
    assert len({demo.code[:9] for demo in DEMO}) == 18
    assert len({demo.code for demo in DEMO}) == len({demo.name for demo in DEMO}) == len(DEMO)


def test_every_facility_stands_in_a_real_community_and_inside_the_outline(divisions):
    communities = {
        d.name for d in Division.objects.in_force().filter(code__gte=GONGSHU, code__lt=GONGSHU + 10**6, is_quasi=False)
    }
    assert {demo.community for demo in DEMO} <= communities
    assert all(WEST < demo.point[0] < EAST and SOUTH < demo.point[1] < NORTH for demo in DEMO)


def area(demo) -> int:
    return sum(square or 0 for _, square, _, _ in demo.sites)


@pytest.mark.parametrize(
    ("construction", "area_cm"),
    [
        ("集成式", 100000), ("集成式", 99999), ("集成式", 60000), ("集成式", 59999),
        ("片区化", 150000), ("片区化", 149999), ("片区化", 100000), ("街区化", 150000), ("街区化", 149999),
    ],
)  # fmt: skip
def test_both_sides_of_each_threshold_of_area_are_there(construction, area_cm):
    assert any(demo.construction == construction and area(demo) == area_cm for demo in DEMO)


def counts(demo) -> tuple[int, int]:
    """Projects by market and social organisations, and all."""
    mine = sum((p.runner or p.template[2]) in ("市场主体", "社会组织") for p in demo.projects)
    return mine, len(demo.projects)


@pytest.mark.parametrize("share", [(12, 15), (11, 14), (7, 10), (10, 13), (9, 11)])
def test_both_sides_of_the_shares_are_there(share):
    assert share in {counts(demo) for demo in DEMO}


@pytest.mark.parametrize("number", [4, 5, 6, 7, 10])
def test_numbers_of_functions_are_there(number):
    assert any(len(demo.functions) == number for demo in DEMO)


def test_missing_facts_reading_sensitive_and_ended_facilities_are_there():
    assert any(area is None for demo in DEMO for _, area, _, _ in demo.sites)
    assert any(not documented for demo in DEMO for _, _, documented, _ in demo.sites)
    assert any(demo.blank_usable for demo in DEMO)
    assert any(not demo.projects and not demo.nil for demo in DEMO)
    assert any("入驻运营项目" in demo.nil for demo in DEMO)
    assert {state for demo in DEMO for _, state, _, _ in demo.states} == {"暂停", "已并入", "已撤销"}
    assert {demo.lifecycle for demo in DEMO} == {"运行", "筹建"}
    assert [demo.street for demo in DEMO if "华丰" in demo.community] == ["和睦街道", "石桥街道"]
    assert sum(demo.community == "桥西社区" for demo in DEMO) == 2


@pytest.fixture
def loaded(registry, settings, tmp_path):
    settings.DEMO, settings.STATE_DIR, settings.MEDIA_ROOT = True, tmp_path, tmp_path / "files"
    call_command("load_demo", verbosity=0)


@pytest.mark.django_db
def test_load_demo_brings_both_districts_in_through_the_import(loaded, settings):
    with opened_scope(division_scope(GONGSHU)):
        assert Facility.objects.filter(is_demo=True).count() == Facility.objects.count() == len(DEMO)
        assert Partner.objects.filter(is_demo=False).count() == 0
        assert ImportBatch.objects.get().counts.get("error") is None
        assert Act.objects.get(verb="导入台账").actor == User.objects.get(username="gongshu-admin")
        merged = Facility.objects.get(code="330105015-02")
        assert merged.successions.get().successor.code == "330105015-01"
        assert (
            FacilityState.objects.in_force(date(2026, 9, 30)).get(facility__code="330105012-02").lifecycle
            == "suspended"
        )
        assert FacilityState.objects.in_force(date(2026, 6, 30)).get(facility__code="330105012-02").lifecycle == "open"
        assert Site.objects.in_force(date(2026, 6, 30)).filter(facility__code="330105007-01").count() == 1
        assert Site.objects.in_force(date(2026, 9, 30)).filter(facility__code="330105007-01").count() == 2
        projects = ResidentProject.objects.filter(facility__code="330105016-01")
        assert [projects.in_force(date(2026, month, 30)).count() for month in (6, 9)] == [12, 9]
        came = VisitCount.objects.aggregate(n=Sum("visits"))["n"] + Activity.objects.count()
        assert came >= 300_000
        assert VitalityScore.objects.filter(grade__gte=0).exists()
        assert VitalityScore.objects.exclude(marks=0).exists()
        states = set(SelfEvaluation.objects.values_list("state", flat=True))
        assert states == {"open", "filed", "received", "returned", "registered"}
        assert sorted(Filing.objects.values_list("serial", flat=True)) == [*range(1, Filing.objects.count() + 1)]
        versions = list(Directory.objects.order_by("year", "revision").values_list("year", "revision", "state"))
        assert versions == [(2025, 1, "published"), (2025, 2, "published"), (2026, 1, "proposed")]
        assert replay_year(CheckRound.objects.get(year=2025)) == []
        assert {"claim", "found"} <= set(Discrepancy.objects.filter(year=2025).values_list("ruling", flat=True))
        assert VisitOperation.objects.filter(state="quarantined").count() == 1
        assert Visit.objects.filter(sampled__sample__round__year=2026, state="planned").exists()
        assert json.loads(PublishedDocument.objects.get(kind="directory", number=2).content)["is_demo"]
    with opened_scope(division_scope(330102000000)):
        assert list(Facility.objects.order_by("code").values_list("code", flat=True)) == [demo.code for demo in OTHER]
    assert "gongshu-admin" in (settings.STATE_DIR / "demo-accounts.txt").read_text()


@pytest.mark.django_db
def test_loading_the_demo_again_changes_nothing(loaded):
    call_command("load_demo", verbosity=0)
    with opened_scope(division_scope(GONGSHU)):
        assert (Facility.objects.count(), ImportBatch.objects.count()) == (len(DEMO), 1)


@pytest.mark.django_db
def test_the_demo_is_refused_where_it_is_off(settings):
    settings.DEMO = False
    with pytest.raises(CommandError, match="HAPPYHOME_DEMO"):
        call_command("load_demo", verbosity=0)
