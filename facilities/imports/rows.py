"""A row on its way in, and what the check finds about it."""

from dataclasses import asdict, dataclass, field
from typing import Any

from facilities.imports.cells import BadCell
from facilities.imports.sheets import Sheet
from facilities.models import Outcome

ERROR, WARNING = "error", "warning"


@dataclass(slots=True)
class Finding:
    """One thing about one cell: what is wrong, what is expected, the likeliest correction (the whole cell's new text)."""

    column: str
    level: str
    problem: str
    expected: str = ""
    fix: str | None = None
    cell: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(slots=True)
class Difference:
    """A value that would change, in words."""

    title: str
    old: str
    new: str


@dataclass(slots=True, eq=False)
class Row:
    """One row: the texts of its cells by column key, the values read from them, and what it would do.

    `target` is the registered object it is about, or a new unsaved one; `assign` the attributes it would set.
    `parents` are the rows of this workbook that must be saved before it. `about` is the key of the registered row that it
    is known to be about (a quarterly return knows); without it the natural key says so.
    """

    sheet: Sheet
    sheet_title: str
    number: int
    cells: dict[str, str]
    columns: dict[str, str]
    remarks: list[tuple[str, str]] = field(default_factory=list)  # (column key or "", what reading it noticed)
    id: int | None = None
    about: int | None = None
    values: dict[str, Any] = field(default_factory=dict)
    cleared: set[str] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    target: Any = None
    is_new: bool = False
    assign: dict[str, Any] = field(default_factory=dict)
    also: dict[str, Any] = field(default_factory=dict)
    parents: list["Row"] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)
    label: str = ""

    def address(self, column: str) -> str:
        return f"{self.columns.get(column) or '行'}{self.number}" if column else f"第 {self.number} 行"

    def error(self, column: str, problem: str, expected: str = "", fix: str | None = None) -> None:
        self._find(column, ERROR, problem, expected, fix)

    def warn(self, column: str, problem: str, expected: str = "", fix: str | None = None) -> None:
        self._find(column, WARNING, problem, expected, fix)

    def bad(self, column: str, bad: BadCell) -> None:
        self._find(column, ERROR, bad.problem, bad.expected, bad.fix)

    def _find(self, column, level, problem, expected, fix) -> None:
        self.findings.append(Finding(column, level, problem, expected, fix, self.address(column)))

    @property
    def has_error(self) -> bool:
        return any(finding.level == ERROR for finding in self.findings)

    def is_broken(self, *columns: str) -> bool:
        """Whether something about one of these cells has been noted: then no second remark follows from it."""
        return any(finding.column in columns for finding in self.findings)

    def given(self, column: str) -> bool:
        """Whether the cell says something: a value, or 清空."""
        return column in self.values or column in self.cleared

    @property
    def changes_something(self) -> bool:
        return self.is_new or bool(self.differences)

    @property
    def outcome(self) -> Outcome:
        if self.has_error:
            return Outcome.ERROR
        if not self.changes_something:
            return Outcome.SAME
        if self.findings:
            return Outcome.CONFIRM
        return Outcome.NEW if self.is_new else Outcome.UPDATE
