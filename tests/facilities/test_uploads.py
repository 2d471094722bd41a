"""Hostile and broken files: refused before anything is parsed, in words that say what to do. Nothing is stored of them."""

import contextlib
import io
import struct
import time
import zipfile

import pytest
from django.core.files.base import ContentFile

from facilities.imports import limits, reading
from facilities.imports.limits import UploadRefused, inspect
from facilities.models import ImportBatch
from facilities.operations import import_batch
from tests.facilities.conftest import GONGSHU, a_facility, book, rows

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def good_book() -> bytes:
    return book({"设施": rows("facility", a_facility())})


def repacked(content: bytes, *, add=(), change=lambda name, data: data) -> bytes:
    """An .xlsx with parts added or changed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            new.writestr(entry.filename, change(entry.filename, old.read(entry)))
        for name, data in add:
            new.writestr(name, data)
    return buffer.getvalue()


def external(name: str, data: bytes) -> bytes:
    relation = b'<Relationship Id="rId99" Type="http://x/attachedTemplate" Target="http://evil/x" TargetMode="External"/></Relationships>'
    return data.replace(b"</Relationships>", relation) if name == "xl/_rels/workbook.xml.rels" else data


def hyperlink(name: str, data: bytes) -> bytes:
    relation = (
        b'<Relationship Id="rId99" Type="http://x/hyperlink" Target="http://a/" TargetMode="External"/></Relationships>'
    )
    return data.replace(b"</Relationships>", relation) if name == "xl/_rels/workbook.xml.rels" else data


def encrypted_flag(content: bytes) -> bytes:
    marked = bytearray(content)
    position = marked.find(b"PK\x01\x02")
    while position >= 0:
        marked[position + 8] |= 1
        position = marked.find(b"PK\x01\x02", position + 4)
    return bytes(marked)


def utf16(*words: str) -> bytes:
    return b"\x00".join(word.encode("utf-16-le") for word in words)


HOSTILE = {
    "empty": ("a.xlsx", lambda: b"", "文件是空的（0 字节）"),
    "empty csv": ("a.csv", lambda: b"", "文件是空的（0 字节）"),
    "program": ("a.exe", lambda: b"MZ" + b"0" * 99, "只收 .xlsx、.xls 和 .csv"),
    "no extension": ("a", good_book, "只收 .xlsx、.xls 和 .csv"),
    "svg": ("a.svg", lambda: b"<svg/>", "只收 .xlsx、.xls 和 .csv"),
    "macro extension": ("a.xlsm", good_book, "不收 .xlsm 格式"),
    "binary workbook": ("a.xlsb", good_book, "不收 .xlsb 格式"),
    "wps": ("a.et", lambda: OLE, "不收 .et 格式"),
    "program as xlsx": ("a.xlsx", lambda: b"MZ" + b"0" * 99, "扩展名是 .xlsx，内容却不是 Excel 表"),
    "pdf as xls": ("a.xls", lambda: b"%PDF-1.7\n" * 9, "扩展名是 .xls，内容却不是 Excel 表"),
    "zip as xls": ("a.xls", good_book, "扩展名是 .xls，内容却是另一种格式"),
    "zip as csv": ("a.csv", good_book, "扩展名是 .csv，内容却是另一种格式"),
    "ole as csv": ("a.csv", lambda: OLE + b"0" * 99, "扩展名是 .csv，内容却是 Excel 表"),
    "password": ("a.xlsx", lambda: OLE + utf16("EncryptedPackage"), "这份表加了打开密码，或不是真正的 .xlsx"),
    "xls with macros": ("a.xls", lambda: OLE + utf16("Workbook", "_VBA_PROJECT"), "表里有宏"),
    "xls with password": ("a.xls", lambda: OLE + utf16("EncryptedPackage"), "这份表加了密码"),
    "word document": ("a.xls", lambda: OLE + utf16("WordDocument"), "这不是 Excel 表"),
    "html as csv": ("a.csv", lambda: b"<html><body>", "这是网页，不是表格"),
    "binary as csv": ("a.csv", lambda: b"a,b\x00\x01\x02", "这不是文本表格"),
    "plain zip": ("a.xlsx", lambda: repacked_zip([("a.txt", b"x")]), "这是压缩包，不是 Excel 表"),
    "cut off": ("a.xlsx", lambda: good_book()[:400], "文件坏了，打不开"),
    "macro": ("a.xlsx", lambda: repacked(good_book(), add=[("xl/vbaProject.bin", b"x")]), "表里有宏"),
    "macro type": (
        "a.xlsx",
        lambda: repacked(
            good_book(), change=lambda n, d: d.replace(b"spreadsheetml.sheet.main", b"sheet.macroEnabled.main")
        ),
        "表里有宏",
    ),
    "macro sheet": ("a.xlsx", lambda: repacked(good_book(), add=[("xl/macrosheets/sheet1.xml", b"x")]), "表里有宏表"),
    "activex": ("a.xlsx", lambda: repacked(good_book(), add=[("xl/activeX/a.bin", b"x")]), "表里有控件"),
    "embedded": ("a.xlsx", lambda: repacked(good_book(), add=[("xl/embeddings/a.docx", b"x")]), "表里嵌了别的文件"),
    "ole object": ("a.xlsx", lambda: repacked(good_book(), add=[("xl/oleObject1.bin", b"x")]), "表里嵌了别的文件"),
    "external book": (
        "a.xlsx",
        lambda: repacked(good_book(), add=[("xl/externalLinks/e.xml", b"x")]),
        "表里引用了别的工作簿",
    ),
    "external relation": ("a.xlsx", lambda: repacked(good_book(), change=external), "表里引用了别的工作簿"),
    "connection": ("a.xlsx", lambda: repacked(good_book(), add=[("xl/connections.xml", b"x")]), "表里有外部数据连接"),
    "ribbon": ("a.xlsx", lambda: repacked(good_book(), add=[("customUI/c.xml", b"x")]), "表里有自定义功能区"),
    "path upwards": ("a.xlsx", lambda: repacked(good_book(), add=[("../../etc/x", b"x")]), "文件的目录不正常"),
    "absolute path": ("a.xlsx", lambda: repacked(good_book(), add=[("/etc/x", b"x")]), "文件的目录不正常"),
    "twice the same part": (
        "a.xlsx",
        lambda: repacked(good_book(), add=[("xl/WORKBOOK.xml", b"x")]),
        "文件的目录不正常",
    ),
    "zip bomb": (
        "a.xlsx",
        lambda: repacked(good_book(), add=[("xl/bomb.xml", b"\0" * 30_000_000)]),
        "文件解开以后大得不正常",
    ),
    "many parts": (
        "a.xlsx",
        lambda: repacked(good_book(), add=[(f"xl/p{i}", b"") for i in range(2001)]),
        "文件里的部件太多",
    ),
    "encrypted parts": ("a.xlsx", lambda: encrypted_flag(good_book()), "这份表加了密码"),
    "too big": ("a.csv", lambda: b"a," * (limits.MAX_BYTES // 2 + 1), "文件超过 20 MB"),
}


def repacked_zip(parts) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as book:
        for name, data in parts:
            book.writestr(name, data)
    return buffer.getvalue()


@pytest.mark.parametrize("case", HOSTILE, ids=str)
def test_a_hostile_or_broken_file_is_refused_and_nothing_of_it_kept(
    case, officer, scope_of_gongshu, settings, tmp_path
):
    settings.MEDIA_ROOT = tmp_path
    name, content, problem = HOSTILE[case]
    with pytest.raises(UploadRefused) as refused:
        import_batch.receive(upload=ContentFile(content()), name=name, by=officer, division_code=GONGSHU)
    assert refused.value.problem == problem
    assert refused.value.advice
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert ImportBatch.objects.count() == 0


def test_a_directory_that_promises_more_than_200_mb_is_refused(tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(repacked(good_book(), add=[("xl/big.bin", b"x")]))
    content = bytearray(path.read_bytes())
    entry = content.find(b"PK\x01\x02", content.rfind(b"PK\x03\x04"))
    while b"xl/big.bin" not in content[entry : entry + 60]:
        entry = content.find(b"PK\x01\x02", entry + 4)
    content[entry + 20 : entry + 28] = struct.pack("<II", 3_000_000, 210 * 1024 * 1024)
    path.write_bytes(content)
    with pytest.raises(UploadRefused, match="200 MB"):
        inspect(path, "a.xlsx")


def test_a_link_to_a_web_page_is_no_danger(tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(repacked(good_book(), change=hyperlink))
    assert inspect(path, "a.xlsx") == "xlsx"


@pytest.mark.parametrize(
    "change",
    [
        lambda name, data: data.replace(b'r="A1"', b'r="XFD1048576"') if name.endswith("sheet1.xml") else data,
        lambda name, data: b"<worksheet" if name.endswith("sheet1.xml") else data,
        lambda name, data: b"<!DOCTYPE x [<!ENTITY a 'aaaa'>]><workbook>&a;</workbook>" if name == "xl/workbook.xml" else data,
    ],
    ids=["huge dimensions", "broken xml", "entities"],
)  # fmt: skip
def test_what_breaks_the_parser_breaks_only_its_child_process(tmp_path, change):
    path = tmp_path / "a.xlsx"
    path.write_bytes(repacked(good_book(), change=change))
    began = time.monotonic()
    with contextlib.suppress(UploadRefused):
        assert all(len(sheet["rows"]) <= 2 for sheet in reading.read(path, inspect(path, "a.xlsx")))
    assert time.monotonic() - began < 10


def test_a_parser_that_does_not_finish_is_stopped(tmp_path, monkeypatch):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" * 10)
    monkeypatch.setattr(reading, "WALL_SECONDS", 0.001)
    with pytest.raises(UploadRefused, match="还没有读完"):
        reading.read(path, "csv")


def test_the_child_has_bounded_memory(tmp_path, monkeypatch):
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\n" + b"x" * 19_000_000)
    monkeypatch.setattr(reading, "MEMORY", 60 * 1024 * 1024)
    with pytest.raises(UploadRefused, match="读不了"):
        reading.read(path, "csv")
