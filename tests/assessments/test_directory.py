"""Discrepancies to the second, two people, objections, corrections, and a wrong standard: both versions stay."""

import json
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from assessments import operations
from assessments.models import (
    AppealKind,
    Directory,
    DirectoryState,
    Discrepancy,
    DocumentKind,
    PublishedDocument,
    SelfEvaluation,
)
from assessments.operations.checks import CheckRefusedError
from assessments.queries.directories import blockers_of_proposal, entries_now
from tenants.scope import division_scope, opened_scope
from tests.assessments import year as y
from tests.people import GONGSHU

SECOND = timedelta(seconds=1)


@pytest.fixture
def year(standards):
    with opened_scope(division_scope(GONGSHU)):
        made = y.Year(GONGSHU, a_street=2)
        made.visits = made.to_assigned()
        yield made


def _closed(year, changed=None):
    for visit in year.visits:
        y.send(visit, y.records(visit, (changed or {}).get(visit.facility_id)))
    operations.discrepancies.close_visits(round=year.round, by=year.admin, now=y.RECEIVED)


def _first(year):
    return next(visit for visit in year.visits if not visit.is_second)


def test_a_difference_is_answered_and_ruled_to_the_second(year):
    visit = _first(year)
    reported = y.claims_of(visit.sampled).of("floor_area_documented")
    _closed(year, {visit.facility_id: {"floor_area_documented": 60_000, "item-1": 0}})
    rows = {row.key: row for row in Discrepancy.objects.all()}
    assert {key: (row.claimed, row.found) for key, row in rows.items()} == {
        "floor_area_documented": (reported, 60_000),
        "item-1": (1, 0),
    }
    area = rows["floor_area_documented"]
    assert str(area.due_at) == "2026-11-29 15:59:59+00:00"
    with pytest.raises(CheckRefusedError, match="街道还可以申辩到 2026-11-29 23:59:59"):
        operations.discrepancies.rule(
            discrepancy=area, ruling="found", reason="实测为准", by=year.admin, now=area.due_at
        )
    with pytest.raises(CheckRefusedError, match="已于 2026-11-29 23:59:59 截止"):
        operations.discrepancies.answer(
            discrepancy=area, accepts=True, text="", by=year.admin, now=area.due_at + SECOND
        )
    with pytest.raises(CheckRefusedError, match="有异议请写明理由"):
        operations.discrepancies.answer(discrepancy=area, accepts=False, text="", by=year.admin, now=area.due_at)
    operations.discrepancies.answer(
        discrepancy=area, accepts=False, text="测绘报告为准", by=year.admin, now=area.due_at
    )
    operations.discrepancies.rule(
        discrepancy=area, ruling="claim", reason="测绘报告属实", by=year.admin, now=y.RECEIVED
    )
    area.refresh_from_db()
    assert (area.ruling, area.state_label) == ("claim", "维持填报")


def test_within_the_tolerance_the_report_stands(year):
    visit = _first(year)
    reported = y.claims_of(visit.sampled).of("floor_area_documented")
    least = reported * 970 // 1000
    _closed(year, {visit.facility_id: {"floor_area_documented": least}})
    assert Discrepancy.objects.count() == 0


def test_blockers_two_people_and_a_notice_period(year):
    visit = _first(year)
    directory = operations.directories.propose(round=year.round, run=year.run, by=year.admin, now=y.RECEIVED)
    assert any("还没有汇总结果" in blocker.text for blocker in blockers_of_proposal(directory))
    with pytest.raises(CheckRefusedError, match="还不能审核"):
        operations.directories.approve(directory=directory, by=year.admin, now=y.RECEIVED)
    _closed(year, {visit.facility_id: {"floor_area_documented": 60_000}})
    directory = operations.directories.propose(round=year.round, run=year.run, by=year.admin, now=y.RECEIVED)
    assert next(b.text for b in blockers_of_proposal(directory)) == "1 处差异还没有裁定"
    row = Discrepancy.objects.get()
    operations.discrepancies.rule(
        discrepancy=row, ruling="found", reason="期满未答复", by=year.admin, now=row.due_at + SECOND
    )
    directory = operations.directories.propose(round=year.round, run=year.run, by=year.admin, now=y.RECEIVED)
    everything = list(directory.entries.values_list("uuid", flat=True))
    operations.directories.confirm_entries(directory=directory, entries=everything, by=year.admin, now=y.RECEIVED)
    assert [b.text for b in blockers_of_proposal(directory) if b.stops] == []
    operations.directories.approve(directory=directory, by=year.admin, now=y.RECEIVED)
    with pytest.raises(CheckRefusedError, match="两个人分别办理"):
        operations.directories.confirm(directory=directory, by=year.admin, now=y.RECEIVED)
    with pytest.raises(DatabaseError), transaction.atomic():
        Directory.objects.filter(pk=directory.pk).update(confirmed_by=year.admin)
    operations.directories.confirm(directory=directory, by=year.other, now=y.RECEIVED)
    operations.directories.start_notice(directory=directory, by=year.admin, now=y.RECEIVED)
    directory.refresh_from_db()
    with pytest.raises(CheckRefusedError, match="公示期还没有结束"):
        operations.directories.publish(directory=directory, by=year.admin, now=directory.notice_until)
    file = {
        "directory": directory, "facility": visit.facility, "kind": AppealKind.APPEAL, "party": "拱宸桥街道",
        "point": "建筑面积", "text": "已补测绘报告", "by": year.other,
    }  # fmt: skip
    with pytest.raises(CheckRefusedError, match="截止"):
        operations.directories.file_appeal(**file, now=directory.notice_until + SECOND)
    appeal = operations.directories.file_appeal(**file, now=directory.notice_until)
    with pytest.raises(CheckRefusedError, match="不能重复"):
        operations.directories.file_appeal(**file, now=directory.notice_until)
    with pytest.raises(CheckRefusedError, match="1 件异议或申诉还没有处理"):
        operations.directories.publish(directory=directory, by=year.other, now=directory.notice_until + SECOND)
    operations.directories.decide_appeal(
        appeal=appeal, upheld=True, decision="测绘报告属实", tier=2, by=year.admin, now=directory.notice_until + SECOND
    )
    with pytest.raises(CheckRefusedError, match="另一位同事"):
        operations.directories.publish(directory=directory, by=year.admin, now=directory.notice_until + SECOND)
    document = operations.directories.publish(directory=directory, by=year.other, now=directory.notice_until + SECOND)
    tiers = {entry["code"]: entry["tier"] for entry in json.loads(document.content)["entries"]}
    assert tiers[visit.facility.code] == 2


@pytest.mark.requirement("DIR-2")
def test_corrections_are_numbered_and_the_directory_stays_as_it_was(year):
    directory, document = y.published(year)
    before, first = document.content, json.loads(document.content)["entries"][0]
    values = {
        "directory": directory,
        "document": document.uuid,
        "code": first["code"],
        "field": "name",
        "now": y.RECEIVED,
    }
    with pytest.raises(CheckRefusedError, match="另一位同事"):
        operations.directories.correct(**values, after="桥西幸福家园", reason="名称有误", by=year.other)
    one = operations.directories.correct(**values, after="桥西幸福家园", reason="名称有误", by=year.admin)
    two = operations.directories.correct(**values, after="桥西家园", reason="名称仍有误", by=year.admin)
    assert (one.number, two.number) == (1, 2)
    document.refresh_from_db()
    assert document.content == before
    assert {e["name"] for e in entries_now(document) if e["code"] == first["code"]} == {"桥西家园"}
    for change in ({"content": "x"}, {"title": "x"}):
        with pytest.raises(DatabaseError, match=r"insert-only|permission"), transaction.atomic():
            PublishedDocument.objects.filter(pk=document.pk).update(**change)


def test_after_a_wrong_ruling_a_correction_run_is_reissued_and_both_are_kept(year):
    directory, document = y.published(year)
    rule = y.rule_on_reading
    rule(
        by=year.admin, district_code=GONGSHU, interpretation="G-1", option="domains_7", effective_from=y.date(2026, 2, 1),
        reason="原裁定有误",
    )  # fmt: skip
    again = y.computed(GONGSHU, rerun=True)
    assert again.standard_hash != year.run.standard_hash
    with pytest.raises(CheckRefusedError, match="要写明哪一版标准或哪条裁定有误"):
        operations.directories.propose(round=year.round, run=again, by=year.admin, now=y.RECEIVED)
    reissued, second = y.directory_of(year, again, reason="G-1 原裁定有误，按 7 领域重新认定")
    directory.refresh_from_db()
    assert (directory.state, reissued.state) == (DirectoryState.PUBLISHED, DirectoryState.PUBLISHED)
    assert (reissued.revision, reissued.supersedes) == (2, directory)
    assert PublishedDocument.objects.filter(kind=DocumentKind.DIRECTORY).count() == 2
    assert PublishedDocument.objects.get(pk=document.pk).content == document.content
    assert json.loads(second.content)["reissue_reason"] == reissued.reason


@pytest.mark.requirement("DIR-1", "TIER-5")
def test_next_year_says_what_moved(year):
    _, _document = y.published(year)
    operations.checks.start_round(district=GONGSHU, year=2026, by=year.admin, today=y.TODAY)
    PublishedDocument.objects.create(
        kind=DocumentKind.DIRECTORY, district=GONGSHU, year=2025, title="2025 年度", sha256="0" * 64, sm3="0" * 64,
        content=json.dumps({"entries": [{"code": code, "tier": tier} for code, tier in _last_year(year).items()], "changes": []}),
        published_at=y.RECEIVED,
    )  # fmt: skip
    _reissued, second = y.directory_of(year, year.run, reason="补上一年度名录后重新比较")
    moved = {change["code"]: change["movement"] for change in json.loads(second.content)["changes"]}
    small, large = [f.code for f in year.facilities][1], next(f.code for f in year.facilities)
    assert moved[small] == "降级"
    assert moved[large] == "升级"
    assert "新入" in moved.values()


def _last_year(year) -> dict:
    """The first was 普惠型 and the second 示范型; today it is the other way round; the third is new."""
    return {year.facilities[0].code: 1, year.facilities[1].code: 2}


def test_streets_that_have_not_filed_stand_in_the_way_and_a_year_without_filing_is_remarked(year):
    directory = operations.directories.propose(round=year.round, run=year.run, by=year.admin, now=y.RECEIVED)

    def said() -> list[tuple[str, str, bool]]:
        return [(b.text, b.action, b.stops) for b in blockers_of_proposal(directory) if b.tab == "evaluations"]

    assert said() == [("2026 年度没有开放过街道自评", "名录不依据自评备案；要依据，请先在街道自评里开放", False)]
    values = {"quarter": "2026-Q2", "frequency": "half_yearly", "run": year.run, "due_on": y.TODAY, "opened_at": y.NOW}
    streets = list(y.STREETS[GONGSHU])
    made = [SelfEvaluation.objects.create(division_code=code, **values) for code in streets[:2]]
    assert said() == [
        (
            "3 个街道的自评还没有备案",
            "米市巷街道没有开放过自评；湖墅街道还没有报送自评；拱宸桥街道还没有报送自评",
            True,
        )
    ]
    signed = {
        "signed_by": year.admin,
        "signed_at": y.NOW,
        "received_by": year.other,
        "received_at": y.NOW,
        "version": 1,
    }
    SelfEvaluation.objects.filter(pk__in=[one.pk for one in made]).update(state="registered", **signed)
    SelfEvaluation.objects.create(division_code=streets[2], state="registered", **signed, **values)
    assert said() == []
    later = {**values, "quarter": "2026-Q4"}
    SelfEvaluation.objects.create(division_code=streets[0], **later)
    assert said() == [], "the one of the fourth quarter comes after the directory"
