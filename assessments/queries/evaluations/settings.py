"""How often and how long streets assess themselves: the district's own settings, else the working defaults."""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache

from django.conf import settings

from assessments.models import EvaluationRules, Frequency
from assessments.rules.evaluation import Limits

_FILE = "fixtures/evaluations/rules.toml"


@dataclass(frozen=True, slots=True)
class Settings:
    """is_official: the district has set it; else it is a working default."""

    frequency: Frequency
    fill_days: int
    least_days: int
    source: str
    is_official: bool


def settings_in_force(district: int, day: date) -> Settings:
    default = _default(day)
    own = EvaluationRules.objects.in_force(day).filter(division_code=district).first()
    if own is None:
        return Settings(
            Frequency(default["frequency"]), default["fill_days"], default["least_days"], default["source"], False
        )
    return Settings(Frequency(own.frequency), own.fill_days, default["least_days"], own.source, True)


def limits() -> Limits:
    return Limits(**_file()["consistency"])


def _default(day: date) -> dict:
    versions = _file()["version"]
    begun = [version for version in versions if version["effective_from"] <= day]
    return max(begun, key=lambda version: version["effective_from"], default=versions[0])


@cache
def _file() -> dict:
    return tomllib.loads((settings.BASE_DIR / _FILE).read_text(encoding="utf-8"))
