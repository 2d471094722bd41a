"""The panel: the same engine over the draft, and nothing of it stays in the ledgers."""

from datetime import date

from assessments.operations.trial import try_rows
from assessments.queries.panel import Panel, panel
from facilities.models import Operator, Space
from facilities.returns import flow
from partners.models import ResidentProject
from standards.rules import Outcome, Tier
from tenants.models import RowChange
from tests.people import GONGSHU
from tests.returns.conftest import Q4, TODAY, edit, found, new_row, save


def panel_of(one, **ticked: int) -> Panel:
    registered = try_rows([], facility_id=one.facility_id, day=Q4.last_day)
    _, checked = flow.checked(one, day=TODAY)
    trial = try_rows(checked.rows, facility_id=one.facility_id, day=Q4.last_day)
    return panel(
        trial.facts, registered.facts, district=GONGSHU, facility_id=one.facility_id, day=Q4.last_day, ticked=ticked, unread=trial.unread,
        refused=trial.refused,
    )  # fmt: skip


def test_a_draft_is_judged_by_the_engine_and_taken_back(one, facility):
    before = RowChange.objects.count()
    assert panel_of(one).told.tier == Tier.DEMONSTRATION
    project = facility.projects.filter(run_by="market").first()
    save(
        one,
        edit(one, "site", "主点位", "floor_area_m2", "950"),
        edit(one, "project", project.name, "run_by", "自营或公办"),
    )
    saved = RowChange.objects.count()
    shown = panel_of(one)
    assert (shown.before, shown.told.tier, shown.direction) == (Tier.DEMONSTRATION, Tier.INCLUSIVE, -1)
    area = next(line for line in shown.told.gates if line.key == "area")
    assert [(c.outcome, c.threshold, c.shortfall) for c in area.cells] == [
        (Outcome.MET, "≥ 600 ㎡", ""), (Outcome.NOT_MET, "≥ 1,000 ㎡", "差 50 ㎡"),
    ]  # fmt: skip
    assert "1000平方米" in area.quote
    assert shown.totals[0] == ("建筑面积（有证明）", "950 ㎡", "")
    assert RowChange.objects.count() == saved == before + 2
    assert facility.sites.get().floor_area_m2 == 1200
    assert ResidentProject.objects.filter(run_by="public").count() == 1


def test_a_missing_fact_is_unknown_and_rows_with_errors_are_left_out(one):
    save(one, edit(one, "site", "主点位", "area_document", ""), edit(one, "space", "1 号室", "usable_area_m2", "很大"))
    shown = panel_of(one)
    area = next(line for line in shown.told.gates if line.key == "area")
    assert (area.value, area.cells[1].outcome) == ("缺数据", Outcome.UNKNOWN)
    assert [f.problem for f in found(one).errors] == ["“很大”不是数字"]
    assert shown.totals[1] == ("可用面积", "900 ㎡", "")


def test_new_rows_count_with_what_they_refer_to(one):
    save(
        one,
        *new_row("site", "nsite", name="副楼", floor_area_m2="400", area_document="测绘报告 2026-9"),
        *new_row("space", "nroom", site="副楼", name="书房", usable_area_m2="100", used_by="办公"),
        *new_row("function", "nfun", item="25", space="副楼/书房"),
        *new_row("project", "nprj", name="棋社", run_by="市场主体", partner="弈馆", space="书房"),
    )
    shown = panel_of(one)
    assert shown.totals[0][1] == "1,600 ㎡"
    assert shown.totals[-1] == ("办公", "100 ㎡", "10.0 %")
    assert next(line.value for line in shown.told.gates if line.key == "base_functions") == "10 项"
    assert "办公面积从 0 ㎡ 增到 100 ㎡" in [f.problem for f in found(one).found]


def test_an_agreement_that_ends_this_quarter_is_said_at_once(one, facility):
    Operator.objects.filter(facility=facility).update(ends_on=date(2026, 12, 1))
    assert [(f.sheet, f.problem) for f in found(one).found] == [
        ("operator", "综合运营“运河社工事务所”2026-11-30 到期，之后不再计入")
    ]


def test_what_if_is_verified_by_the_engine(one, facility):
    ResidentProject.objects.filter(facility=facility).exclude(name="自营阅览").delete()
    Operator.objects.filter(facility=facility).delete()
    now = panel_of(one)
    assert (now.told.tier, now.what_if) == (Tier.UNRATED, None)
    ticked = {step.key: step.times for step in now.gap.steps}
    tried = panel_of(one, **ticked)
    assert tried.told.tier == Tier.UNRATED
    assert tried.what_if.tier == now.gap.target == Tier.INCLUSIVE
    assert {line.key for line, tier in tried.what_if.turned if tier == "普惠型"} >= {
        "projects",
        "project_share",
        "operator",
    }
    assert ResidentProject.objects.filter(facility=facility).count() == 1


def test_every_step_of_the_path_can_be_tried_alone_and_together(one, facility):
    """Also those that open a registered room, and those that record what nobody knows."""
    facility.spaces.filter(name="1 号室").update(used_by="public", is_open_24h=False)
    facility.spaces.exclude(name="1 号室").update(is_open_24h=False)
    facility.sites.update(area_document="")
    now = panel_of(one)
    steps = {step.key: step.times for step in now.gap.steps}
    assert steps.keys() <= {tick.option.key for tick in now.ticks}
    assert [tick.option.key for tick in now.near_ticks] == list(steps)
    alone = [panel_of(one, **{key: times}).what_if for key, times in steps.items()]
    assert all(tried is not None and tried.left_out == () for tried in alone)
    together = panel_of(one, **steps).what_if
    assert (together.tier >= now.gap.target, together.left_out) == (True, ())
    assert max(tried.tier for tried in alone) <= together.tier


def test_a_room_is_given_away_once(one, facility):
    facility.spaces.update(used_by="public")
    facility.sites.update(floor_area_m2="950")
    now = panel_of(one)
    room = facility.spaces.order_by("pk").first().pk
    both = [tick.option.key for tick in now.ticks if tick.option.claims == f"space:{room}"]
    assert len(both) >= 2
    tried = panel_of(one, **dict.fromkeys(both, 1)).what_if
    assert len(tried.left_out) == len(both) - 1


def test_both_readings_are_shown_where_they_differ(one, facility):
    facility.functions.filter(item_number=26).delete()
    shown = panel_of(one)
    changing = [effect.key for effect in shown.told.readings if effect.changes]
    assert "G-1" in changing


def test_rows_that_do_not_fit_together_are_said_and_the_registry_is_shown(one, facility):
    save(one, edit(one, "space", "1 号室", "usable_area_m2", "310"))
    _, checked = flow.checked(one, day=TODAY)
    Space.objects.create(
        facility=facility, division_code=facility.division_code, site=facility.sites.get(), name="撞名", used_by="public",
        starts_on=date(2025, 1, 1),
    )  # fmt: skip
    checked.rows[0].assign["name"] = "撞名"
    trial = try_rows(checked.rows, facility_id=one.facility_id, day=Q4.last_day)
    assert (trial.refused, trial.facts is not None) == (True, True)


def test_a_suspended_facility_is_not_judged(one, facility):
    facility.states.update(lifecycle="suspended")
    shown = panel_of(one)
    assert (shown.told, shown.reason) == (None, "这座设施暂停运行，这个季度不测算等级。填报照常。")
