"""What the national run does in blocks is what it would do in one go: unpacking, sending and counting."""

import numpy as np
import pytest
from django.db import connection

from assessments.operations.copying import stage
from assessments.rules.packing import FactTable, Layout, NarrowColumns, in_order
from assessments.rules.summaries import COUNTS, summarise
from assessments.rules.verdicts import SENSITIVE, UNDETERMINED, Judged
from standards.rules import MISSING

LAYOUT = Layout(("area", "items"), (4, 1))
COLUMNS = {"area": np.array([0, 1, 2**32 - 2, MISSING]), "items": np.array([254, MISSING, 0, 7])}


def table() -> FactTable:
    ids = np.array([3, 5, 8, 9])
    return FactTable(ids, ids + 330105000000, ids.astype(np.int8), NarrowColumns(LAYOUT.pack_narrow(COLUMNS)))


def test_narrow_rows_read_as_the_columns_they_were_packed_from():
    columns = table().columns
    assert {metric: column.tolist() for metric, column in columns.items()} == {
        metric: column.tolist() for metric, column in COLUMNS.items()
    }
    assert (len(columns), list(columns), "other" in columns) == (2, ["area", "items"], False)
    with pytest.raises(KeyError):
        columns["other"]


@pytest.mark.parametrize("rows", [slice(1, 3), np.array([2, 0]), np.array([True, False, False, True])])
def test_some_rows_of_a_table_are_the_same_rows_of_every_column(rows):
    part = table().take(rows)
    assert {metric: column.tolist() for metric, column in part.columns.items()} == {
        metric: column[rows].tolist() for metric, column in COLUMNS.items()
    }
    assert part.stored(LAYOUT).tolist() == LAYOUT.pack_narrow(COLUMNS)[rows].tolist()
    assert in_order(part.stored(LAYOUT), slice(None)).dtype == LAYOUT.narrow


def test_blocks_of_a_table_are_the_table():
    assert [block.facility_ids.tolist() for block in table().blocks(3)] == [[3, 5, 8], [9]]
    assert [len(block) for block in table().take(slice(0, 0)).blocks(3)] == [0]


def test_counts_by_street_and_district_are_those_of_counting_one_by_one():
    chance, size, criteria = np.random.default_rng(7), 5000, 43
    codes = 330105001001 + chance.integers(0, 3, size) * 1000 + chance.integers(0, 2, size) * 10**6
    tiers, previous = chance.integers(0, 3, size).astype(np.int8), chance.integers(-1, 3, size).astype(np.int8)
    failed, unknown = chance.integers(0, 2**criteria, (2, size))
    flags = chance.integers(0, 4, size).astype(np.int8)
    made = summarise(codes, Judged(tiers, failed, unknown, flags), previous, criteria, np.array([330105001002]))
    assert made.codes.tolist() == [
        330105000000, 330105001000, 330105002000, 330105003000, 330106000000, 330106001000, 330106002000, 330106003000,
    ]  # fmt: skip
    for row, code in enumerate(made.codes.tolist()):
        inside = (codes >= code) & (codes < code + (10**3 if code % 10**6 else 10**6))
        risen, fallen = (previous >= 0) & (tiers > previous), (previous >= 0) & (tiers < previous)
        listed = code in {330105000000, 330105001000}
        expected = [
            inside.sum() + listed, inside.sum(), *((inside & (tiers == tier)).sum() for tier in (2, 1, 0)),
            (inside & risen).sum(), (inside & fallen).sum(),
            *((inside & (flags & flag != 0)).sum() for flag in (SENSITIVE, UNDETERMINED)),
        ]  # fmt: skip
        assert [made.counts[name][row] for name in COUNTS] == expected
        assert made.failed[row].tolist() == [(failed[inside] >> bit & 1).sum() for bit in range(criteria)]
        assert made.unknown[row].tolist() == [(unknown[inside] >> bit & 1).sum() for bit in range(criteria)]


@pytest.mark.django_db
def test_more_rows_than_one_block_arrive_in_order_and_whole():
    size = 40_000
    rows = LAYOUT.pack_narrow({"area": np.arange(size), "items": np.arange(size) % 251})
    stage(
        "many_rows",
        {"place": np.arange(size), "pair": np.arange(2 * size, dtype=np.int32).reshape(-1, 2), "values": rows},
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT place, pair, values FROM many_rows ORDER BY place")
        found = cursor.fetchall()
    assert [place for place, _, _ in found] == list(range(size))
    assert [pair for _, pair, _ in found] == [[2 * n, 2 * n + 1] for n in range(size)]
    assert b"".join(values for _, _, values in found) == rows.tobytes()
