"""What assessors' devices send: taken in once, in any order, and never dropped."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from assessments.models import OperationKind, OperationState, Visit, VisitFinding, VisitOperation, VisitState
from assessments.operations import telling
from assessments.operations.checks import CheckRefusedError, require
from assessments.queries.checklist import claims_of, items_by_key
from assessments.rules.visits import Bounds, Noted, refused, standing
from tenants.models import User
from tenants.operations import record_act
from tenants.rules import district_of
from tenants.scope import division_scope, opened_scope

FOREIGN = "这次上门不是派给你的，或者已经没有了"
CLASH = "clash"  # the same number with other content: kept on the phone, counted nowhere
SAME = ("claimed_visit", "kind", "key", "value", "text", "done_at", "sha256")


@dataclass(frozen=True, slots=True)
class Incoming:
    """One record as a device sends it; `uuid` was made there. value in base units."""

    uuid: UUID
    visit: UUID
    kind: OperationKind
    key: str
    value: int | None
    text: str
    done_at: datetime
    longitude: Decimal | None = None
    latitude: Decimal | None = None
    sha256: str = ""
    stored_sha256: str = ""


@dataclass(frozen=True)
class Taken:
    """results: record → (state, reason). revealed: visit → item → what was reported, for items recorded and no others."""

    results: dict[UUID, tuple[str, str]]
    revealed: dict[UUID, dict[str, int | None]]


def receive(*, operations: Sequence[Incoming], by: User, district: int, now: datetime) -> Taken:
    """Take records in, each once, whatever their order and however often they come.

    Call it in the assessor's own scope: a visit that row level security does not show them is not theirs, and its records
    wait for the district. Writing happens in the district's scope. The same number with other content changes nothing.
    """
    own = {visit.uuid: visit for visit in Visit.objects.filter(uuid__in={o.visit for o in operations}, user=by)}
    results: dict[UUID, tuple[str, str]] = {}
    revealed: dict[UUID, dict[str, int | None]] = {}
    by_district: dict[int, list[Incoming]] = {}
    for operation in operations:
        at = own[operation.visit].division_code if operation.visit in own else district_of(district)
        by_district.setdefault(at, []).append(operation)
    for code, part in by_district.items():
        with opened_scope(division_scope(code, user_id=by.pk, source="receive records")):
            locked = (
                Visit.objects.select_for_update(no_key=True).filter(pk__in=[v.pk for v in own.values()]).order_by("pk")
            )
            visits = {visit.uuid: visit for visit in locked}
            news = _keep(part, visits, by, code, now)
            for visit in visits.values():
                if visit.uuid in news:
                    settle(visit)
                revealed[visit.uuid] = claims_seen(visit)
            told = _results(part, by)
            results |= told
            waits = [reason for state, reason in told.values() if state == OperationState.QUARANTINED]
            if waits:
                telling.record_waits(code, by.display_name, waits, now)
    return Taken(results, revealed)


def _keep(
    operations: Sequence[Incoming], visits: dict[UUID, Visit], by: User, district: int, now: datetime
) -> set[UUID]:
    """Store what is new; returns the visits that have something new."""
    known = set(VisitOperation.objects.filter(uuid__in=[o.uuid for o in operations]).values_list("uuid", flat=True))
    operations = list({o.uuid: o for o in reversed(operations) if o.uuid not in known}.values())
    VisitOperation.objects.bulk_create(
        [
            VisitOperation(
                uuid=o.uuid, division_code=district, visit=visits.get(o.visit), claimed_visit=o.visit, user=by, kind=o.kind,
                key=o.key, value=o.value, text=o.text, done_at=o.done_at, received_at=now, longitude=o.longitude,
                latitude=o.latitude, sha256=o.sha256, stored_sha256=o.stored_sha256,
                state=OperationState.APPLIED if o.visit in visits else OperationState.QUARANTINED,
                reason="" if o.visit in visits else FOREIGN,
            )
            for o in operations
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    return {o.visit for o in operations}


def _results(operations: Sequence[Incoming], by: User) -> dict[UUID, tuple[str, str]]:
    kept = {row.uuid: row for row in VisitOperation.objects.filter(uuid__in=[o.uuid for o in operations], user=by)}
    results = {}
    for operation in operations:
        row, sent = kept.get(operation.uuid), _as_row(operation)
        if row is None or any(getattr(row, name) != getattr(sent, name) for name in SAME):
            results[operation.uuid] = (CLASH, "编号与另一条记录相同而内容不同，请导出文件交给区里")
        else:
            results[operation.uuid] = (row.state, row.reason)
    return results


def _as_row(o: Incoming) -> VisitOperation:
    return VisitOperation(
        claimed_visit=o.visit, kind=o.kind, key=o.key, value=o.value, text=o.text, done_at=o.done_at, sha256=o.sha256
    )


def settle(visit: Visit) -> None:
    """Work out again, from all records of a visit, which count and what stands. The same whatever their order.

    Call it in the district's scope, with the visit locked.
    """
    rows = {row.uuid: row for row in visit.operations.all()}
    notes = [_noted(row) for row in rows.values()]
    bounds = _bounds(visit)
    out = refused(notes, bounds)
    for row in rows.values():
        state, reason = OperationState.APPLIED, ""
        if row.uuid in out:
            state = OperationState.SET_ASIDE if row.decided_at else OperationState.QUARANTINED
            reason = out[row.uuid]
        if (row.state, row.reason) != (state, reason) and not (row.decided_at and row.state == state):
            row.state, row.reason = state, reason
            row.save(update_fields=["state", "reason"])
    _write_findings(visit, {key: rows[uuid] for key, uuid in standing(notes, bounds).items()})
    _hand_in(visit, [row for row in rows.values() if row.kind == OperationKind.SIGN and row.uuid not in out])


def _noted(row: VisitOperation) -> Noted:
    decided = None if row.decided_at is None else row.state == OperationState.APPLIED
    return Noted(row.uuid, row.kind, row.key, row.done_at, row.received_at, decided)


def _bounds(visit: Visit) -> Bounds:
    return Bounds(frozenset(items_by_key(visit.sampled)), visit.closed_at, visit.revoked_at)


def _write_findings(visit: Visit, stand: dict[str, VisitOperation]) -> None:
    have = {finding.key: finding for finding in visit.findings.all()}
    gone = [finding.pk for key, finding in have.items() if key not in stand]
    VisitFinding.objects.filter(pk__in=gone).delete()
    for key, row in stand.items():
        if key in have and have[key].operation == row.uuid:
            continue
        VisitFinding.objects.update_or_create(
            visit=visit, key=key,
            defaults={
                "division_code": visit.division_code, "user_id": visit.user_id, "value": row.value, "text": row.text,
                "done_at": row.done_at, "operation": row.uuid,
            },
        )  # fmt: skip


def _hand_in(visit: Visit, signs: list[VisitOperation]) -> None:
    if visit.state not in {VisitState.PLANNED, VisitState.HANDED_IN}:
        return
    last = max(signs, key=lambda row: (row.done_at, row.uuid.bytes), default=None)
    state = VisitState.HANDED_IN if last else VisitState.PLANNED
    name, at = (last.text[:40], last.done_at) if last else ("", None)
    if (visit.state, visit.signed_name, visit.handed_in_at) != (state, name, at):
        visit.state, visit.signed_name, visit.handed_in_at = state, name, at
        visit.save(update_fields=["state", "signed_name", "handed_in_at"])


def claims_seen(visit: Visit) -> dict[str, int | None]:
    """Blind: what was reported is told for the items that this visit has recorded, and for no other."""
    claims = claims_of(visit.sampled)
    return {key: claims.of(key) for key in visit.findings.values_list("key", flat=True)}


@transaction.atomic
def decide(*, operation: VisitOperation, counts: bool, reason: str, by: User, now: datetime) -> None:
    """The district decides about a record in quarantine: it counts, or it does not and stays on record."""
    require(reason.strip(), "请写明处理的理由。")
    operation = VisitOperation.objects.select_for_update(no_key=True).get(pk=operation.pk)
    require(operation.state == OperationState.QUARANTINED, "这条记录已经处理过了。")
    if counts and operation.visit is None:
        operation.visit = Visit.objects.filter(uuid=operation.claimed_visit).first()
        require(operation.visit, "找不到这条记录所说的上门，不能采用。")
    if counts and operation.kind == OperationKind.FOUND:
        require(operation.key in items_by_key(operation.visit.sampled), "抽检清单里没有这一项，不能采用。")
    operation.state = OperationState.APPLIED if counts else OperationState.SET_ASIDE
    operation.reason, operation.decided_by, operation.decided_at = reason.strip()[:200], by, now
    operation.save()
    if operation.visit:
        settle(Visit.objects.select_for_update(no_key=True).get(pk=operation.visit_id))
    record_act(
        verb="处理隔离记录", by=by, division_code=operation.division_code, subject=operation.get_kind_display(),
        subject_uuid=operation.uuid, reason=reason, details={"counts": counts},
    )  # fmt: skip


def waiting(district: int) -> int:
    """How many records wait for the district's decision."""
    rows = VisitOperation.objects.filter(Q(division_code=district), state=OperationState.QUARANTINED)
    return rows.count()


__all__ = ["CLASH", "CheckRefusedError", "Incoming", "Taken", "decide", "receive", "settle", "waiting"]
