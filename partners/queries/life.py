"""The life of partners and the rules of entry, from their data files and the district's own settings."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from partners.models import EntryRules
from partners.queries.settings import default_on, numbers_of, own_on, read_file
from partners.rules.life import Life, life_of

NUMBERS = (
    "notice_days",
    "correction_days",
    "landing_days",
    "improvement_days",
    "settling_days",
    "renewal_days",
    "panel_size",
    "pass_points",
    "satisfaction_percent",
)


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds on a day. is_official: the district has set it; else a working default that waits for confirmation."""

    numbers: dict[str, int]
    source: str
    is_official: bool
    landing: str
    capability: str
    entry: str
    selection: str

    def __getitem__(self, name: str) -> int:
        return self.numbers[name]

    def after(self, day: date, name: str) -> date:
        """The last day of a span that begins the day after `day`."""
        return day + timedelta(days=self.numbers[name])


@cache
def life() -> Life:
    return life_of(read_file("life.toml"))


def rules_in_force(code: int, day: date) -> Rules:
    """The district's own rules on a day, or the working defaults."""
    base, own = default_on("rules.toml", day), own_on(EntryRules, code, day)
    return Rules(
        numbers_of(own, base, NUMBERS),
        own.source if own else base["source"],
        own is not None,
        *(_lines(base[name]) for name in ("landing", "capability", "entry", "selection")),
    )


def _lines(lines: Iterable[str]) -> str:
    return "\n".join(lines)
