"""Facts of many facilities as int64 columns, and as the compact bytes that are stored beside each verdict.

A row is stored narrow (each metric in 1 or 4 bytes, all bits set meaning MISSING) unless a value does not fit; then the
whole row is stored wide (8 bytes each). The length tells which, so every int64 survives the way there and back.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from standards.rules import MISSING

_WIDTHS = {1: np.uint8, 4: np.uint32}


@dataclass(frozen=True)
class Layout:
    """Which metrics a row of stored facts holds, in which order, each in how many bytes (1 or 4)."""

    metrics: tuple[str, ...]
    widths: tuple[int, ...]

    @classmethod
    def parse(cls, texts: Sequence[str]) -> "Layout":
        """From the form in which a run keeps it: `["floor_area_documented:4", "base_items:1", …]`."""
        pairs = [text.rsplit(":", 1) for text in texts]
        return cls(tuple(name for name, _ in pairs), tuple(int(width) for _, width in pairs))

    @property
    def texts(self) -> list[str]:
        return [f"{name}:{width}" for name, width in zip(self.metrics, self.widths, strict=True)]

    @cached_property
    def narrow(self) -> np.dtype:
        return np.dtype(
            [(m, np.dtype(_WIDTHS[w]).newbyteorder("<")) for m, w in zip(self.metrics, self.widths, strict=True)]
        )

    @property
    def narrow_bytes(self) -> int:
        return sum(self.widths)

    def fits(self, columns: Mapping[str, np.ndarray]) -> np.ndarray:
        """bool[n]: the rows whose every value fits its narrow width."""
        good = np.ones(len(columns[self.metrics[0]]), bool)
        for metric, width in zip(self.metrics, self.widths, strict=True):
            column = columns[metric]
            good &= (column == MISSING) | ((column >= 0) & (column < 2 ** (8 * width) - 1))
        return good

    def pack_narrow(self, columns: Mapping[str, np.ndarray]) -> np.ndarray:
        """Structured array[n] of rows that all fit."""
        rows = np.empty(len(columns[self.metrics[0]]), self.narrow)
        for metric, width in zip(self.metrics, self.widths, strict=True):
            rows[metric] = np.where(columns[metric] == MISSING, 2 ** (8 * width) - 1, columns[metric])
        return rows

    def pack(self, columns: Mapping[str, np.ndarray]) -> list[bytes]:
        """One bytes object a row, narrow where it fits and wide where not."""
        fits = self.fits(columns)
        raw = self.pack_narrow({m: np.where(fits, columns[m], 0) for m in self.metrics}).tobytes()
        size = self.narrow_bytes
        packed = [raw[at : at + size] for at in range(0, len(raw), size)]
        for index in np.flatnonzero(~fits):
            packed[index] = np.array([columns[m][index] for m in self.metrics], "<i8").tobytes()
        return packed

    def unpack_narrow(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """int64 columns of a structured array of narrow rows."""
        return dict(NarrowColumns(rows))

    def unpack(self, packed: Sequence[bytes | memoryview]) -> dict[str, np.ndarray]:
        """int64 columns of stored rows, wide and narrow mixed."""
        size = self.narrow_bytes
        wide = [index for index, row in enumerate(packed) if len(row) != size]
        blank = bytes(size)
        joined = b"".join(row if len(row) == size else blank for row in packed)
        columns = self.unpack_narrow(np.frombuffer(joined, self.narrow))
        for index in wide:
            for metric, value in zip(self.metrics, np.frombuffer(packed[index], "<i8"), strict=True):
                columns[metric][index] = value
        return columns


class NarrowColumns(Mapping[str, np.ndarray]):
    """int64 columns over narrow rows, unpacked whenever they are asked for: of a country nobody needs all at once."""

    def __init__(self, rows: np.ndarray):
        self.rows = rows
        self._metrics = tuple(rows.dtype.names or ())

    def __getitem__(self, metric: str) -> np.ndarray:
        if metric not in self:
            raise KeyError(metric)
        stored = self.rows[metric]
        column = stored.astype(np.int64)
        column[stored == np.iinfo(stored.dtype).max] = MISSING
        return column

    def __contains__(self, metric: object) -> bool:
        return metric in self._metrics

    def __iter__(self) -> Iterator[str]:
        return iter(self._metrics)

    def __len__(self) -> int:
        return len(self._metrics)


def in_order(rows: np.ndarray, places: np.ndarray | slice) -> np.ndarray:
    """Some rows of a structured array, moved whole: NumPy by itself goes field by field, ten times slower."""
    return rows.view(f"V{rows.dtype.itemsize}")[places].view(rows.dtype)


@dataclass(frozen=True)
class FactTable:
    """The facts of facilities on one day: row i of every column belongs to `facility_ids[i]`; ids ascend.

    columns: metric name → int64[n] in base units (0.01 ㎡, 分, counts), MISSING where nobody recorded a value.
    construction: int8[n], `standards.rules.Construction`. division_codes: int64[n].
    """

    facility_ids: np.ndarray
    division_codes: np.ndarray
    construction: np.ndarray
    columns: Mapping[str, np.ndarray]

    def __len__(self) -> int:
        return len(self.facility_ids)

    def take(self, rows: np.ndarray | slice) -> "FactTable":
        """The rows of a boolean mask, an index array or a slice (of which nothing is copied)."""
        held = self.columns
        if isinstance(held, NarrowColumns):
            columns: Mapping[str, np.ndarray] = NarrowColumns(in_order(held.rows, rows))
        else:
            columns = {metric: column[rows] for metric, column in held.items()}
        return FactTable(self.facility_ids[rows], self.division_codes[rows], self.construction[rows], columns)

    def blocks(self, size: int) -> Iterator["FactTable"]:
        """The table in parts of at most `size` facilities, at least one part."""
        for start in range(0, max(len(self), 1), size):
            yield self.take(slice(start, start + size))

    def stored(self, layout: Layout) -> np.ndarray | list[bytes]:
        """The facts as they are stored: narrow rows as one structured array if all fit, else bytes row by row."""
        if isinstance(self.columns, NarrowColumns) and self.columns.rows.dtype == layout.narrow:
            return self.columns.rows
        return layout.pack_narrow(self.columns) if layout.fits(self.columns).all() else layout.pack(self.columns)

    def differences(self, other: "FactTable") -> int:
        """How many values (ids, construction types and facts) differ from another table of the same facilities."""
        if len(self) != len(other):
            return max(len(self), len(other)) * len(self.columns)
        pairs = [(self.facility_ids, other.facility_ids), (self.construction, other.construction)]
        pairs += [(self.columns[metric], other.columns[metric]) for metric in self.columns]
        return int(sum((mine != theirs).sum() for mine, theirs in pairs))


def joined(tables: Sequence[FactTable]) -> FactTable:
    """One table from several that hold different facilities, ordered by facility."""
    whole = FactTable(
        np.concatenate([t.facility_ids for t in tables]),
        np.concatenate([t.division_codes for t in tables]),
        np.concatenate([t.construction for t in tables]),
        {m: np.concatenate([t.columns[m] for t in tables]) for m in tables[0].columns},
    )
    return whole.take(np.argsort(whole.facility_ids, kind="stable"))


def fact_hash(table: FactTable, layout: Layout) -> str:
    """SHA-256 over the facts of a run."""
    return stored_hash(table.facility_ids, table.construction, table.stored(layout), layout)


def stored_hash(
    facility_ids: np.ndarray, construction: np.ndarray, stored: np.ndarray | list[bytes], layout: Layout
) -> str:
    """SHA-256 over the layout, then ids and construction types (int64) and the stored rows of a run.

    Division codes are left out: a re-organisation recodes a facility without changing what was judged.
    """
    digest = hashlib.sha256("\n".join(layout.texts).encode())
    for column in (facility_ids, construction):
        digest.update(np.ascontiguousarray(column, "<i8").tobytes())
    digest.update(stored.tobytes() if isinstance(stored, np.ndarray) else b"".join(stored))
    return digest.hexdigest()


def result_hash(facility_ids: np.ndarray, *columns: np.ndarray) -> str:
    """SHA-256 over what a run found: ids, tiers, outcome masks and flags, as little-endian int64."""
    digest = hashlib.sha256()
    for column in (facility_ids, *columns):
        digest.update(np.ascontiguousarray(column, "<i8").tobytes())
    return digest.hexdigest()
