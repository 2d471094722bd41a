"""On which days a facility was open, for how many minutes: hours as registered, closures, and real openings above both."""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Hours:
    """Registered hours: row i says that facility `rows[i]` is open `minutes[i]` on each `weekdays[i]` (1 Monday … 7) from
    `since[i]` (day number, inclusive) to `until[i]` (exclusive). `items` tells the functions apart (0: the whole)."""

    rows: Ints
    items: Ints
    weekdays: Ints
    minutes: Ints
    since: Ints
    until: Ints


@dataclass(frozen=True, slots=True)
class Closed:
    """Closures: facility `rows[i]`, item `items[i]`, day numbers `since[i]` to `until[i]` (exclusive)."""

    rows: Ints
    items: Ints
    since: Ints
    until: Ints
    holiday: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Openings:
    """What really happened: facility `rows[i]`, item `items[i]`, on day number `days[i]` open `minutes[i]`."""

    rows: Ints
    items: Ints
    days: Ints
    minutes: Ints


@dataclass(frozen=True, slots=True)
class OpenDays:
    """minutes: int64 (n, days). known: bool (n,), whether anybody recorded hours or openings. holiday: bool (n, days)."""

    minutes: Ints
    known: NDArray[np.bool_]
    holiday: NDArray[np.bool_]


def day_number(day: date) -> int:
    return day.toordinal()


def open_days(
    hours: Hours, closed: Closed, openings: Openings, *, items: frozenset[int], size: int, first: date, days: int
) -> OpenDays:
    """The open minutes of `size` facilities on `days` days from `first` on.

    items: the function's item numbers. A facility that records nothing for them is judged by its hours as a whole
    (item 0). Two items of one function that are open at the same time count once: the longer one.
    """
    own = np.zeros(size, np.bool_)
    own[hours.rows[np.isin(hours.items, sorted(items))]] = True
    own[openings.rows[np.isin(openings.items, sorted(items))]] = True
    minutes = np.zeros((size, days), np.int64)
    known = np.zeros(size, np.bool_)
    for item in sorted({*items, 0}):
        takes = own if item else ~own
        mine = _scheduled(hours, item, takes, size, first, days)
        mine[_closed(closed, {item, 0}, size, first, days)] = 0
        _put_openings(mine, openings, item, takes, first, days)
        minutes = np.maximum(minutes, mine)
        known[np.unique(hours.rows[(hours.items == item) & takes[hours.rows]])] = True
        known[np.unique(openings.rows[(openings.items == item) & takes[openings.rows]])] = True
    holiday = _closed(closed, {*items, 0}, size, first, days, only_holidays=True)
    return OpenDays(minutes, known, holiday)


def _scheduled(hours: Hours, item: int, takes, size: int, first: date, days: int) -> Ints:
    chosen = (hours.items == item) & takes[hours.rows]
    total = np.zeros((size, days), np.int64)
    if not chosen.any():
        return total
    start = first.toordinal()
    weekday = first.isoweekday()
    offset = (hours.weekdays[chosen] - weekday) % 7
    at = offset[:, np.newaxis] + 7 * np.arange(-(-days // 7), dtype=np.int64)[np.newaxis, :]
    ordinal = at + start
    valid = (
        (at < days) & (ordinal >= hours.since[chosen][:, np.newaxis]) & (ordinal < hours.until[chosen][:, np.newaxis])
    )
    rows = np.broadcast_to(hours.rows[chosen][:, np.newaxis], at.shape)
    minutes = np.broadcast_to(hours.minutes[chosen][:, np.newaxis], at.shape)
    np.add.at(total, (rows[valid], at[valid]), minutes[valid])
    return total


def _closed(closed: Closed, items, size: int, first: date, days: int, *, only_holidays: bool = False):
    chosen = np.isin(closed.items, sorted(items))
    if only_holidays:
        chosen &= closed.holiday
    change = np.zeros((size, days + 1), np.int64)
    start = first.toordinal()
    since = np.clip(closed.since[chosen] - start, 0, days)
    until = np.clip(closed.until[chosen] - start, 0, days)
    np.add.at(change, (closed.rows[chosen], since), 1)
    np.add.at(change, (closed.rows[chosen], until), -1)
    return np.cumsum(change, axis=1)[:, :days] > 0


def _put_openings(minutes: Ints, openings: Openings, item: int, takes, first: date, days: int) -> None:
    at = openings.days - first.toordinal()
    chosen = (openings.items == item) & takes[openings.rows] & (at >= 0) & (at < days)
    minutes[openings.rows[chosen], at[chosen]] = openings.minutes[chosen]
