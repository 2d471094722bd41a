"""A PDF is walked object by object: nothing in it may run, open something else, carry files or be locked."""

import re
from pathlib import Path
from typing import Any

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

from facilities.uploads.refusal import UploadRefused

MAX_OBJECTS = 200_000
_DEPTH = 60
_PRINT = "用“打印到 PDF”重新生成一份再上传"
_SCRIPT = ("PDF 里有脚本", _PRINT)
_ACTION = ("PDF 里有会打开程序、文件或网址的动作", _PRINT)
_CARRIED = ("PDF 里嵌了别的文件", "把附件单独上传，PDF 重新生成一份")
_FORM = ("PDF 里有动态表单", _PRINT)
_MEDIA = ("PDF 里有音视频", _PRINT)
_LOCKED = ("这份 PDF 加了密码或限制", "去掉密码和限制再上传")
KEYS = {
    "/JS": _SCRIPT, "/JavaScript": _SCRIPT, "/EF": _CARRIED, "/EmbeddedFiles": _CARRIED, "/XFA": _FORM,
    "/RichMediaContent": _MEDIA, "/RichMediaSettings": _MEDIA, "/Encrypt": _LOCKED,
}  # fmt: skip
VALUES = {
    "/JavaScript": _SCRIPT, "/Launch": _ACTION, "/SubmitForm": _ACTION, "/ImportData": _ACTION, "/GoToR": _ACTION,
    "/GoToE": _ACTION, "/Rendition": _MEDIA, "/Movie": _MEDIA, "/Sound": _MEDIA, "/RichMedia": _MEDIA,
    "/RichMediaExecute": _MEDIA, "/EmbeddedFile": _CARRIED, "/FileAttachment": _CARRIED,
}  # fmt: skip
# Also looked for in the bytes, for what no table of objects leads to: some viewers mend files and find it.
_IN_BYTES = {b"/JavaScript": _SCRIPT, b"/Launch": _ACTION, b"/EmbeddedFile": _CARRIED, b"/RichMedia": _MEDIA}


def examine_pdf(source: str) -> None:
    """Raises UploadRefused. Contents of pages are not decoded."""
    _search_bytes(Path(source).read_bytes())
    try:
        reader = PdfReader(source, strict=False)
        if "/Encrypt" in reader.trailer or reader.is_encrypted:
            raise UploadRefused(*_LOCKED)
        _search(reader.trailer, 0)
        for number, generation in _objects(reader):
            _search(reader.get_object(IndirectObject(number, generation, reader)), 0)
        if not len(reader.pages):
            raise ValueError("no pages")
    except UploadRefused:
        raise
    except MemoryError:
        raise UploadRefused("这份 PDF 太大，读不了", _PRINT) from None
    except Exception as broken:
        raise UploadRefused("这份 PDF 坏了，打不开", _PRINT) from broken


def _search_bytes(content: bytes) -> None:
    plain = re.sub(rb"#([0-9A-Fa-f]{2})", lambda found: bytes([int(found[1], 16)]), content)
    for mark, refusal in _IN_BYTES.items():
        if mark in plain:
            raise UploadRefused(*refusal)


def _objects(reader: PdfReader) -> list[tuple[int, int]]:
    found = [(number, generation) for generation, table in reader.xref.items() for number in table]
    found += [(number, 0) for number in reader.xref_objStm]
    if len(found) > MAX_OBJECTS:
        raise UploadRefused("这份 PDF 的部件太多", _PRINT)
    return found


def _search(thing: Any, depth: int) -> None:
    """Indirect objects are not followed: each comes up by itself."""
    if depth > _DEPTH:
        raise UploadRefused("这份 PDF 的结构不正常", _PRINT)
    if isinstance(thing, DictionaryObject):
        for key in thing:
            if key in KEYS:
                raise UploadRefused(*KEYS[key])
            value = thing.raw_get(key)
            if key in {"/S", "/Subtype", "/Type"} and not isinstance(value, IndirectObject) and str(value) in VALUES:
                raise UploadRefused(*VALUES[str(value)])
            if key in {"/S", "/Subtype"} and isinstance(value, IndirectObject):
                raise UploadRefused("这份 PDF 的结构不正常", _PRINT)  # the kind of an action, hidden behind a reference
            _search(value, depth + 1)
    elif isinstance(thing, ArrayObject):
        for value in list.__iter__(thing):
            _search(value, depth + 1)
