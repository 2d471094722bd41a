"""Uploaded workbooks that no import names: an upload whose request ended before its row was written."""

from datetime import datetime
from pathlib import Path

from django.conf import settings

from facilities.models import ImportBatch
from facilities.operations.attachments import KEPT


def sweep(*, now: datetime) -> int:
    """Delete them when they are older than a day; how many. Call it in a scope that sees every row."""
    folder = Path(settings.MEDIA_ROOT) / "imports"
    before = (now - KEPT).timestamp()
    named = set(ImportBatch.objects.values_list("sha256", flat=True))
    stored = (path for path in folder.glob("??/*") if path.name not in named)
    orphans = [
        path for path in (*stored, *folder.glob("incoming-*")) if path.is_file() and path.stat().st_mtime < before
    ]
    for path in orphans:
        path.unlink(missing_ok=True)
    return len(orphans)
