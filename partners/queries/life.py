"""The life of partners and the rules of entry, from their data files and the district's own settings."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from django.conf import settings

from partners.models import EntryRules
from partners.rules.life import Life, life_of
from tenants.rules import district_of

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
_FOLDER = "fixtures/partners"


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
    return life_of(_read("life.toml"))


def rules_in_force(code: int, day: date) -> Rules:
    """The district's own rules on a day, or the working defaults."""
    versions = _read_versions()
    base = max(
        (v for v in versions if v["effective_from"] <= day), key=lambda v: v["effective_from"], default=versions[0]
    )
    own = EntryRules.objects.in_force(day).filter(division_code=district_of(code)).first()
    return Rules(
        {name: getattr(own, name) if own else base[name] for name in NUMBERS},
        own.source if own else base["source"],
        own is not None,
        *(_lines(base[name]) for name in ("landing", "capability", "entry", "selection")),
    )


def _lines(lines: Iterable[str]) -> str:
    return "\n".join(lines)


@cache
def _read_versions() -> list[dict]:
    return _read("rules.toml")["version"]


def _read(name: str) -> dict:
    return tomllib.loads((settings.BASE_DIR / _FOLDER / name).read_text(encoding="utf-8"))
