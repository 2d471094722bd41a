"""What a standard says, as frozen values. Amounts are integers in base units: 0.01 m², 分, counts."""

import hashlib
import json
from dataclasses import dataclass, field, fields
from enum import IntEnum, StrEnum
from typing import Any

import numpy as np

MISSING = int(np.iinfo(np.int64).min)
"""Stands in a column of facts where nobody recorded a value. Never zero."""


class Outcome(IntEnum):
    """Whether a facility meets one criterion. UNKNOWN: a fact, the construction type or the threshold is missing."""

    NOT_MET = 0
    MET = 1
    UNKNOWN = 2


class Tier(IntEnum):
    """等级 (拱墅 三(一)1—2). UNRATED says that no tier could be shown, not that the facility is bad."""

    UNRATED = 0
    INCLUSIVE = 1
    DEMONSTRATION = 2


class Construction(IntEnum):
    """建设类型 (拱墅 三(三)1—3) as it stands in an array; UNKNOWN where nobody recorded it."""

    UNKNOWN = -1
    INTEGRATED = 0
    AREA = 1
    STREETBLOCK = 2


KNOWN_CONSTRUCTIONS = (Construction.INTEGRATED, Construction.AREA, Construction.STREETBLOCK)


class Kind(StrEnum):
    """What a criterion is for. Only a gate decides a tier; the others are judged and shown beside it."""

    GATE = "gate"
    DUTY = "duty"
    DEFINITION = "definition"
    CITY = "city"


class Operator(StrEnum):
    """The closed set of conditions. There are no expressions: a new kind of condition is one operator here."""

    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    BETWEEN = "between"
    SHARE_AT_LEAST = "share_at_least"
    IS_TRUE = "is_true"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Threshold:
    """A limit in base units: `value`; `value`–`upper` for BETWEEN; `value` / `parts` for a share (8/10 is 80 %)."""

    value: int
    upper: int = 0
    parts: int = 1


@dataclass(frozen=True, slots=True)
class Source:
    """Where a criterion stands in the documents, and how it is put to people."""

    document: str
    clause: str
    quote: str
    severity: str = ""


@dataclass(frozen=True, slots=True)
class Criterion:
    """One condition of one clause.

    metrics: the value is their sum (for ANY: each is compared alone).
    denominators: for a share, what the value is divided by, summed too.
    thresholds: by construction type, in the order of `Construction`; None where no number is given (UNKNOWN).
    concerns: the construction types that the clause speaks of; any other meets it vacuously.
    tiers: the tiers that it is a gate of; empty for a criterion that is only shown.
    """

    key: str
    title: str
    kind: Kind
    operator: Operator
    metrics: tuple[str, ...]
    thresholds: tuple[Threshold | None, Threshold | None, Threshold | None]
    unit: str
    source: Source
    denominators: tuple[str, ...] = ()
    tiers: tuple[Tier, ...] = ()
    concerns: tuple[Construction, ...] = KNOWN_CONSTRUCTIONS
    fixable: bool = True
    interpretations: tuple[str, ...] = ()

    def applies_to(self, construction: Construction) -> bool:
        """Whether the clause speaks of this construction type; pages write 不适用 where it does not."""
        return construction in self.concerns

    def threshold_for(self, construction: Construction) -> Threshold | None:
        """The limit for a construction type; None where there is none or the type is unknown but would decide it."""
        if construction is Construction.UNKNOWN:
            first = self.thresholds[0]
            return first if self.is_same_for_all else None
        return self.thresholds[construction]

    @property
    def is_same_for_all(self) -> bool:
        """Whether the construction type plays no part."""
        return len(set(self.thresholds)) == 1 and self.concerns == KNOWN_CONSTRUCTIONS


@dataclass(frozen=True, slots=True, order=True)
class Reading:
    """One option of one interpretation: ("G-1", "items_30")."""

    interpretation: str
    option: str


@dataclass(frozen=True, slots=True)
class Alternative:
    """What the criteria become when one interpretation alone is read another way: those that differ, by position."""

    reading: Reading
    changed: tuple[tuple[int, Criterion], ...]


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The criteria of a standard under the readings in force, with every alternative reading beside them."""

    versions: tuple[str, ...]
    readings: tuple[Reading, ...]
    criteria: tuple[Criterion, ...]
    alternatives: tuple[Alternative, ...] = ()
    content_hash: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "content_hash", _hash_of(self))

    def __getitem__(self, key: str) -> Criterion:
        return self.criteria[self.position(key)]

    def position(self, key: str) -> int:
        """The column of a criterion in `Verdicts.outcomes`. KeyError if there is none of that name."""
        for position, criterion in enumerate(self.criteria):
            if criterion.key == key:
                return position
        raise KeyError(key)

    @property
    def metrics(self) -> tuple[str, ...]:
        """Every metric that this rule set or one of its alternatives reads, sorted."""
        read: set[str] = set()
        for criterion in (*self.criteria, *(new for other in self.alternatives for _, new in other.changed)):
            read.update(criterion.metrics, criterion.denominators)
        return tuple(sorted(read))

    def gates(self, tier: Tier) -> tuple[int, ...]:
        """Positions of the criteria that a facility must meet for a tier."""
        return tuple(i for i, criterion in enumerate(self.criteria) if tier in criterion.tiers)


def _hash_of(rules: RuleSet) -> str:
    """SHA-256 over everything that can change a judgement or its explanation; equal content gives an equal hash."""
    content = {
        "versions": rules.versions,
        "readings": rules.readings,
        "criteria": rules.criteria,
        "alternatives": rules.alternatives,
    }
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_by_name)
    return hashlib.sha256(text.encode()).hexdigest()


def _by_name(row: Any) -> dict[str, Any]:
    """A dataclass by the names of its fields, as `asdict` gives it, without the copy of all that is below."""
    return {each.name: getattr(row, each.name) for each in fields(row)}
