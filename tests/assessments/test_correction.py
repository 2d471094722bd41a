"""A wrong ruling after publication: what changed, the correction run, both side by side, the reissue, the numbered notice."""

import json

import pytest
from django.test import Client

from assessments import operations
from assessments.models import AppealKind, Directory, DirectoryState, DocumentKind, PublishedDocument, Run
from assessments.operations.checks import CheckRefusedError
from assessments.queries import corrections
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.assessments import year as y
from tests.people import GONGSHU, client_of, person


@pytest.fixture
def year(standards):
    with opened_scope(division_scope(GONGSHU)):
        made = y.Year(GONGSHU, a_street=1)
        made.to_assigned()
        made.directory, made.document = y.published(made)
        yield made


def _rule(year, option: str):
    y.rule_on_reading(
        by=year.admin, district_code=GONGSHU, interpretation="G-17", option=option, effective_from=y.date(2026, 2, 1),
        reason="原裁定有误",
    )  # fmt: skip


def _page(year, directory) -> str:
    return client_of(year.admin).get(f"/directories/{directory.uuid}/correction/").content.decode()


def test_side_by_side_reissue_and_numbered_notice(year):
    """G-17 is ruled the stricter way: three named functions instead of one; every 示范型 falls."""
    strict = next(o.key for e in y.interpretations(y.TODAY) if e.key == "G-17" for o in e.options if o.key != e.default)
    assert "标准版本和裁定与公布时相同" in _page(year, year.directory)
    _rule(year, strict)
    page = _page(year, year.directory)
    assert "G-17" in page
    assert "开始更正测算" in page
    client = client_of(year.admin)
    act = f"/directories/{year.directory.uuid}/correction/act/"
    said = client.post(act, {"act": "propose", "reason": "裁定有误"}, follow=True).content.decode()
    assert "更正测算还没有完成" in said
    said = client.post(act, {"act": "run", "reason": "G-17 原裁定有误"}, follow=True).content.decode()
    assert "已开始更正测算" in said
    run = Run.objects.latest("pk")
    assert (run.quarter, run.revision) == (year.run.quarter, 2)
    operations.runs.compute_run(run_id=run.pk, district=GONGSHU)
    run.refresh_from_db()
    assert corrections.facts_that_differ(year.run, run) == 0
    entries = operations.directories.rehearse(directory=year.directory, run=run)
    assert {(row.before, row.after) for row in corrections.side_by_side(year.directory, entries)} == {(2, 1)}
    assert "差别只来自标准和裁定" in _page(year, year.directory)
    assert Directory.objects.count() == 1, "looking writes nothing"
    client.post(act, {"act": "propose", "reason": "G-17 原裁定有误"}, follow=True)
    assert Directory.objects.get(revision=2).state == DirectoryState.PROPOSED
    reissued, second = y.directory_of(year, run, reason="G-17 原裁定有误")
    notice = PublishedDocument.objects.get(kind=DocumentKind.CORRECTION)
    content = json.loads(notice.content)
    assert (notice.number, content["replaces"], content["directory"]) == (1, str(year.document.uuid), str(second.uuid))
    assert {(c["field"], c["before"], c["after"]) for c in content["changes"]} == {("tier_label", "示范型", "普惠型")}
    public = Client().get(f"/directory/330105/2026/{notice.name}/").content.decode()
    assert f"名录第 {reissued.revision} 版替代第 1 版" in public
    old = Client().get("/directory/330105/2026/directory-1/").content.decode()
    assert "这一版已由新的一版替代" in old
    assert "示范型（3 座）" in old, "the first version stays as it was"
    assert "这一版已由新的一版替代" in _page(year, year.directory)
    street = client_of(person(Role.STREET_CLERK, 330105005000))
    for part in ("changes", "all", "appeals"):
        page = street.get(f"/directories/{year.directory.uuid}/?part={part}").content.decode()
        assert "已由第 3 版替代" in page
        assert "湖墅" not in page, "a street sees its own facilities"


def test_what_people_decided_is_carried_over_and_waits_for_confirmation(standards):
    with opened_scope(division_scope(GONGSHU)):
        year = y.Year(GONGSHU, a_street=1)
        year.to_assigned()
        first, _document = y.published(year, appeal=lambda directory: _upheld(year, directory))
        facility = first.appeals.get().facility
        assert first.entries.get(facility=facility).is_decided
        _rule(
            year,
            next(o.key for e in y.interpretations(y.TODAY) if e.key == "G-17" for o in e.options if o.key != e.default),
        )
        again = y.computed(GONGSHU, rerun=True)
        made = operations.directories.propose(
            round=year.round, run=again, by=year.admin, now=y.RECEIVED, reason="裁定有误"
        )
        entry = made.entries.get(facility=facility)
        assert (entry.tier, entry.reason[:9]) == (0, "沿用前一版的处理。")
        with pytest.raises(CheckRefusedError, match="还没有逐条确认"):
            operations.directories.approve(directory=made, by=year.admin, now=y.RECEIVED)


def _upheld(year, directory) -> None:
    appeal = operations.directories.file_appeal(
        directory=directory, facility=year.facilities[0], kind=AppealKind.OBJECTION, party="居民", point="开放", text="早已停办",
        by=year.admin, now=directory.notice_until,
    )  # fmt: skip
    operations.directories.decide_appeal(
        appeal=appeal,
        upheld=True,
        decision="属实，已停办",
        tier=0,
        by=year.admin,
        now=directory.notice_until + y.timedelta(seconds=1),
    )


def test_only_a_published_version_is_corrected_and_what_the_registry_changed_is_told_apart(year):
    year.facilities[0].sites.update(floor_area_m2=650)
    again = y.computed(GONGSHU, rerun=True)
    assert corrections.facts_that_differ(year.run, again) == 1
    draft = operations.directories.propose(
        round=year.round, run=year.run, by=year.admin, now=y.RECEIVED, reason="再拟定一版"
    )
    assert client_of(year.admin).get(f"/directories/{draft.uuid}/correction/").url == f"/directories/{draft.uuid}/"
    with pytest.raises(CheckRefusedError, match="公布之后才需要更正测算"):
        operations.directories.start_correction_run(directory=draft, reason="裁定有误", by=year.admin, today=y.TODAY)
    with pytest.raises(CheckRefusedError, match="请写明哪一版标准"):
        operations.directories.start_correction_run(directory=year.directory, reason="", by=year.admin, today=y.TODAY)
