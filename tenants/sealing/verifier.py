"""Reads all batches and all sealed rows again and says what is not as it was sealed."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tenants import crypto
from tenants.audit_models import Log
from tenants.keys import UnknownKey, provider
from tenants.sealing import chain
from tenants.sealing.anchors import Anchor
from tenants.sealing.chain import MARK_BYTES, START, Batch
from tenants.sealing.forms import FORMS

LONGEST_TRANSACTION = timedelta(hours=1)  # CELERY_TASK_TIME_LIMIT is half of it
OVERDUE = timedelta(minutes=15)
MOST_FINDINGS = 200


@dataclass(frozen=True, slots=True)
class Finding:
    """`kind` is one of: edited, deleted, inserted, backdated, chain, forged, cut, unsealed."""

    kind: str
    place: str
    text: str


@dataclass(slots=True)
class Report:
    batches: int = 0
    rows: int = 0
    unsealed: int = 0  # rows not sealed yet
    findings: list[Finding] = field(default_factory=list)
    head: Anchor | None = None

    @property
    def is_sound(self) -> bool:
        return not self.findings

    def add(self, kind: str, place: str, text: str) -> None:
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(Finding(kind, place, text))


def verify(cursor, *, anchors: Iterable[Anchor] = (), now: datetime) -> Report:
    """Verify both logs in the running transaction. Anchors: heads of the chain that were kept outside the database."""
    chain.allow(cursor)
    report = Report()
    wanted: dict[int, set[str]] = {}
    for anchor in anchors:
        wanted.setdefault(anchor.number, set()).add(anchor.hash)
    previous: Batch | None = None
    sealed_at: dict[str, datetime] = {}
    for batch in chain.batches(cursor):
        report.batches += 1
        _check_link(report, batch, previous)
        for known in wanted.pop(batch.number, ()):
            if known != batch.hash:
                report.add(
                    "forged", f"第 {batch.number} 批", "与库外留存的链头不一致：这一批或它之前的批被整体改写过。"
                )
        _check_rows(cursor, report, batch, sealed_at.get(batch.log))
        sealed_at[batch.log] = batch.sealed_at
        previous = batch
    if wanted:
        cut = max(wanted)
        report.add(
            "cut",
            f"第 {cut} 批",
            f"库外留存的链头到第 {cut} 批，库里只剩到第 {previous.number if previous else 0} 批。",
        )
    for log in Log.values:
        _check_loose(cursor, report, log, now)
    if previous:
        report.head = Anchor(previous.number, previous.hash, previous.sealed_at)
    return report


def _check_link(report: Report, batch: Batch, previous: Batch | None) -> None:
    place = f"第 {batch.number} 批"
    expected = previous.number + 1 if previous else 1
    if batch.number != expected:
        report.add("chain", place, f"编号不连续：应为第 {expected} 批，中间的封存记录被删除。")
    if batch.previous_hash != (previous.hash if previous else START):
        report.add("chain", place, "没有接在上一批之后：封存记录被改动或调换。")
    if batch.computed_hash() != batch.hash:
        report.add("chain", place, "封存记录与自身杂凑值不符：封存记录被改动。")
    if not _mac_fits(batch):
        report.add("forged", place, "校验码不对：这一批不是本平台封存的。")


def _mac_fits(batch: Batch) -> bool:
    try:
        _, mac = provider().mac(bytes.fromhex(batch.hash), name=batch.mac_key)
    except (ValueError, UnknownKey):
        return False
    return crypto.equal(mac.hex().encode(), batch.mac.encode())


def _check_rows(cursor, report: Report, batch: Batch, sealed_before: datetime | None) -> None:
    place = f"第 {batch.number} 批"
    try:
        label, form, ids = Log(batch.log).label, FORMS[batch.log, batch.form], batch.ids()
    except (ValueError, KeyError):
        report.add("chain", place, "封存记录读不懂：封存记录被改动。")
        return
    cursor.execute(
        f"""SELECT id, {form.text} FROM unnest(%s::int8multirange) AS run
        JOIN {form.table} ON id >= lower(run) AND id < upper(run) ORDER BY id""",
        [batch.row_ids],
    )
    found = cursor.fetchall()
    report.rows += len(found)
    digests = {number: crypto.sm3(text.encode()) for number, text in found}
    before = len(report.findings)
    for position, number in enumerate(ids):
        mark = batch.marks[position * MARK_BYTES : (position + 1) * MARK_BYTES]
        if number not in digests:
            report.add("deleted", f"{label} {number} 号", f"{place}封存过的记录不见了。")
        elif digests[number][:MARK_BYTES] != mark:
            report.add("edited", f"{label} {number} 号", f"与{place}封存时的内容不符。")
    whole = crypto.sm3(b"".join(digests[number] for number in sorted(digests))).hex()
    if len(report.findings) == before and (whole != batch.digest or len(found) != batch.row_count):
        report.add("edited", place, "内容与封存时的总杂凑值不符。")
    _check_times(report, batch, found, form.columns.index("at"), sealed_before)


def _check_times(report: Report, batch: Batch, found, column: int, sealed_before: datetime | None) -> None:
    """A row is sealed within a minute or, after a long transaction, somewhat later; an older time was made up."""
    earliest = chain.microseconds(sealed_before - LONGEST_TRANSACTION) if sealed_before else None
    latest = chain.microseconds(batch.sealed_at + timedelta(minutes=5))
    for number, text in found:
        at = json.loads(text)[column]
        if (earliest is not None and at < earliest) or at > latest:
            place = f"{Log(batch.log).label} {number} 号"
            report.add("backdated", place, f"记录的时间与第 {batch.number} 批的封存时间对不上：可能是后来补写的。")


def _check_loose(cursor, report: Report, log: str, now: datetime) -> None:
    """Rows in no batch: below the floor somebody slipped them in, above it they wait for the sealer."""
    form = FORMS[log, 1]
    try:
        cursor.execute("SAVEPOINT loose")
        cursor.execute(
            f"""WITH sealed AS (SELECT coalesce(range_agg(row_ids::int8multirange), '{{}}'::int8multirange) AS ids,
                                       coalesce(max(floor), 0) AS floor FROM tenants_sealbatch WHERE log = %s)
            SELECT id, at, id <= floor FROM {form.table}, sealed WHERE NOT id <@ ids ORDER BY id LIMIT 100000""",
            [log],
        )
    except Exception as error:  # a multirange that does not parse was reported above
        cursor.execute("ROLLBACK TO SAVEPOINT loose")
        report.add("chain", Log(log).label, f"封存范围读不懂（{type(error).__name__}）：封存记录被改动。")
        return
    overdue = 0
    for number, at, below in cursor.fetchall():
        if below:
            report.add(
                "inserted", f"{Log(log).label} {number} 号", "不在任何一批里，而这个号段早已封存完：是后来塞进去的。"
            )
        else:
            report.unsealed += 1
            overdue += at < now - OVERDUE
    if overdue:
        report.add(
            "unsealed", Log(log).label, f"{overdue} 条记录超过 15 分钟没有封存：封存任务停了，或封存记录被删除。"
        )
