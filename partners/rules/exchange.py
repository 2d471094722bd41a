"""Space for service (空间换服务, 拱墅 三(二)2 「将免费服务空间换取等值公益服务」; reading G-26), in whole 分 and exact fractions.

The value of the space is area × months × the district's reference rent of each month; the value of a service is hours or people
× the prices agreed. Nothing is rounded but the value of one entry, half up, once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum


def half_up(numerator: int, denominator: int) -> int:
    """The quotient of whole numbers ≥ 0, rounded half up."""
    return (2 * numerator + denominator) // (2 * denominator)


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month as far as a term covers it."""

    first: date
    days: int  # covered
    of_days: int


def next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def months(starts_on: date, ends_on: date) -> Iterator[Month]:
    """The months that [starts_on, ends_on) touches."""
    first = starts_on.replace(day=1)
    while first < ends_on:
        following = next_month(first)
        days = (min(ends_on, following) - max(starts_on, first)).days
        if days > 0:
            yield Month(first, days, (following - first).days)
        first = following


def space_value_fen(area_centi: int, rent_fen: int, month: Month) -> int:
    """What a space is worth in a month: area in 0.01 ㎡, rent in 分 per ㎡ and month; part of a month by its days."""
    return half_up(area_centi * rent_fen * month.days, 100 * month.of_days)


def service_value_fen(*, minutes: int, heads: int, hour_fen: int, head_fen: int) -> int:
    """What a service is worth: hours × price of an hour + people × price of a person."""
    return half_up(minutes * hour_fen, 60) + heads * head_fen


class Equality(IntEnum):
    """How services stand against the space: behind, equal within the tolerance, ahead."""

    SHORT = -1
    EQUAL = 0
    AHEAD = 1


def equality(space_fen: int, service_fen: int, tolerance_permille: int) -> Equality:
    """The equal-value test. A difference of exactly the tolerance is equal; no share is divided."""
    gap = service_fen - space_fen
    if abs(gap) * 1000 <= tolerance_permille * space_fen:
        return Equality.EQUAL
    return Equality.AHEAD if gap > 0 else Equality.SHORT


@dataclass(frozen=True, slots=True)
class Outlook:
    """Where an agreement is heading if services go on as they did."""

    space_fen: int  # over the whole term
    service_fen: int
    equality: Equality


def outlook(
    *, term_space_fen: int, service_fen: int, elapsed_days: int, term_days: int, tolerance_permille: int
) -> Outlook:
    """Services so far, carried on at the same pace to the end of the term, against the space over the whole term."""
    if elapsed_days <= 0:
        return Outlook(term_space_fen, 0, equality(term_space_fen, 0, tolerance_permille))
    expected = half_up(service_fen * term_days, min(elapsed_days, term_days))
    return Outlook(term_space_fen, expected, equality(term_space_fen, expected, tolerance_permille))
