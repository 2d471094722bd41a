"""The districts that have facilities, and what beat does in each of them."""

import logging
from collections.abc import Callable

from facilities.models import Facility
from tenants.models import Division, DivisionLevel
from tenants.rules import code_range
from tenants.scope import country_scope, division_scope, opened_scope

_log = logging.getLogger(__name__)


def districts_with_facilities() -> list[int]:
    """Codes of the districts in force that have facilities. Call it inside a scope that covers the country."""
    codes = Division.objects.filter(level=DivisionLevel.DISTRICT, valid_to=None).values_list("code", flat=True)
    return [code for code in sorted(codes) if Facility.objects.within(code_range(code)).exists()]


def in_every_district(act: Callable[[int], int], *, task: str) -> int:
    """The sum of what `act(district)` answers in every district, in the scope of that district. One that fails stops no other."""
    with opened_scope(country_scope(f"task {task}")):
        codes = districts_with_facilities()
    total = 0
    for code in codes:
        try:
            with opened_scope(division_scope(code, source=f"task {task}")):
                total += act(code)
        except Exception:
            _log.exception("%s failed for %s; tried again at the next beat", task, code)
    return total
