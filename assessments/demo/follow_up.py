"""The follow-up of the demonstration, as of 22 November 2026: the first half-year mostly concluded, an order in every state."""

from datetime import date, timedelta

from assessments.demo.people import Staff, at, staff
from assessments.models import FollowUp, ItemDecision, Rectification
from assessments.operations.follow_up import concluding, items, nightly, opening, orders
from engagement.models import Survey
from facilities.models import Facility, Lifecycle
from tenants.rules import street_of

TODAY = date(2026, 11, 22)
_MEASURES = "调整菜单和开放时段，增加 1 名工作人员，由站长负责（演示）"
_CONCLUSIONS = (
    "台账齐全，使用率平稳，没有要整改的（演示）",
    "场地使用时长没有报全，已请街道补报（演示）",
    "满意度低于线的项目已开整改单，下半年再看（演示）",
)


def load_follow_ups(*, district: int) -> int:
    """Write the year so far; how many orders there are. Call it in the district's open scope. Twice does nothing."""
    if FollowUp.objects.exists():
        return 0
    who = staff()
    for day in (date(2026, 4, 1), date(2026, 7, 1)):
        nightly.open_in(district=district, today=day, now=at(day, 1))
        for order in Rectification.objects.filter(state="open"):
            _plan(order, who, day + timedelta(days=5))
    _conclude(who)
    places = _places(who)
    for place, play in zip(places, (_closed, _reported, _mending, _overdue, _fresh, _void, _withdrawn), strict=False):
        play(place, who, district)
    for day in (date(2026, 11, 20), TODAY):
        nightly.open_in(district=district, today=day, now=at(day, 1))
        nightly.remind_in(district=district, today=day, now=at(day, 7))
    return Rectification.objects.count()


def _places(who: Staff) -> list[tuple[Facility, int]]:
    """Facilities with an item each, none of which was below the line yet; those of the streets with an account first."""
    failed = Rectification.objects.values("facility_id")
    running = (
        Facility.objects.filter(states__lifecycle=Lifecycle.OPEN).exclude(pk__in=failed).distinct().order_by("code")
    )
    found = []
    for facility in running:
        numbers = facility.functions.in_force(TODAY).exclude(item_number=None).order_by("item_number")
        offered = list(numbers.values_list("item_number", flat=True))
        if len(offered) >= 9:  # one less costs no tier
            found.append((facility, 22 if 22 in offered else offered[-1]))
    return sorted(found, key=lambda place: street_of(place[0].division_code) not in who.streets)


def _survey(place: tuple[Facility, int], satisfied: int, valid: int, last: date) -> Survey:
    facility, item = place
    return Survey.objects.create(
        facility=facility, division_code=facility.division_code, item_number=item, title="服务项目回访（演示）",
        first_day=last - timedelta(days=13), last_day=last, paper_valid=valid, paper_satisfied=satisfied,
    )  # fmt: skip


def _opened(place, district: int, satisfied: int, valid: int, last: date) -> Rectification:
    survey = _survey(place, satisfied, valid, last)
    night = last + timedelta(days=1)
    opening.judge_surveys(district=district, today=night, now=at(night, 1))
    return Rectification.objects.get(survey=survey)


def _plan(order: Rectification, who: Staff, day: date) -> Rectification:
    return orders.plan(
        order=order, by=who.streets.get(street_of(order.division_code)), today=day, now=at(day, 10), measures=_MEASURES
    )


def _report(order: Rectification, place, who: Staff, satisfied: int, valid: int, last: date) -> Rectification:
    day = last + timedelta(days=1)
    again = _survey(place, satisfied, valid, last)
    return orders.report(
        order=order, by=who.streets.get(street_of(order.division_code)), today=day, now=at(day, 10), survey=again
    )


def _closed(place, who: Staff, district: int) -> None:
    order = _plan(_opened(place, district, 77, 100, date(2026, 8, 25)), who, date(2026, 8, 30))
    order = _report(order, place, who, 88, 100, date(2026, 10, 5))
    day = date(2026, 10, 9)
    orders.close(order=order, by=who.reviewer, today=day, now=at(day, 15), reason="现场看过，菜单已换（演示）")


def _reported(place, who: Staff, district: int) -> None:
    order = _plan(_opened(place, district, 150, 200, date(2026, 9, 25)), who, date(2026, 9, 29))
    _report(order, place, who, 172, 200, date(2026, 11, 18))


def _mending(place, who: Staff, district: int) -> None:
    _plan(_opened(place, district, 799, 1000, date(2026, 10, 28)), who, date(2026, 11, 2))


def _overdue(place, who: Staff, district: int) -> None:
    _opened(place, district, 61, 90, date(2026, 11, 8))


def _fresh(place, who: Staff, district: int) -> None:
    _opened(place, district, 15, 20, date(2026, 11, 18))  # 样本不足


def _void(place, who: Staff, district: int) -> None:
    order = _opened(place, district, 8, 100, date(2026, 11, 10))
    day = date(2026, 11, 12)
    orders.void(order=order, by=who.reviewer, today=day, now=at(day, 11), reason="份数录错，应为 88 份满意（演示）")


def _withdrawn(place, who: Staff, district: int) -> None:
    order = _plan(_opened(place, district, 70, 100, date(2026, 9, 10)), who, date(2026, 9, 15))
    _report(order, place, who, 74, 100, date(2026, 11, 5))
    day = date(2026, 11, 20)
    opening.propose_decisions(district=district, today=date(2026, 11, 6), now=at(date(2026, 11, 6), 1))
    decision = ItemDecision.objects.get(facility=place[0])
    items.decide(
        decision=decision, choice="withdrawn", reason="两次调查都低于线，附近已有同类服务（演示）", by=who.admin, today=day,
        now=at(day, 16),
    )  # fmt: skip


def _conclude(who: Staff) -> None:
    """Three of four are concluded in July."""
    for number, one in enumerate(FollowUp.objects.order_by("pk")):
        if number % 4 != 3:
            day = date(2026, 7, 6 + number % 20)
            concluding.conclude(
                follow_up=one, conclusion=_CONCLUSIONS[number % 3], by=who.reviewer, today=day, now=at(day, 14)
            )
