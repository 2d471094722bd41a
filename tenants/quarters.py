"""Quarters of the calendar in Asia/Shanghai. Periods are half-open; the facts of a quarter are those of its last day."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
_TEXT = re.compile(r"(\d{4})-Q([1-4])")


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """A quarter of a calendar year, written `2026-Q3`."""

    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> "Quarter":
        """Read `2026-Q3`; raises ValueError that says what is expected."""
        match = _TEXT.fullmatch(text)
        if match is None:
            raise ValueError(f"季度写作 2026-Q3 这样的形式，收到的是“{text}”")
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, day: date) -> "Quarter":
        return cls(day.year, (day.month + 2) // 3)

    @classmethod
    def of_instant(cls, instant: datetime) -> "Quarter":
        """The quarter of an aware instant: its date in Shanghai counts, not its date in UTC."""
        if instant.tzinfo is None:
            raise ValueError("an instant without a time zone has no quarter")
        return cls.of(instant.astimezone(SHANGHAI).date())

    @property
    def first_day(self) -> date:
        return date(self.year, self.number * 3 - 2, 1)

    @property
    def last_day(self) -> date:
        return self.next.first_day - timedelta(days=1)

    @property
    def next(self) -> "Quarter":
        return Quarter(self.year + 1, 1) if self.number == 4 else Quarter(self.year, self.number + 1)

    @property
    def previous(self) -> "Quarter":
        return Quarter(self.year - 1, 4) if self.number == 1 else Quarter(self.year, self.number - 1)

    @property
    def label(self) -> str:
        return f"{self.year} 年第{'一二三四'[self.number - 1]}季度"

    def __str__(self) -> str:
        return f"{self.year}-Q{self.number}"
