"""Photos that come as a ZIP beside the workbook of results, matched by the names in its column 照片."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from django.core.files.base import ContentFile

from assessments.models import OperationKind
from assessments.operations.recording import Incoming
from facilities.uploads import archives, store
from facilities.uploads.refusal import UploadRefused

_NAMESPACE = UUID("0e6b3d52-1f0f-5a5c-9a39-6f9a3d6d2c77")
_SIX = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Named:
    """A photo that a row of the workbook names. cell: where."""

    name: str
    visit: UUID
    key: str
    moment: datetime
    cell: str


@dataclass
class Matched:
    """records: photos that passed every check. missing: named in the table and not in the ZIP, with their cells; spare: in the
    ZIP and named nowhere; refused: what was wrong with a photo."""

    records: list[Incoming] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    spare: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def words(self) -> list[str]:
        """What the person should know, a sentence each."""
        said = [f"收到照片 {len(self.records)} 张。"] if self.records else []
        if self.missing:
            said.append(f"表里写了、压缩包里没有的照片：{'、'.join(self.missing)}。补进压缩包，同一份表再传一次。")
        if self.spare:
            said.append(f"压缩包里有、表里没有写的，没有收下：{'、'.join(self.spare)}。在“照片”一栏写上名字再传。")
        return said + [f"照片 {each}。" for each in self.refused]


def match(upload: Any | None, named: Sequence[Named]) -> Matched:
    """Read the ZIP and store what is named; without a ZIP every name is missing. Raises UploadRefused for the ZIP as a whole."""
    found = Matched()
    if upload is None:
        found.missing = [f"{one.name}（{one.cell}）" for one in named]
        return found
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "photos.zip"
        _write(upload, path)
        archive = archives.opened(path)
        for one in named:
            read = archive.photos.get(archives.folded(one.name))
            if read is None:
                found.missing.append(f"{one.name}（{one.cell}）")
                continue
            try:
                found.records.append(_record(one, store.receive(ContentFile(read()), one.name)))
            except UploadRefused as refusal:
                found.refused.append(f"{one.name}：{refusal.problem}。{refusal.advice}")
        wanted = {archives.folded(one.name) for one in named}
        found.spare = [name for key, name in archive.names.items() if key not in wanted] + list(archive.others)
    return found


def _record(one: Named, kept: store.Stored) -> Incoming:
    """When and where by the picture itself, or else the time of its row."""
    at = kept.taken_at or one.moment
    longitude, latitude = (
        None if value is None else Decimal(str(value)).quantize(_SIX) for value in (kept.longitude, kept.latitude)
    )
    uuid = uuid5(_NAMESPACE, f"{one.visit}|{one.key}|{kept.received_sha256}")
    return Incoming(
        uuid,
        one.visit,
        OperationKind.PHOTO,
        one.key,
        None,
        "",
        at,
        longitude,
        latitude,
        kept.received_sha256,
        kept.sha256,
    )


def _write(upload: Any, path: Path) -> None:
    size = 0
    with path.open("xb") as file:
        for chunk in upload.chunks():
            size += len(chunk)
            if size > archives.MAX_BYTES:
                raise UploadRefused("照片压缩包超过 20 MB", "分成几个压缩包，同一份表可以再传一次")
            file.write(chunk)
