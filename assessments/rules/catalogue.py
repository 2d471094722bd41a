"""Which catalogue items count for which metric, as bit sets: item n of a catalogue is bit n of an int64."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np


def bits(numbers: Iterable[int]) -> int:
    """The bit set of item numbers 1–62."""
    return sum(1 << number for number in set(numbers))


@dataclass(frozen=True)
class FunctionCatalogue:
    """Sets over the items of the district's catalogue (bit n is item n) and of the city's (bit n is sub-item 100 + n).

    base: items that count as base functions; local: numbered items that count as local ones; domains: the base items of
    each domain; elder and child: items for elders and for children. services: for each of the city's nine services the
    district items and the city sub-items that provide it; the first four are 为老、护童、帮困、助残.
    """

    base: int
    local: int
    domains: tuple[int, ...]
    elder: int
    child: int
    services: tuple[tuple[int, int], ...]

    METRICS = (
        "base_items",
        "base_domains",
        "base_items_wide",
        "elder_items",
        "child_items",
        "city_elder",
        "city_child",
        "city_poor",
        "city_disabled",
        "city_services",
    )

    def facts(self, items: np.ndarray, city_items: np.ndarray) -> dict[str, np.ndarray]:
        """Counts for int64[n] bit sets of the items that facilities offer; every value int64[n] or smaller."""
        provided = [((items & ours) | (city_items & theirs)) != 0 for ours, theirs in self.services]
        domains = sum(((items & domain) != 0).astype(np.int64) for domain in self.domains)
        return {
            "base_items": np.bitwise_count(items & self.base),
            "base_domains": domains,
            "base_items_wide": np.bitwise_count(items & (self.base | self.local)),
            "elder_items": np.bitwise_count(items & self.elder),
            "child_items": np.bitwise_count(items & self.child),
            "city_elder": provided[0],
            "city_child": provided[1],
            "city_poor": provided[2],
            "city_disabled": provided[3],
            "city_services": sum(service.astype(np.int64) for service in provided),
        }
