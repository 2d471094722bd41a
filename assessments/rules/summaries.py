"""Counts of a run by community, street and district."""

from dataclasses import dataclass

import numpy as np

from assessments.rules.verdicts import SENSITIVE, UNDETERMINED, Judged
from standards.rules import Tier
from tenants.rules import COMMUNITY_WIDTH, DISTRICT_WIDTH, STREET_WIDTH

COUNTS = (
    "facilities",
    "judged",
    "demonstration",
    "inclusive",
    "unrated",
    "risen",
    "fallen",
    "sensitive",
    "undetermined",
)


@dataclass(frozen=True)
class Summaries:
    """One row a division that has facilities. counts: `COUNTS` → int32[m]; failed, unknown: int32[m, criteria]."""

    codes: np.ndarray
    counts: dict[str, np.ndarray]
    failed: np.ndarray
    unknown: np.ndarray


def summarise(
    codes: np.ndarray, judged: Judged, previous: np.ndarray, criteria: int, unjudged: np.ndarray
) -> Summaries:
    """Count verdicts by division.

    codes: int64[n] of the judged facilities; previous: int8[n] tiers of the quarter before, negative where there is
    none; criteria: how many bits the masks have; unjudged: int64[k], codes of the facilities listed without a verdict.
    """
    known = previous >= 0
    marks = {
        "facilities": np.ones(len(codes), np.bool_),
        "judged": np.ones(len(codes), np.bool_),
        "demonstration": judged.tier == Tier.DEMONSTRATION,
        "inclusive": judged.tier == Tier.INCLUSIVE,
        "unrated": judged.tier == Tier.UNRATED,
        "risen": known & (judged.tier > previous),
        "fallen": known & (judged.tier < previous),
        "sensitive": (judged.flags & SENSITIVE) != 0,
        "undetermined": (judged.flags & UNDETERMINED) != 0,
    }
    places, row_of = np.unique(np.concatenate([codes, unjudged]), return_inverse=True)
    of_judged = row_of[: len(codes)]
    table = np.empty((len(places), len(COUNTS) + 2 * criteria), np.int64)
    for column, name in enumerate(COUNTS):
        table[:, column] = np.bincount(of_judged[marks[name]], minlength=len(places))
    table[:, 0] += np.bincount(row_of[len(codes) :], minlength=len(places))
    for bit in range(criteria):
        for offset, masks in ((0, judged.failed), (criteria, judged.unknown)):
            hit = (masks >> bit) & 1 != 0
            table[:, len(COUNTS) + offset + bit] = np.bincount(of_judged[hit], minlength=len(places))
    all_codes, whole = _with_levels_above(places, table)
    start = len(COUNTS)
    return Summaries(
        all_codes,
        {name: whole[:, column].astype(np.int32) for column, name in enumerate(COUNTS)},
        whole[:, start : start + criteria].astype(np.int32),
        whole[:, start + criteria :].astype(np.int32),
    )


def _with_levels_above(codes: np.ndarray, table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Add the rows of communities up to streets and districts. A code that is a street's own counts in its street."""
    levels = []
    for width in (COMMUNITY_WIDTH, STREET_WIDTH, DISTRICT_WIDTH):
        places, first = np.unique(
            codes // width * width, return_index=True
        )  # codes ascend: a division's rows are together
        levels.append((places, np.add.reduceat(table, first) if len(first) else table))
    result: dict[int, np.ndarray] = {}
    for places, sums in levels:  # a wider level replaces the row of the same code: it holds the whole division
        result.update(zip(places.tolist(), sums, strict=True))
    ordered = sorted(result)
    shape = (0, table.shape[1])
    return np.array(ordered, np.int64), np.array([result[code] for code in ordered]) if ordered else np.empty(shape)
