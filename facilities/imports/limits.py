"""What is refused before anything is parsed: size, kind, and what a ZIP directory promises. Pure, no Django.

An xlsx of 600 kB can unpack to 150 MB; limits after parsing come too late.
"""

import re
import zipfile
from pathlib import Path

MAX_BYTES = 20 * 1024 * 1024
MAX_UNPACKED = 200 * 1024 * 1024
MAX_RATIO = 100
MAX_ENTRIES = 2000
_SMALL = 1024 * 1024  # a small part may be packed tighter than the ratio
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SAVE_AGAIN = "用 Excel 或 WPS 打开，另存为 .xlsx 再上传"
_FORBIDDEN = {
    "vbaproject": ("表里有宏", "另存为不带宏的 .xlsx 再上传"),
    "xl/activex": ("表里有控件", "删去控件，另存为 .xlsx 再上传"),
    "xl/embeddings": ("表里嵌了别的文件", "删去嵌入的对象，另存为 .xlsx 再上传"),
    "oleobject": ("表里嵌了别的文件", "删去嵌入的对象，另存为 .xlsx 再上传"),
    "xl/externallinks": ("表里引用了别的工作簿", "在“数据 → 编辑链接”里断开链接，再上传"),
    "xl/connections.xml": ("表里有外部数据连接", "删去数据连接，另存为 .xlsx 再上传"),
    "customui/": ("表里有自定义功能区", _SAVE_AGAIN),
    "xl/macrosheets": ("表里有宏表", "另存为不带宏的 .xlsx 再上传"),
}


class UploadRefused(ValueError):
    """Why a file is not read, and what to do about it, in words for whoever uploaded it."""

    def __init__(self, problem: str, advice: str):
        super().__init__(f"{problem}。{advice}。")
        self.problem, self.advice = problem, advice


def inspect(path: Path, name: str) -> str:
    """The kind of a file, "xlsx", "xls" or "csv", judged by its content; raises UploadRefused.

    name: what the user calls it. Nothing is unpacked but the directory and the small files of relations.
    """
    size = path.stat().st_size
    suffix = Path(name).suffix.lower()
    if size == 0:
        raise UploadRefused("文件是空的（0 字节）", "核对选的是不是填好的那一份")
    if size > MAX_BYTES:
        raise UploadRefused(f"文件有 {size / 1048576:.1f} MB，超过 20 MB", "删去图片，或按街道分成几份")
    if suffix in {".xlsm", ".xltm", ".xlam", ".xlsb", ".et", ".ett", ".ods", ".numbers"}:
        raise UploadRefused(f"不收 {suffix} 格式", _SAVE_AGAIN)
    if suffix not in {".xlsx", ".xls", ".csv"}:
        raise UploadRefused("只收 .xlsx、.xls 和 .csv", _SAVE_AGAIN)
    with path.open("rb") as file:
        head = file.read(8)
    if head.startswith(_ZIP):
        if suffix != ".xlsx":
            raise UploadRefused(f"扩展名是 {suffix}，内容却是另一种格式", _SAVE_AGAIN)
        _inspect_zip(path)
        return "xlsx"
    if head == _OLE:
        if suffix == ".xlsx":
            raise UploadRefused("这份表加了打开密码，或不是真正的 .xlsx", f"去掉密码，{_SAVE_AGAIN}")
        if suffix != ".xls":
            raise UploadRefused(f"扩展名是 {suffix}，内容却是 Excel 表", _SAVE_AGAIN)
        _inspect_ole(path)
        return "xls"
    if suffix != ".csv":
        raise UploadRefused(f"扩展名是 {suffix}，内容却不是 Excel 表", _SAVE_AGAIN)
    _inspect_text(path)
    return "csv"


def _inspect_zip(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as book:
            entries = book.infolist()
            _inspect_directory(entries)
            for entry in entries:
                if entry.filename.endswith(".rels") and entry.file_size < _SMALL:
                    _inspect_relations(book.read(entry))
                is_index = entry.filename == "[Content_Types].xml" and entry.file_size < _SMALL
                if is_index and b"macroEnabled" in book.read(entry):
                    raise UploadRefused(*_FORBIDDEN["vbaproject"])
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        NotImplementedError,
        RuntimeError,
        OSError,
        EOFError,
        ValueError,
    ) as bad:
        if isinstance(bad, UploadRefused):
            raise
        raise UploadRefused("文件坏了，打不开", "重新导出或另存一份再上传") from bad


def _inspect_directory(entries: list[zipfile.ZipInfo]) -> None:
    names = [entry.filename.lower().replace("\\", "/") for entry in entries]
    if len(entries) > MAX_ENTRIES:
        raise UploadRefused("文件里的部件太多", _SAVE_AGAIN)
    if len(set(names)) != len(names) or any(name.startswith("/") or ".." in name.split("/") for name in names):
        raise UploadRefused("文件的目录不正常", _SAVE_AGAIN)
    if "[content_types].xml" not in names or not any(name.startswith("xl/") for name in names):
        raise UploadRefused("这是压缩包，不是 Excel 表", "解压以后，上传里面的 .xlsx")
    for entry in entries:
        if entry.flag_bits & 0x1:
            raise UploadRefused("这份表加了密码", "去掉密码再上传")
        if entry.file_size > _SMALL and entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
            raise UploadRefused("文件解开以后大得不正常", _SAVE_AGAIN)
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise UploadRefused("文件解开以后超过 200 MB", "删去空行、空列和图片，或分成几份")
    for part, refusal in _FORBIDDEN.items():
        if any(part in name for name in names):
            raise UploadRefused(*refusal)


def _inspect_relations(content: bytes) -> None:
    """Relations may point outside the file: hyperlinks may, everything else must not."""
    for relation in re.findall(rb"<Relationship\b[^>]*>", content):
        if b'TargetMode="External"' in relation and not re.search(rb'Type="[^"]*/hyperlink"', relation):
            raise UploadRefused(*_FORBIDDEN["xl/externallinks"])


def _inspect_ole(path: Path) -> None:
    content = path.read_bytes()
    if any(mark.encode("utf-16-le") in content for mark in ("_VBA_PROJECT", "EncryptedPackage")):
        word = "表里有宏" if "_VBA_PROJECT".encode("utf-16-le") in content else "这份表加了密码"
        raise UploadRefused(word, _SAVE_AGAIN)
    if not any(mark.encode("utf-16-le") in content for mark in ("Workbook", "Book")):
        raise UploadRefused("这不是 Excel 表", _SAVE_AGAIN)


def _inspect_text(path: Path) -> None:
    content = path.read_bytes()
    if b"\x00" in content and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UploadRefused("这不是文本表格", "用 Excel 打开，另存为 .xlsx 或 .csv 再上传")
    if content[:15].lstrip().lower().startswith((b"<html", b"<!doctype", b"<?xml")):
        raise UploadRefused("这是网页，不是表格", _SAVE_AGAIN)
