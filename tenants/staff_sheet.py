"""A list of people to invite, as .xlsx: the limits of every workbook and narrower ones first, then a bounded child reads it.

The reader of the registry's ledgers stands above this app; six columns of text need none of it (docs/decisions/files.md).
"""

import json
import resource
import subprocess
import sys
import tempfile
import zipfile
from io import BytesIO
from pathlib import Path
from typing import IO

HEAD = ("账号", "姓名", "角色", "区划", "起", "最后一天")
MOST_BYTES, MOST_ROWS, MOST_PEOPLE = 1024 * 1024, 1000, 200
_MOST_UNPACKED, _MOST_PARTS = 20 * 1024 * 1024, 200
_MEMORY, _CPU_S, _WAIT_S = 512 * 1024 * 1024, 10, 20


class SheetRefused(ValueError):
    """A file that is not read, and what its owner can do about it."""


def read_people(file: IO[bytes], size: int, name: str) -> list[dict[str, str]]:
    """The rows below the head line, as texts by column, with the `number` of the line. Raises SheetRefused."""
    if size > MOST_BYTES:
        raise SheetRefused("文件超过 1 MB。请只留邀请名单这一张表。")
    with tempfile.NamedTemporaryFile(suffix=".xlsx") as copy:
        copy.write(file.read(MOST_BYTES + 1))
        copy.flush()
        _inspect(Path(copy.name), name)
        lines = _cells(Path(copy.name))
    head = next((i for i, line in enumerate(lines) if tuple(line[: len(HEAD)]) == HEAD), None)
    if head is None:
        raise SheetRefused(f"没有找到表头。第一行应是：{'、'.join(HEAD)}。请用模板填写。")
    rows = [
        {"number": str(number), **dict(zip(HEAD, line, strict=False))}
        for number, line in enumerate(lines[head + 1 :], head + 2)
        if any(line[: len(HEAD)])
    ]
    if not rows:
        raise SheetRefused("表里没有人。")
    if len(rows) > MOST_PEOPLE:
        raise SheetRefused(f"一次最多邀请 {MOST_PEOPLE} 人，请分几次。")
    return rows


def _inspect(path: Path, name: str) -> None:
    """Every workbook's limits and the virus scanner, then the narrower limits of a list of at most 200 people."""
    from tenants.workbooks import examine  # not above: the child runs this file with nothing of ours in reach

    if not name.lower().endswith(".xlsx"):
        raise SheetRefused("这不是 .xlsx 文件。请在 Excel 里另存为 .xlsx。")
    try:
        examine(path, name)
    except ValueError as refused:
        raise SheetRefused(str(refused)) from refused
    with zipfile.ZipFile(path) as packed:
        parts = packed.infolist()
    if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > _MOST_UNPACKED:
        raise SheetRefused("文件展开后太大，没有打开。请用模板重新填写。")


def _cells(path: Path) -> list[list[str]]:
    try:
        done = subprocess.run([sys.executable, "-I", __file__, path], capture_output=True, timeout=_WAIT_S, check=True)
        return json.loads(done.stdout)
    except (subprocess.SubprocessError, ValueError) as error:
        raise SheetRefused("这张表读不出来。请用模板重新填写。") from error


def _main(path: str) -> None:
    """In the child: bounded, then parsed."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_S, _CPU_S))
    from python_calamine import CalamineWorkbook

    sheet = CalamineWorkbook.from_filelike(BytesIO(Path(path).read_bytes())).get_sheet_by_index(0)
    rows = sheet.to_python(skip_empty_area=False)[:MOST_ROWS]
    json.dump([[_text(cell) for cell in row[: len(HEAD)]] for row in rows], sys.stdout)


def _text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).replace(" 00:00:00", "").strip()


if __name__ == "__main__":
    _main(sys.argv[1])
