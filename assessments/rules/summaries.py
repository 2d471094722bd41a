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

_TABLE_BITS = 10  # of a mask that are looked up at once


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
    everybody = np.bincount(row_of, minlength=rows)
    mask = np.zeros(len(row_of), np.int64)
    for position, hit in enumerate(marks.values()):
        mask |= hit.astype(np.int64) << position
    marked = dict(zip(marks, _bits_counted(mask, len(marks), row_of, everybody).T, strict=True))
    return np.column_stack(
        [
            *(marked.get(name, everybody) for name in COUNTS),
            _bits_counted(judged.failed, criteria, row_of, everybody),
            _bits_counted(judged.unknown, criteria, row_of, everybody),
        ]
    )


def _bits_counted(masks: np.ndarray, bits: int, row_of: np.ndarray, everybody: np.ndarray) -> np.ndarray:
    """int64[rows, bits]: how many masks of each row have each bit. everybody: how many masks a row has.

    Several counters share one integer, each wide enough for the largest row, so the masks are passed over few times.
    """
    width = max(1, int(everybody.max(initial=0)).bit_length())
    together = max(1, min(62 // width, _TABLE_BITS))
    found = np.zeros((len(everybody), bits), np.int64)
    for start in range(0, bits, together):
        some = np.arange(min(together, bits - start))
        numbers = np.arange(1 << len(some))
        spread = ((numbers[:, None] >> some & 1) << some * width).sum(axis=1)
        totals = np.zeros(len(everybody), np.int64)
        np.add.at(totals, row_of, spread[masks >> start & len(numbers) - 1])
        found[:, start : start + len(some)] = totals[:, None] >> some * width & (1 << width) - 1
    return found


def _with_levels_above(codes: np.ndarray, table: np.ndarray, widths: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Add the rows of the narrowest level up; codes ascend, so a division's rows are together."""
    if not len(codes):
        return codes, table
    all_codes, rows = codes, table
    for width in widths[1:]:
        places, first = np.unique(codes // width * width, return_index=True)
        narrower = ~np.isin(all_codes, places)  # of one code the wider row: it holds the whole division
        all_codes = np.concatenate([all_codes[narrower], places])
        rows = np.concatenate([rows[narrower], np.add.reduceat(table, first, axis=0)])
    order = np.argsort(all_codes)
    return all_codes[order], rows[order]
