"""Counts of a run by street and district."""

from dataclasses import dataclass

import numpy as np

from assessments.rules.verdicts import SENSITIVE, UNDETERMINED, Judged
from standards.rules import Tier
from tenants.rules import DISTRICT_WIDTH, STREET_WIDTH

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
    codes: np.ndarray,
    judged: Judged,
    previous: np.ndarray,
    criteria: int,
    unjudged: np.ndarray,
    widths: tuple[int, ...] = (STREET_WIDTH, DISTRICT_WIDTH),
) -> Summaries:
    """Count verdicts by division.

    codes: int64[n] of the judged facilities; previous: int8[n] tiers of the quarter before, negative where there is
    none; criteria: how many bits the masks have; unjudged: int64[k], codes of the facilities listed without a verdict;
    widths: of the levels to count for, narrow ones first. A code that is a wider level's own counts there.
    """
    narrow = widths[0]
    places, row_of = np.unique(np.concatenate([codes, unjudged]) // narrow * narrow, return_inverse=True)
    table = _counts(row_of[: len(codes)], len(places), judged, previous, criteria)
    table[:, 0] += np.bincount(row_of[len(codes) :], minlength=len(places))
    all_codes, whole = _with_levels_above(places, table, widths)
    start = len(COUNTS)
    return Summaries(
        all_codes,
        {name: whole[:, column].astype(np.int32) for column, name in enumerate(COUNTS)},
        whole[:, start : start + criteria].astype(np.int32),
        whole[:, start + criteria :].astype(np.int32),
    )


def _counts(row_of: np.ndarray, rows: int, judged: Judged, previous: np.ndarray, criteria: int) -> np.ndarray:
    """int64[rows, COUNTS and two for each criterion] of the judged facilities."""
    known = previous >= 0
    marks = {
        "demonstration": judged.tier == Tier.DEMONSTRATION,
        "inclusive": judged.tier == Tier.INCLUSIVE,
        "unrated": judged.tier == Tier.UNRATED,
        "risen": known & (judged.tier > previous),
        "fallen": known & (judged.tier < previous),
        "sensitive": (judged.flags & SENSITIVE) != 0,
        "undetermined": (judged.flags & UNDETERMINED) != 0,
    }
    table = np.zeros((rows, len(COUNTS) + 2 * criteria), np.int64)
    everybody = np.bincount(row_of, minlength=rows)
    for column, name in enumerate(COUNTS):
        table[:, column] = np.bincount(row_of[marks[name]], minlength=rows) if name in marks else everybody
    for offset, masks in ((len(COUNTS), judged.failed), (len(COUNTS) + criteria, judged.unknown)):
        ever = int(np.bitwise_or.reduce(masks, initial=0))
        for bit in range(criteria):
            if ever >> bit & 1:
                table[:, offset + bit] = np.bincount(row_of[masks >> bit & 1 != 0], minlength=rows)
    return table


def _with_levels_above(codes: np.ndarray, table: np.ndarray, widths: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Add the rows of the narrowest level up; codes ascend, so a division's rows are together."""
    if not len(codes):
        return codes, table
    all_codes, rows = codes, table
    for width in widths[1:]:
        places, first = np.unique(codes // width * width, return_index=True)
        narrower = ~np.isin(all_codes, places)  # of one code the wider row: it holds the whole division
        all_codes = np.concatenate([all_codes[narrower], places])
        rows = np.concatenate([rows[narrower], _added_up(table, first)])
    order = np.argsort(all_codes)
    return all_codes[order], rows[order]


def _added_up(table: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Sums of the rows from each `first` to the next one."""
    total = np.concatenate([np.zeros((1, table.shape[1]), table.dtype), np.cumsum(table, axis=0)])
    return total[np.append(first[1:], len(table))] - total[first]
