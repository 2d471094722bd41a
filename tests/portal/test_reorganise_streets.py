"""A street that moves between two districts which both live on; exports of before; two commands at the same time."""

import threading
from datetime import date

import pytest
from django.db import connections, transaction

from assessments.models import Run, RunState, Verdict
from assessments.operations import runs
from assessments.queries.replay import replay
from assessments.rules.quarters import Quarter
from facilities.models import Facility
from partners.models import Partner
from portal.operations.reorganise import ReorganisationRefused, reorganise, undo
from standards.operations import load
from tenants import queries
from tenants.concordance import ConcordanceError, read_concordance
from tenants.draft_models import Draft
from tenants.export_models import Export
from tenants.models import Appointment, Division, DivisionSuccession
from tenants.operations.exports import make_export
from tenants.reorganisation_models import ReorganisationRun
from tenants.scope import division_scope, opened_scope, scope_of
from tests.people import client_of
from tests.portal import merger
from tests.portal.merger import DAY, DENGXINXIANG, GONGSHU, TIANSHUI, TIANSHUI_NOW, TODAY, XIACHENG
from tests.portal.test_reorganise import before, quarter, rows_of, where

__all__ = ["before"]  # a fixture
OF_THE_STREET = {"dengxinxiang", "yanzhi", "tianshui"}
TIANSHUI_CODES = "330103003"


def moved_street(folder):
    """天水街道 with its communities goes from 下城 to 拱墅; both districts stay what they are."""
    head, *lines = merger.replayed(folder).read_text(encoding="utf-8").splitlines()
    path = folder / "street.csv"
    path.write_text("\n".join([head, *(line for line in lines if TIANSHUI_CODES in line)]) + "\n", encoding="utf-8")
    return path


def ask_for_export(user) -> Export:
    """The facility list of a person, as a file that a task has made."""
    client_of(user).post("/exports/new/facilities/")
    with opened_scope(merger.EVERYWHERE):
        export = Export.objects.get(requested_by=user)
    make_export(export_id=export.pk, division_code=export.division_code)
    return export


@pytest.mark.django_db
def test_a_street_moves_between_two_districts_that_live_on(before, tmp_path):
    facilities, people, _, _ = before
    path, state, old_results = moved_street(tmp_path), merger.whole_database(), rows_of(Verdict)
    reorganise(read_concordance(path), by=people["city"], today=TODAY)

    found = where(facilities)
    assert {name for name, code in found.items() if code // 10**6 == GONGSHU // 10**6} == {
        *OF_THE_STREET, "hemu", "mishi",
    }  # fmt: skip
    assert {name: found[name] // 1000 * 1000 for name in OF_THE_STREET} == dict.fromkeys(OF_THE_STREET, TIANSHUI_NOW)
    with opened_scope(merger.EVERYWHERE):
        posts = dict(Appointment.objects.values_list("user_id", "division_code"))
    held = {name: posts[user.pk] for name, user in people.items()}
    assert (held["tianshui"], held["dengxinxiang"]) == (TIANSHUI_NOW, 330105012001)
    assert (held["xiacheng"], held["gongshu"]) == (XIACHENG, GONGSHU)  # the districts keep their officers

    with transaction.atomic():
        appointment = queries.current_appointment(people["tianshui"])
    with opened_scope(scope_of(appointment)):
        assert list(Draft.objects.values_list("division_code", flat=True)) == [TIANSHUI_NOW]
    with opened_scope(division_scope(GONGSHU)):
        assert facilities["dengxinxiang"].contacts.get().phone.plain() == "13800000001"  # under the new district's key

    with opened_scope(division_scope(GONGSHU)):
        names = Partner.objects.filter(projects__facility=facilities["tianshui"]).values_list("name", flat=True)
        # each is registered here too; only the one with a credit code is known to be the same
        suffix = dict.fromkeys(range(1, 11), "（原下城区）") | {2: ""}
        assert set(names) == {f"项目 {number}的公司{suffix[number]}" for number in range(1, 11)}
    codes = Division.objects.filter(code__in=[TIANSHUI, TIANSHUI_NOW]).values_list("code", "valid_from", "valid_to")
    assert set(codes) == {(TIANSHUI, None, DAY), (TIANSHUI_NOW, DAY, None)}
    assert DivisionSuccession.objects.filter(effective_on=DAY, kind="recode").count() > 0
    assert not DivisionSuccession.objects.filter(effective_on=DAY, kind="merge").exists()
    assert rows_of(Verdict) == old_results

    undo(read_concordance(path), by=None)
    now = merger.whole_database()
    # what lay under the other district's key is wrapped anew under its own, so these rows are never the same bytes
    assert {table for table in now if now[table] != state[table]} == {"facilities_contactperson"}
    with opened_scope(division_scope(XIACHENG)):
        assert facilities["dengxinxiang"].contacts.get().phone.plain() == "13800000001"


@pytest.mark.django_db
def test_who_reads_what_of_the_quarter_before_a_street_moved(before, tmp_path):
    """The district that gave the street away keeps its whole run; the other reads the moved facilities' part of it."""
    facilities, *_ = before
    reorganise(read_concordance(moved_street(tmp_path)), by=None, today=TODAY)
    seen = {}
    for district in (XIACHENG, GONGSHU):
        with opened_scope(division_scope(district)):
            judged = Verdict.objects.filter(run__division_code=XIACHENG).values_list("facility_id", flat=True)
            seen[district] = set(judged)
    given = {facilities[name].pk for name in OF_THE_STREET}
    assert seen[XIACHENG] >= given | {facilities["huafeng"].pk}
    assert seen[GONGSHU] == given
    now = {district: quarter(district, "2026-Q4", date(2027, 1, 2)) for district in (XIACHENG, GONGSHU)}
    with opened_scope(merger.EVERYWHERE):
        totals = {district: run.verdicts.count() for district, run in now.items()}
        before_move = Verdict.objects.filter(run__quarter="2026-Q3").count()
        assert sum(totals.values()) == before_move
        moved = Verdict.objects.get(run=now[GONGSHU], facility=facilities["yanzhi"])
        assert moved.prev_tier >= 0  # compared across the change
        assert [replay(run) for run in Run.objects.all()] == [[]] * 4


@pytest.mark.django_db
def test_a_running_quarter_of_either_district_finishes_first(before, tmp_path):
    path = moved_street(tmp_path)
    for district in (XIACHENG, GONGSHU):
        with opened_scope(division_scope(district)):
            under_way = runs.start_quarter(
                quarter=Quarter.parse("2026-Q4"), district=district, by=None, reason="测试", today=date(2027, 1, 2)
            )
            Run.objects.filter(pk=under_way.pk).update(state=RunState.RUNNING)
        with pytest.raises(ReorganisationRefused, match="等它完成"):
            reorganise(read_concordance(path), by=None, today=TODAY)
        runs.compute_run(run_id=under_way.pk, district=district)
    reorganise(read_concordance(path), by=None, today=TODAY)


@pytest.mark.django_db
@pytest.mark.parametrize("change", [merger.replayed, moved_street])
def test_an_export_of_before_stays_byte_for_byte_and_its_owner_still_gets_it(before, tmp_path, settings, change):
    settings.MEDIA_ROOT = tmp_path
    people = before[1]
    owners = [people[name] for name in ("tianshui", "gongshu")]
    exports = [ask_for_export(user) for user in owners]

    def files() -> list[bytes]:
        return [
            client_of(user).get(f"/exports/{export.uuid}/").content
            for user, export in zip(owners, exports, strict=True)
        ]

    old = files()
    assert all(content.startswith(b"PK") for content in old)
    reorganise(read_concordance(change(tmp_path)), by=None, today=TODAY)
    assert files() == old


@pytest.mark.django_db(transaction=True)
def test_of_two_commands_at_once_one_does_it_and_the_other_says_that_it_is_done(tmp_path):
    load()
    merger.divisions_of_2020()
    with opened_scope(division_scope(merger.CITY)):
        for number, code in enumerate((DENGXINXIANG, merger.YANZHI, merger.HUAFENG_OF_HEMU), start=1):
            merger.make.demonstration(number, code=code)
    concordance = read_concordance(merger.replayed(tmp_path))
    together, outcomes = threading.Barrier(2), []

    def command():
        together.wait()
        try:
            outcomes.append(reorganise(concordance, by=None, today=TODAY).run is not None)
        except (ReorganisationRefused, ConcordanceError) as refused:
            outcomes.append(str(refused))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=command) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert len(outcomes) == 2
    assert [outcome for outcome in outcomes if outcome is True] == [True]
    with opened_scope(merger.EVERYWHERE):
        assert ReorganisationRun.objects.count() == 1
        assert Facility.objects.filter(division_code__gte=GONGSHU, division_code__lt=GONGSHU + 10**6).count() == 3
    assert DivisionSuccession.objects.filter(effective_on=DAY).count() == 85
