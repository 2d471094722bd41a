"""Settings that a district may make for itself from a day on, over working defaults that say they wait for confirmation."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from django.conf import settings

from partners.models import MoneyRules
from partners.rules.plan import Pace
from tenants.rules import district_of
from tenants.scoped import DatedModel

_FOLDER = "fixtures/partners"


@cache
def read_file(name: str) -> dict:
    return tomllib.loads((settings.BASE_DIR / _FOLDER / name).read_text(encoding="utf-8"))


def default_on(name: str, day: date) -> dict[str, Any]:
    """The version of a file of defaults on a day; the first one for days before all."""
    versions = read_file(name)["version"]
    begun = [version for version in versions if version["effective_from"] <= day]
    return max(begun, key=lambda version: version["effective_from"], default=versions[0])


def own_on(model: type[DatedModel], code: int, day: date) -> Any | None:
    """What the district of a division has set itself; None where it has not."""
    return model.objects.in_force(day).filter(division_code=district_of(code)).first()


MONEY_NUMBERS = ("tolerance_permille", "on_pace_percent", "slow_percent", "remind_days", "files_needed")


@dataclass(frozen=True, slots=True)
class MoneySettings:
    """What holds on a day. is_official: the district has set it; else a working value that waits for confirmation."""

    numbers: dict[str, int]
    source: str
    is_official: bool

    def __getitem__(self, name: str) -> int:
        return self.numbers[name]

    @property
    def told(self) -> str:
        """Where the numbers come from, in words."""
        return self.source if self.is_official else f"{self.source}，待区民政局确认"

    @property
    def pace(self) -> Pace:
        return Pace(self["on_pace_percent"], self["slow_percent"])


def money_settings(code: int, day: date) -> MoneySettings:
    """The district's own settings of money and plans on a day, or the working values. One query."""
    return money_settings_of(own_on(MoneyRules, code, day), day)


def money_settings_of(own: MoneyRules | None, day: date) -> MoneySettings:
    """The same where the district's row has been read already."""
    base = default_on("money.toml", day)
    return MoneySettings(
        numbers_of(own, base, MONEY_NUMBERS), own.source if own else base["source"], is_official=own is not None
    )


def numbers_of(own: Any | None, base: dict[str, Any], names: Sequence[str]) -> dict[str, int]:
    return {name: getattr(own, name) if own else base[name] for name in names}
