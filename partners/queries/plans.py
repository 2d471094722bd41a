"""Reads of plans: which is in force, its items with what each year promises and has reached, how they stand."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, QuerySet

from partners.models import MoneyRules, Plan, PlanItem, PlanRecord, PlanState
from partners.queries.plan_counts import Done, done
from partners.queries.settings import MoneySettings, money_settings_of
from partners.rules.plan import Goal, Light, Progress, progress
from partners.wording import fen_text
from tenants.models import Appointment
from tenants.queries import divisions_below
from tenants.rules import CodeRange, code_range, district_of
from tenants.scope import scope_of
from tenants.together import together

LIGHT_LABELS = {
    Light.DONE: "已完成", Light.ON_PACE: "正常", Light.SLOW: "偏慢", Light.BEHIND: "滞后", Light.NOT_BEGUN: "未到年份",
    Light.UNKNOWN: "待确认",
}  # fmt: skip
LIGHT_TONES = {Light.DONE: "pass", Light.ON_PACE: "pass", Light.SLOW: "warn", Light.BEHIND: "fail"}


def plans(appointment: Appointment | None) -> QuerySet[Plan]:
    """Plans in sight with the number of their items, in all versions."""
    return Plan.objects.visible_to(appointment).annotate(items_n=Count("items"))


def current_plan(appointment: Appointment | None, year: int) -> Plan | None:
    """The published plan of one's district that holds a year; of several districts the first."""
    found = Plan.objects.visible_to(appointment).filter(state=PlanState.PUBLISHED)
    return found.filter(first_year__lte=year, last_year__gte=year).order_by("division_code", "pk").first()


def goal_of(item: PlanItem, plan: Plan, year: int) -> Goal | None:
    """What an item promises for a year; None where it promises nothing."""
    place = year - plan.first_year
    target = item.targets[place] if 0 <= place < len(item.targets) else None
    if target is None:
        return None
    before = 0
    if item.is_stock:
        earlier = [one for one in item.targets[:place] if one is not None]
        before = earlier[-1] if earlier else item.baseline
    return Goal(year, target, before, item.due_month)


@dataclass(frozen=True, slots=True)
class YearOf:
    """An item in a year. goal None: nothing promised. progress None: nothing promised, or not for these eyes."""

    goal: Goal | None
    progress: Progress | None
    source: str = ""

    @property
    def label(self) -> str:
        return LIGHT_LABELS[self.progress.light] if self.progress else ""

    @property
    def tone(self) -> str:
        return LIGHT_TONES.get(self.progress.light, "") if self.progress else ""


@dataclass(frozen=True, slots=True)
class Line:
    """An item with its years. is_readable: whether what it has reached is for these eyes: the reader's range holds its area."""

    item: PlanItem
    years: dict[int, YearOf]
    is_readable: bool
    area_name: str

    @property
    def who(self) -> str:
        """Who is responsible."""
        return "、".join(
            part for part in (self.area_name if self.item.street_code else "", self.item.department) if part
        )

    def amount(self, value: int | None) -> str:
        """A number of this item in its unit."""
        if value is None:
            return "–"
        return fen_text(value) if self.item.is_money else f"{value:,}"


@dataclass(frozen=True, slots=True)
class Contents:
    """What a plan holds beside itself. names: street → name; versions: newest first."""

    plan: Plan
    items: list[PlanItem]
    versions: list[Plan]
    names: dict[int, str]
    settings: MoneySettings


def contents_of(plan: Plan, day: date) -> Contents:
    """One statement."""
    rules = MoneyRules.objects.in_force(day).filter(division_code=district_of(plan.division_code))
    read = together({
        "items": plan.items.order_by("number", "pk"),
        "versions": Plan.objects.filter(division_code=plan.division_code, series=plan.series).order_by("-revision"),
        "streets": divisions_below(plan.division_code, "street").values("code", "name"),
        "rules": rules.order_by("pk"),
    })  # fmt: skip
    return Contents(
        plan, read["items"], read["versions"], {row["code"]: row["name"] for row in read["streets"]},
        money_settings_of(next(iter(read["rules"]), None), day),
    )  # fmt: skip


def lines(
    held: Contents, items: Sequence[PlanItem], years: Iterable[int], day: date, *, appointment: Appointment | None
) -> list[Line]:
    """Items of a plan with these years. One statement for all that is counted."""
    plan, years = held.plan, list(years)
    codes = scope_of(appointment).codes if appointment else code_range(plan.division_code)
    readable = {item.pk for item in items if _covers(codes, item.area)}
    counted = done([item for item in items if item.pk in readable], years, day, seen=codes)

    def of(item: PlanItem, year: int) -> YearOf:
        return _year_of(item, plan, year, counted.get((item.pk, year)), day, held.settings, item.pk in readable)

    return [
        Line(
            item, {year: of(item, year) for year in years}, item.pk in readable,
            held.names.get(item.street_code or 0, str(item.street_code or "")),
        )
        for item in items
    ]  # fmt: skip


def _covers(codes: CodeRange | None, area: int) -> bool:
    return codes is not None and codes.covers(code_range(area))


def _year_of(
    item: PlanItem, plan: Plan, year: int, found: Done | None, day: date, settings: MoneySettings, readable: bool
) -> YearOf:
    goal = goal_of(item, plan, year)
    if goal is None or not readable:
        return YearOf(goal, None)
    stands = progress(goal, found.amount if found else None, day, settings.pace)
    return YearOf(goal, stands, found.source if found else "")


@dataclass(frozen=True, slots=True)
class Tally:
    """How many items of a year stand how."""

    counts: Counter

    @property
    def all(self) -> int:
        return sum(self.counts.values())

    @property
    def done(self) -> int:
        return self.counts[Light.DONE]

    @property
    def behind(self) -> int:
        return self.counts[Light.BEHIND]

    @property
    def rows(self) -> list[tuple[str, str, int]]:
        """Light, its words, how many."""
        return [(light, LIGHT_LABELS[light], self.counts[light]) for light in Light if self.counts[light]]


def tally(found: Iterable[Line], year: int) -> Tally:
    return Tally(Counter(line.years[year].progress.light for line in found if line.years[year].progress))


def records_of(item: PlanItem, appointment: Appointment | None) -> list[PlanRecord]:
    """What was noted for an item by hand, in whichever version, newest first."""
    found = PlanRecord.objects.visible_to(appointment).filter(item__line=item.line)
    return list(found.select_related("made_by").order_by("-day", "-pk"))
