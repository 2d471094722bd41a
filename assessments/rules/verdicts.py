"""Verdicts as columns of integers: what is stored, and what is hashed."""

from dataclasses import dataclass, fields

import numpy as np

from assessments.rules.packing import FactTable, result_hash
from standards.rules import Outcome, RuleSet, Verdicts, classify

SENSITIVE, UNDETERMINED = 1, 2
_BLOCK = 16_384  # facilities at a time: what is worked out for them stays in the processor's cache
MOST_CRITERIA = 62  # bits of a mask that PostgreSQL's bigint holds without its sign


@dataclass(frozen=True)
class Judged:
    """Columns of shape (n,), row i of the facts. failed, unknown: int64 masks over the criteria; the rest int8.

    A criterion in neither mask is met.
    """

    tier: np.ndarray
    failed: np.ndarray
    unknown: np.ndarray
    flags: np.ndarray

    def take(self, rows: np.ndarray | slice) -> "Judged":
        return Judged(self.tier[rows], self.failed[rows], self.unknown[rows], self.flags[rows])

    def hash(self, facility_ids: np.ndarray) -> str:
        """SHA-256 of what was found for facilities in ascending order of their ids."""
        return result_hash(facility_ids, self.tier, self.failed, self.unknown, self.flags)


def judge_all(rules: RuleSet, table: FactTable) -> Judged:
    """Judge every facility of a table. Raises ValueError where a rule set has more criteria than a mask has bits."""
    if len(rules.criteria) > MOST_CRITERIA:
        raise ValueError(f"{len(rules.criteria)} criteria do not fit into a mask of {MOST_CRITERIA} bits")
    parts = [compact(classify(rules, part.columns, part.construction)) for part in table.blocks(_BLOCK)]
    return Judged(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Judged)))


def compact(verdicts: Verdicts) -> Judged:
    flags = verdicts.sensitive.astype(np.int8) * SENSITIVE | verdicts.undetermined.astype(np.int8) * UNDETERMINED
    return Judged(
        verdicts.tier, mask(verdicts.outcomes, Outcome.NOT_MET), mask(verdicts.outcomes, Outcome.UNKNOWN), flags
    )


def mask(outcomes: np.ndarray, wanted: Outcome) -> np.ndarray:
    """int64[n]: bit i says that criterion i has the wanted outcome. outcomes: int8[n, criteria]."""
    bits = np.zeros(len(outcomes), np.int64)
    for position in range(outcomes.shape[1]):
        bits |= (outcomes[:, position] == wanted).astype(np.int64) << position
    return bits
