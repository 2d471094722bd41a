"""Make a backup, restore one, and the drill: restore into a database of its own, compare, throw it away."""

import shutil
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.utils import timezone

from happyhome.backup import archive, database
from happyhome.backup.archive import Archive


def make_backup(*, target: Path, source: dict[str, Any], files: Path) -> Archive:
    """Write an archive and read it again. `source` is a database of Django's form, with an administrator's login."""
    with tempfile.TemporaryDirectory(dir=_beside(target)) as folder:
        dump = Path(folder) / archive.DUMP
        facts = database.dump(source, dump)
        facts |= {"made_at": timezone.now().isoformat(), "database": source["NAME"], "owner": database.owner_of(source)}
        archive.write(target, dump=dump, files=files, facts=facts)
    return Archive.verified(target)


def restore(*, backup: Archive, server: dict[str, Any], name: str, files: Path | None) -> int:
    """Restore into the database `name`, made if it is not there; how many files were written.

    Raises FileExistsError when that database has tables: nothing is ever restored over data.
    """
    if database.exists(server, name):
        if not database.is_empty(server, name):
            raise FileExistsError(name)
    else:
        database.create(server, name, owner=backup.manifest["owner"])
    with tempfile.TemporaryDirectory(dir=_beside(backup.path)) as folder:
        dump = Path(folder) / archive.DUMP
        backup.extract_dump(dump)
        database.load(server, dump, name)
    return backup.extract_files(files) if files else 0


@dataclass
class Drill:
    tables: int = 0
    rows: int = 0
    files: int = 0
    bytes: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)


def drill(*, backup: Archive, server: dict[str, Any]) -> Drill:
    """Restore into a scratch database and a scratch folder, compare every table and file, and remove both."""
    name, outcome = f"restore_drill_{uuid4().hex[:12]}", Drill(bytes=backup.path.stat().st_size)
    folder = Path(tempfile.mkdtemp(prefix="restore-drill-"))
    try:
        began = time.monotonic()
        outcome.files = restore(backup=backup, server=server, name=name, files=folder)
        outcome.seconds["restore"] = time.monotonic() - began
        began = time.monotonic()
        with database.connect(server, name) as connection:
            found = database.contents(connection)
        outcome.differences = _differences(backup.manifest, found, folder)
        outcome.seconds["compare"] = time.monotonic() - began
        outcome.tables, outcome.rows = len(found["tables"]), sum(int(rows) for rows, _ in found["tables"].values())
    finally:
        database.drop(server, name)
        shutil.rmtree(folder, ignore_errors=True)
    return outcome


def _differences(manifest: dict[str, Any], found: dict[str, Any], folder: Path) -> list[str]:
    wrong = []
    for kind in ("tables", "sequences"):
        names = manifest[kind].keys() | found[kind].keys()
        wrong += [f"{kind}: {name}" for name in sorted(names) if manifest[kind].get(name) != found[kind].get(name)]
    for name, entry in manifest["members"].items():
        if name.startswith(archive.FILES):
            path = folder / name.removeprefix(archive.FILES)
            if not path.exists() or archive.digest_of(path) != entry["sha256"]:
                wrong.append(name)
    return wrong


def _beside(target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    return target.parent
