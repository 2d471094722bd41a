"""What an import does: new, changed, unchanged; the same file twice; dependence; scope; undo."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import transaction

from facilities.models import (
    BatchState,
    Coverage,
    Facility,
    FacilityLineage,
    FacilityState,
    ImportBatch,
    ImportRow,
    OfferedFunction,
    Operator,
    Outcome,
    Site,
    Space,
)
from facilities.operations import import_batch, import_undo, record_site
from partners.models import Partner, ResidentProject
from tenants.models import Act
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.facilities.conftest import (
    GONGCHENQIAO,
    GONGSHU,
    NOW,
    QIAOXI,
    a_facility,
    book,
    bring,
    bring_in,
    confirm,
    findings,
    rows,
)

HERE = {"facility": "330105005-01"}
WHOLE = {
    "设施": rows("facility", a_facility(covered="桥西社区、永庆路社区", construction_type="片区化")),
    "状态变更": rows("state", {"facility": "330105005-01", "starts_on": "2026-05-10", "lifecycle": "暂停", "reason": "改造"}),
    "点位": rows("site", {"facility": "云橹幸福家园", "name": "主楼", "floor_area_m2": 999.99, "area_document": "测绘报告"}),
    "空间": rows("space", {"facility": "330105005-01", "name": "食堂", "usable_area_m2": 120, "used_by": "市场化", "is_open_24h": "是"}),
    "功能": rows("function", HERE | {"item": "社区食堂", "space": "食堂"}, HERE | {"local_name": "新市民融入"}),
    "综合运营": rows("operator", HERE | {"kind": "专业服务机构", "name": "云橹中心", "starts_on": "2025-07-01", "ends_on": "2026-06-30"}),
    "项目与合伙人": rows("project", HERE | {"name": "社区食堂", "run_by": "市场主体", "partner": "橹声餐饮", "starts_on": "2025-04-01"}),
    "公益创投": rows("charity", {"facility": "330105005-01", "year": 2026, "name": "银龄互助", "kind": "公益创投", "contract_fen": 60000,
                               "received_on": "2026-04-01", "amount_fen": 50000, "voucher": "凭-1"}),
}  # fmt: skip


def test_a_whole_facility_comes_in_with_all_its_ledgers(in_gongshu, officer):
    batch = bring_in(book(WHOLE), by=officer)
    assert (batch.state, batch.applied_count, findings(batch)) == (BatchState.APPLIED, 9, [])
    facility = Facility.objects.get()
    assert (facility.division_code, facility.name_sort) == (QIAOXI, "yun lu xing fu jia yuan")
    assert list(facility.states.order_by("starts_on").values_list("lifecycle", "starts_on", "ends_on")) == [
        ("open", date(2025, 3, 1), date(2026, 5, 10)),
        ("suspended", date(2026, 5, 10), None),
    ]
    assert list(facility.coverages.order_by("community_code").values_list("community_code", flat=True)) == [
        330105005054,
        330105005057,
    ]
    space = Space.objects.select_related("site").get()
    assert (space.site.name, space.site.floor_area_m2, space.starts_on) == ("主楼", Decimal("999.99"), date(2025, 3, 1))
    assert set(OfferedFunction.objects.values_list("item_number", "local_name", "space__name")) == {
        (11, "", "食堂"),
        (None, "新市民融入", None),
    }
    assert Operator.objects.get().ends_on == date(2026, 7, 1)  # 2026-06-30 is its last day
    assert ResidentProject.objects.get().partner.division_code == GONGSHU
    assert facility.charity_receipts.get().amount_fen == 5_000_000


def test_the_same_file_twice_changes_nothing(in_gongshu, officer):
    bring_in(book(WHOLE), by=officer)
    batch = bring(book(WHOLE), by=officer)
    assert batch.counts == {Outcome.SAME: 9}
    with pytest.raises(import_batch.ImportRefused, match="没有可以入库的行"):
        confirm(batch, by=officer)


def test_one_import_leaves_one_act(in_gongshu, officer):
    batch = bring_in(book(WHOLE), by=officer)
    act = Act.objects.get(verb="导入台账")
    assert (act.actor, act.subject_uuid, act.details["rows"]) == (officer, batch.uuid, 9)


def test_confirming_twice_writes_once(in_gongshu, officer):
    batch = bring_in(book(WHOLE), by=officer)
    assert import_batch.apply(batch_id=batch.pk, day=date(2026, 11, 22), now=NOW) == 9
    assert Facility.objects.count() == 1


def test_changed_values_are_shown_old_and_new_and_blank_cells_leave_them_alone(in_gongshu, officer):
    bring_in(book(WHOLE), by=officer)
    changed = {
        "设施": rows("facility", {"code": "330105005-01", "name": "云橹里幸福家园"}),
        "点位": rows(
            "site", {"facility": "330105005-01", "name": "主楼", "floor_area_m2": 1000, "area_document": "清空"}
        ),
    }
    batch = bring(book(changed), by=officer)
    assert [row.diff for row in batch.rows.all()] == [
        [["设施名称", "云橹幸福家园", "云橹里幸福家园"]],
        [["建筑面积(㎡)", "999.99", "1000.00"], ["面积证明", "测绘报告", "空"]],
    ]
    confirm(batch, by=officer)
    site = Site.objects.get()
    assert (str(site.floor_area_m2), site.area_document) == ("1000.00", "")
    assert Facility.objects.get().name_sort == "yun lu li xing fu jia yuan"
    assert Facility.objects.get().division_code == QIAOXI


def test_a_large_change_of_area_is_to_be_confirmed(in_gongshu, officer):
    bring_in(book(WHOLE), by=officer)
    site = {"facility": "330105005-01", "name": "主楼", "floor_area_m2": 9999.9}
    batch = bring(book({"点位": rows("site", site)}), by=officer)
    assert findings(batch) == [("点位", "D2", "比台账里的 999.99 ㎡ 差 8999.91 ㎡", "变化超过两成，确认没有填错", None)]
    assert batch.counts[Outcome.CONFIRM] == 1


def test_rows_to_be_confirmed_come_in_only_when_ticked_and_take_their_children_with_them(in_gongshu, officer):
    content = book(
        {
            "设施": rows("facility", a_facility(construction_type="片区化", covered="桥西社区")),
            "点位": rows("site", {"facility": "330105005-01", "name": "主楼", "floor_area_m2": 900}),
        }
    )
    batch = bring(content, by=officer)
    assert findings(batch)[0][:3] == ("设施", "J2", "片区化填了 1 个覆盖社区")
    with pytest.raises(import_batch.ImportRefused), transaction.atomic():
        confirm(batch, by=officer)
    batch.refresh_from_db()
    import_batch.note_failure(batch_id=batch.pk, reason="")
    assert confirm(batch, by=officer, with_doubtful=True).applied_count == 2


def test_rows_of_a_facility_with_errors_wait_for_it(in_gongshu, officer):
    content = book(
        {
            "设施": rows("facility", a_facility(construction_type="天书")),
            "点位": rows("site", {"facility": "330105005-01", "name": "主楼", "floor_area_m2": 900}),
        }
    )
    assert findings(bring(content, by=officer))[1] == (
        "点位",
        "A2",
        "它所属的“设施”第 2 行还有错误",
        "先改好那一行",
        None,
    )


def test_the_two_huafeng_communities_are_told_apart_by_street_or_code(in_gongshu, officer):
    given = [
        a_facility(code="", name="白榆幸福家园", street="和睦街道", community="华丰社区"),
        a_facility(code="", name="华锦幸福家园", street="石桥", community="华丰"),
        a_facility(code="", name="青石幸福家园", street="", community=330105019002),
    ]
    bring_in(book({"设施": rows("facility", *given)}), by=officer)
    assert list(Facility.objects.order_by("code").values_list("code", "division_code")) == [
        ("330105004-01", 330105004051),
        ("330105019-01", 330105019002),
        ("330105019-02", 330105019002),
    ]


def test_two_facilities_of_one_name_are_told_apart_by_code(in_gongshu, officer):
    given = [a_facility(), a_facility(code="330105004-01", street="和睦街道", community="和睦社区")]
    site = {"facility": "云橹幸福家园", "name": "主楼", "floor_area_m2": 900}
    batch = bring(book({"设施": rows("facility", *given), "点位": rows("site", site)}), by=officer)
    assert findings(batch) == [
        ("点位", "A2", "有 2 家设施都叫“云橹幸福家园”", "改填设施编号：330105005-01、330105004-01", "330105005-01")
    ]


def test_a_merger_names_its_successor_and_keeps_the_lineage(in_gongshu, officer):
    given = [a_facility(), a_facility(code="330105005-02", name="橘灯幸福家园")]
    merged = {"facility": "橘灯幸福家园", "starts_on": "2026-05-01", "lifecycle": "已并入", "successor": "330105005-01"}
    bring_in(book({"设施": rows("facility", *given), "状态变更": rows("state", merged)}), by=officer)
    lineage = FacilityLineage.objects.get()
    assert (lineage.facility.code, lineage.successor.code, lineage.kind) == ("330105005-02", "330105005-01", "merge")


def test_the_same_thing_cannot_run_twice_at_once(in_gongshu, officer):
    bring_in(book(WHOLE), by=officer)
    project = {
        "facility": "330105005-01",
        "name": "社区食堂",
        "run_by": "市场主体",
        "partner": "橹声餐饮",
        "starts_on": "2025-05-01",
    }
    batch = bring(book({"项目": rows("project", project)}), by=officer)
    assert findings(batch)[0][:3] == ("项目", "M2", "台账里已有同名的项目，2025-04-01 起，还没有结束")
    again = project | {"starts_on": "2025-04-01", "ends_on": "2025-12-31"}
    bring_in(book({"项目": rows("project", again, project | {"starts_on": "2026-01-01"})}), by=officer)
    assert list(ResidentProject.objects.order_by("starts_on").values_list("starts_on", "ends_on")) == [
        (date(2025, 4, 1), date(2026, 1, 1)),
        (date(2026, 1, 1), None),
    ]


def test_what_changed_since_the_check_is_shown_again_before_anything_is_written(in_gongshu, officer):
    batch = bring(book(WHOLE), by=officer)
    bring_in(
        book({"设施": rows("facility", a_facility(construction_type="片区化", covered="桥西社区、永庆路社区"))}),
        by=officer,
    )
    batch = confirm(batch, by=officer)
    assert (batch.state, batch.applied_count) == (BatchState.CHECKED, 0)
    assert batch.error == "看过结果以后台账又有了变化，已重新检查，还没有写入。请再看一遍。"
    assert Site.objects.count() == 0


def test_a_code_with_quite_another_name_is_asked_about(in_gongshu, officer):
    bring_in(book(WHOLE), by=officer)
    batch = bring(book({"设施": rows("facility", {"code": "330105005-01", "name": "白榆幸福家园"})}), by=officer)
    assert findings(batch) == [
        ("设施", "A2", "编号 330105005-01 在台账里是“云橹幸福家园”", "确实改名就确认，否则核对编号", None)
    ]
    assert batch.counts[Outcome.CONFIRM] == 1


def test_a_facility_that_moves_takes_its_ledgers_along_old_and_new(in_gongshu, officer):
    bring_in(book(WHOLE), by=officer)
    before = content_of_tables()
    moved = {
        "设施": rows(
            "facility", {"code": "330105005-01", "name": "云橹幸福家园", "street": "拱宸桥", "community": "文澜社区"}
        ),
        "状态变更": rows("state", HERE | {"starts_on": "2026-09-01", "lifecycle": "运行"}),
        "点位": rows("site", HERE | {"name": "北楼", "floor_area_m2": 300}),
        "公益创投": rows("charity", HERE | {"year": 2026, "name": "暖心", "kind": "公益创投"}),
    }
    batch = bring(book(moved), by=officer)
    assert batch.rows.first().diff == [["社区", "桥西社区 330105005054", "文澜社区 330105005058"]]
    confirm(batch, by=officer)
    for model in (Facility, FacilityState, Site, Space, ResidentProject):
        assert set(model.objects.values_list("division_code", flat=True)) == {330105005058}
    undo(batch, officer)
    assert content_of_tables() == before


# --- scope ------------------------------------------------------------------------------------------------------------


def test_rows_outside_the_scope_are_errors_that_tell_nothing(registry, make_officer):
    district, street = make_officer(), make_officer(GONGCHENQIAO, Role.STREET_CLERK)
    hushu = a_facility(code="330105002-01", name="听橹幸福家园", street="湖墅街道", community="卖鱼桥社区")
    with opened_scope(division_scope(GONGSHU)):
        bring_in(book({"设施": rows("facility", hushu)}), by=district)
    existing = {"facility": "330105002-01", "name": "主楼", "floor_area_m2": 900}
    nothing = {"facility": "330105002-09", "name": "主楼", "floor_area_m2": 900}
    with opened_scope(division_scope(GONGCHENQIAO)):
        content = book({"设施": rows("facility", hushu), "点位": rows("site", existing, nothing)})
        batch = bring(content, by=street, code=GONGCHENQIAO)
        assert findings(batch) == [
            ("设施", "D2", "卖鱼桥社区不在你的管理范围内", "只能导入本辖区的设施", None),
            ("点位", "A2", "没有编号为“330105002-01”的设施", "填“设施”表里的编号或名称", None),
            ("点位", "A3", "没有编号为“330105002-09”的设施", "填“设施”表里的编号或名称", None),
        ]


def test_a_street_sees_its_own_imports_and_not_those_of_the_district_or_a_sibling(registry, make_officer):
    content = book(WHOLE)
    with opened_scope(division_scope(GONGSHU)):
        bring(content, by=make_officer())
    with opened_scope(division_scope(GONGCHENQIAO)):
        bring(content, by=make_officer(GONGCHENQIAO, Role.STREET_CLERK), code=GONGCHENQIAO)
        assert (ImportBatch.objects.count(), ImportRow.objects.count()) == (1, 9)
    with opened_scope(division_scope(330105002000)):
        assert (ImportBatch.objects.count(), ImportRow.objects.count()) == (0, 0)
    with opened_scope(division_scope(GONGSHU)):
        assert ImportBatch.objects.count() == 2


def test_a_street_registers_partners_of_its_own_and_uses_those_of_the_district(registry, make_officer):
    with opened_scope(division_scope(GONGSHU)):
        bring_in(book(WHOLE), by=make_officer())
    projects = [
        {"facility": "330105005-01", "name": name, "run_by": "市场主体", "partner": partner, "starts_on": "2026-01-01"}
        for name, partner in (("家政", "橹声餐饮"), ("理发", "巷口便民"))
    ]
    with opened_scope(division_scope(GONGCHENQIAO)):
        officer = make_officer(GONGCHENQIAO, Role.STREET_CLERK)
        bring_in(book({"项目": rows("project", *projects)}), by=officer, code=GONGCHENQIAO)
    with opened_scope(division_scope(GONGSHU)):
        assert list(Partner.objects.order_by("pk").values_list("name", "division_code")) == [
            ("橹声餐饮", GONGSHU),
            ("巷口便民", GONGCHENQIAO),
        ]


# --- undo -------------------------------------------------------------------------------------------------------------

TABLES = (
    Facility,
    FacilityState,
    Coverage,
    Site,
    Space,
    OfferedFunction,
    Operator,
    Partner,
    ResidentProject,
    FacilityLineage,
)


def content_of_tables() -> dict[str, list[dict]]:
    return {
        model.__name__: [
            {k: v for k, v in row.items() if k not in {"updated_at", "version"}}
            for row in model.objects.order_by("pk").values()
        ]
        for model in TABLES
    }


def undo(batch, by, *, now=NOW + timedelta(hours=1)):
    import_undo.request_undo(batch=batch, by=by, now=now)
    return import_undo.undo(batch_id=batch.pk, now=now)


def test_undo_takes_new_rows_away(in_gongshu, officer):
    batch = bring_in(book(WHOLE), by=officer)
    assert undo(batch, officer) == 9
    assert [model for model in TABLES if model.objects.exists()] == []
    batch.refresh_from_db()
    assert (batch.state, batch.undone_by) == (BatchState.UNDONE, officer)
    assert Act.objects.filter(verb="撤销导入").count() == 1


def test_undo_puts_old_values_back_and_leaves_the_rest(in_gongshu, officer):
    bring_in(book(WHOLE), by=officer)
    before = content_of_tables()
    changed = {
        "设施": rows("facility", {"code": "330105005-01", "name": "新名", "covered": "桥西、文澜"}, a_facility(code="330105005-07")),
        "状态变更": rows("state", {"facility": "330105005-01", "starts_on": "2026-08-01", "lifecycle": "运行"}),
        "点位": rows("site", {"facility": "330105005-01", "name": "主楼", "floor_area_m2": 1000}),
        "项目": rows("project", HERE | {"name": "社区食堂", "starts_on": "2025-04-01", "ends_on": "2026-01-31", "brand": "橹声"}),
    }  # fmt: skip
    batch = bring_in(book(changed), by=officer)
    assert content_of_tables() != before
    undo(batch, officer)
    assert content_of_tables() == before


def test_undo_is_refused_when_a_row_was_changed_later(in_gongshu, officer):
    batch = bring_in(book(WHOLE), by=officer)
    bring_in(
        book({"点位": rows("site", {"facility": "330105005-01", "name": "主楼", "floor_area_m2": 1001})}), by=officer
    )
    before = content_of_tables()
    with pytest.raises(import_batch.ImportRefused, match="点位“主楼”后来改过"), transaction.atomic():
        undo(batch, officer)
    assert content_of_tables() == before


def test_undo_is_refused_when_something_was_built_upon_it(in_gongshu, officer):
    batch = bring_in(book(WHOLE), by=officer)
    record_site(facility=Facility.objects.get(), name="北楼", starts_on=date(2026, 9, 1), by=officer)
    with pytest.raises(import_batch.ImportRefused, match="后来又登记了 1 条点位"), transaction.atomic():
        undo(batch, officer)


@pytest.mark.parametrize(("hours", "possible"), [(23.99, True), (24, True), (24.01, False)])
def test_undo_is_possible_for_24_hours(in_gongshu, officer, hours, possible):
    batch = bring_in(book(WHOLE), by=officer)
    if possible:
        assert undo(batch, officer, now=NOW + timedelta(hours=hours)) == 9
    else:
        with pytest.raises(import_batch.ImportRefused, match="已过 24 小时"):
            undo(batch, officer, now=NOW + timedelta(hours=hours))


def test_after_an_undo_the_same_file_can_come_in_again(in_gongshu, officer):
    undo(bring_in(book(WHOLE), by=officer), officer)
    assert bring_in(book(WHOLE), by=officer).applied_count == 9


def test_an_abandoned_import_writes_nothing_and_cannot_go_on(in_gongshu, officer):
    batch = bring(book(WHOLE), by=officer)
    import_batch.abandon(batch=batch, by=officer)
    with pytest.raises(import_batch.ImportRefused, match="已放弃"):
        import_batch.request_apply(batch=batch, by=officer)
    assert Facility.objects.count() == 0
