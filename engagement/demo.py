"""A year of records for the demonstration: what a lively, a middling and a sleepy facility leave behind. All of it is made up.

Deterministic: the same registry gives the same records. Which facility shows what: `_profile`.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from engagement.models import (
    Activity,
    ActivityKind,
    ActivityPlan,
    Catchment,
    Certificate,
    Closure,
    Complaint,
    DisabledHome,
    Figure,
    HomeVisit,
    MonthlyFigure,
    OpeningHours,
    Round,
    RoundKind,
    Survey,
    TargetGroup,
    Upkeep,
    VisitCount,
)
from facilities.models import Facility, Lifecycle
from partners.models import OperatingFigure
from partners.models.operating import Item
from tenants.rules import district_of, street_of

FIRST, LAST = date(2025, 11, 1), date(2026, 11, 21)
_BATCH = 5_000
_HOLIDAYS = (  # first and last day
    (date(2026, 1, 1), date(2026, 1, 1)), (date(2026, 2, 16), date(2026, 2, 20)), (date(2026, 5, 1), date(2026, 5, 3)),
    (date(2026, 10, 1), date(2026, 10, 5)),
)  # fmt: skip
_ACTIVITIES = (
    ("邻里茶话会", ActivityKind.OTHER, TargetGroup.EVERYBODY), ("越剧票友会", ActivityKind.CULTURE, TargetGroup.ELDERS),
    ("亲子绘本课", ActivityKind.PARENTING, TargetGroup.CHILDREN), ("书画沙龙", ActivityKind.CULTURE, TargetGroup.ELDERS),
    ("智能手机课堂", ActivityKind.CARE, TargetGroup.ELDERS), ("青年夜校吉他班", ActivityKind.CULTURE, TargetGroup.YOUTH),
    ("公益理发", ActivityKind.CARE, TargetGroup.ELDERS), ("周末义卖市集", ActivityKind.CHARITY, TargetGroup.EVERYBODY),
    ("非遗剪纸体验", ActivityKind.CULTURE, TargetGroup.CHILDREN), ("四点半课堂开放日", ActivityKind.PARENTING, TargetGroup.CHILDREN),
)  # fmt: skip
_SPORTS_MONTHS, _JOB_MONTHS = (2, 5, 8, 10), (4, 9)


@dataclass(frozen=True)
class Profile:
    """level: how lively, 0–100. Every flag is something that a page should show."""

    level: int
    records: bool = True  # False: nobody keeps any record there
    split: bool = False  # one event entered in ten parts
    crowded: bool = False  # more people than the rooms hold
    unhappy: bool = False  # 79.9 % satisfied
    few_answers: bool = False
    missed_talk: bool = False  # no health talk in June
    no_jobs: bool = False  # one employment event only
    short_weeks: bool = False  # the clinic is open four days a week
    no_plan: bool = False  # the plan of September came in October
    gap_in_cleaning: bool = False


def _profile(number: int) -> Profile:
    rest = number % 18
    if rest == 17:
        return Profile(0, records=False)
    return Profile(
        level=(92, 74, 58, 83, 41, 66, 88, 30, 71)[number % 9],
        split=rest == 4, crowded=rest == 5, unhappy=rest == 7, few_answers=rest == 12, missed_talk=rest == 2,
        no_jobs=rest in (4, 13), short_weeks=rest == 9, no_plan=rest == 10, gap_in_cleaning=rest == 11,
    )  # fmt: skip


def load_year(*, district: int) -> dict[str, int]:
    """Write a year of records for the open facilities of a district; returns rows by table. Call it in an open scope.

    Does nothing where there are records already.
    """
    if VisitCount.objects.exists():
        return {}
    facilities = list(Facility.objects.filter(states__lifecycle=Lifecycle.OPEN).distinct().order_by("code"))
    rows: list = []
    for number, facility in enumerate(facilities):
        profile = _profile(number)
        rows += _people(facility, number)
        if profile.records:
            rows += _records(facility, profile, Random(f"{facility.code}"))  # noqa: S311 (made-up records)
    rows += _homes(facilities, district)
    by_model: dict[type, list] = {}
    for row in rows:
        by_model.setdefault(type(row), []).append(row)
    for model, made in by_model.items():
        model.objects.bulk_create(made, batch_size=_BATCH)
    return {str(model._meta.verbose_name): len(made) for model, made in by_model.items()}


def _of(model, facility: Facility, **values):
    return model(facility=facility, division_code=facility.division_code, **values)


def _people(facility: Facility, number: int) -> list:
    residents = 18_000 + number * 613 % 14_000
    return [
        _of(
            Catchment, facility, starts_on=FIRST, residents=residents, elders=residents * 24 // 100,
            children=residents * 11 // 100, low_income=residents // 90, disabled=residents // 70, origin="演示人口",
        )
    ]  # fmt: skip


def _records(facility: Facility, profile: Profile, random: Random) -> list:
    items = set(facility.functions.exclude(item_number=None).values_list("item_number", flat=True))
    rows = _opening(facility, profile)
    rows += _daily(facility, profile, items, random)
    for month in _months():
        rows += _monthly(facility, profile, items, month, random)
    rows += _rest(facility, profile, items)
    return rows


def _months() -> list[date]:
    months, month = [], FIRST
    while month <= LAST:
        months.append(month)
        month = (month + timedelta(days=32)).replace(day=1)
    return months


def _opening(facility: Facility, profile: Profile) -> list:
    rows = [
        _of(OpeningHours, facility, item_number=0, weekday=day, opens_minute=510, closes_minute=1020, starts_on=FIRST)
        for day in range(1, 8)
    ]
    clinic = range(1, 5) if profile.short_weeks else range(1, 7)
    rows += [
        _of(OpeningHours, facility, item_number=18, weekday=day, opens_minute=510, closes_minute=990, starts_on=FIRST)
        for day in clinic
    ]
    rows += [
        _of(
            Closure, facility, item_number=0, is_holiday=True, reason="法定节假日", starts_on=first,
            ends_on=last + timedelta(days=1),
        )
        for first, last in _HOLIDAYS
    ]  # fmt: skip
    return rows


def _daily(facility: Facility, profile: Profile, items: set[int], random: Random) -> list:
    rows = []
    plays = bool(items & {27, 28, 113})
    for offset in range((LAST - FIRST).days + 1):
        day = FIRST + timedelta(days=offset)
        weekend = 14 if day.isoweekday() > 5 else 10
        season = 9 if day.month in (1, 2, 7) else 10
        visits = profile.level * 2 * weekend * season // 100 + random.randrange(25)
        rows.append(_of(VisitCount, facility, starts_on=day, source=1 if profile.level > 60 else 3, visits=visits))
        skipped = profile.gap_in_cleaning and day.month == 8 and day.day in (8, 9)
        if plays and not skipped:
            rows.append(_of(Round, facility, day=day, kind=RoundKind.CLEANING))
        if day.isoweekday() == 1:
            rows.append(_of(Round, facility, day=day, kind=RoundKind.SAFETY, found_problem=random.random() < 0.05))
    return rows


def _monthly(facility: Facility, profile: Profile, items: set[int], month: date, random: Random) -> list:
    rows = []
    last = min((month + timedelta(days=32)).replace(day=1) - timedelta(days=1), LAST)
    published = month + timedelta(days=random.randrange(3))
    if profile.no_plan and month.month == 9:
        published = date(month.year, 10, 6)
    rows.append(
        _of(
            ActivityPlan,
            facility,
            month=month,
            published_on=min(published, LAST),
            content="演示计划：每周三、周六有活动",
        )
    )
    rows += _activities(facility, profile, month, last, random)
    if last < LAST:  # a month is reported when it is over
        rows += _figures(facility, profile, items, month, random)
    if items & {1, 6, 101}:
        rows.append(
            _of(
                HomeVisit,
                facility,
                day=min(month + timedelta(days=11), last),
                service="独居老人上门探访",
                households=4 + profile.level // 10,
            )
        )
    return rows


def _activities(facility: Facility, profile: Profile, month: date, last: date, random: Random) -> list:
    made: list = []
    partners = list(facility.projects.exclude(partner=None).order_by("pk").values_list("partner_id", flat=True))
    busy = partners[: len(partners) * profile.level // 100]

    def hold(day: date, name: str, kind: str, group: str, heads: int) -> None:
        if day <= last:
            made.append(
                _of(
                    Activity,
                    facility,
                    partner_id=busy[len(made) % len(busy)] if busy else None,
                    held_on=day,
                    name=name,
                    kind=kind,
                    target_group=group,
                    head_count=heads,
                )
            )

    if not (profile.missed_talk and month.month == 6):
        hold(
            month + timedelta(days=6),
            "健康讲座：冬病夏治",
            ActivityKind.HEALTH_TALK,
            TargetGroup.ELDERS,
            20 + profile.level // 4,
        )
    if month.month in _SPORTS_MONTHS:
        hold(
            month + timedelta(days=13), "社区趣味运动会", ActivityKind.SPORTS, TargetGroup.EVERYBODY, 30 + profile.level
        )
    if month.month in _JOB_MONTHS and not (profile.no_jobs and month.month == 9):
        hold(month + timedelta(days=16), "家门口招聘会", ActivityKind.EMPLOYMENT, TargetGroup.EVERYBODY, 40)
    for number in range(profile.level * 24 // 100):
        name, kind, group = _ACTIVITIES[(number * 7 + month.month) % len(_ACTIVITIES)]
        hold(month + timedelta(days=number * 29 // 24), name, kind, group, 8 + random.randrange(profile.level + 5))
    if profile.split and month.month in (7, 8):
        for part in range(10):
            hold(
                month + timedelta(days=20), f"纳凉晚会第 {part + 1} 段", ActivityKind.CULTURE, TargetGroup.EVERYBODY, 12
            )
    if profile.crowded and month.month == 9:
        hold(month + timedelta(days=21), "万人歌会", ActivityKind.CULTURE, TargetGroup.EVERYBODY, 9_000)
    return made


def _figures(facility: Facility, profile: Profile, items: set[int], month: date, random: Random) -> list:
    residents = 18_000 + profile.level * 100
    people = profile.level * residents // 450
    open_minutes = 27_000

    def figure(kind: Figure, amount: int, subject: int = 0):
        return _of(MonthlyFigure, facility, month=month, figure=kind, subject=subject, amount=amount)

    rows = [
        figure(Figure.PERSONS_12M, people),
        figure(Figure.PERSONS_12M, people * 4 // 10, 1),
        figure(Figure.PERSONS_12M, people * 2 // 10, 2),
        figure(Figure.PERSONS_12M, profile.level // 3, 3),
        figure(Figure.PERSONS_12M, profile.level // 4, 4),
        figure(Figure.PERSONS_30D, people // 6),
        figure(Figure.RETURNING_30D, people // 6 * (15 + profile.level // 3) // 100),
        figure(Figure.ROOM_OPEN_MINUTES, open_minutes),
        figure(Figure.ROOM_USED_MINUTES, open_minutes * (profile.level * 6 // 10 + random.randrange(6)) // 100),
        _of(
            OperatingFigure,
            facility,
            month=month,
            item=Item.OTHER_INCOME,
            amount_fen=1_200_000 + profile.level * 30_000,
        ),
        _of(OperatingFigure, facility, month=month, item=Item.OTHER_COST, amount_fen=3_000_000),
    ]
    for place, item in enumerate(sorted(items)):
        quiet = profile.level < 45 and place % 3 == 0  # a function that nobody uses
        rows.append(figure(Figure.SERVICES, 3 if quiet else 20 + profile.level + place, item))
    return rows


def _rest(facility: Facility, profile: Profile, items: set[int]) -> list:
    rows = [
        _of(Complaint, facility, received_on=date(2026, 8, 3), due_on=date(2026, 8, 18), kind="complaint",
            subject="晚间活动声音大（演示）", closed_on=date(2026, 8, 12 if profile.level > 50 else 25), outcome="已调整时段"),
        _of(Complaint, facility, received_on=date(2026, 11, 16), due_on=date(2026, 12, 1), kind="suggestion",
            subject="希望周末开放阅览室（演示）"),
        _of(Upkeep, facility, day=date(2026, 9, 9), equipment="健身器材", work="紧固螺丝、更换脚垫", done_by="演示维保",
            next_due_on=date(2026, 12, 9)),
    ]  # fmt: skip
    for quarter, (first, last) in enumerate(
        (
            (date(2026, 3, 1), date(2026, 3, 31)),
            (date(2026, 6, 1), date(2026, 6, 30)),
            (date(2026, 9, 1), date(2026, 9, 30)),
        )
    ):
        valid = 20 if profile.few_answers else 1_000 if profile.unhappy else 60 + profile.level
        satisfied = 799 if profile.unhappy else valid * (78 + profile.level // 5 + quarter) // 100
        rows.append(
            _of(Survey, facility, item_number=11 if 11 in items else None, title="群众满意度调查（演示）", first_day=first,
                last_day=last, paper_valid=valid, paper_satisfied=min(satisfied, valid))
        )  # fmt: skip
    if items & {7, 8, 103}:
        rows.append(
            _of(Certificate, facility, item_number=7, name="托育机构备案（演示）", number="演示-1", issued_on=date(2024, 6, 1),
                valid_until=date(2026, 8, 31) if profile.short_weeks else date(2027, 5, 31))
        )  # fmt: skip
    return rows


def _homes(facilities: list[Facility], district: int) -> list:
    """A 残疾人之家 in every street but every fifth."""
    streets = sorted({street_of(one.division_code) for one in facilities if district_of(one.division_code) == district})
    return [
        DisabledHome(division_code=street, name="街道残疾人之家（演示）", is_standardised=True, starts_on=FIRST)
        for number, street in enumerate(streets)
        if number % 5 != 3
    ]
