"""The items of a plan by Excel: into a draft alone, the same file twice changes nothing, each wrong cell is named."""

from datetime import UTC, datetime

import pytest

from facilities.models import Outcome
from partners.models import PlanItem
from partners.operations import plans
from tests.facilities.conftest import *  # noqa: F403 the fixtures of the registry
from tests.facilities.conftest import GONGSHU, book, bring, bring_in, findings, rows

NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)
ITEM = {"plan": "一次规划", "number": 1, "title": "示范型设施", "measure": "示范型设施", "department": "区民政局", "baseline": 2,
        "target_1": 3, "target_2": 5}  # fmt: skip
GRANT = {
    "plan": "一次规划",
    "number": 2,
    "title": "资助",
    "measure": "基金资助拨付",
    "department": "区民政局",
    "target_2": "1200.50",
}


def brought(*items):
    return book({"规划事项": rows("plan_item", *items)})


@pytest.fixture
def draft(in_gongshu, officer):
    return plans.draft_plan(
        division_code=GONGSHU, by=officer, now=NOW, title="一次规划", first_year=2026, last_year=2027, basis="区发 1 号"
    )


@pytest.mark.requirement("FND-5")
def test_items_come_in_with_their_targets_and_a_second_time_nothing_changes(draft, officer):
    bring_in(brought(ITEM, GRANT), by=officer)
    told = PlanItem.objects.order_by("number").values_list("title", "unit", "baseline", "targets", "due_month")
    assert list(told) == [("示范型设施", "座", 2, [3, 5], 12), ("资助", "元", 0, [None, 120_050], 12)]
    batch = bring(brought(ITEM, GRANT), by=officer)
    assert set(batch.rows.values_list("outcome", flat=True)) == {Outcome.SAME}
    bring_in(brought({"plan": "一次规划", "number": 1, "target_2": 6}), by=officer)
    assert PlanItem.objects.get(number=1).targets == [3, 6]


@pytest.mark.parametrize(("item", "column", "words"), [
    (ITEM | {"plan": "别的规划"}, "plan", "没有起草中的规划叫“别的规划”"), (ITEM | {"target_3": 9}, "target_3", "规划只到 2027 年"),
    (ITEM | {"target_1": "3.5"}, "target_1", "这一项要填整数"), (ITEM | {"department": ""}, "department", "请写责任街道或责任部门。"),
    (GRANT | {"baseline": 5}, "baseline", "当年发生的数从 0 起算，现状数空着。"),
    (ITEM | {"measure": "平台没有台账，逐笔登记", "baseline": ""}, "unit", "逐笔登记的事项要写单位，如：场、座、人。"),
])  # fmt: skip
def test_a_wrong_cell_is_named(draft, officer, item, column, words):
    found = findings(bring(brought(item), by=officer))
    assert words in [one[2] for one in found], (column, found)


def test_a_published_plan_takes_nothing(draft, officer):
    bring_in(brought(ITEM), by=officer)
    plans.submit(plan=draft, by=None, now=NOW)
    found = findings(bring(brought(ITEM | {"target_2": 9}), by=officer))
    assert [one[2] for one in found] == ["没有起草中的规划叫“一次规划”"]
