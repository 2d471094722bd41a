"""A Word document is unpacked part by part in memory and each part read: no macros, foreign parts, entities or commands."""

import re
import zipfile
from xml.parsers import expat

from facilities.uploads.packages import MAX_UNPACKED, no_entities
from facilities.uploads.refusal import UploadRefused

_SAVE_AGAIN = "用 Word 或 WPS 打开，另存为 .docx 再上传"
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_XML = (".xml", ".rels")
_OTHER = (
    ".png", ".jpg", ".jpeg", ".jfif", ".gif", ".bmp", ".tif", ".tiff", ".emf", ".wmf", ".odttf", ".fntdata", ".thmx", "/",
)  # fmt: skip
# Fields that run programs or fetch what lies elsewhere.
_COMMAND = re.compile(r"\b(DDE|DDEAUTO|INCLUDETEXT|INCLUDEPICTURE|IMPORT|MACROBUTTON)\b", re.IGNORECASE)
_COMMAND_REFUSED = ("文档里有会取外部内容的域", "选中它，按 Ctrl+Shift+F9 变成文字，再上传")
_CHUNK = 1 << 20


def examine_word(source: str) -> None:
    """Raises UploadRefused. Reads every part to its end, so that wrong sizes, overlaps and checksums show."""
    try:
        with zipfile.ZipFile(source) as package:
            if package.comment:
                raise UploadRefused("文件里夹带了别的文件", _SAVE_AGAIN)
            left = MAX_UNPACKED
            for entry in package.infolist():
                left -= _examine_part(package, entry, left)
    except UploadRefused:
        raise
    except MemoryError:
        raise UploadRefused("文档太大，读不了", "压缩文档里的图片，或分成几份") from None
    except Exception as broken:
        raise UploadRefused("文档坏了，打不开", _SAVE_AGAIN) from broken


def _examine_part(package: zipfile.ZipFile, entry: zipfile.ZipInfo, left: int) -> int:
    """Bytes of one part, at most `left`."""
    name = entry.filename.lower()
    if not name.endswith(_XML + _OTHER):
        raise UploadRefused("文档里嵌了不认识的部件", "删去嵌入的对象和图标，另存为 .docx 再上传")
    reader = _PartReader(name) if name.endswith(_XML) else None
    size = 0
    with package.open(entry) as part:
        while chunk := part.read(_CHUNK):
            size += len(chunk)
            if size > left:
                raise UploadRefused("文件解开以后超过 200 MB", "压缩文档里的图片，或分成几份")
            if reader:
                reader.parser.Parse(chunk, False)
    if reader:
        reader.parser.Parse(b"", True)
        reader.conclude()
    return size


class _PartReader:
    """One XML part: no document type, no fields that fetch or run, no chunks of other formats."""

    def __init__(self, name: str):
        self.is_index = name == "[content_types].xml"
        self.commands: list[str] = []
        self.has_main = False
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = no_entities
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        bare = tag.rpartition(":")[2]
        if bare == "instrText":
            self.parser.CharacterDataHandler = self.commands.append
        elif bare == "fldSimple":
            self.commands += [text for key, text in attributes.items() if key.rpartition(":")[2] == "instr"]
        elif bare in {"altChunk", "OLEObject", "control"}:
            raise UploadRefused("文档里嵌了别的文件", _SAVE_AGAIN)
        elif self.is_index and attributes.get("ContentType") == _MAIN:
            self.has_main = True

    def end(self, tag: str) -> None:
        if tag.endswith("instrText"):
            self.parser.CharacterDataHandler = None

    def conclude(self) -> None:
        if _COMMAND.search("".join(self.commands)):
            raise UploadRefused(*_COMMAND_REFUSED)
        if self.is_index and not self.has_main:
            raise UploadRefused("这不是 Word 文档", _SAVE_AGAIN)
