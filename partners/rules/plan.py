"""Progress of a plan (杭州 二(三)7「“一次规划”和分年度计划」), in whole numbers: where an item should be on a day, and how it stands.

A stock is counted on a day (facilities, agreements in service); a flow is what happened from 1 January on (money, projects of a
year). What should be done by a day grows evenly from 1 January to the item's last day. No share is divided before it is compared.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Light(StrEnum):
    """How an item of a year stands. BEHIND is also what was not reached by its last day."""

    DONE = "done"
    ON_PACE = "on_pace"
    SLOW = "slow"
    BEHIND = "behind"
    NOT_BEGUN = "not_begun"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Pace:
    """Where the lights change: done ≥ on_pace % of what should be done by now; ≥ slow %; below."""

    on_pace_percent: int
    slow_percent: int


def last_day(year: int, month: int) -> date:
    """The last day of a month."""
    return date(year, month, monthrange(year, month)[1])


@dataclass(frozen=True, slots=True)
class Goal:
    """What an item promises for a year. before: what a stock had at the start of the year; 0 for a flow."""

    year: int
    target: int
    before: int
    due_month: int

    @property
    def due_on(self) -> date:
        return last_day(self.year, self.due_month)

    def expected(self, day: date) -> int:
        """What should be done by the end of a day, rounded down."""
        first = date(self.year, 1, 1)
        if day < first:
            return self.before
        span = (self.due_on - first).days + 1
        passed = min((day - first).days + 1, span)
        return self.before + max(self.target - self.before, 0) * passed // span


@dataclass(frozen=True, slots=True)
class Progress:
    """An item of a year on a day. done None: nobody has recorded what it is counted from."""

    goal: Goal
    done: int | None
    day: date
    light: Light

    @property
    def expected(self) -> int:
        return self.goal.expected(self.day)

    @property
    def deviation(self) -> int | None:
        """Done less what should be done by the day; negative: lacking."""
        return None if self.done is None else self.done - self.expected

    @property
    def lacking(self) -> int | None:
        """What is still to do for the target of the year."""
        return None if self.done is None else max(self.goal.target - self.done, 0)

    @property
    def rate_permille(self) -> int | None:
        """Done of the target in ‰, cut off: 99.9 % is not 100 %."""
        if self.done is None:
            return None
        return 1000 if self.goal.target <= 0 else max(self.done, 0) * 1000 // self.goal.target

    @property
    def is_overdue(self) -> bool:
        return self.light is not Light.DONE and self.day > self.goal.due_on


def progress(goal: Goal, done: int | None, day: date, pace: Pace) -> Progress:
    return Progress(goal, done, day, _light(goal, done, day, pace))


def _light(goal: Goal, done: int | None, day: date, pace: Pace) -> Light:
    if day < date(goal.year, 1, 1):
        return Light.NOT_BEGUN
    if done is None:
        return Light.UNKNOWN
    if done >= goal.target:
        return Light.DONE
    if day > goal.due_on:
        return Light.BEHIND
    expected = goal.expected(day)
    if done * 100 >= expected * pace.on_pace_percent:
        return Light.ON_PACE
    return Light.SLOW if done * 100 >= expected * pace.slow_percent else Light.BEHIND
