"""What a file is: its ending and its first bytes must agree, and it must not be something else as well."""

from dataclasses import dataclass
from pathlib import Path

from facilities.uploads.packages import WORD, inspect_package
from facilities.uploads.refusal import UploadRefused

MAX_BYTES = 20 * 1024 * 1024
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP_END = b"PK\x05\x06"
_MARKUP = (b"<html", b"<script", b"<svg", b"<!doctype", b"<?php", b"<iframe", b"<body")
_ACCEPTED = "只收照片（JPEG、PNG、WebP）、PDF 和 Word 文档（.docx）"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file that is taken: its key, its media type, what it is called and how it begins."""

    key: str
    media_type: str
    label: str
    is_picture: bool = False


JPEG = Kind("jpeg", "image/jpeg", "JPEG 照片", is_picture=True)
PNG = Kind("png", "image/png", "PNG 图片", is_picture=True)
WEBP = Kind("webp", "image/webp", "WebP 图片", is_picture=True)
PDF = Kind("pdf", "application/pdf", "PDF")
DOCX = Kind("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "Word 文档")
BY_SUFFIX = {".jpg": JPEG, ".jpeg": JPEG, ".png": PNG, ".webp": WEBP, ".pdf": PDF, ".docx": DOCX}
ADVICE_BY_SUFFIX = {
    ".heic": "在手机“设置 → 相机 → 格式”里选“兼容性最佳”，或另存为 JPEG 再上传",
    ".heif": "另存为 JPEG 再上传",
    ".svg": "另存为 PNG 再上传",
    ".gif": "另存为 PNG 再上传",
    ".bmp": "另存为 PNG 再上传",
    ".tif": "另存为 JPEG 再上传",
    ".tiff": "另存为 JPEG 再上传",
    ".doc": "用 Word 或 WPS 打开，另存为 .docx 再上传",
    ".wps": "用 WPS 打开，另存为 .docx 再上传",
    ".docm": "用 Word 打开，另存为不带宏的 .docx 再上传",
    ".dotx": "用 Word 打开，另存为 .docx 再上传",
    ".rtf": "用 Word 打开，另存为 .docx 再上传",
    ".zip": "解压以后逐个上传",
    ".rar": "解压以后逐个上传",
    ".xlsx": "设施数据在“数据导入”里上传；作证明用的表，另存为 PDF 再上传",
}


def inspect(path: Path, name: str) -> Kind:
    """The kind of a received file, judged by name and content together; raises UploadRefused. Nothing is unpacked."""
    size = path.stat().st_size
    if size == 0:
        raise UploadRefused("文件是空的（0 字节）", "核对选的是不是那一份")
    if size > MAX_BYTES:
        raise UploadRefused("文件超过 20 MB", "缩小照片，或把文件分成几份")
    suffix = Path(name).suffix.lower()
    if suffix not in BY_SUFFIX:
        raise UploadRefused(_ACCEPTED, ADVICE_BY_SUFFIX.get(suffix, "换成这些格式再上传"))
    kind = BY_SUFFIX[suffix]
    with path.open("rb") as file:
        head = file.read(1024)
        file.seek(max(0, size - 66_000))
        tail = file.read()
    if head.startswith(_OLE) and kind is DOCX:
        raise UploadRefused("这份文档加了打开密码，或不是真正的 .docx", ADVICE_BY_SUFFIX[".doc"])
    if not _begins_like(kind, head):
        raise UploadRefused(f"扩展名是 {suffix}，内容却不是{kind.label}", "从原来的软件里重新导出一份再上传")
    if kind is DOCX:
        inspect_package(path, WORD)
    elif _ZIP_END in tail or any(mark in head.lower() for mark in _MARKUP):
        raise UploadRefused("文件里夹带了别的文件", "从原来的软件里重新导出一份再上传")
    elif kind is PDF and b"%%EOF" not in tail:
        raise UploadRefused("这份 PDF 不完整", "重新导出一份再上传")
    return kind


def _begins_like(kind: Kind, head: bytes) -> bool:
    if kind is WEBP:
        return head[:4] == b"RIFF" and head[8:12] == b"WEBP"
    beginnings = {"jpeg": b"\xff\xd8\xff", "png": b"\x89PNG\r\n\x1a\n", "pdf": b"%PDF-", "docx": b"PK\x03\x04"}
    return head.startswith(beginnings[kind.key])
