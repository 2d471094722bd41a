"""From an upload to a file under MEDIA_ROOT, named by its SHA-256 and readable by views alone."""

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from facilities.uploads import antivirus, kinds
from facilities.uploads.child import Bounds, run
from facilities.uploads.examine import REFUSED
from facilities.uploads.names import checked_name
from facilities.uploads.refusal import UploadRefused

# The processor is what a hostile file costs; the clock also counts what a busy machine gives to others (the child is nice).
BOUNDS = Bounds(memory=512 * 1024 * 1024, seconds=10, wall=45, file=40 * 1024 * 1024)
_AT_ONCE = BoundedSemaphore(2)  # of one process: so many files are examined while the others wait
_WAIT = 60  # seconds
_CLOCK = ZoneInfo("Asia/Shanghai")  # of a camera that noted no zone


@dataclass(frozen=True, slots=True)
class Stored:
    """A file that passed every check and lies in its place. `received_sha256` is that of the bytes as uploaded."""

    name: str
    kind: kinds.Kind
    size: int
    sha256: str
    received_sha256: str
    taken_at: datetime | None
    longitude: float | None
    latitude: float | None


def folder() -> Path:
    return Path(settings.MEDIA_ROOT) / "attachments"


def staging() -> Path:
    return folder() / "staging"


def path_of(sha256: str) -> Path:
    return folder() / sha256[:2] / sha256


def receive(upload: Any, name: str) -> Stored:
    """Check an upload and store it; `upload` yields `.chunks()`. Raises UploadRefused and leaves nothing behind then."""
    name = checked_name(name)
    staging().mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(dir=staging()) as temporary:
        received, clean = Path(temporary) / "received", Path(temporary) / "clean"
        _write(upload, received)
        kind = kinds.inspect(received, name)
        found = _examined(received, kind, clean)
        antivirus.scan(received)
        kept = clean if found["rewritten"] else received
        stored = Stored(
            name=name,
            kind=kind,
            size=kept.stat().st_size,
            sha256=_digest(kept),
            received_sha256=_digest(received),
            taken_at=_moment(found["taken_at"]),
            longitude=found["longitude"],
            latitude=found["latitude"],
        )
        _keep(kept, path_of(stored.sha256))
    return stored


_holders: list[Callable[[], Iterable[str]]] = []


def keeps_files(holder: Callable[[], Iterable[str]]) -> None:
    """Let another app keep files here: `holder` tells the SHA-256 of those that the nightly sweep must leave alone."""
    if holder not in _holders:
        _holders.append(holder)


def held() -> set[str]:
    """The files that other apps keep. Ask in a scope that sees every row."""
    return {sha256 for holder in _holders for sha256 in holder()}


def content_of(sha256: str) -> bytes | None:
    """The stored bytes; None if the file is gone or is no longer what was stored."""
    try:
        content = path_of(sha256).read_bytes()
    except OSError:
        return None
    return content if hashlib.sha256(content).hexdigest() == sha256 else None


def _write(upload: Any, path: Path) -> None:
    size = 0
    with path.open("xb") as file:
        for chunk in upload.chunks():
            size += len(chunk)
            if size > kinds.MAX_BYTES:
                raise UploadRefused("文件超过 20 MB", "缩小照片，或把文件分成几份")
            file.write(chunk)


def _examined(received: Path, kind: kinds.Kind, clean: Path) -> dict[str, Any]:
    with _turn():
        try:
            code, output = run("facilities.uploads.examine", [str(received), kind.key, str(clean)], BOUNDS)
        except TimeoutError:
            raise UploadRefused("这份文件太复杂，45 秒还没有检查完", "缩小或简化以后再上传") from None
    if code == REFUSED:
        raise UploadRefused(*json.loads(output))
    if code != 0:
        raise UploadRefused("这份文件读不了，可能坏了，或大得不正常", "从原来的软件里重新导出一份再上传")
    return json.loads(output)


@contextmanager
def _turn() -> Iterator[None]:
    if not _AT_ONCE.acquire(timeout=_WAIT):
        raise UploadRefused("正在检查别人上传的文件，还没轮到这一份", "过一分钟再上传")
    try:
        yield
    finally:
        _AT_ONCE.release()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=_CLOCK)


def _keep(source: Path, target: Path) -> None:
    """On disk before anybody is told so. The same content again only renews the file's date, which the sweep heeds."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    source.chmod(0o600)
    with source.open("rb") as file:
        os.fsync(file.fileno())
    source.replace(target)
    entry = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(entry)
    finally:
        os.close(entry)
