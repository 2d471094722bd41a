"""Activities, visits and monthly figures by Excel, through the import of the registry."""

from datetime import date

import pytest

from engagement.models import Activity, MonthlyFigure, VisitCount
from facilities.operations import import_undo
from tests.facilities.conftest import *  # noqa: F403 the fixtures of the registry
from tests.facilities.conftest import NOW, a_facility, book, bring, bring_in, findings, rows

FIGURE = {"facility": "330105005-01", "month": "2026-10-01", "figure": "服务人次", "amount": "5"}


@pytest.fixture
def facility(in_gongshu, officer):
    bring_in(book({"设施": rows("facility", a_facility())}), by=officer)


def activity(**changes):
    return {
        "facility": "330105005-01", "held_on": "2026-11-20", "name": "健康讲座", "kind": "健康讲座或义诊", "head_count": "35", "item": "18",
    } | changes  # fmt: skip


def test_three_sheets_are_taken_with_their_values(facility, officer):
    content = book(
        {
            "活动": rows("activity", activity(), activity(name="广场舞", kind="其他", item=None, target_group="老年人")),
            "到访人次": rows(
                "visit", {"facility": "330105005-01", "starts_on": "2026-11-20", "visits": "128"},
                {"facility": "330105005-01", "starts_on": "2026-10-15", "visits": "3000", "period": "按月", "source": "客流计数器"},
            ),
            "月度数据": rows("figure", FIGURE | {"month": "2026-10-31", "subject": "11", "amount": "260"}),
        }
    )  # fmt: skip
    batch = bring_in(content, by=officer)
    assert batch.counts == {"new": 5, "activity.new": 2, "figure.new": 1, "visit.new": 2}, findings(batch)
    held = Activity.objects.order_by("kind").values_list("kind", "head_count", "item_number", "target_group")
    assert list(held) == [("health_talk", 35, 18, "everybody"), ("other", 35, None, "elders")]
    assert sorted(VisitCount.objects.values_list("starts_on", "period", "source", "visits")) == [
        (date(2026, 10, 1), 2, 1, 3000), (date(2026, 11, 20), 1, 3, 128),
    ]  # fmt: skip
    assert MonthlyFigure.objects.get().month == date(2026, 10, 1)


def test_the_same_row_again_corrects(facility, officer):
    bring_in(book({"活动": rows("activity", activity())}), by=officer)
    batch = bring_in(book({"活动": rows("activity", activity(head_count="40"))}), by=officer)
    assert batch.counts == {"update": 1, "activity.update": 1}
    assert Activity.objects.get().head_count == 40
    same = bring(book({"活动": rows("activity", activity(head_count="40"))}), by=officer)
    assert same.counts == {"same": 1}


@pytest.mark.parametrize(
    ("sheet", "key", "row", "problem"),
    [
        ("活动", "activity", activity(held_on="2027-01-01"), "2027-01-01 还没有到"),
        ("活动", "activity", activity(kind="健身"), "“健身”不在可选值里"),
        ("活动", "activity", activity(item="99"), "没有第 99 项功能"),
        ("到访人次", "visit", {"facility": "330105005-01", "starts_on": "2026-11-20", "visits": "viele"}, "“viele”不是数字"),
        ("月度数据", "figure", FIGURE, "服务人次要写是哪项功能"),
        ("月度数据", "figure", FIGURE | {"figure": "近 12 个月服务人数（去重）", "subject": "9"}, "没有第 9 类"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_at_its_cell(facility, officer, sheet, key, row, problem):
    batch = bring(book({sheet: rows(key, row)}), by=officer)
    assert problem in [found[2] for found in findings(batch)]
    assert batch.counts == {"error": 1}


def test_one_line_twice_is_an_error(facility, officer):
    batch = bring(book({"活动": rows("activity", activity(), activity())}), by=officer)
    assert "和第 2 行重复" in [found[2] for found in findings(batch)]


def test_an_import_can_be_taken_back(facility, officer):
    batch = bring_in(book({"活动": rows("activity", activity())}), by=officer)
    import_undo.request_undo(batch=batch, by=officer, now=NOW)
    import_undo.undo(batch_id=batch.pk, now=NOW)
    assert Activity.objects.count() == 0
