"""What beat does for each district in turn, in the scope of that district."""

import logging
from collections.abc import Callable

from facilities.returns.opening import districts
from tenants.scope import country_scope, division_scope, opened_scope

_log = logging.getLogger(__name__)


def in_every_district(act: Callable[[int], int], *, task: str) -> int:
    """The sum of what `act(district)` answers in every district that has facilities. One that fails stops no other."""
    with opened_scope(country_scope(f"task {task}")):
        codes = districts()
    total = 0
    for code in codes:
        try:
            with opened_scope(division_scope(code, source=f"task {task}")):
                total += act(code)
        except Exception:
            _log.exception("%s failed for %s; tried again at the next beat", task, code)
    return total
