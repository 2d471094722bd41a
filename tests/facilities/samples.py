"""Files for the upload tests, made in memory: good ones of each kind, and the tools to make bad ones."""

import io
import struct
import zipfile
import zlib

from PIL import Image
from pypdf import PdfReader, PdfWriter

MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
TYPES = f'<Types xmlns="t"><Default Extension="xml" ContentType="x"/><Override PartName="/word/document.xml" ContentType="{MAIN}"/></Types>'
RELATION = (
    '<Relationships xmlns="r"><Relationship Id="r1" Type="http://x/{kind}" Target="{target}"{mode}/></Relationships>'
)
DOCUMENT = '<w:document xmlns:w="w"><w:body><w:p><w:r><w:t>协议</w:t></w:r></w:p>{}</w:body></w:document>'


def picture(kind: str, size=(40, 30), mode="RGB", **options) -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, size, 120).save(buffer, format=kind, **options)
    return buffer.getvalue()


def photo_with_place() -> bytes:
    """A JPEG with time, place, maker, orientation and a comment, and a script behind its end."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "厂商绝密".encode(), 6
    exif.get_ifd(0x8769)[0x9003] = "2026:11:20 09:30:00"
    exif.get_ifd(0x8825).update({1: "N", 2: (30.0, 19.0, 30.0), 3: "E", 4: (120.0, 8.0, 6.0)})
    buffer = io.BytesIO()
    Image.effect_noise((200, 150), 90).save(buffer, format="JPEG", exif=exif.tobytes(), comment=b"canary-comment")
    return buffer.getvalue() + b"<script>canary()</script>"


def png(width: int, height: int, *chunks: tuple[bytes, bytes], data=b"", depth=8) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, depth, 0, 0, 0, 0)
    parts = [(b"IHDR", header), *chunks, (b"IDAT", data or zlib.compress(b"\0" * 50)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(kind, body) for kind, body in parts)


def docx(*more, document="", types=TYPES, comment=b"", **replaced) -> bytes:
    """A Word document; `more` are (name or ZipInfo, content) of further parts."""
    parts = {
        "[Content_Types].xml": types,
        "_rels/.rels": RELATION.format(kind="officeDocument", target="word/document.xml", mode=""),
        "word/document.xml": DOCUMENT.format(document),
    }
    return zipped([*(parts | replaced).items(), *more], comment=comment)


def zipped(parts, *, comment=b"") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts:
            archive.writestr(name, content)
        archive.comment = comment
    return buffer.getvalue()


def relations(kind: str, target: str, *, quote='"', encoding="utf-8") -> bytes:
    text = RELATION.format(kind=kind, target=target, mode=' TargetMode="External"').replace('"', quote)
    return (f'<?xml version="1.0" encoding="{encoding}"?>' + text).encode(encoding)


def crowded(count: int) -> bytes:
    """An archive whose directory names one empty part `count` times."""
    local = struct.pack("<4s5HIIIHH", b"PK\x03\x04", 20, 0, 0, 0, 0, 0, 0, 0, 1, 0) + b"a"
    entries = b"".join(
        struct.pack("<4s6HIIIHHHHHII", b"PK\x01\x02", 20, 20, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0)
        + b"%08d" % number
        for number in range(count)
    )
    end = struct.pack("<4s4HIIH", b"PK\x05\x06", 0, 0, count & 0xFFFF, count & 0xFFFF, len(entries), len(local), 0)
    return local + entries + end


def forged_size(content: bytes, part: bytes, size: int) -> bytes:
    """The directory says `part` unpacks to `size` bytes, whatever it does unpack to."""
    changed = bytearray(content)
    for mark, name_at, size_at in ((b"PK\x03\x04", 30, 22), (b"PK\x01\x02", 46, 24)):
        position = changed.find(mark)
        while position >= 0:
            if changed[position + name_at :].startswith(part):
                struct.pack_into("<I", changed, position + size_at, size)
            position = changed.find(mark, position + 4)
    return bytes(changed)


def encrypted_flag(content: bytes) -> bytes:
    marked = bytearray(content)
    position = marked.find(b"PK\x01\x02")
    while position >= 0:
        marked[position + 8] |= 1
        position = marked.find(b"PK\x01\x02", position + 4)
    return bytes(marked)


def link_entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.create_system, entry.external_attr = 3, 0o120777 << 16
    return entry


def pdf(*objects: bytes, catalog=b"", page=b"", pages=b"/Kids [3 0 R] /Count 1", trailer=b"") -> bytes:
    """A PDF of one page; `objects` are the bodies of 4, 5, …"""
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R " + catalog + b" >>",
        b"<< /Type /Pages " + pages + b" >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] " + page + b" >>",
        *objects,
    ]
    content, places = b"%PDF-1.7\n", []
    for number, body in enumerate(bodies, start=1):
        places.append(len(content))
        content += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1) + b"".join(b"%010d 00000 n \n" % p for p in places)
    end = b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (len(bodies) + 1, trailer, len(content))
    return content + table + end


def stream(body: bytes, entries=b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n" % (len(body), entries) + body + b"\nendstream"


def packed_pdf(hidden: bytes, *, packed: bytes | None = None) -> bytes:
    """A PDF whose object 5 lies compressed in an object stream (4). `packed` replaces the compressed bytes."""
    content = pdf()[: pdf().index(b"xref")]
    places = [content.index(b"%d 0 obj" % number) for number in (1, 2, 3)]
    inner = b"5 0 " + hidden
    packed = packed or zlib.compress(inner)
    places.append(len(content))
    content += b"4 0 obj\n" + stream(packed, b"/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode") + b"\nendobj\n"
    rows = [(0, 0, 255), *((1, place, 0) for place in places), (2, 4, 0), (1, len(content), 0)]
    table = b"".join(struct.pack(">BIB", *row) for row in rows)
    entries = b"/Type /XRef /Size 7 /Root 1 0 R /W [1 4 1]"
    end = len(content)
    return content + b"6 0 obj\n" + stream(table, entries) + b"\nendobj\nstartxref\n%d\n%%%%EOF\n" % end


def locked_pdf() -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf())))
    writer.encrypt("", "owner", algorithm="RC4-128")
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def zeros(megabytes: int) -> bytes:
    """Zlib stream of so many million zero bytes."""
    packer = zlib.compressobj(1)
    return b"".join(packer.compress(b"\0" * 1_000_000) for _ in range(megabytes)) + packer.flush()
