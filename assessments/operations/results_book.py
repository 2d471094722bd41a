"""Results by workbook: a template made from one's visits, and the way back through the same checks as every import.

All or nothing: a row with an error keeps the whole file out, and each error names its cell. The same file again changes
nothing, since the number of a record follows its content.
"""

import re
import tempfile
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from django.utils import timezone

from assessments.models import OperationKind, Visit
from assessments.operations.recording import Incoming
from assessments.operations.results_photos import Named
from assessments.queries import packs
from assessments.rules.checklist import WITH_TOLERANCE
from facilities.exports import Column, workbook
from facilities.imports import cells, reading
from facilities.imports.limits import MAX_BYTES, inspect
from facilities.imports.recognise import letter
from facilities.uploads import antivirus
from facilities.uploads.refusal import UploadRefused

HEAD = ("上门编号", "设施", "项目编号", "项目", "单位", "查得", "说明", "记录时间", "照片")
UNKNOWN = "无法核实"
_MOST = Decimal(10) ** 12
_NAMESPACE = UUID("7f9b1c1e-6c2f-5a43-9d1f-2f5f4f0f6a11")
NOTE = (
    "只填“查得”“说明”“记录时间”“照片”。有没有的项目填 是 或 否；说不清的填 无法核实；没看的留空。"
    "“照片”写压缩包里的文件名，几张用顿号隔开。不要改编号。"
)
MOST_PHOTOS = 10  # of one item


@dataclass(frozen=True, slots=True)
class Wrong:
    """An error in one cell: where, what, and how to mend it."""

    cell: str
    problem: str
    advice: str

    def __str__(self) -> str:
        return f"{self.cell}：{self.problem}。{self.advice}"


class BookRefusedError(Exception):
    """The file is not taken in; nothing was written. `wrong`: every error with its cell."""

    def __init__(self, wrong: list[Wrong]):
        super().__init__("；".join(str(each) for each in wrong[:20]))
        self.wrong = wrong


def template(visits: list[Visit], *, user_id: int) -> bytes:
    """A row a visit and item, without anything that was reported."""
    rows = [
        (visit["id"], visit["name"], item["key"], item["title"], item["unit"] or "是 / 否", "", "", f"{visit['day']} 12:00:00", "")
        for visit in packs.pack(visits, user_id=user_id)
        for item in visit["items"]
    ]  # fmt: skip
    columns = [
        Column(title, lambda row, index=index: row[index], width)
        for index, (title, width) in enumerate(zip(HEAD, (38, 24, 24, 28, 8, 14, 30, 20, 30), strict=True))
    ]
    return workbook(rows, columns, title="抽检结果", note=NOTE)


@dataclass(frozen=True)
class Filled:
    """What a workbook says: the records, and the photos that its rows name."""

    records: list[Incoming]
    photos: list[Named]


def read(upload: Any, name: str, visits: list[Visit], *, user_id: int) -> Filled:
    """What an uploaded workbook says. Raises UploadRefused for the file and BookRefusedError for its cells."""
    with tempfile.TemporaryDirectory() as folder:
        path, size = Path(folder) / "book", 0
        with path.open("xb") as file:
            for chunk in upload.chunks():
                size += len(chunk)
                if size > MAX_BYTES:
                    raise UploadRefused("文件超过 20 MB", "删去图片，或按日期分成几份")
                file.write(chunk)
        kind = inspect(path, name)
        antivirus.scan(path)
        sheets = reading.read(path, kind)
    items = {
        visit["id"]: {item["key"]: item["unit"] for item in visit["items"]}
        for visit in packs.pack(visits, user_id=user_id)
    }
    for sheet in sheets:
        head = next((i for i, (_, texts) in enumerate(sheet["rows"]) if {"上门编号", "查得"} <= set(texts)), None)
        if head is not None:
            return _records(sheet["rows"][head + 1 :], sheet["rows"][head][1], items)
    raise UploadRefused("表里没有“上门编号”和“查得”这一行表头", "请在“我的上门”里下载模板，填好再上传")


def _records(rows: list, head: list[str], items: dict[str, dict[str, str]]) -> Filled:
    at = {title: head.index(title) for title in HEAD if title in head}
    records: list[Incoming] = []
    photos: list[Named] = []
    wrong: list[Wrong] = []
    for number, texts in rows:
        row = {title: (texts[index] if index < len(texts) else "").strip() for title, index in at.items()}
        if not row.get("查得"):
            continue
        place = {title: f"{letter(index)}{number}" for title, index in at.items()}
        record = _record(row, place, items, wrong)
        if record:
            records.append(record)
            photos += _photos(row.get("照片", ""), place, record, wrong)
    if wrong:
        raise BookRefusedError(wrong)
    if not records:
        raise UploadRefused("表里一项“查得”也没有填", "填好再上传")
    return Filled(records, photos)


def _photos(written: str, place: dict, record: Incoming, wrong: list[Wrong]) -> list[Named]:
    names = [part.strip() for part in re.split("[、,，;；\n]", written) if part.strip()]
    if len(names) > MOST_PHOTOS:
        wrong.append(Wrong(place["照片"], f"写了 {len(names)} 张照片", f"一项最多 {MOST_PHOTOS} 张"))
    return [Named(name, record.visit, record.key, record.done_at, place["照片"]) for name in names]


def _record(row: dict, place: dict, items: dict, wrong: list[Wrong]) -> Incoming | None:
    visit, key = row["上门编号"], row.get("项目编号", "")
    if visit not in items:
        wrong.append(Wrong(place["上门编号"], "这次上门不是派给你的，或者已经汇总", "用最近下载的模板，不要改编号"))
        return None
    if key not in items[visit]:
        wrong.append(
            Wrong(place.get("项目编号", place["上门编号"]), f"清单里没有“{key}”", "用最近下载的模板，不要改编号")
        )
        return None
    try:
        value = _value(row["查得"], items[visit][key])
    except cells.BadCell as bad:
        wrong.append(Wrong(place["查得"], *[str(part) for part in bad.args[:2]]))
        return None
    moment = _moment(row.get("记录时间", ""))
    if moment is None:
        where = place.get("记录时间", place["查得"])
        wrong.append(Wrong(where, "没有写明记录时间，或读不出来", "写成 2026-11-23 10:30:00 这样"))
        return None
    text = row.get("说明", "")[:500]
    uuid = uuid5(_NAMESPACE, f"{visit}|{key}|{value}|{text}|{moment.isoformat()}")
    return Incoming(uuid, UUID(visit), OperationKind.FOUND, key, value, text, moment)


def _value(raw: str, unit: str) -> int | None:
    if raw == UNKNOWN:
        return None
    if unit == "":
        return int(cells.boolean(raw))
    if unit in WITH_TOLERANCE:
        return int(cells.decimal(raw, places=2, unit=unit, low=Decimal(0), high=_MOST) * 100)
    return cells.integer(raw, low=0, high=int(_MOST))


def _moment(raw: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(raw.replace("/", "-"))
    except ValueError:
        return None
    if moment.time() == time() and len(raw) <= 10:
        moment = moment.replace(hour=12)
    return moment if moment.tzinfo else timezone.make_aware(moment)
