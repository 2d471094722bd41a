"""An own workbook with 20 planted errors: each is reported with its sheet, its cell, and what is expected."""

import pytest

from facilities.models import Facility, ImportRow, Outcome
from facilities.operations import import_batch
from partners.models import ResidentProject
from tests.facilities.conftest import TODAY, a_facility, book, bring, confirm, findings, rows

PROJECT = {"facility": "330105005-01", "run_by": "社会组织", "partner": "拾光助老服务中心", "starts_on": "2025-05-01"}

PLANTED = {
    "设施": rows(
        "facility",
        a_facility(),
        a_facility(code="330105004-01", name="白榆幸福家园", street="", community="华丰社区"),  # D3: two of them
        a_facility(code="330105005-02", name="橘灯幸福家园", community="桥东社区"),  # D4: no such community
        a_facility(code="330105005-03", name="登云幸福家园", construction_type="集成"),  # F5: not a choice
        a_facility(code="330105005-04", name="文澜幸福家园", since="2025年2月30日"),  # H6: no such day
        a_facility(code="330105001-05", name="听橹幸福家园"),  # A7: the code of another street
        a_facility(name="云橹幸福家园"),  # A8: the same facility twice
        a_facility(code="330105005-06", name="", community="台州路社区"),  # B9: no name
        a_facility(code="330105005-07", name="枕河幸福家园", street="拱辰桥街道"),  # C10: misspelt street
    ),
    "点位": rows(
        "site",
        {"facility": "330105005-01", "name": "主楼", "floor_area_m2": 1200, "area_document": "测绘报告"},
        {
            "facility": "330105005-01",
            "name": "西楼",
            "floor_area_m2": "1,20",
            "area_document": "测绘报告",
        },  # D3: not a number
        {"facility": "330105005-09", "name": "主楼", "floor_area_m2": 900},  # A4: no such facility
        {"facility": "330105005-01", "name": "北楼", "floor_area_m2": "80%"},  # D5: a share
        {
            "facility": "330105005-01",
            "name": "东楼",
            "floor_area_m2": 300,
            "longitude": 30.32,
            "latitude": 120.14,
        },  # F6: swapped
    ),
    "空间": rows(
        "space",
        {
            "facility": "330105005-01",
            "site": "南楼",
            "name": "食堂",
            "usable_area_m2": 100,
            "used_by": "市场化",
        },  # B2: no such site
    ),
    "功能": rows(
        "function",
        {"facility": "330105005-01", "item": 99},  # B2: no such item
        {"facility": "330105005-01", "item": "社区食唐"},  # B3: misspelt
        {"facility": "330105005-01", "item": 11, "local_name": "新市民融入"},  # C4: two at once
    ),
    "综合运营": rows(
        "operator",
        {
            "facility": "330105005-01",
            "kind": "专业服务机构",
            "name": "云橹中心",
            "starts_on": "2026-03-01",
            "ends_on": "2026.2.1",
        },  # F2
    ),
    "项目与合伙人": rows(
        "project",
        PROJECT | {"name": "银龄学堂", "run_by": "企业"},  # C2: not a choice
        PROJECT | {"name": "四点半课堂", "starts_on": ""},  # M3: no first day
        PROJECT | {"name": "心语小屋", "uscc": "91330105MA00000001"},  # F4: check character
        PROJECT | {"name": "健康驿站", "serves_elders": "也许"},  # K5: neither yes nor no
        PROJECT | {"name": "亲子阅读会"},
    ),
    "公益创投": rows(
        "charity",
        {
            "facility": "330105005-01",
            "year": 2026,
            "name": "银龄互助",
            "kind": "公益创投",
            "amount_fen": 50000,
        },  # F2, H2: no day, voucher
    ),
}

EXPECTED = [
    (
        "设施",
        "D3",
        "有 2 个社区都叫“华丰社区”",
        "填上街道，或改填 12 位社区代码：和睦街道 330105004051、石桥街道 330105019002",
        "330105004051",
    ),
    ("设施", "D4", "没有叫“桥东社区”的社区", "填社区全名或 12 位代码", "桥西社区"),
    ("设施", "F5", "“集成”不在可选值里", "可填：集成式、片区化、街区化", "集成式"),
    ("设施", "H6", "“2025年2月30日”这一天不存在", "核对月份和日期", "2025-02-28"),
    ("设施", "A7", "编号“330105001-05”不合规则", "拱宸桥街道的编号是 330105005-两位序号；留空由系统编号", None),
    ("设施", "A8", "和第 2 行是同一家设施", "删去其中一行", None),
    ("设施", "B9", "没有填设施名称", "设施的全名", None),
    ("设施", "C10", "没有叫“拱辰桥街道”的街道", "填街道全名或 12 位代码", "拱宸桥街道"),
    ("点位", "D3", "“1,20”不是数字", "只填数字，如 120 或 1,200.5", "120"),
    ("点位", "A4", "没有编号为“330105005-09”的设施", "最接近：330105005-01 云橹幸福家园", "330105005-01"),
    ("点位", "D5", "“80%”是比例", "填以㎡计的数字，如 120", None),
    ("点位", "F6", "经度和纬度填反了", "经度约 120，纬度约 30：把 120.140000 填到经度列", "120.140000"),
    ("空间", "B2", "云橹幸福家园没有叫“南楼”的点位", "填“点位”表里的名称", "主楼"),
    ("功能", "B2", "没有第 99 项功能", "清单编号是 1–33（拱墅 附件）或 101–113（杭州 4+5+X），也可以填功能名称", None),
    ("功能", "B3", "清单里没有“社区食唐”", "填编号或清单原名；清单外的填到“个性化功能”列", "社区食堂"),
    ("功能", "C4", "清单功能和个性化功能填了两个", "一行只填一个，另一个另起一行", None),
    ("综合运营", "F2", "结束日早于起始日 2026-03-01", "填 2026-03-01 或以后的日期", None),
    ("项目与合伙人", "C2", "“企业”不在可选值里", "可填：市场主体、社会组织、居民、自营或公办", "市场主体"),
    ("项目与合伙人", "M3", "没有填起始日", "从哪天开始入驻", None),
    ("项目与合伙人", "F4", "“91330105MA00000001”不是有效的统一社会信用代码", "18 位，末位是校验码；不清楚就留空", None),
    ("项目与合伙人", "K5", "“也许”看不出是还是否", "填“是”或“否”", None),
    ("公益创投", "F2", "没有填到账日", "到账日、到账金额、凭证号三样要一起填", None),
    ("公益创投", "H2", "没有填凭证号", "到账日、到账金额、凭证号三样要一起填", None),
]


def test_each_planted_error_is_named_with_sheet_cell_and_what_is_expected(in_gongshu, officer):
    batch = bring(book(PLANTED), by=officer)
    assert [found for found in findings(batch) if found in EXPECTED] == EXPECTED
    assert [found for found in findings(batch) if found not in EXPECTED] == []


def test_the_rest_can_be_brought_in_alone(in_gongshu, officer):
    batch = confirm(bring(book(PLANTED), by=officer), by=officer)
    assert batch.applied_count == batch.counts[Outcome.NEW]
    assert list(Facility.objects.values_list("name", flat=True)) == ["云橹幸福家园"]
    assert list(ResidentProject.objects.values_list("name", flat=True)) == ["亲子阅读会"]


def test_nothing_is_written_before_it_is_confirmed(in_gongshu, officer):
    bring(book(PLANTED), by=officer)
    assert (Facility.objects.count(), ResidentProject.objects.count()) == (0, 0)


def test_a_suggestion_taken_in_place_is_checked_again(in_gongshu, officer):
    batch = bring(book(PLANTED), by=officer)
    row = ImportRow.objects.get(batch=batch, sheet="project", number=2)
    import_batch.correct(batch=batch, corrections={row.pk: {"run_by": "市场主体", "partner": "橹声餐饮服务"}})
    import_batch.check(batch_id=batch.pk, day=TODAY)
    row.refresh_from_db()
    assert (row.outcome, row.findings) == (Outcome.NEW, [])
    import_batch.revert(batch=batch, row=row, column="run_by")
    import_batch.check(batch_id=batch.pk, day=TODAY)
    row.refresh_from_db()
    assert row.outcome == Outcome.ERROR


@pytest.mark.parametrize("number", [1, 3])
def test_the_same_mistake_is_mended_everywhere_at_once(in_gongshu, officer, number):
    projects = [PROJECT | {"name": f"项目 {i}", "run_by": "企业", "partner": "橹声餐饮服务"} for i in range(number)]
    batch = bring(book({"设施": rows("facility", a_facility()), "项目": rows("project", *projects)}), by=officer)
    first = batch.rows.filter(sheet="project").first()
    assert import_batch.correct_alike(batch=batch, row=first, column="run_by") == number
    import_batch.check(batch_id=batch.pk, day=TODAY)
    batch.refresh_from_db()
    assert batch.counts.get(Outcome.ERROR) is None


def test_numbers_out_of_range_words_for_numbers_and_rows_said_twice_are_named_and_odd_writing_is_read(
    in_gongshu, officer
):
    mine = {"facility": "330105005-01"}
    batch = bring(
        book(
            {
                "设施": rows("facility", a_facility(since="２０２６－０１－０１")),  # full width
                "点位": rows(
                    "site",
                    mine | {"name": "主楼", "floor_area_m2": "１２００", "area_document": "测绘报告"},  # full width
                    mine | {"name": "西楼", "floor_area_m2": -50},
                    mine | {"name": "东楼", "floor_area_m2": "一千"},
                    mine | {"name": "主楼", "floor_area_m2": 300},
                ),
                "功能": rows(
                    "function",
                    mine | {"item": "１１"},
                    mine | {"item": 11.5},
                    mine | {"item": 11},
                    mine | {"item": "9.社区食堂"},
                    mine | {"item": 10.0},
                ),
                "综合运营": rows(
                    "operator",
                    mine | {"kind": "专业服务机构", "name": "云橹中心", "starts_on": 46082, "ends_on": "2026-08-01"},
                    mine | {"kind": "专业服务机构", "name": "云橹中心", "starts_on": "2026-06-01"},
                    mine | {"kind": "专业服务机构", "name": "橹声中心", "starts_on": "2026/13/01"},
                ),
                "公益创投": rows(
                    "charity", mine | {"year": "26", "name": "互助", "kind": "公益创投", "amount_fen": "-5"}
                ),
            }
        ),
        by=officer,
    )
    assert [(sheet, cell, problem) for sheet, cell, problem, _, _ in findings(batch)] == [
        ("点位", "D3", "“-50”超出范围"),
        ("点位", "D4", "“一千”不是数字"),
        ("点位", "B5", "和“点位”第 2 行重复"),
        ("功能", "B3", "清单里没有“11.5”"),
        ("功能", "B4", "和“功能”第 2 行重复"),
        ("综合运营", "E3", "表里已有同名的综合运营方，2026-03-01 起，到 2026-08-01"),
        ("综合运营", "E4", "“2026/13/01”这一天不存在"),
        ("公益创投", "B2", "“26”超出范围"),
        ("公益创投", "G2", "“-5”超出范围"),
    ]
    assert batch.counts[Outcome.NEW] == 6
    assert all(expected for _, _, _, expected, _ in findings(batch))
