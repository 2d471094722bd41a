"""A plan of three years for the demonstration, revised once, with two years behind it. All of it is made up."""

from datetime import UTC, date, datetime, time
from typing import Any

from partners.models import Measure, Plan
from partners.models.plan import MONEY_MEASURES, UNITS
from partners.operations import plans

_ITEMS: tuple[
    tuple[str, Measure, tuple[int | None, ...], dict[str, Any]], ...
] = (  # title, measure, targets in whole numbers or 元, and what else an item says
    ("示范型设施", Measure.DEMONSTRATION, (20, 30, 40), {"baseline": 12}),
    ("普惠型以上设施", Measure.INCLUSIVE, (60, 70, 80), {"baseline": 48}),
    ("有社区食堂的设施", Measure.FUNCTION, (30, 45, 60), {"item_number": 11, "baseline": 20}),
    ("市场和社会入驻项目", Measure.PROJECTS, (200, 260, 320), {"baseline": 150}),
    ("公益创投项目", Measure.CHARITY_PROJECTS, (60, 90, 120), {}),
    ("创投到账", Measure.CHARITY_RECEIVED, (2_000_000, 3_000_000, 4_000_000), {}),
    ("慈善基金收入", Measure.FUND_RECEIPTS, (900_000, 1_200_000, 1_500_000), {}),
    ("建设补助拨付", Measure.SUBSIDIES, (None, 500_000, 500_000), {"due_month": 11}),
    ("运营人员培训", Measure.TYPED, (6, 8, 8), {"unit": "场", "due_month": 11}),
)


def load_plans(*, district: int, street: int) -> int:
    """The plan of a district; how many items it has. Nothing is done where there is a plan already."""
    if Plan.objects.filter(division_code=district).exists():
        return 0
    plan = plans.draft_plan(
        division_code=district, by=None, now=_instant(date(2025, 2, 10)), title="民生服务综合体建设“一次规划”（演示）", first_year=2025,
        last_year=2027, basis="演示：区民政局建设规划", is_demo=True,
    )  # fmt: skip
    for number, (title, measure, targets, more) in enumerate(_ITEMS, 1):
        _add(plan, number, title, measure, targets, department="区民政局", **more)
    _add(plan, 10, "邻里义诊", Measure.TYPED, (12, 12, 12), street_code=street, unit="场")
    _publish(plan, date(2025, 2, 20))
    later = plans.revise(
        plan=plan, by=None, now=_instant(date(2026, 1, 12)), reason="演示：2026 年起增加街道基金的目标"
    )
    _add(later, 11, "街道基金收入", Measure.FUND_RECEIPTS, (None, 300_000, 350_000), street_code=street)
    _publish(later, date(2026, 1, 20))
    for title, days in (
        ("运营人员培训", [date(2025, 4, 9), date(2025, 9, 17), date(2026, 3, 18), date(2026, 9, 9)]),
        ("邻里义诊", [date(year, month, 15) for year in (2025, 2026) for month in (1, 3, 5, 7, 9, 10)]),
    ):
        item = later.items.get(title=title)
        for number, day in enumerate(days):
            amount = 3 if title == "运营人员培训" and day.year == 2025 else 1 + number % 2
            plans.record_done(
                item=item, day=day, amount=amount, summary=f"{title} {amount} 场（演示）", evidence="演示：签到表和照片", by=None,
                today=date(2026, 11, 20),
            )  # fmt: skip
    return later.items.count()


def _add(plan: Plan, number: int, title: str, measure: Measure, targets, **more) -> None:
    money = measure in MONEY_MEASURES
    scaled = [one if one is None or not money else one * 100 for one in targets]
    unit = more.pop("unit", "") or UNITS[measure]
    plans.add_item(plan=plan, by=None, number=number, title=title, measure=measure, unit=unit, targets=scaled, **more)


def _publish(plan: Plan, day: date) -> None:
    plans.submit(plan=plan, by=None, now=_instant(day))
    plans.approve(plan=plan, by=None, now=_instant(day), opinion="演示：区民政局办公会审定")


def _instant(day: date) -> datetime:
    return datetime.combine(day, time(2), tzinfo=UTC)
