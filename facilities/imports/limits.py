"""What is refused of a workbook before anything is parsed: size, kind, and what its package promises. Pure, no Django."""

from pathlib import Path

from facilities.uploads.packages import Office, inspect_package
from facilities.uploads.refusal import UploadRefused

__all__ = ["MAX_BYTES", "WORKBOOK", "UploadRefused", "inspect"]

MAX_BYTES = 20 * 1024 * 1024
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SAVE_AGAIN = "用 Excel 或 WPS 打开，另存为 .xlsx 再上传"
WORKBOOK = Office(
    folder="xl/",
    this="这份表",
    is_none=("这是压缩包，不是 Excel 表", "解压以后，上传里面的 .xlsx"),
    save_again=_SAVE_AGAIN,
    smaller="删去空行、空列和图片，或分成几份",
    link=("表里引用了别的工作簿", "在“数据 → 编辑链接”里断开链接，再上传"),
    forbidden={
        "vbaproject": ("表里有宏", "另存为不带宏的 .xlsx 再上传"),
        "xl/activex": ("表里有控件", "删去控件，另存为 .xlsx 再上传"),
        "xl/embeddings": ("表里嵌了别的文件", "删去嵌入的对象，另存为 .xlsx 再上传"),
        "oleobject": ("表里嵌了别的文件", "删去嵌入的对象，另存为 .xlsx 再上传"),
        "xl/externallinks": ("表里引用了别的工作簿", "在“数据 → 编辑链接”里断开链接，再上传"),
        "xl/connections.xml": ("表里有外部数据连接", "删去数据连接，另存为 .xlsx 再上传"),
        "customui/": ("表里有自定义功能区", _SAVE_AGAIN),
        "xl/macrosheets": ("表里有宏表", "另存为不带宏的 .xlsx 再上传"),
    },
)


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
        inspect_package(path, WORKBOOK)
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
