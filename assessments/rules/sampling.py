"""Drawing a stratified sample that anybody can draw again. Pure integers and SHA-256: no floats, no clock, no randomness.

The published verifier (`assessments/rules/verifier.py.txt`) does the same in its own few lines. Reading G-8: strata are
street × tier × construction type, each street has at least one facility in the sample.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

ALGORITHM = "strata-lr-sha256/1"
SEPARATOR = "\t"
Stratum = tuple[str, str, str]


class SamplingError(ValueError):
    """The sample cannot be drawn. The message is for the person who asked."""


@dataclass(frozen=True, slots=True, order=True)
class Unit:
    """One facility of the frame. `code` names it; street, tier and construction type make its stratum."""

    code: str
    street: str
    tier: str
    construction: str

    @property
    def stratum(self) -> Stratum:
        return self.street, self.tier, self.construction


@dataclass(frozen=True, slots=True)
class Ticket:
    """A unit with its lot: SHA-256 of seed and code, in hexadecimal. The smallest are drawn."""

    unit: Unit
    lot: str


@dataclass(frozen=True)
class Draw:
    """drawn: the sample, ordered by stratum and lot. reserves: stratum → its substitutes in their fixed order.
    double: codes of the facilities that two assessors visit independently. allocation: stratum → (size, drawn)."""

    drawn: tuple[Ticket, ...]
    reserves: dict[Stratum, tuple[Ticket, ...]]
    double: frozenset[str]
    allocation: dict[Stratum, tuple[int, int]]


def frame_text(units: Iterable[Unit]) -> str:
    """The frame as it is frozen and hashed: one line a facility, ordered by code, fields parted by tabs, `\\n` at each end.

    Raises SamplingError where a code occurs twice or a field holds a tab or a line break.
    """
    ordered = sorted(units)
    if len({unit.code for unit in ordered}) != len(ordered):
        raise SamplingError("抽样框里有编号相同的设施。请先在设施台账改正编号，再冻结抽样框。")
    lines = []
    for unit in ordered:
        fields = (unit.code, unit.street, unit.tier, unit.construction)
        if any(not field or set(field) & {"\t", "\n", "\r"} for field in fields):
            raise SamplingError(f"设施 {unit.code} 的街道、等级或建设类型没有记录。请补全后再冻结抽样框。")
        lines.append(SEPARATOR.join(fields) + "\n")
    return "".join(lines)


def units_of(text: str) -> list[Unit]:
    """The units of a frozen frame."""
    return [Unit(*line.split(SEPARATOR)) for line in text.splitlines()]


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def seed_of(secret: str, public: str) -> str:
    """The seed: the secret that was committed to, and what was drawn in public afterwards (empty if nothing was)."""
    return sha256(f"{secret}|{public}")


def lot(seed: str, code: str) -> str:
    return sha256(f"{seed}|{code}")


def sample_size(population: int, permille: int, streets: int) -> int:
    """How many to draw: the ratio of the population rounded up, and no fewer than there are streets."""
    if not 1 <= permille <= 1000:
        raise SamplingError("抽检比例应在 0.1% 到 100% 之间。")
    return max(-(-population * permille // 1000), streets)


def largest_remainder(sizes: Mapping, seats: int) -> dict:
    """Share `seats` out in proportion to `sizes`, exactly: whole parts first, the rest to the largest remainders.

    Ties go to the smaller key. Nobody gets more than their size while seats ≤ sum of sizes. Raises SamplingError if not.
    """
    total = sum(sizes.values())
    if not 0 <= seats <= total:
        raise SamplingError(f"要抽 {seats} 座，抽样框里只有 {total} 座。")
    if not seats:
        return dict.fromkeys(sizes, 0)
    given = {key: size * seats // total for key, size in sizes.items()}
    by_remainder = sorted(sizes, key=lambda key: (-(sizes[key] * seats % total), key))
    for key in by_remainder[: seats - sum(given.values())]:
        given[key] += 1
    return given


def share_among_streets(sizes: Mapping[str, int], seats: int) -> dict[str, int]:
    """Largest remainders with at least one a street: a street that would get none gets one, the others share the rest."""
    fixed: dict[str, int] = {}
    while True:
        open_ones = {street: size for street, size in sizes.items() if street not in fixed}
        given = largest_remainder(open_ones, seats - len(fixed))
        none = [street for street, count in given.items() if not count]
        if not none:
            return {**fixed, **given}
        fixed.update(dict.fromkeys(none, 1))


def allocate(units: Sequence[Unit], permille: int) -> dict[Stratum, tuple[int, int]]:
    """Stratum → (facilities in it, how many of them are drawn): first among streets, then among the strata of each."""
    strata: dict[Stratum, int] = defaultdict(int)
    streets: dict[str, int] = defaultdict(int)
    for unit in units:
        strata[unit.stratum] += 1
        streets[unit.street] += 1
    if not units:
        raise SamplingError("抽样框是空的。先完成一次季度测算，再冻结抽样框。")
    by_street = share_among_streets(streets, sample_size(len(units), permille, len(streets)))
    found: dict[Stratum, tuple[int, int]] = {}
    for street, keys in groupby(sorted(strata), key=lambda stratum: stratum[0]):
        sizes = {key: strata[key] for key in keys}
        found |= {key: (sizes[key], count) for key, count in largest_remainder(sizes, by_street[street]).items()}
    return dict(sorted(found.items()))


def draw(units: Sequence[Unit], *, permille: int, double_permille: int, seed: str) -> Draw:
    """The sample. The same units, ratio and seed always give the same one, whatever order the units come in."""
    allocation = allocate(units, permille)
    tickets = sorted((Ticket(unit, lot(seed, unit.code)) for unit in units), key=lambda t: (t.lot, t.unit.code))
    of_stratum: dict[Stratum, list[Ticket]] = defaultdict(list)
    for ticket in tickets:
        of_stratum[ticket.unit.stratum].append(ticket)
    drawn = [ticket for stratum, (_, count) in allocation.items() for ticket in of_stratum[stratum][:count]]
    chosen = {ticket.unit.code for ticket in drawn}
    left = [ticket for ticket in tickets if ticket.unit.code not in chosen]
    reserves = {stratum: _reserves(stratum, left) for stratum in allocation}
    twice = sorted(chosen, key=lambda code: (lot(seed, f"double|{code}"), code))
    double = frozenset(twice[: -(-len(chosen) * double_permille // 1000)])
    return Draw(tuple(drawn), reserves, double, allocation)


def _reserves(stratum: Stratum, left: list[Ticket]) -> tuple[Ticket, ...]:
    """The same stratum first, then the rest of the street; each by lot."""
    same = [ticket for ticket in left if ticket.unit.stratum == stratum]
    street = [t for t in left if t.unit.street == stratum[0] and t.unit.stratum != stratum]
    return (*same, *street)


def substitute_for(code: str, drawn: Draw, used: Iterable[str]) -> Unit:
    """Who stands in for a drawn facility: the first of its stratum's reserves that is not in the sample yet.

    Raises SamplingError where nobody is left.
    """
    taken = set(used)
    stratum = next(ticket.unit.stratum for ticket in drawn.drawn if ticket.unit.code == code)
    for ticket in drawn.reserves[stratum]:
        if ticket.unit.code not in taken:
            return ticket.unit
    raise SamplingError("这个街道已经没有可以替补的设施。请写明原因，按缺一座处理。")


def result_text(found: Draw) -> str:
    """The draw as it is published and hashed: one line a facility; kind, stratum, code, lot, and 2 where it is visited twice."""
    lines = []
    for ticket in found.drawn:
        times = "2" if ticket.unit.code in found.double else "1"
        lines.append(SEPARATOR.join(("drawn", *ticket.unit.stratum, ticket.unit.code, ticket.lot, times)))
    for stratum, tickets in found.reserves.items():
        lines += [SEPARATOR.join(("reserve", *stratum, ticket.unit.code, ticket.lot, "1")) for ticket in tickets]
    return "".join(line + "\n" for line in lines)
