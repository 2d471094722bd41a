"""Which records of a device count, in whatever order they come, and in which order places are visited. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import cos, hypot, radians
from uuid import UUID

CLOCK_LEAD = timedelta(minutes=10)  # a device's clock may run ahead by so much
_METRES_A_DEGREE = 111_320


@dataclass(frozen=True, slots=True)
class Noted:
    """One record as the device sent it. kind: found, photo or sign."""

    uuid: UUID
    kind: str
    key: str
    done_at: datetime
    received_at: datetime
    decided: bool | None = None  # by the district: True counts, False does not


@dataclass(frozen=True, slots=True)
class Bounds:
    """Until when the records of a visit count, and the items that its list has."""

    keys: frozenset[str]
    closed_at: datetime | None = None
    revoked_at: datetime | None = None


def refused(notes: Iterable[Noted], bounds: Bounds) -> dict[UUID, str]:
    """The records that do not count, with the reason. The answer depends on the records alone, not on their order."""
    every = list(notes)
    signed = max((note.done_at for note in every if note.kind == "sign"), default=None)
    found = {}
    for note in every:
        if reason := "" if note.decided else _why_not(note, bounds, signed):
            found[note.uuid] = reason
        elif note.decided is False:
            found[note.uuid] = "区里不采用"
    return found


def _why_not(note: Noted, bounds: Bounds, signed: datetime | None) -> str:
    if bounds.revoked_at and note.received_at > bounds.revoked_at:
        return "这次上门已经收回，收回之后才传来"
    if bounds.closed_at and note.received_at > bounds.closed_at:
        return "区里已经汇总，汇总之后才传来"
    if note.done_at > note.received_at + CLOCK_LEAD:
        return "记录时间在收到时间之后，手机的时钟不准"
    if note.kind == "found" and note.key not in bounds.keys:
        return "抽检清单里没有这一项"
    if note.kind != "sign" and signed and note.done_at > signed:
        return "签字交回以后才记录"
    return ""


def standing(notes: Iterable[Noted], bounds: Bounds) -> dict[str, UUID]:
    """Item → the record that stands: the latest one that counts, by its own clock, ties by uuid."""
    every = list(notes)
    out = refused(every, bounds)
    latest: dict[str, Noted] = {}
    for note in every:
        if note.kind == "found" and note.uuid not in out:
            before = latest.get(note.key)
            if before is None or (note.done_at, note.uuid.bytes) > (before.done_at, before.uuid.bytes):
                latest[note.key] = note
    return {key: note.uuid for key, note in latest.items()}


@dataclass(frozen=True, slots=True)
class Place:
    """A facility on the map; coordinates None where nobody recorded them."""

    facility_id: int
    code: str
    longitude: float | None
    latitude: float | None


def metres(one: Place, other: Place) -> float | None:
    """The distance as the crow flies, within a city; None where a coordinate is missing."""
    if None in (one.longitude, one.latitude, other.longitude, other.latitude):
        return None
    north = (one.latitude - other.latitude) * _METRES_A_DEGREE  # type: ignore[operator]
    east = (one.longitude - other.longitude) * _METRES_A_DEGREE * cos(radians(one.latitude))  # type: ignore[operator, arg-type]
    return hypot(north, east)


def route(places: Sequence[Place]) -> list[Place]:
    """From the smallest code always on to the nearest; places without coordinates last, by code."""
    located = sorted((p for p in places if p.longitude is not None and p.latitude is not None), key=lambda p: p.code)
    lost = sorted((p for p in places if p not in located), key=lambda p: p.code)
    order = located[:1]
    rest = located[1:]
    while rest:
        nearest = min(rest, key=lambda p: (metres(order[-1], p) or 0, p.code))
        rest.remove(nearest)
        order.append(nearest)
    return order + lost


@dataclass(frozen=True, slots=True)
class Planned:
    facility_id: int
    assessor_id: int
    day: date
    position: int


def working_days(first: date, last: date) -> list[date]:
    """Mondays to Fridays of a period, both ends included."""
    span = (last - first).days + 1
    return [day for n in range(span) if (day := first + timedelta(days=n)).weekday() < 5]


def plan(
    places: Sequence[Place],
    assessors: Sequence[int],
    barred: dict[int, set[int]],
    days: Sequence[date],
    a_day: int,
) -> tuple[list[Planned], list[Place]]:
    """Share places out: each assessor gets stretches of the route, at most `a_day` a day, none that they are barred from.

    barred: assessor → facility ids. Returns the visits and the places for which nobody or no day was left.
    """
    rest, visits = route(places), []
    for day in days:
        for assessor in assessors:
            mine = [p for p in rest if p.facility_id not in barred.get(assessor, set())][:a_day]
            for position, place in enumerate(route(mine), 1):
                visits.append(Planned(place.facility_id, assessor, day, position))
                rest.remove(place)
    return visits, rest
