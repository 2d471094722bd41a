"""The merger of 下城 into 拱墅 in 2021, replayed with a registry, people, an import under way and a quarter."""

from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from assessments.models import Run, RunState, ScopeSummary, Unjudged, Verdict
from assessments.operations import runs
from assessments.queries import lists
from assessments.queries.replay import drift, replay
from assessments.queries.summaries import summary
from assessments.rules.quarters import Quarter
from facilities.models import BatchState, Coverage, Facility, ImportBatch
from facilities.operations import import_batch
from partners.models import CharityReceipt, Partner
from portal.operations.reorganise import ReorganisationRefused, preview, reorganise, undo
from standards.operations import load
from tenants import audit_queries, queries
from tenants.concordance import read_concordance
from tenants.draft_models import Draft
from tenants.models import Act, Appointment, Division, DivisionSuccession
from tenants.reorganisation_models import ReorganisationRun
from tenants.rules import code_range
from tenants.scope import division_scope, opened_scope, scope_of
from tests.facilities.conftest import NOW
from tests.portal import merger
from tests.portal.merger import (
    CITY,
    DAY,
    DENGXINXIANG,
    GONGSHU,
    HUAFENG_OF_HEMU,
    HUAFENG_OF_SHIQIAO,
    TIANSHUI,
    TIANSHUI_NOW,
    TODAY,
    XIACHENG,
    YANZHI,
)

pytestmark = pytest.mark.django_db
RESULTS = (Run, Verdict, Unjudged, ScopeSummary)


def quarter(district, text="2026-Q3", today=TODAY):
    with opened_scope(division_scope(district)):
        run = runs.start_quarter(quarter=Quarter.parse(text), district=district, by=None, reason="测试", today=today)
    runs.compute_run(run_id=run.pk, district=district)
    with opened_scope(division_scope(district)):
        run.refresh_from_db()
    assert run.state == RunState.COMPUTED, run.error
    return run


@pytest.fixture
def before(tmp_path):
    """Two districts in September: (facilities, people, import under way, path of the file)."""
    load()
    merger.divisions_of_2020()
    people = merger.people()
    facilities = merger.registry()
    merger.draft(people["tianshui"], facilities["tianshui"])
    for district in (XIACHENG, GONGSHU):
        quarter(district)
    return facilities, people, merger.import_under_way(people["tianshui"]), merger.replayed(tmp_path)


@pytest.fixture
def merged(before):
    reorganise(read_concordance(before[3]), by=before[1]["city"], today=TODAY)
    return before


def rows_of(model):
    with opened_scope(merger.EVERYWHERE):
        return sorted(str(row) for row in model._base_manager.values_list())


def where(facilities) -> dict[str, int]:
    with opened_scope(merger.EVERYWHERE):
        codes = dict(Facility.objects.values_list("pk", "division_code"))
    return {name: codes[facility.pk] for name, facility in facilities.items()}


def test_everything_that_lives_goes_over_to_the_new_codes(merged):
    facilities, people, batch, _ = merged
    assert where(facilities) == {
        "dengxinxiang": 330105012001,
        "yanzhi": 330105012002,
        "tianshui": TIANSHUI_NOW,
        "huafeng": 330105019002,
        "hemu": HUAFENG_OF_HEMU,
        "mishi": 330105001051,
    }
    with opened_scope(merger.EVERYWHERE):
        codes = dict(Appointment.objects.values_list("user_id", "division_code"))
        assert {name: codes[user.pk] for name, user in people.items()} == {
            "xiacheng": GONGSHU,
            "tianshui": TIANSHUI_NOW,
            "dengxinxiang": 330105012001,
            "huafeng": 330105019002,
            "gongshu": GONGSHU,
            "hemu": HUAFENG_OF_HEMU,
            "city": CITY,
        }
        assert ImportBatch.objects.get(pk=batch.pk).division_code == TIANSHUI_NOW
        assert set(Partner.objects.values_list("division_code", flat=True)) == {GONGSHU}
        for name, before_code in (("dengxinxiang", DENGXINXIANG), ("huafeng", HUAFENG_OF_SHIQIAO)):
            facilities[name].refresh_from_db()
            assert facilities[name].code.startswith(str(before_code // 1000))  # the registry number is an identity


def test_no_row_is_orphaned(merged):
    """Every live row lies under a division in force; every child under its facility's own; history has an heir."""
    assert merger.orphans() == {}
    with opened_scope(merger.EVERYWHERE):
        in_force = set(Division.objects.in_force().values_list("code", flat=True))
        assert set(Coverage.objects.in_force(TODAY).values_list("community_code", flat=True)) <= in_force


def test_published_results_and_logs_stay_byte_for_byte(before):
    path = before[3]
    results = {model: rows_of(model) for model in RESULTS}
    acts, changes = merger.log("tenants_act"), merger.log("tenants_rowchange")
    reorganise(read_concordance(path), by=None, today=TODAY)
    assert {model: rows_of(model) for model in RESULTS} == results
    assert merger.log("tenants_act")[: len(acts)] == acts
    assert merger.log("tenants_rowchange")[: len(changes)] == changes
    with opened_scope(division_scope(CITY)):
        for run in Run.objects.all():
            assert replay(run) == []
            assert drift(run) == []
            assert {row.division_code // 10**6 * 10**6 for row in run.verdicts.all()} == {run.division_code}


def test_the_preview_says_what_happens_and_changes_nothing(before):
    path = before[3]
    state = merger.whole_database()
    out = StringIO()
    call_command("reorganise", path, "--preview", stdout=out)
    assert merger.whole_database() == state
    text = out.getvalue()
    for line in (
        "改代码:街道 8、社区 75",
        "终止 85 个,新立 84 个",
        "重名的合伙人:",
        "→ 2026-凭-1（原下城区）",
        "这是预演",
    ):
        assert line in text
    rehearsed = preview(read_concordance(path), today=TODAY)
    done = reorganise(read_concordance(path), by=None, today=TODAY)
    assert (rehearsed.counts, rehearsed.moved, rehearsed.kept) == (done.counts, done.moved, done.kept)
    added = done.coverage["added"]
    assert {name: pair for name, pair in done.counts.items() if pair[0] != pair[1]} == {
        "facilities_coverage": (3, 3 + added)
    }


def test_an_undo_restores_every_table_byte_for_byte(before):
    path = before[3]
    state = merger.whole_database()
    reorganise(read_concordance(path), by=None, today=TODAY)
    changed = {name for name, value in merger.whole_database().items() if value != state[name]}
    assert changed >= {
        "facilities_facility",
        "facilities_site",
        "partners_partner",
        "tenants_appointment",
        "tenants_division",
    }
    undone = undo(read_concordance(path), by=None)
    assert merger.whole_database() == state
    assert undone.differing == ()
    with pytest.raises(ReorganisationRefused, match="没有按这份对照表执行过"):
        undo(read_concordance(path), by=None)
    reorganise(read_concordance(path), by=None, today=TODAY)  # and again from the start
    assert Division.objects.in_force().get(code=TIANSHUI_NOW).name == "天水街道"


def test_an_undo_says_what_was_edited_since(merged):
    facilities, _, _, path = merged
    with opened_scope(division_scope(GONGSHU)):
        Facility.objects.filter(pk=facilities["huafeng"].pk).update(hub_street="长板巷")
    assert undo(read_concordance(path), by=None).differing == ("facilities_facility",)
    with opened_scope(division_scope(XIACHENG)):
        assert Facility.objects.get(pk=facilities["huafeng"].pk).hub_street == "长板巷"


def test_nothing_is_undone_once_something_stands_on_it(merged):
    facilities, _, _, path = merged
    with opened_scope(division_scope(GONGSHU)):
        newcomer = merger.make.facility(9, code=330105012003)
    with pytest.raises(ReorganisationRefused, match="之后在新区划登记了 1 条设施"):
        undo(read_concordance(path), by=None)
    with opened_scope(division_scope(GONGSHU)):
        newcomer.delete()
    quarter(GONGSHU, "2026-Q4", date(2027, 1, 2))
    with pytest.raises(ReorganisationRefused, match="之后做过季度测算"):
        undo(read_concordance(path), by=None)
    assert where(facilities)["huafeng"] == 330105019002


def test_a_run_under_way_finishes_first(before):
    path = before[3]
    state = merger.whole_database()
    with opened_scope(division_scope(XIACHENG)):
        under_way = runs.start_quarter(
            quarter=Quarter.parse("2026-Q4"), district=XIACHENG, by=None, reason="测试", today=date(2027, 1, 2)
        )
    with pytest.raises(ReorganisationRefused, match="季度测算 2026-Q4 330103000000 第 1 次 排队中:等它完成"):
        reorganise(read_concordance(path), by=None, today=TODAY)
    with pytest.raises(CommandError, match="什么也没有改"):
        call_command("reorganise", path)
    assert {name for name, value in merger.whole_database().items() if value != state[name]} == {
        "assessments_run",
        "tenants_outboxentry",
    }
    runs.compute_run(run_id=under_way.pk, district=XIACHENG)
    reorganise(read_concordance(path), by=None, today=TODAY)


def test_the_next_quarter_compares_across_the_change(merged):
    facilities, *_ = merged
    with opened_scope(division_scope(GONGSHU)):
        facilities["yanzhi"].refresh_from_db()
        merger.make.project(facilities["yanzhi"], "补上的项目", starts_on=date(2026, 11, 1))
    now = quarter(GONGSHU, "2026-Q4", date(2027, 1, 2))
    with opened_scope(division_scope(GONGSHU)):
        verdicts = {v.facility_id: v for v in now.verdicts.all()}
        moved = verdicts[facilities["yanzhi"].pk]
        assert (moved.prev_tier >= 0, verdicts[facilities["hemu"].pk].prev_tier >= 0) == (True, True)
        points = lists.history(facilities["yanzhi"].pk, code_range(facilities["yanzhi"].division_code))
        assert [(point.quarter, point.run.division_code) for point in points] == [
            ("2026-Q3", XIACHENG),
            ("2026-Q4", GONGSHU),
        ]
        assert moved.prev_tier == points[0].tier


@pytest.mark.parametrize("code", [GONGSHU, TIANSHUI_NOW, 330105012001])
def test_successors_read_the_history_of_before_and_their_neighbours_do_not(merged, code):
    facilities, *_ = merged
    old = facilities["dengxinxiang"].pk
    with opened_scope(division_scope(code)):
        assert Verdict.objects.filter(facility_id=old, division_code=DENGXINXIANG).exists()
        assert Run.objects.filter(division_code=XIACHENG).exists()
        past = Run.objects.filter(division_code=XIACHENG).first()
        assert summary(past, DENGXINXIANG).facilities == 1
        seen = {pk for (pk,) in Verdict.objects.filter(run__division_code=XIACHENG).values_list("facility_id")}
    inside = {
        GONGSHU: {"dengxinxiang", "yanzhi", "tianshui", "huafeng"},
        TIANSHUI_NOW: {"dengxinxiang", "yanzhi", "tianshui"},
    }
    assert seen == {facilities[name].pk for name in inside.get(code, {"dengxinxiang"})}
    with opened_scope(division_scope(330105001000)):
        assert not Run.objects.filter(division_code=XIACHENG).exists()
        assert not Verdict.objects.filter(facility_id=old).exists()


def test_the_history_of_before_can_be_read_and_never_written(merged):
    with opened_scope(division_scope(GONGSHU)):
        assert Verdict.objects.filter(division_code=DENGXINXIANG).update(tier=0) == 0
        assert Run.objects.filter(division_code=XIACHENG).update(reason="改") == 0


def test_both_rings_agree_on_the_past(merged):
    _, people, *_ = merged
    for name in ("xiacheng", "tianshui", "dengxinxiang", "hemu", "city"):
        with transaction.atomic():
            appointment = queries.current_appointment(people[name])
        for model in RESULTS:
            with opened_scope(scope_of(appointment)):
                by_database = set(model._base_manager.values_list("pk", flat=True))
            with opened_scope(merger.EVERYWHERE):
                by_query = set(model.objects.visible_to(appointment).values_list("pk", flat=True))
            if model is Run and name in {"dengxinxiang", "tianshui"}:
                assert by_database <= by_query
            else:
                assert by_database == by_query, (name, model)


def test_logs_of_before_are_found_by_the_successors_officers(before):
    facilities, people, _, path = before
    with opened_scope(division_scope(XIACHENG)):
        acts_before = Act.objects.count()
    reorganise(read_concordance(path), by=people["xiacheng"], today=TODAY)
    for name in ("xiacheng", "gongshu"):
        with transaction.atomic():
            appointment = queries.current_appointment(people[name])
        with opened_scope(scope_of(appointment)):
            acts = queries.acts_within(appointment)
            assert acts.filter(division_code__gte=XIACHENG, division_code__lt=XIACHENG + 10**6).count() >= acts_before
            assert acts.filter(verb="区划变更", actor=people["xiacheng"]).count() == 2
            changes = audit_queries.changes_within(appointment)
            assert changes.filter(division_code=DENGXINXIANG, table_name="facilities_facility").exists()
            moved = changes.get(table_name="facilities_facility", row_id=facilities["huafeng"].pk, operation="U")
            assert moved.before == {"division_code": HUAFENG_OF_SHIQIAO}
            assert "拱墅" in moved.reason


def test_an_import_under_way_is_confirmed_after_the_change(merged):
    _, people, batch, _ = merged
    with opened_scope(division_scope(TIANSHUI_NOW)):
        batch.refresh_from_db()
        import_batch.request_apply(batch=batch, by=people["tianshui"])
        import_batch.apply(batch_id=batch.pk, day=TODAY, now=NOW)
        batch.refresh_from_db()
        assert (batch.state, batch.error) == (BatchState.APPLIED, "")
        made = Facility.objects.get(name="长虹幸福家园")
        assert (made.division_code, made.code) == (330105012001, "330105012-01")


def test_a_draft_goes_along_and_is_its_writers_alone(merged):
    _, people, *_ = merged
    seen = {}
    for name in ("tianshui", "xiacheng"):
        with transaction.atomic():
            appointment = queries.current_appointment(people[name])
        with opened_scope(scope_of(appointment)):
            seen[name] = list(Draft.objects.values_list("division_code", "data"))
    assert seen == {"tianshui": [(TIANSHUI_NOW, {"address": ["体育场路"]})], "xiacheng": []}


def test_two_communities_of_one_name_are_kept_apart(merged):
    facilities, people, *_ = merged
    names = Division.objects.in_force().filter(name="华丰社区").values_list("code", "parent__name")
    assert set(names) == {(HUAFENG_OF_HEMU, "和睦街道"), (330105019002, "石桥街道")}
    for name, own in (("huafeng", "huafeng"), ("hemu", "hemu")):
        with transaction.atomic():
            appointment = queries.current_appointment(people[name])
        with opened_scope(scope_of(appointment)):
            assert list(Facility.objects.values_list("pk", flat=True)) == [facilities[own].pk]


def test_names_that_are_taken_get_the_former_district_behind_them(merged):
    with opened_scope(division_scope(GONGSHU)):
        assert Partner.objects.filter(name="项目 2的公司").count() == 1
        assert Partner.objects.get(name="项目 2的公司（原下城区）").uscc == "91330105TEST000001"
        assert Partner.objects.get(name="项目 2的公司（原下城区）").name_sort != ""
        vouchers = dict(
            CharityReceipt.objects.filter(voucher__startswith="2026-凭-1").values_list("voucher", "amount_fen")
        )
        assert vouchers == {"2026-凭-1": 6_000_001, "2026-凭-1（原下城区）": 6_000_000}


def test_personal_data_opens_under_the_new_district(merged):
    facilities, *_ = merged
    with opened_scope(division_scope(GONGSHU)):
        contact = facilities["dengxinxiang"].contacts.get()
        assert contact.phone.plain() == "13800000001"
        assert facilities["dengxinxiang"].contacts.model.objects.having(phone="13800000001").count() == 2


def test_a_covered_community_ends_on_the_day_and_goes_on_under_its_new_code(merged):
    facilities, *_ = merged
    with opened_scope(division_scope(GONGSHU)):
        rows = Coverage.objects.filter(facility=facilities["dengxinxiang"]).order_by("starts_on", "community_code")
        assert [(row.community_code, row.ends_on) for row in rows] == [
            (DENGXINXIANG, DAY),
            (YANZHI, DAY),
            (330105012001, None),
            (330105012002, None),
        ]


def test_a_closed_street_takes_no_new_rows(merged):
    _, people, *_ = merged
    for write in (
        lambda: merger.make.facility(99, code=DENGXINXIANG),
        lambda: Partner.objects.create(division_code=XIACHENG, name="新的", kind="market"),
        lambda: Appointment.objects.create(
            user=people["city"], role="street_clerk", division_code=TIANSHUI, starts_on=TODAY
        ),
    ):
        with opened_scope(division_scope(CITY)), pytest.raises(IntegrityError, match="has ended and is read only"):  # noqa: SIM117
            with transaction.atomic():
                write()


def test_the_edges_and_the_record_are_there(merged):
    edges = DivisionSuccession.objects.filter(effective_on=DAY)
    assert (edges.count(), edges.filter(kind="merge").count()) == (85, 2)
    with opened_scope(division_scope(CITY)):
        run = ReorganisationRun.objects.get()
        assert run.sha256 == read_concordance(merged[3]).sha256
        assert run.counts["facilities_facility"] == [6, 6]
    # The next quarter that beat starts is that of the district in force.
    assert Division.objects.in_force().filter(code=XIACHENG).count() == 0
