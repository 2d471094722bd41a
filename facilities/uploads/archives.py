"""A ZIP of photos: what its directory promises is judged before anything is unpacked, and every photo is read with a bound.

Only names and sizes are looked at here; each photo then goes through `store.receive` like any other upload.
"""

import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from facilities.uploads.kinds import BY_SUFFIX, MAX_BYTES
from facilities.uploads.packages import BROKEN, directory_bytes, leads_elsewhere
from facilities.uploads.refusal import UploadRefused

MAX_PHOTOS = 60
MAX_ENTRIES = 200
MAX_UNPACKED = 200 * 1024 * 1024
MAX_RATIO = 20  # a photo hardly packs at all
SMALL = 1024 * 1024
_UTF8 = 0x800
_ENCRYPTED = 0x1
_DIRECTORY_ENTRY = 512
_OTHERS = ("__macosx/", ".ds_store", "thumbs.db", "desktop.ini")


@dataclass(frozen=True)
class Archive:
    """The photos of a ZIP: bare name (as `folded`) → how to read its bytes. others: names of what is no photo."""

    photos: dict[str, Callable[[], bytes]]
    names: dict[str, str]
    others: tuple[str, ...]


def folded(name: str) -> str:
    """How names are compared: without folders, in NFKC, without case."""
    return unicodedata.normalize("NFKC", PurePosixPath(name.replace("\\", "/")).name).strip().casefold()


def opened(path: Path) -> Archive:
    """Raises UploadRefused where the archive is broken, too large, encrypted, or names the same photo twice."""
    if path.stat().st_size > MAX_BYTES:
        raise UploadRefused("照片压缩包超过 20 MB", "分成几个压缩包，同一份表可以再传一次")
    try:
        if directory_bytes(path) > MAX_ENTRIES * _DIRECTORY_ENTRY:
            raise UploadRefused("压缩包里的文件太多", f"一次最多 {MAX_PHOTOS} 张照片")
        with zipfile.ZipFile(path) as package:
            entries = [entry for entry in package.infolist() if not entry.is_dir()]
    except BROKEN as bad:
        raise UploadRefused("照片压缩包坏了，打不开", "用系统自带的压缩功能重新压成 .zip") from bad
    return _judged(path, entries)


def _judged(path: Path, entries: list[zipfile.ZipInfo]) -> Archive:
    photos: dict[str, Callable[[], bytes]] = {}
    names: dict[str, str] = {}
    others = []
    for entry in entries:
        name = _name(entry)
        if any(part in name.casefold() for part in _OTHERS):
            continue
        _check(entry, name)
        kind = BY_SUFFIX.get(PurePosixPath(name).suffix.lower())
        if kind is None or not kind.is_picture:
            others.append(PurePosixPath(name).name)
            continue
        key = folded(name)
        if key in photos:
            raise UploadRefused(f"压缩包里有两张照片都叫 {names[key]}", "改成不同的名字，表里也照着改")
        photos[key], names[key] = _reader(path, entry), PurePosixPath(name).name
    if len(entries) > MAX_ENTRIES or len(photos) > MAX_PHOTOS:
        raise UploadRefused(f"压缩包里有 {len(photos)} 张照片", f"一次最多 {MAX_PHOTOS} 张，分几次传")
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise UploadRefused("压缩包解开以后超过 200 MB", "缩小照片，或分成几个压缩包")
    return Archive(photos, names, tuple(others))


def _name(entry: zipfile.ZipInfo) -> str:
    """Windows writes Chinese names in GBK and does not say so."""
    name = entry.filename
    if not entry.flag_bits & _UTF8:
        try:
            name = name.encode("cp437").decode("gb18030")
        except UnicodeError:
            name = entry.filename
    return name.replace("\\", "/")


def _check(entry: zipfile.ZipInfo, name: str) -> None:
    if entry.flag_bits & _ENCRYPTED:
        raise UploadRefused("照片压缩包加了密码", "去掉密码再上传")
    if leads_elsewhere(name) or stat.S_ISLNK(entry.external_attr >> 16):
        raise UploadRefused("照片压缩包的目录不正常", "用系统自带的压缩功能重新压成 .zip")
    too_tight = entry.file_size > SMALL and entry.file_size > MAX_RATIO * max(entry.compress_size, 1)
    if too_tight or entry.file_size > MAX_BYTES:
        raise UploadRefused(f"{PurePosixPath(name).name} 解开以后大得不正常", "换成原来的照片再压缩")


def _reader(path: Path, entry: zipfile.ZipInfo) -> Callable[[], bytes]:
    def read() -> bytes:
        try:
            with zipfile.ZipFile(path) as package, package.open(entry) as file:
                content = file.read(MAX_BYTES + 1)  # the directory may lie about the size
        except (*BROKEN, zlib.error) as bad:
            raise UploadRefused("这张照片在压缩包里是坏的", "重新压缩以后再上传") from bad
        if len(content) > MAX_BYTES:
            raise UploadRefused("这张照片解开以后大得不正常", "换成原来的照片再压缩")
        return content

    return read
