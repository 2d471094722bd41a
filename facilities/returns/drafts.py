"""Saving what is typed: cell by cell, so that two windows or two clerks meet only where they change the same cell.

An edit carries the text that its cell had when it was changed (`was`). Where the cell still says that, or says the new text
already, the edit holds; else nothing is overwritten and the person is told who wrote what.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from facilities.models import QuarterlyReturn, ReturnRow
from facilities.returns.content import WHY, Content, Line, content_of, single_key
from facilities.returns.shelves import is_shelf, shelf_of
from tenants.models import User

REMARKS = ("return", "remarks", "text")  # the address of the remarks, which no sheet holds
DROP = "-"  # the column of an edit that takes a new row away
_KEY = re.compile(r"n[0-9a-z]{1,30}")
_LONGEST = 2000


class ReturnRefused(ValueError):
    """Why something cannot be done with a return now, in words for the user."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One cell changed by hand or by a workbook: its address, the text it had, and the text it gets."""

    sheet: str
    key: str
    column: str
    was: str
    text: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """A cell that somebody else has changed meanwhile: what they wrote, and who and when."""

    edit: Edit
    theirs: str
    by: str
    at: datetime | None


@dataclass(frozen=True)
class Saved:
    """What a save did. `content` is the return afterwards; `others` the rows that were saved elsewhere since `since`."""

    content: Content
    serial: int
    kept: tuple[Edit, ...]
    conflicts: tuple[Conflict, ...]
    others: tuple[Line, ...]


def save(
    *,
    one: QuarterlyReturn,
    edits: Iterable[Edit],
    by: User | None,
    now: datetime,
    day: date,
    since: int | None = None,
) -> Saved:
    """Save edits of a return that is open, in one transaction. Raises ReturnRefused.

    since: the `serial` that the window has seen. day: today, for the first day of new rows.
    """
    with transaction.atomic():
        locked = QuarterlyReturn.objects.select_for_update(no_key=True).get(pk=one.pk)
        locked.facility = one.facility
        if not locked.is_open:
            raise ReturnRefused(f"这份填报{locked.get_state_display()}，已经不能改了。要改，请先撤回或开新一版更正。")
        content = content_of(locked, day=day)
        work = _Work(locked, content, by, now, day)
        for edit in edits:
            work.take(edit)
        others = tuple(
            line for line in content.all()
            if since is not None and line.draft is not None and line.draft.serial > since
        )  # fmt: skip
        work.store()
        one.serial, one.remarks = locked.serial, locked.remarks
        return Saved(content, locked.serial, tuple(work.kept), tuple(work.conflicts), others)


class _Work:
    """The edits of one save, put into the content and then stored in as few statements as there are kinds of change."""

    def __init__(self, one: QuarterlyReturn, content: Content, by: User | None, now: datetime, day: date):
        self.one, self.content, self.by, self.now, self.day = one, content, by, now, day
        self.kept: list[Edit] = []
        self.conflicts: list[Conflict] = []
        self.touched: dict[tuple[str, str], Line] = {}
        self.dropped: list[Line] = []
        self.remarks = False

    def take(self, edit: Edit) -> None:
        text = _clean(edit.text)
        if (edit.sheet, edit.key, edit.column) == REMARKS:
            self._remark(edit, text)
            return
        line = self._line(edit)
        if edit.column == DROP:
            self._drop(line)
            self.kept.append(edit)
            return
        column = edit.column.removeprefix(WHY)
        if not line.shelf.may_change(column, is_new=line.is_new):
            raise ReturnRefused("这一格不在这里改。刷新页面再试。")
        present = line.text(edit.column)
        if present not in (_clean(edit.was), text):
            draft = line.draft
            by, at = (str(draft.changed_by or ""), draft.changed_at) if draft else ("", None)
            self.conflicts.append(Conflict(edit, present, by, at))
            return
        self.kept.append(edit)
        if present != text:
            self._put(line, edit.column, text)

    def _remark(self, edit: Edit, text: str) -> None:
        if self.one.remarks not in (_clean(edit.was), text):
            self.conflicts.append(Conflict(edit, self.one.remarks, "", None))
            return
        self.kept.append(edit)
        if self.one.remarks != text:
            self.one.remarks, self.remarks = text, True

    def _line(self, edit: Edit) -> Line:
        if not is_shelf(edit.sheet):
            raise ReturnRefused("填报里没有这张表。刷新页面再试。")
        if line := self.content.line(edit.sheet, edit.key):
            return line
        shelf = shelf_of(edit.sheet)
        if not _KEY.fullmatch(edit.key) or (shelf.single and edit.key != single_key(shelf)):
            raise ReturnRefused("填报里没有这一行，可能刚被删去。刷新页面再试。")
        beginning = shelf.beginning(self.content.facility, self.content.quarter, self.day)
        line = Line(shelf, edit.key, None, beginning)
        self.content.lines[edit.sheet].append(line)
        return line

    def _put(self, line: Line, column: str, text: str) -> None:
        if line.draft is None:
            line.draft = ReturnRow(
                quarterly_return=self.one, facility_id=self.one.facility_id, division_code=self.one.division_code,
                sheet=line.shelf.sheet_key, row_key=line.key, cells={}, base={},
            )  # fmt: skip
        cells = dict(line.draft.cells)
        plain = line.was.get(column, "")
        if text == plain:
            cells.pop(column, None)
        else:
            cells[column] = text
            line.draft.base = {column: plain} | line.draft.base
        line.draft.cells = cells
        line.draft.changed_by, line.draft.changed_at = self.by, self.now
        self.touched[line.shelf.sheet_key, line.key] = line

    def _drop(self, line: Line) -> None:
        if line.registered is not None:
            raise ReturnRefused("登记过的行不能删去。不再用了，填结束日。")
        self.touched.pop((line.shelf.sheet_key, line.key), None)
        self.dropped.append(line)

    def store(self) -> None:
        empty = [line for line in self.touched.values() if line.draft and not line.draft.cells and not line.is_new]
        gone = [line for line in (*self.dropped, *empty) if line.draft]
        rows = [line.draft for line in self.touched.values() if line.draft and line not in empty]
        if not (gone or rows or self.remarks):
            return
        self.one.serial += 1
        for row in rows:
            row.serial = self.one.serial
        ReturnRow.objects.bulk_create([row for row in rows if row.pk is None])
        ReturnRow.objects.bulk_update(
            [row for row in rows if row.pk], ["cells", "base", "serial", "changed_by", "changed_at"]
        )
        ReturnRow.objects.filter(pk__in=[line.draft.pk for line in gone if line.draft and line.draft.pk]).delete()
        for line in gone:
            line.draft = None
        for line in self.dropped:
            self.content.lines[line.shelf.sheet_key].remove(line)
        self.one.save(update_fields=["serial", "remarks"])


def _clean(text: str) -> str:
    """As a browser and a workbook may both send it: one kind of line end, no blanks at the ends."""
    return text.replace("\r\n", "\n").replace("\x00", "").strip()[:_LONGEST]
