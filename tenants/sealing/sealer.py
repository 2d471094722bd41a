"""Makes batches. One sealer works at a time; a second one leaves at once.

Rows are not sealed in the order of their ids: a long transaction commits rows with small ids late. So a batch names its
ids exactly, and ids below it that were in no batch stay open until every transaction that could still bring them is over.
That is known when the snapshot of a batch made `SETTLING` later lies wholly in the past (`pg_snapshot_xmin`), or the server
has been started since. The margin covers a row that has its id but whose transaction has no number yet.
"""

from datetime import datetime, timedelta

from django.db import connection, transaction

from tenants import crypto
from tenants.audit_models import Log
from tenants.keys import provider
from tenants.sealing import chain
from tenants.sealing.chain import MARK_BYTES, START, Batch
from tenants.sealing.forms import FORMS, Form, newest_form

ROWS_PER_BATCH = 10_000
SETTLING = timedelta(minutes=10)
_LOCK = 7_205_431_910  # key of the sealer's advisory lock


def seal_logs(*, limit: int = 200, settling: timedelta = SETTLING) -> int:
    """Seal what is committed, in at most `limit` batches, each its own transaction; returns how many were made."""
    made = 0
    for log in Log.values:
        while made < limit and (rows := _seal_one(log, settling)):
            made += 1
            if rows < ROWS_PER_BATCH:
                break
    return made


@transaction.atomic
def _seal_one(log: str, settling: timedelta) -> int:
    """One batch of one log; how many rows it has (0: nothing to seal, or somebody else is sealing)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        chain.allow(cursor)
        now, xmin, xmax, started_at = _snapshot(cursor)  # before the rows are read: they can only be more
        floor = _floor(cursor, log)
        rows = _unsealed(cursor, log, floor)
        if not rows:
            return 0
        if len(rows) < ROWS_PER_BATCH:
            floor = max(floor, _settled(cursor, log, xmin, started_at, settling))
        previous = chain.last_batch(cursor)
        digests = [crypto.sm3(text.encode()) for _, text in rows]
        batch = Batch(
            number=previous.number + 1 if previous else 1,
            sealed_at=now,
            log=log,
            form=newest_form(log),
            row_ids=chain.multirange([number for number, _ in rows]),
            last_id=rows[-1][0],
            floor=floor,
            row_count=len(rows),
            snapshot_xmax=xmax,
            marks=b"".join(digest[:MARK_BYTES] for digest in digests),
            digest=crypto.sm3(b"".join(digests)).hex(),
            previous_hash=previous.hash if previous else START,
        )
        batch.hash = batch.computed_hash()
        batch.mac_key, mac = provider().mac(bytes.fromhex(batch.hash))
        batch.mac = mac.hex()
        chain.insert(cursor, batch)
        return len(rows)


def _snapshot(cursor) -> tuple[datetime, int, int, datetime]:
    cursor.execute(
        "SELECT clock_timestamp(), pg_snapshot_xmin(s)::text::bigint, pg_snapshot_xmax(s)::text::bigint,"
        " pg_postmaster_start_time() FROM pg_current_snapshot() s"
    )
    return cursor.fetchone()


def _floor(cursor, log: str) -> int:
    cursor.execute("SELECT coalesce(max(floor), 0) FROM tenants_sealbatch WHERE log = %s", [log])
    return cursor.fetchone()[0]


def _unsealed(cursor, log: str, floor: int) -> list[tuple[int, str]]:
    form: Form = FORMS[log, newest_form(log)]
    cursor.execute(
        f"""SELECT id, {form.text} FROM {form.table}
        WHERE id > %(floor)s AND NOT id <@ coalesce(
            (SELECT range_agg(row_ids::int8multirange) FROM tenants_sealbatch WHERE log = %(log)s AND last_id > %(floor)s),
            '{{}}'::int8multirange)
        ORDER BY id LIMIT {ROWS_PER_BATCH}""",
        {"floor": floor, "log": log},
    )
    return cursor.fetchall()


def _settled(cursor, log: str, xmin: int, started_at: datetime, settling: timedelta) -> int:
    """The id below which nothing can appear any more; see the head of this file."""
    cursor.execute(
        """SELECT max(b.last_id) FROM tenants_sealbatch b WHERE b.log = %(log)s AND b.sealed_at + %(settling)s <= (
            SELECT max(l.sealed_at) FROM tenants_sealbatch l
            WHERE l.log = %(log)s AND (l.snapshot_xmax <= %(xmin)s OR l.sealed_at < %(started)s))""",
        {"log": log, "settling": settling, "xmin": xmin, "started": started_at},
    )
    return cursor.fetchone()[0] or 0
