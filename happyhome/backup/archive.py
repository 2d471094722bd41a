"""The archive: a tar of `database.dump`, `files/…` and, last, `manifest.json` with the SHA-256 of every other member."""

import hashlib
import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

MANIFEST, DUMP, FILES = "manifest.json", "database.dump", "files/"
FORMAT = 1
_PIECE = 1 << 20


class ArchiveDamaged(Exception):
    """The archive is not what was written."""


def digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write(target: Path, *, dump: Path, files: Path, facts: dict[str, Any]) -> None:
    """Write the archive beside its final name and move it there when it is whole; readable by its owner alone."""
    partial = target.with_name(f"{target.name}.partial")
    members: dict[str, dict[str, Any]] = {}
    target.parent.mkdir(parents=True, exist_ok=True)
    partial.touch(mode=0o600)
    try:
        with tarfile.open(partial, "w") as tar:
            for name, path in [(DUMP, dump), *_files_of(files)]:
                members[name] = {"bytes": path.stat().st_size, "sha256": digest_of(path)}
                tar.add(path, name, recursive=False)
            manifest = dump.with_name(MANIFEST)
            manifest.write_text(
                json.dumps({"format": FORMAT, **facts, "members": members}, ensure_ascii=False, indent=1)
            )
            tar.add(manifest, MANIFEST)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def _files_of(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if path.is_file() and not path.is_symlink():
            yield FILES + path.relative_to(folder).as_posix(), path


@dataclass(frozen=True)
class Archive:
    """An archive that was read from end to end and is whole."""

    path: Path
    manifest: dict[str, Any]

    @classmethod
    def verified(cls, path: Path) -> "Archive":
        """Compare every member with the manifest. Raises ArchiveDamaged, naming the member."""
        try:
            return cls._read(path)
        except (tarfile.TarError, OSError, ValueError, KeyError, TypeError) as error:
            raise ArchiveDamaged(f"{path}: {error}") from error

    @classmethod
    def _read(cls, path: Path) -> "Archive":
        found: dict[str, str] = {}
        manifest: dict[str, Any] = {}
        with tarfile.open(path) as tar:
            for member in tar:
                content = tar.extractfile(member) if member.isreg() else None
                if content is None or not _is_safe(member.name) or member.name in found:
                    raise ArchiveDamaged(f"{path}: {member.name} does not belong here")
                if member.name == MANIFEST:
                    manifest = json.load(content)
                else:
                    found[member.name] = hashlib.file_digest(content, "sha256").hexdigest()  # type: ignore[arg-type]
        if manifest.get("format") != FORMAT:
            raise ArchiveDamaged(f"{path}: no manifest of format {FORMAT}")
        expected = {name: entry["sha256"] for name, entry in manifest["members"].items()}
        wrong = sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))
        if wrong or DUMP not in expected:
            raise ArchiveDamaged(f"{path}: {', '.join(wrong) or DUMP} differs from the manifest")
        return cls(path, manifest)

    def extract_dump(self, target: Path) -> None:
        with tarfile.open(self.path) as tar:
            _copy(tar, DUMP, target)

    def extract_files(self, folder: Path) -> int:
        """Write the uploaded files below a folder, past those that are there already; how many were written."""
        written = 0
        with tarfile.open(self.path) as tar:
            for name, entry in self.manifest["members"].items():
                if not name.startswith(FILES):
                    continue
                target = folder / name.removeprefix(FILES)
                if not target.exists() or digest_of(target) != entry["sha256"]:
                    target.parent.mkdir(parents=True, exist_ok=True)
                    _copy(tar, name, target)
                    written += 1
        return written


def _is_safe(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return name in {MANIFEST, DUMP} or (name.startswith(FILES) and ".." not in parts and not name.startswith("/"))


def _copy(tar: tarfile.TarFile, name: str, target: Path) -> None:
    content = tar.extractfile(name)
    if content is None:
        raise ArchiveDamaged(f"{name} is no file")
    with target.open("wb") as file:
        while piece := content.read(_PIECE):
            file.write(piece)
