"""Reads for the auditor: changes of rows in words, the state of the chain, checks of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.apps import apps
from django.db import connection
from django.db.models import F, Q

from tenants.audit_models import AuditCheck, SealBatch
from tenants.fields import PersonalField
from tenants.models import Appointment, RowChange
from tenants.scope import past_for, scope_of

_MODELS = {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}


@dataclass(frozen=True, slots=True)
class Difference:
    """One column of a changed row, in words."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ChangeInWords:
    number: int
    at: datetime
    who: str
    username: str
    operation: str
    table: str
    row_id: int
    division_code: int
    source: str
    reason: str
    differences: tuple[Difference, ...]


def changes_within(appointment: Appointment | None):
    """The row changes that an appointment may read: those of its divisions, newest first."""
    if appointment is None or (codes := scope_of(appointment).codes) is None:
        return RowChange.objects.none()
    past = past_for(appointment)
    within = Q(division_code__gte=codes.lo, division_code__lt=codes.hi) | Q(division_code__in=past.codes)
    moved = Q(root_table="facilities_facility", root_id__in=past.facilities)
    rows = RowChange.objects.filter(within | moved if past.facilities else within)
    return rows.select_related("user").order_by("-pk")


def tables() -> list[tuple[str, str]]:
    """The tables whose history is kept, with the names that people know them by."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'history_update'")
        names = [name for (name,) in cursor.fetchall()]
    return sorted(((name, table_label(name)) for name in names), key=lambda pair: pair[1])


def table_label(table: str) -> str:
    return str(_MODELS[table]._meta.verbose_name) if table in _MODELS else table


def in_words(change: RowChange) -> ChangeInWords:
    before, after = change.before or {}, change.after or {}
    return ChangeInWords(
        number=change.pk,
        at=change.at,
        who=str(change.user) if change.user else "系统",
        username=change.user.username if change.user else "",
        operation=change.get_operation_display(),
        table=table_label(change.table_name),
        row_id=change.row_id,
        division_code=change.division_code,
        source=change.source,
        reason=change.reason,
        differences=tuple(
            Difference(_label(change.table_name, key), _text(change, key, before), _text(change, key, after))
            for key in {**before, **after}
            if before.get(key) != after.get(key)
        ),
    )


def _field(table: str, column: str):
    model = _MODELS.get(table)
    return next((field for field in model._meta.concrete_fields if field.column == column), None) if model else None


def _label(table: str, column: str) -> str:
    field = _field(table, column)
    return str(field.verbose_name) if field else column


def _text(change: RowChange, column: str, values: dict) -> str:
    value, field = values.get(column), _field(change.table_name, column)
    if value is None or value == "":
        return "—"
    if isinstance(field, PersonalField):
        return "（密文）"
    if isinstance(value, bool):
        return "是" if value else "否"
    if field is not None and (choices := dict(field.flatchoices)) and not isinstance(value, list):
        return str(choices.get(value, value))
    if isinstance(value, list):
        return "、".join(map(str, value)) or "—"
    return str(value)


@dataclass(frozen=True, slots=True)
class ChainState:
    batches: int
    last: SealBatch | None
    is_late: bool  # nothing was sealed although something waits


def chain_state(now: datetime) -> ChainState:
    last = SealBatch.objects.order_by("-number").first()
    waiting = RowChange.objects.order_by("-pk").values_list("at", flat=True).first()
    late = waiting is not None and waiting < now - timedelta(minutes=15) and (last is None or last.sealed_at < waiting)
    return ChainState(last.number if last else 0, last, late)


def checks_within(appointment: Appointment | None):
    return AuditCheck.objects.visible_to(appointment).select_related("requested_by").order_by(F("requested_at").desc())
