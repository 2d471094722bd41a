"""What a return says: the registered rows with the draft's changes over them."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from facilities.models import Facility, FacilityState, QuarterlyReturn, ReturnComment, ReturnRow
from facilities.returns.rules import rules_on
from facilities.returns.shelves import Cells, Read, Shelf, all_shelves, shelf_of
from tenants.models import User
from tenants.quarters import Quarter
from tenants.rules import district_of
from tenants.together import together

WHY = "?"  # in front of a column's key: the sentence that explains its jump


@dataclass(slots=True)
class Line:
    """One row of a return. `registered` is None for a new one. `draft` is the stored change, if there is one."""

    shelf: Shelf
    key: str
    registered: Cells | None
    beginning: Cells
    draft: ReturnRow | None = None
    earlier: Cells | None = None  # of the quarter before, where that is another row

    @property
    def is_new(self) -> bool:
        return self.key.startswith("n")

    @property
    def is_gone(self) -> bool:
        """Whether somebody has removed from the registry what the draft changes."""
        return self.registered is None and not self.is_new

    @property
    def was(self) -> Cells:
        """What the cells say without the draft."""
        return self.beginning if self.registered is None else self.registered

    @property
    def typed(self) -> Cells:
        return self.draft.cells if self.draft else {}

    def text(self, column: str) -> str:
        typed = self.typed
        return typed[column] if column in typed else self.was.get(column, "")

    @property
    def cells(self) -> Cells:
        return self.was | {k: v for k, v in self.typed.items() if not k.startswith(WHY)}

    @property
    def changed(self) -> list[str]:
        """Columns that differ from the registry; of a new row those that say something."""
        if self.registered is None:
            return [c for c in self.shelf.columns if self.text(c)] if self.draft else []
        return [c for c in self.shelf.columns if self.text(c) != self.registered.get(c, "")]

    @property
    def is_changed(self) -> bool:
        return bool(self.changed) or (self.registered is None and self.draft is not None)

    @property
    def name(self) -> str:
        words = [self.text(column) for column in self.shelf.identifying]
        return " ".join(word for word in words if word) or self.shelf.sheet.title


@dataclass
class Content:
    """All rows of a return, by sheet, in the order in which they are shown. `read`: what was read of the database for it."""

    facility: Facility
    quarter: Quarter
    read: Read = field(default_factory=dict)
    lines: dict[str, list[Line]] = field(default_factory=dict)

    def line(self, sheet: str, key: str) -> Line | None:
        return next((line for line in self.lines.get(sheet, []) if line.key == key), None)

    def all(self) -> Iterable[Line]:
        return (line for lines in self.lines.values() for line in lines)

    @property
    def changed(self) -> list[Line]:
        return [line for line in self.all() if line.is_changed]

    def frozen(self) -> dict[str, dict[str, Cells]]:
        """Everything that is said, as it is kept at submission: sheet → row → cells, with the sentences that explain."""
        whole: dict[str, dict[str, Cells]] = {}
        for line in self.all():
            if line.registered is not None or line.draft is not None:
                why = {k: v for k, v in line.typed.items() if k.startswith(WHY)}
                whole.setdefault(line.shelf.sheet_key, {})[line.key] = line.cells | why
        return whole


def read_of(one: QuarterlyReturn, *, day: date) -> Read:
    """The ledgers of the facility, the draft, the open comments and who wrote them, and the district's rules: one statement.

    day: today, for the rules.
    """
    facility, quarter = one.facility, Quarter.parse(one.quarter)
    drafts = ReturnRow.objects.filter(quarterly_return=one).order_by("pk")
    comments = ReturnComment.objects.filter(quarterly_return=one, settled_at=None).order_by("pk")
    wrote = Q(pk__in=drafts.order_by().values("changed_by_id")) | Q(pk__in=comments.order_by().values("written_by_id"))
    wanted: dict[str, QuerySet] = {
        "drafts": drafts,
        "comments": comments,
        "people": User.objects.filter(wrote).only("pk", "username", "display_name"),
        "rules": rules_on(district_of(one.division_code), day),
        "states": FacilityState.objects.filter(facility=facility).order_by("starts_on"),
    }
    for shelf in all_shelves():
        wanted |= shelf.reads(facility, quarter)
    read = together(wanted)
    people = {person.pk: person for person in read["people"]}
    for row in read["drafts"]:
        row.changed_by = people.get(row.changed_by_id)
    for comment in read["comments"]:
        comment.written_by = people[comment.written_by_id]
    return read


def content_of(one: QuarterlyReturn, *, day: date) -> Content:
    """The return as it stands. day: today, for new rows and the rules. One statement, whatever the number of rows."""
    quarter = Quarter.parse(one.quarter)
    read = read_of(one, day=day)
    content = Content(one.facility, quarter, read)
    drafts = {(row.sheet, row.row_key): row for row in read["drafts"]}
    for shelf in all_shelves():
        beginning = shelf.beginning(one.facility, quarter, day)
        lines = [
            Line(shelf, row.key, row.cells, beginning, drafts.pop((shelf.sheet_key, row.key), None))
            for row in shelf.rows(read, one.facility, quarter)
        ]
        mine = [pair for pair in drafts if pair[0] == shelf.sheet_key]
        for pair in mine:  # new rows, and changes of rows that are gone meanwhile: the check names those
            lines.append(Line(shelf, pair[1], None, beginning if pair[1].startswith("n") else {}, drafts.pop(pair)))
        if shelf.single and not lines:
            lines.append(Line(shelf, single_key(shelf), None, beginning))
        if shelf.earlier and lines:
            lines[0].earlier = shelf.earlier(read, one.facility, quarter)
        content.lines[shelf.sheet_key] = lines
    return content


def single_key(shelf: Shelf) -> str:
    """The key of the one row of a sheet that is not registered yet: the same for everybody who fills it in."""
    return f"n{shelf.sheet_key}"


@dataclass(frozen=True, slots=True)
class Change:
    """One cell that differs, in words. `old` is empty for a new row."""

    sheet: str
    key: str
    column: str
    section: str
    where: str
    title: str
    old: str
    new: str
    why: str = ""
    is_new: bool = False

    def as_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


def changes_of(content: Content) -> list[Change]:
    """What the draft changes in the registry, in the order of the sections."""
    found = []
    for line in content.changed:
        for column in line.changed:
            if (
                line.is_new
                and column in line.beginning
                and column not in line.typed
                and column not in line.shelf.identifying
            ):
                continue  # filled in by itself
            found.append(
                Change(
                    line.shelf.sheet_key, line.key, column, line.shelf.section, line.name, title_of(line.shelf, column),
                    "" if line.is_new else line.was.get(column, ""), line.text(column), line.typed.get(WHY + column, ""),
                    line.is_new,
                )
            )  # fmt: skip
    return found


def title_of(shelf: Shelf, column: str) -> str:
    found = shelf.sheet.by_key.get(column)
    return found.title if found else column


def between(before: dict[str, dict[str, Cells]], after: dict[str, dict[str, Cells]]) -> list[Change]:
    """What differs between two frozen contents: the last one that was accepted, and this one.

    New rows get their own key when they are registered, so a row is looked for by what identifies it too.
    """
    found = []
    for sheet, rows in after.items():
        shelf = shelf_of(sheet)
        earlier = before.get(sheet, {})
        named = {_identity(shelf, cells): cells for cells in earlier.values()}
        for key, cells in rows.items():
            old = earlier.get(key) or named.get(_identity(shelf, cells))
            for column in shelf.columns:
                new, was = cells.get(column, ""), (old or {}).get(column, "")
                if new != was:
                    where = " ".join(cells.get(c, "") for c in shelf.identifying).strip() or shelf.sheet.title
                    found.append(
                        Change(sheet, key, column, shelf.section, where, title_of(shelf, column), was, new,
                               cells.get(WHY + column, ""), old is None)
                    )  # fmt: skip
    return found


def _identity(shelf: Shelf, cells: Cells) -> tuple[str, ...]:
    return tuple(cells.get(column, "") for column in (*shelf.identifying, "site", "starts_on"))


def content_hash(frozen: dict[str, Any], remarks: str) -> str:
    """SHA-256 of what was declared: canonical JSON of the content and the remarks."""
    text = json.dumps([frozen, remarks], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
