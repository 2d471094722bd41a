"""How a district runs its follow-up on a day."""

import tomllib
from datetime import date
from functools import cache

from django.conf import settings

from assessments.models import FollowUpRules
from assessments.rules.follow_up import Settings
from tenants.rules import district_of

FIELDS = ("check_days", "plan_days", "mend_days", "failures", "failure_months")
_FILE = "fixtures/follow_up/rules.toml"


def settings_in_force(division_code: int, day: date) -> Settings:
    """The district's own rules on a day, or the defaults of the data file."""
    own = FollowUpRules.objects.in_force(day).filter(division_code=district_of(division_code)).first()
    if own is not None:
        return Settings(**{name: getattr(own, name) for name in FIELDS}, source=own.basis, is_official=True)
    begun = [version for version in _versions() if version["effective_from"] <= day] or _versions()[:1]
    newest = max(begun, key=lambda version: version["effective_from"])
    return Settings(**{name: newest[name] for name in FIELDS}, source=newest["source"], is_official=False)


@cache
def _versions() -> list[dict]:
    return tomllib.loads((settings.BASE_DIR / _FILE).read_text(encoding="utf-8"))["version"]
