"""Heads of the chain kept outside the database. Whoever cuts off the end of the logs cannot cut these."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from tenants.sealing import chain

KEPT_EVERY = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Anchor:
    """The newest batch at some time."""

    number: int
    hash: str
    sealed_at: datetime

    def line(self) -> str:
        """One line of JSON: to be printed, mailed, stamped or published."""
        return json.dumps({"number": self.number, "hash": self.hash, "sealed_at": self.sealed_at.isoformat()})


def read_anchor(text: str) -> Anchor:
    """Raises ValueError for text that is no anchor."""
    try:
        found = json.loads(text)
        return Anchor(int(found["number"]), str(found["hash"]), datetime.fromisoformat(found["sealed_at"]))
    except (KeyError, TypeError) as error:
        raise ValueError("not a head of the audit chain") from error


def export_head() -> Anchor | None:
    """The newest batch of the database now."""
    with transaction.atomic(), connection.cursor() as cursor:
        chain.allow(cursor)
        batch = chain.last_batch(cursor)
    return Anchor(batch.number, batch.hash, batch.sealed_at) if batch else None


def keep_anchor() -> bool:
    """Append the head to the anchors' file unless one was kept in the last minutes; whether it was."""
    head, path = export_head(), Path(settings.AUDIT_ANCHORS_FILE)
    if head is None:
        return False
    last = _last(path)
    if last and (last.number >= head.number or head.sealed_at - last.sealed_at < KEPT_EVERY):
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(head.line() + "\n")
    return True


def kept_anchors() -> Iterator[Anchor]:
    """The anchors of the file; a line that was torn by a full disk is left out."""
    path = Path(settings.AUDIT_ANCHORS_FILE)
    if not path.exists():
        return
    with path.open(encoding="utf-8") as file:
        for line in file:
            try:
                yield read_anchor(line)
            except ValueError:
                continue


def _last(path: Path) -> Anchor | None:
    if not path.exists():
        return None
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 4096))
        lines = file.read().decode(errors="replace").splitlines()
    for line in reversed(lines):
        try:
            return read_anchor(line)
        except ValueError:
            continue
    return None
