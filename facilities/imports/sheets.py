"""Sheet specifications, declared by the app that owns the data: columns, how rows are matched, how they are saved."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from difflib import get_close_matches
from functools import cached_property
from typing import Any, ClassVar

from facilities.imports import cells
from facilities.imports.cells import BadCell
from tenants.rules import Permission


@dataclass(frozen=True)
class Kind:
    """How the text of a cell becomes a value, and a value text again. This one is a name or remark."""

    max_length: int = 200
    is_secret: ClassVar[bool] = False  # about a person: sealed as soon as it has been read, shown to nobody

    def parse(self, raw: str) -> Any:
        value = cells.text(raw)
        if len(value) > self.max_length:
            raise BadCell(
                f"有 {len(value)} 个字，超过 {self.max_length} 个",
                f"缩到 {self.max_length} 个字以内",
                value[: self.max_length],
            )
        return value

    def show(self, value: Any) -> str:
        return "" if value is None else str(value)

    @property
    def choices(self) -> tuple[str, ...]:
        """Labels for a drop-down list; empty for none."""
        return ()


@dataclass(frozen=True)
class Code(Kind):
    """A code, or a reference by code or name that the sheet resolves."""

    def parse(self, raw: str) -> str:
        return cells.code(raw)


@dataclass(frozen=True)
class Area(Kind):
    """Square metres, two decimals."""

    def parse(self, raw: str) -> Decimal:
        return cells.decimal(raw, places=2, unit="㎡", low=Decimal("0.01"), high=Decimal("999999.99"))


@dataclass(frozen=True)
class Degrees(Kind):
    low: int = 0
    high: int = 180

    def parse(self, raw: str) -> Decimal:
        try:
            return cells.decimal(raw, places=6, unit="度", low=Decimal(self.low), high=Decimal(self.high))
        except BadCell as bad:
            if bad.fix and "小数" in bad.problem:  # more digits than a millimetre needs: round, nobody minds
                return Decimal(bad.fix)
            raise


@dataclass(frozen=True)
class Fen(Kind):
    """Money: written in yuan, kept in fen."""

    low: Decimal = Decimal("0")

    def parse(self, raw: str) -> int:
        return int(cells.decimal(raw, places=2, unit="元", low=self.low, high=Decimal("9999999999")) * 100)

    def show(self, value: Any) -> str:
        return "" if value is None else f"{Decimal(value) / 100:.2f}"


@dataclass(frozen=True)
class Whole(Kind):
    low: int = 0
    high: int = 9999

    def parse(self, raw: str) -> int:
        return cells.integer(raw, low=self.low, high=self.high)


@dataclass(frozen=True)
class Day(Kind):
    def parse(self, raw: str) -> date:
        return cells.day(raw)

    def show(self, value: Any) -> str:
        return value.isoformat() if value else ""


@dataclass(frozen=True)
class LastDay(Day):
    """The last day something holds, as people write it; kept as the first day without (`ends_on`, half-open)."""

    def parse(self, raw: str) -> date:
        return cells.day(raw) + timedelta(days=1)

    def show(self, value: Any) -> str:
        return (value - timedelta(days=1)).isoformat() if value else ""


@dataclass(frozen=True)
class YesNo(Kind):
    def parse(self, raw: str) -> bool:
        return cells.boolean(raw)

    def show(self, value: Any) -> str:
        return {True: "是", False: "否"}.get(value, "")

    @property
    def choices(self) -> tuple[str, ...]:
        return ("是", "否")


@dataclass(frozen=True)
class Choice(Kind):
    """One of a few values, written by its label; `also` maps other common words to a value."""

    values: tuple[tuple[str, str], ...] = ()
    also: Mapping[str, str] = field(default_factory=dict, hash=False)

    @cached_property
    def _by_label(self) -> dict[str, str]:
        labels = {self._folded(label): value for value, label in self.values}
        return labels | {value: value for value, _ in self.values}

    @staticmethod
    def _folded(text: str) -> str:
        return cells.plain(text).replace(" ", "")

    def parse(self, raw: str) -> str:
        folded = self._folded(raw)
        if (value := self._by_label.get(folded)) is not None:
            return value
        labels = dict(self.values)
        expected = "可填：" + "、".join(labels.values())
        if guess := self.also.get(folded):
            raise BadCell(f"“{raw}”不在可选值里", expected, labels[guess])
        close = get_close_matches(folded, list(labels.values()), n=1, cutoff=0.5)
        inside = [label for label in labels.values() if label in folded or (len(folded) > 1 and folded in label)]
        raise BadCell(f"“{raw}”不在可选值里", expected, (close or inside or [None])[0])

    def show(self, value: Any) -> str:
        return dict(self.values).get(value, "")

    @property
    def choices(self) -> tuple[str, ...]:
        return tuple(label for _, label in self.values)


@dataclass(frozen=True)
class Several(Choice):
    """Any number of choices, apart by 、 or comma."""

    def parse(self, raw: str) -> Any:
        one = Choice(values=self.values, also=self.also)
        return sorted({one.parse(part) for part in split(raw)})

    def show(self, value: Any) -> str:
        return "、".join(dict(self.values).get(part, part) for part in value or [])

    @property
    def choices(self) -> tuple[str, ...]:
        return ()


def split(raw: str) -> list[str]:
    """The parts of a list in one cell: 甲、乙,丙;丁."""
    folded = raw
    for mark in "、,;；，/\n|":
        folded = folded.replace(mark, "、")
    return [part.strip() for part in folded.split("、") if part.strip()]


@dataclass(frozen=True)
class Column:
    """A column of a sheet. `required`: "always" (it says what the row is about), "new" (only to register), or ""."""

    key: str
    title: str
    kind: Kind = field(default_factory=Kind)
    required: str = ""
    note: str = ""
    example: str = ""
    aliases: tuple[str, ...] = ()
    width: int = 14


@dataclass(frozen=True)
class Sheet:
    """A sheet of the workbook.

    `match(check, rows)` resolves references, finds what each row is about, and sets its difference; it only reads.
    `save(hand, rows)` writes the rows that the user confirmed, parents first (sheets are saved by `order`); `hand` says who
    writes and when. What can be written and never changed has `take_back(rows, hand)`, which undoes it by entries that
    reverse it, and `undo`, which says so. `groups`: the templates that it is in.
    """

    key: str
    title: str
    order: int
    columns: tuple[Column, ...]
    match: Callable[[Any, list], None]
    save: Callable[[Any, list], None]
    aliases: tuple[str, ...] = ()
    note: str = ""
    groups: tuple[str, ...] = ("facilities",)
    permission: Permission | None = None  # what it asks for beside the right to import
    undo: str = ""
    take_back: Callable[[list, Any], None] | None = None

    @cached_property
    def by_key(self) -> dict[str, Column]:
        return {column.key: column for column in self.columns}


GROUPS = {"facilities": "设施", "partners": "合伙人", "money": "资金"}  # the templates, by what is kept in them
_registered: dict[str, Sheet] = {}


def register(*sheets: Sheet) -> None:
    """Add sheets to the workbook. Apps call it from `AppConfig.ready`; an app above may add, never replace."""
    for sheet in sheets:
        if _registered.get(sheet.key, sheet) is not sheet:
            raise ValueError(f"Two sheets are called {sheet.key}.")
        _registered[sheet.key] = sheet


def all_sheets() -> list[Sheet]:
    return sorted(_registered.values(), key=lambda sheet: sheet.order)


def sheet(key: str) -> Sheet:
    return _registered[key]
