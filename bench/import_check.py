"""How fast a workbook of 10,000 rows is read and checked, against openpyxl reading it and `full_clean` of every row.

    python -m bench.import_check [rows]

Works in the database of DATABASE_URL (divisions and standards loaded), in a transaction that is rolled back.
"""

import os
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from bench.environment import measured

_SAMPLE = 1000  # rows of the slow way that are measured; the rest is scaled


def main(total: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "happyhome.settings")
    import django

    django.setup()
    from django.db import transaction

    from bench import import_parts as parts
    from facilities.imports.template import write_workbook
    from tenants.scope import division_scope, opened_scope

    path = Path(tempfile.mkdtemp()) / "bench.xlsx"
    with transaction.atomic():
        with opened_scope(division_scope(parts.DISTRICT)):
            user = parts.User.objects.create_user("bench-import")
            write_workbook(str(path), parts.made(total), created=datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None))
            before = os.times()
            with measured() as ours:
                batch = parts.portal(path, user)
            child = os.times()
            reader = child.children_user + child.children_system - before.children_user - before.children_system
            with measured() as read:
                rows = parts.openpyxl_rows(path)
            with measured() as cleaned:
                sample = parts.full_clean_rows(rows, _SAMPLE)
        transaction.set_rollback(True)
    scale = batch.row_count / sample
    theirs, theirs_elapsed = read.cpu + cleaned.cpu * scale, read.elapsed + cleaned.elapsed * scale
    mine = ours.cpu + reader
    print(f"file                 {path.stat().st_size / 1024:.0f} KiB, {batch.row_count} rows: {batch.counts}")
    print(
        f"portal               {mine:8.2f} CPU s (with the reading child's {reader:.2f}), {ours.elapsed:.2f} s elapsed"
    )
    print(f"openpyxl read        {read}")
    print(f"full_clean, {sample:5} rows {cleaned}")
    print(f"together, all rows   {theirs:8.2f} CPU s, {theirs_elapsed:.2f} s elapsed (scaled)")
    print(
        f"rows per second      portal {batch.row_count / ours.elapsed:.0f}, the usual way {batch.row_count / theirs_elapsed:.0f}"
    )
    print(f"ratio                {theirs / mine:8.1f} in CPU, {theirs_elapsed / ours.elapsed:.1f} elapsed")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
