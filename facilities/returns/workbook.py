"""Returns as a workbook and back: the import's sheets filled in, with two hidden columns that say which row it is and what it was.

The mark of a row is a hash of its cells as they were downloaded. So an upload knows three things without a copy of the file:
what was changed offline (the cells differ from what is online), whether the row was touched offline at all, and whether it
was changed online since. Only where both happened somebody has to choose.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

from facilities.imports import cells
from facilities.imports.cells import BadCell
from facilities.imports.limits import MAX_BYTES, UploadRefused, inspect
from facilities.imports.reading import read
from facilities.imports.recognise import recognise
from facilities.imports.template import MARK_COLUMNS, write_workbook
from facilities.models import QuarterlyReturn
from facilities.returns.content import Content, Line, content_of
from facilities.returns.drafts import Edit
from facilities.returns.shelves import Shelf, all_shelves, is_shelf, shelf_of
from facilities.uploads import antivirus

MOST_ROWS = 5000


def write(target: BinaryIO, returns: Iterable[QuarterlyReturn], *, day: date, created: datetime) -> int:
    """Write the returns as one workbook, as they stand with their drafts; how many rows."""
    rows: dict[str, list[dict[str, str]]] = {shelf.sheet_key: [] for shelf in all_shelves()}
    marks: dict[str, list[tuple[str, str]]] = {key: [] for key in rows}
    number = 0
    for one in returns:
        content = content_of(one, day=day)
        for line in content.all():
            if line.registered is None and line.draft is None and not line.shelf.single:
                continue
            sheet = line.shelf.sheet_key
            rows[sheet].append(_cells(line, content))
            marks[sheet].append((f"{one.uuid}:{line.key}", mark(line)))
            number += 1
    remark = (
        "这是季度填报，已带入台账和已填的内容。只改有变化的格子；加一行就写在最后；最右边两列隐藏的“填报行”不要改。"
        "改好上传，只改填报的草稿，报送、受理以后才写入台账。"
    )
    write_workbook(target, rows, remark=remark, created=created, marks=marks)
    return number


def _cells(line: Line, content: Content) -> dict[str, str]:
    said = {column: line.text(column) for column in line.shelf.columns} | {"facility": content.facility.code}
    if "quarter" in line.shelf.sheet.by_key:
        said["quarter"] = str(content.quarter)
    return said


def mark(line: Line) -> str:
    """A hash of a row's cells, written as their kinds write them: 300 and 300.00 are one text."""
    texts = [canonical(line.shelf, column, line.text(column)) for column in line.shelf.columns]
    return hashlib.sha256("\x1f".join(texts).encode()).hexdigest()[:16]


def canonical(shelf: Shelf, column: str, text: str) -> str:
    """A cell's text as its kind would write it; what it cannot read stays as it is."""
    text = text.strip()
    if not text:
        return ""
    kind = shelf.sheet.by_key[column].kind
    try:
        shown = kind.show(kind.parse(text))
    except BadCell:
        return cells.text(text)
    return _plain_number(shown)


def _plain_number(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text and text.replace(".", "").isdigit() else text


@dataclass(frozen=True, slots=True)
class Clash:
    """A row that was changed both offline and online since the download: its cells that differ, to be chosen."""

    facility: str
    where: str
    cells: tuple[tuple[str, str, str], ...]  # title, online, in the file
    edits: tuple[Edit, ...]
    return_uuid: str


@dataclass
class Uploaded:
    """What a workbook says, return by return: edits to be saved, rows to be chosen, and what could not be used."""

    edits: dict[int, list[Edit]] = field(default_factory=dict)  # key of the return
    clashes: list[Clash] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    rows: int = 0


def keep(upload: Any, name: str) -> list[dict[str, Any]]:
    """Examine and read an uploaded workbook in the child process. Touches no row. Raises UploadRefused."""
    with TemporaryDirectory(prefix="return-") as folder:
        path = Path(folder) / "upload"
        size = 0
        with path.open("wb") as file:
            for chunk in upload.chunks():
                size += len(chunk)
                if size > MAX_BYTES:
                    raise UploadRefused("文件超过 20 MB", "删去图片，或按街道分成几份")
                file.write(chunk)
        kind = inspect(path, name)
        antivirus.scan(path)
        return read(path, kind)


def compare(sheets: list[dict[str, Any]], returns: Iterable[QuarterlyReturn], *, day: date) -> Uploaded:
    """Compare a workbook with the returns that are open. Writes nothing."""
    found = recognise(sheets)
    uploaded = Uploaded(problems=list(found.errors), rows=len(found.rows))
    if len(found.rows) > MOST_ROWS:
        uploaded.problems.append(f"表里有 {len(found.rows)} 行，超过 {MOST_ROWS} 行。请按街道分成几份。")
        return uploaded
    marks = _marks(sheets)
    desk = _Desk(list(returns), day)
    for row in found.rows:
        if not is_shelf(row.sheet.key):
            uploaded.problems.append(f"“{row.sheet_title}”第 {row.number} 行没有用：这张表不在填报里，请用数据导入。")
            continue
        _row(row, marks.get((row.sheet_title, row.number)), desk, uploaded)
    return uploaded


class _Desk:
    """The open returns by facility code, each read once when the first of its rows comes."""

    def __init__(self, returns: list[QuarterlyReturn], day: date):
        self.day = day
        self.by_code = {one.facility.code: one for one in returns}
        self.by_name = {one.facility.name: one for one in returns}
        self.by_uuid = {str(one.uuid): one for one in returns}
        self._contents: dict[int, Content] = {}

    def content(self, one: QuarterlyReturn) -> Content:
        if one.pk not in self._contents:
            self._contents[one.pk] = content_of(one, day=self.day)
        return self._contents[one.pk]


def _row(row, marked: tuple[str, str] | None, desk: _Desk, uploaded: Uploaded) -> None:
    place = f"“{row.sheet_title}”第 {row.number} 行"
    uuid, _, key = (marked[0] if marked else "").partition(":")
    named = row.cells.get("facility") or row.cells.get("code") or row.cells.get("name", "")
    one = desk.by_uuid.get(uuid) or desk.by_code.get(cells.code(named)) or desk.by_name.get(cells.text(named))
    if one is None:
        uploaded.problems.append(f"{place}没有用：“{named}”没有正在填的填报，可能已经报送，或不归你填。")
        return
    shelf, content = shelf_of(row.sheet.key), desk.content(one)
    line = content.line(shelf.sheet_key, key) if key else None
    if line is None and shelf.single:
        line = content.lines[shelf.sheet_key][0]
    if line is None and key and not key.startswith("n"):
        uploaded.problems.append(f"{place}没有用：这一行在台账里已经没有了。")
        return
    if line is None:
        key = key or _new_key(row, one)
        beginning = shelf.beginning(one.facility, content.quarter, desk.day)
        line = content.line(shelf.sheet_key, key) or Line(shelf, key, None, beginning)
    edits = _edits(row, line)
    if not edits:
        return
    online, offline = mark(line), _mark_of(row, line)
    if marked and marked[1] not in (online, offline) and line.draft is not None:
        shown = tuple((shelf.sheet.by_key[e.column].title, line.text(e.column) or "空", e.text or "空") for e in edits)
        uploaded.clashes.append(Clash(one.facility.name, line.name, shown, tuple(edits), str(one.uuid)))
    elif not marked or marked[1] != offline:
        uploaded.edits.setdefault(one.pk, []).extend(edits)


def _edits(row, line: Line) -> list[Edit]:
    """The cells of a row that differ from what is online. An empty cell says nothing; 清空 takes a text away."""
    found = []
    for column in line.shelf.columns:
        raw = row.cells.get(column, "")
        if cells.is_blank(raw) or not line.shelf.may_change(column, is_new=line.is_new):
            continue
        text = "" if cells.plain(raw) == cells.CLEAR else canonical(line.shelf, column, raw)
        present = line.text(column)
        if text != canonical(line.shelf, column, present):
            found.append(Edit(line.shelf.sheet_key, line.key, column, present, text))
    return found


def _mark_of(row, line: Line) -> str:
    """The hash of the row as the file has it now; an empty cell counts as the text online."""
    texts = []
    for column in line.shelf.columns:
        raw = row.cells.get(column, "")
        texts.append(canonical(line.shelf, column, line.text(column) if cells.is_blank(raw) else raw))
    return hashlib.sha256("\x1f".join(texts).encode()).hexdigest()[:16]


def _new_key(row, one: QuarterlyReturn) -> str:
    """The same new row of the same file gets the same key: uploading it twice adds it once."""
    said = "\x1f".join([str(one.uuid), row.sheet.key, *(f"{k}={v}" for k, v in sorted(row.cells.items()) if v.strip())])
    return "nx" + hashlib.sha256(said.encode()).hexdigest()[:16]


def _marks(sheets: list[dict[str, Any]]) -> dict[tuple[str, int], tuple[str, str]]:
    """(sheet, row number) → which row it is and its hash at the download, from the two hidden columns."""
    found = {}
    for sheet in sheets:
        places: dict[str, int] = {}
        for number, texts in sheet["rows"]:
            if not places:
                names = {text.strip(): index for index, text in enumerate(texts)}
                if all(title in names for title in MARK_COLUMNS):
                    places = {title: names[title] for title in MARK_COLUMNS}
                continue
            values = [texts[places[title]].strip() if places[title] < len(texts) else "" for title in MARK_COLUMNS]
            if values[0]:
                found[sheet["name"], number] = (values[0], values[1])
    return found
