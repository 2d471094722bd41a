"""Half-years of the calendar: 2026-H1 from 1 January to 30 June (杭州 附件 四3「每半年核查」)."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

_TEXT = re.compile(r"(\d{4})-H([12])")


@dataclass(frozen=True, slots=True, order=True)
class HalfYear:
    """Half of a calendar year, written `2026-H1`."""

    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> "HalfYear":
        """Read `2026-H1`; raises ValueError that says what is expected."""
        match = _TEXT.fullmatch(text)
        if match is None:
            raise ValueError(f"半年写作 2026-H1 这样的形式，收到的是“{text}”")
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, day: date) -> "HalfYear":
        return cls(day.year, 1 if day.month <= 6 else 2)

    @property
    def first_day(self) -> date:
        return date(self.year, self.number * 6 - 5, 1)

    @property
    def last_day(self) -> date:
        return self.next.first_day - timedelta(days=1)

    @property
    def next(self) -> "HalfYear":
        return HalfYear(self.year + 1, 1) if self.number == 2 else HalfYear(self.year, 2)

    @property
    def previous(self) -> "HalfYear":
        return HalfYear(self.year - 1, 2) if self.number == 1 else HalfYear(self.year, 1)

    @property
    def months(self) -> list[date]:
        """The first days of its six months."""
        return [date(self.year, month, 1) for month in range(self.first_day.month, self.first_day.month + 6)]

    @property
    def label(self) -> str:
        return f"{self.year} 年{'上下'[self.number - 1]}半年"

    def __str__(self) -> str:
        return f"{self.year}-H{self.number}"
