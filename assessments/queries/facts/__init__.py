"""Facts of facilities on a day, read from the ledgers of `facilities` and `partners`."""

from assessments.queries.facts.collectors import COLLECTORS, LAYOUT
from assessments.queries.facts.reading import Collected, Unread, collect, collect_many, collect_some

__all__ = ["COLLECTORS", "LAYOUT", "Collected", "Unread", "collect", "collect_many", "collect_some"]
