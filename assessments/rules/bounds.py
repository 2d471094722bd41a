"""What a sample says about all: exact hypergeometric bounds. Integers throughout, so nothing is rounded."""

from dataclasses import dataclass
from math import comb


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of `population` facilities `sampled` were looked at and `found` had something; all in all it lies in [low, high]."""

    population: int
    sampled: int
    found: int
    low: int
    high: int


def ways_at_most(population: int, marked: int, sampled: int, found: int) -> int:
    """In how many of the C(population, sampled) samples at most `found` of the `marked` ones are drawn."""
    return sum(comb(marked, k) * comb(population - marked, sampled - k) for k in range(found + 1) if k <= sampled)


def bounds(population: int, sampled: int, found: int, *, alpha_permille: int = 50, parts: int = 1) -> Bounds:
    """The numbers K that a two-sided exact test does not rule out: each tail more likely than alpha / 2.

    alpha_permille: 50 is a confidence of 95 %; `parts`: among how many strata that error is shared out.
    Raises ValueError where the numbers cannot be.
    """
    if not 0 <= found <= sampled <= population or not 0 < alpha_permille < 1000:
        raise ValueError(f"{found} of {sampled} drawn from {population} cannot be")
    all_ways = comb(population, sampled)
    possible = range(found, population - (sampled - found) + 1)

    def is_likely(ways: int) -> bool:
        return ways * 2000 * parts > all_ways * alpha_permille

    # P(X ≤ found) falls as K grows, P(X ≥ found) rises.
    high = max(k for k in possible if is_likely(ways_at_most(population, k, sampled, found)))
    low = min(k for k in possible if is_likely(all_ways - ways_at_most(population, k, sampled, found - 1)))
    return Bounds(population, sampled, found, low, high)


def of_strata(strata: list[tuple[int, int, int]], *, alpha_permille: int = 50) -> Bounds:
    """Bounds over strata (population, sampled, found) that were drawn separately.

    Each stratum is given its share of the error (Bonferroni), so the sum holds with the confidence asked for or more.
    A stratum in which nobody was drawn says nothing: between none and all.
    """
    parts = max(1, sum(0 < sampled < population for population, sampled, _ in strata))
    each = [bounds(*stratum, alpha_permille=alpha_permille, parts=parts) for stratum in strata]
    return Bounds(
        sum(one.population for one in each),
        sum(one.sampled for one in each),
        sum(one.found for one in each),
        sum(one.low for one in each),
        sum(one.high for one in each),
    )
