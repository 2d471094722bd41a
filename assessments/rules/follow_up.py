"""The course of a rectification order as a table, and its deadlines. Pure: no database, no clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

OPEN, MENDING, REPORTED = "open", "mending", "reported"
CLOSED, ITEM_WITHDRAWN, VOID = "closed", "withdrawn", "void"
LIVE = frozenset({OPEN, MENDING, REPORTED})

REMIND_BEFORE = (7, 3, 1, 0)  # days before a deadline
ESCALATE_AFTER = 3  # days after it: the district is told

STREET, DISTRICT = "street", "district"


@dataclass(frozen=True, slots=True)
class Move:
    """One thing that can be done with an order: from which states, to which (None: it stays), by whom, and whether a
    reason must be given."""

    label: str
    to: Mapping[str, str]
    by: str
    needs_reason: bool = False


MOVES: dict[str, Move] = {
    "plan": Move("报送措施", {OPEN: MENDING}, STREET),
    "report": Move("报送复测", {MENDING: REPORTED}, STREET),
    "send_back": Move("退回", {MENDING: OPEN, REPORTED: MENDING}, DISTRICT, needs_reason=True),
    "extend": Move("延长期限", {state: state for state in LIVE}, DISTRICT, needs_reason=True),
    "close": Move("复核通过，销号", {REPORTED: CLOSED}, DISTRICT),
    "void": Move("撤销", dict.fromkeys(LIVE, VOID), DISTRICT, needs_reason=True),
    "withdraw_item": Move("项目退出", dict.fromkeys(LIVE, ITEM_WITHDRAWN), DISTRICT, needs_reason=True),
}


@dataclass(frozen=True, slots=True)
class Settings:
    """How a district runs its follow-up on a day (units: `assessments.models.FollowUpRules`).

    is_official: the district has set it; else it is a working default, and pages say 待区民政局确认.
    """

    check_days: int
    plan_days: int
    mend_days: int
    failures: int
    failure_months: int
    source: str
    is_official: bool

    def check_due(self, last_day: date) -> date:
        return last_day + timedelta(days=self.check_days)

    def plan_due(self, day: date) -> date:
        return day + timedelta(days=self.plan_days)

    def mend_due(self, day: date) -> date:
        return day + timedelta(days=self.mend_days)

    def counted_since(self, day: date) -> date:
        """The first day on which a survey below the line still counts for a decision taken on `day`."""
        months = day.year * 12 + day.month - 1 - self.failure_months
        return date(months // 12, months % 12 + 1, min(day.day, 28))


def due_marks(due_on: date, today: date) -> tuple[list[str], bool]:
    """(marks of the reminders reached, whether the district is to be told). A mark happens once per deadline."""
    left = (due_on - today).days
    reached = [days for days in REMIND_BEFORE if left <= days]
    marks = [f"{due_on}:due-{min(reached)}"] if reached and left >= 0 else []
    if left < 0:
        marks.append(f"{due_on}:overdue")
    return marks, left <= -ESCALATE_AFTER


def deadline_words(due_on: date, today: date) -> str:
    """还有 3 天到期（2026-12-21）、已逾期 2 天（…）。"""
    left = (due_on - today).days
    if left < 0:
        return f"已逾期 {-left} 天（{due_on} 截止）"
    return f"还有 {left} 天到期（{due_on}）" if left else f"今天到期（{due_on}）"


def percent_text(satisfied: int, valid: int) -> str:
    """79.9%, cut and never rounded up over the line; empty where nobody answered."""
    if not valid:
        return ""
    hundredths = satisfied * 10_000 // valid
    return f"{hundredths // 100}.{hundredths % 100:02d}".rstrip("0").rstrip(".") + "%"
