"""What the ZIP directory of an Office file promises, before anything of it is unpacked. Workbooks and documents share it.

A file of 600 kB can unpack to 150 MB; limits after parsing come too late.
"""

import stat
import struct
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from facilities.uploads.refusal import UploadRefused

MAX_UNPACKED = 200 * 1024 * 1024
MAX_RATIO = 100
MAX_ENTRIES = 2000
SMALL = 1024 * 1024  # a small part may be packed tighter than the ratio
_DIRECTORY_ENTRY = 512  # bytes that an entry takes in a directory at most, on average
_END_MARK, _END, _TAIL = b"PK\x05\x06", struct.Struct("<4s4HIIH"), 66_000
# What zipfile raises over a broken or unsupported archive; RuntimeError takes in the compression that it does not know.
BROKEN = (zipfile.BadZipFile, zipfile.LargeZipFile, RuntimeError, OSError, EOFError, ValueError)


@dataclass(frozen=True)
class Office:
    """One of the Office formats: its folder in the package, what must not be in it, and its words."""

    folder: str
    this: str
    is_none: tuple[str, str]
    save_again: str
    smaller: str
    link: tuple[str, str]
    forbidden: Mapping[str, tuple[str, str]] = field(default_factory=dict)


WORD = Office(
    folder="word/",
    this="这份文档",
    is_none=("这是压缩包，不是 Word 文档", "解压以后，上传里面的文件"),
    save_again="用 Word 或 WPS 打开，另存为 .docx 再上传",
    smaller="压缩文档里的图片，或分成几份",
    link=("文档引用了外面的模板、图片或文件", "断开链接，把内容放进文档里，再上传"),
    forbidden={
        "vbaproject": ("文档里有宏", "另存为不带宏的 .docx 再上传"),
        "vbadata": ("文档里有宏", "另存为不带宏的 .docx 再上传"),
        "activex": ("文档里有控件", "删去控件，另存为 .docx 再上传"),
        "embeddings/": ("文档里嵌了别的文件", "删去嵌入的对象，另存为 .docx 再上传"),
        "oleobject": ("文档里嵌了别的文件", "删去嵌入的对象，另存为 .docx 再上传"),
        "afchunk": ("文档里嵌了别的文件", "把内容粘贴成文字，另存为 .docx 再上传"),
        "customui/": ("文档里有自定义功能区", "用 Word 或 WPS 打开，另存为 .docx 再上传"),
    },
)


def inspect_package(path: Path, office: Office) -> None:
    """Raises UploadRefused for what the directory, the relations and the index of parts say."""
    try:
        if directory_bytes(path) > MAX_ENTRIES * _DIRECTORY_ENTRY:
            raise UploadRefused("文件里的部件太多", office.save_again)
        with zipfile.ZipFile(path) as package:
            entries = package.infolist()
            _inspect_directory(entries, office)
            for entry in entries:
                is_index = entry.filename.lower() == "[content_types].xml"
                if not is_index and not entry.filename.lower().endswith(".rels"):
                    continue
                if entry.file_size >= SMALL:
                    raise UploadRefused("文件的目录不正常", office.save_again)
                content = package.read(entry)
                if is_index and b"macroenabled" in content.lower():
                    raise UploadRefused(*office.forbidden["vbaproject"])
                if not is_index:
                    _inspect_relations(content, office)
    except UploadRefused:
        raise
    except (*BROKEN, expat.ExpatError) as bad:
        raise UploadRefused("文件坏了，打不开", "重新导出或另存一份再上传") from bad


def no_entities(*_declaration: object) -> None:
    """Handler of document type declarations: Office writes none, and entities can read files and fill the memory."""
    raise UploadRefused("文件里有不该有的实体声明", "用 Office 或 WPS 打开，另存一份再上传")


def directory_bytes(path: Path) -> int:
    """The size of the ZIP directory, read before a library makes an object of every entry in it.

    Nothing may lie behind the archive, nor between its directory and its end: that would be another file.
    """
    length = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, length - _TAIL))
        tail = file.read()
    end = tail.rfind(_END_MARK)
    if end < 0 or len(tail) < end + _END.size:
        raise zipfile.BadZipFile("no directory")
    *_counts, size, offset, comment = _END.unpack_from(tail, end)
    if offset + size != length - len(tail) + end or end + _END.size + comment != len(tail):
        raise zipfile.BadZipFile("something else in front or behind")
    return size


def _inspect_directory(entries: list[zipfile.ZipInfo], office: Office) -> None:
    names = [entry.filename.lower().replace("\\", "/") for entry in entries]
    if len(entries) > MAX_ENTRIES:
        raise UploadRefused("文件里的部件太多", office.save_again)
    if len(set(names)) != len(names) or any(leads_elsewhere(name) for name in names):
        raise UploadRefused("文件的目录不正常", office.save_again)
    if "[content_types].xml" not in names or not any(name.startswith(office.folder) for name in names):
        raise UploadRefused(*office.is_none)
    for entry in entries:
        if entry.flag_bits & 0x1:
            raise UploadRefused(f"{office.this}加了密码", "去掉密码再上传")
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise UploadRefused("文件的目录不正常", office.save_again)
        if entry.file_size > SMALL and entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
            raise UploadRefused("文件解开以后大得不正常", office.save_again)
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise UploadRefused("文件解开以后超过 200 MB", office.smaller)
    for part, refusal in office.forbidden.items():
        if any(part in name for name in names):
            raise UploadRefused(*refusal)


def leads_elsewhere(name: str) -> bool:
    return name.startswith("/") or ".." in name.split("/") or ":" in name or any(ord(letter) < 32 for letter in name)


def _inspect_relations(content: bytes, office: Office) -> None:
    """Relations may point outside the file: hyperlinks may, everything else must not."""

    def start(tag: str, attributes: dict[str, str]) -> None:
        is_outside = attributes.get("TargetMode", "").lower() == "external"
        if is_outside and not attributes.get("Type", "").endswith("/hyperlink"):
            raise UploadRefused(*office.link)

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = no_entities
    parser.Parse(content, True)
