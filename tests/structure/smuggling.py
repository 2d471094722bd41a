"""What somebody may try to slip into a form beside its fields, and how it would show in the database afterwards."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models

from facilities.models import ImportBatch
from tenants.account_models import AccountSession, ExternalIdentity, Invitation
from tenants.export_models import Export
from tenants.message_models import Message
from tenants.models import ApiToken, Appointment, AuditCheck, RowChange, User
from tenants.rules import code_range, district_of
from tenants.scope import division_scope, opened_scope
from tenants.scoped import ScopedModel
from tests.structure.world import CITY, LIULANG, Identity, World, facility_pk

OURS = {"tenants", "standards", "facilities", "partners", "engagement", "assessments"}
TEXT, NUMBER, DAY = "smuggled77", 47114711, "1999-09-09"
FOREIGN_FACILITY = facility_pk(LIULANG)
OF_ACCOUNTS = (User, Appointment, ApiToken, AccountSession, Invitation, ExternalIdentity, Message, Export, AuditCheck)


def foreign_pk(world: World, model: type[models.Model]) -> int:
    """The number of a row of another district: of that model, or of a facility there."""
    rows = [thing for thing in world.of(model.__name__) if thing.division_code == LIULANG]
    return rows[0].pk if rows else FOREIGN_FACILITY


def everything(world: World) -> dict[str, str]:
    """A value for every column of every table, under its name and under its column's name."""
    found: dict[str, str] = {}
    for model in apps.get_models():
        if model._meta.app_label in OURS:
            for field in model._meta.concrete_fields:
                value = _value(world, field)
                found[field.name] = found[field.attname] = value
    return found


def _value(world: World, field: models.Field) -> str:
    if field.is_relation:
        return str(foreign_pk(world, field.related_model))
    if field.name in {"division_code", "district_code", "code"}:
        return str(LIULANG)
    if isinstance(field, models.BooleanField):
        return "on"
    if isinstance(field, models.UUIDField):
        return str(next(thing.uuid for thing in world.of("Facility") if thing.division_code == LIULANG))
    if isinstance(field, models.DateTimeField):
        return f"{DAY}T00:00:00+08:00"
    if isinstance(field, models.DateField):
        return DAY
    if isinstance(field, ArrayField | models.JSONField):
        return f"[{FOREIGN_FACILITY}]"
    return str(NUMBER) if isinstance(field, models.IntegerField | models.DecimalField) else TEXT


@dataclass
class State:
    """What stands in the tables that keep no history, before anybody asks."""

    last_change: int
    people: list
    posts: list
    last_rows: dict[type[models.Model], int]  # of the tables that keep no history

    @classmethod
    def now(cls) -> "State":
        kept_apart = _unrecorded()
        with opened_scope(division_scope(CITY)):
            last, *newest = _newest([RowChange, *kept_apart])
            return cls(last, _people(), _posts(), dict(zip(kept_apart, newest, strict=True)))


def _newest(kinds: list[type[models.Model]]) -> list[int]:
    """The highest number in each table, asked for all at once: this is asked some ten thousand times."""
    highest = [f"(SELECT coalesce(max(id), 0) FROM {kind._meta.db_table})" for kind in kinds]  # nosec B608 our own names
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(highest)}")  # nosec B608
        return list(cursor.fetchone())


@cache
def _unrecorded() -> list[type[ScopedModel]]:
    """Ledgers whose rows are only ever added, so that the history of rows has nothing to say of them."""
    return [
        model
        for model in apps.get_models()
        if issubclass(model, ScopedModel)
        and not model.keeps_history
        and model._meta.app_label != "tenants"
        and any(one.name == "id" for one in model._meta.fields)
    ]


def changes_since(before: State) -> list[RowChange]:
    """What was written since: the history of rows, and the new rows of the tables that keep none, told in the same way."""
    found = list(RowChange.objects.filter(pk__gt=before.last_change))
    for (model, last), newest in zip(before.last_rows.items(), _newest(list(before.last_rows)), strict=True):
        for row in model._base_manager.filter(pk__gt=last) if newest > last else ():
            after = {one.attname: getattr(row, one.attname) for one in model._meta.concrete_fields}
            told = {"table_name": model._meta.db_table, "division_code": row.division_code, "after": after}
            found.append(RowChange(operation=RowChange.Operation.INSERT, **told))
    return found


def _people() -> list:
    """Whoever has powers beyond an appointment."""
    marked = models.Q(is_superuser=True) | models.Q(is_staff=True) | models.Q(is_demo=True)
    return list(User.objects.filter(marked).values_list("pk", "is_superuser", "is_staff", "is_demo").order_by("pk"))


def _posts() -> list:
    """Appointments in another district, or for facilities there."""
    beyond = models.Q(division_code=LIULANG) | models.Q(granted_facility_ids__contains=[FOREIGN_FACILITY])
    return list(Appointment.objects.filter(beyond).values_list("pk", "role", "user_id").order_by("pk"))


def found_in(who: Identity, before: State, allowed: set[str], sent: dict[str, str]) -> list[str]:
    """What of it has arrived in the database, in words; to be asked before the request is taken back.

    allowed: the columns that the form may set.
    """
    found = []
    with opened_scope(division_scope(CITY)):
        now = State.now()
        theirs = bool(who.codes and LIULANG in who.codes)
        if now.people != before.people or (now.posts != before.posts and not theirs):
            found.append("powers of an account")
        for token in ApiToken.objects.filter(pk__gt=0, user_id=who.user_pk).order_by("-pk")[:1]:
            if token.last_used_at and token.last_used_at.isoformat().startswith(DAY):
                found.append("a key")
        for batch in ImportBatch.objects.exclude(uploaded_by=None).order_by("-pk")[:1]:
            if batch.division_code == LIULANG and batch.uploaded_by_id == who.user_pk:
                found.append("an import of another district")
        for change in changes_since(before):
            found += in_row(who, change, allowed, sent)
        return found + _among_accounts()


def _among_accounts() -> list[str]:
    """What of it stands in the tables of accounts, of which neither the history of rows nor a number tells."""
    looked = [
        f"SELECT '{kind._meta.db_table}' FROM {kind._meta.db_table} one WHERE one::text ~ %(marks)s"  # nosec B608
        for kind in OF_ACCOUNTS
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ".join(looked), {"marks": f"{TEXT}|{NUMBER}|{DAY}"})
        return [f"{table} holds what is no field" for (table,) in cursor.fetchall()]


def _names_elsewhere(change: RowChange) -> Iterator[str]:
    """The columns that now name a row, or somebody, of the other district."""
    after, before = change.after or {}, change.before or {}
    model = next(model for model in apps.get_models() if model._meta.db_table == change.table_name)
    for field in model._meta.concrete_fields:
        value = after.get(field.attname)
        if (
            field.is_relation
            and value != before.get(field.attname)
            and value in _rows_of_the_other_district(field.related_model)
        ):
            yield field.attname


@cache
def _rows_of_the_other_district(model: type[models.Model]) -> frozenset[int]:
    """Their numbers. Asked once: nothing of the world changes, and no number is given twice."""
    codes = code_range(district_of(LIULANG))
    if model is User:
        held = Appointment.objects.filter(division_code__gte=codes.lo, division_code__lt=codes.hi)
        return frozenset(held.values_list("user_id", flat=True))
    if not issubclass(model, ScopedModel):
        return frozenset()
    return frozenset(
        model._base_manager.filter(division_code__gte=codes.lo, division_code__lt=codes.hi).values_list("pk", flat=True)
    )


def in_row(who: Identity, change: RowChange, allowed: set[str], sent: dict[str, str]) -> list[str]:
    after, found = change.after or {}, []
    text = json.dumps({name: value for name, value in after.items() if name not in allowed}, default=str)
    elsewhere = {FOREIGN_FACILITY, LIULANG} if not who.codes or LIULANG not in who.codes else set()
    marks = [TEXT, str(NUMBER), DAY, *(str(number) for number in sorted(elsewhere))]
    pointing = {name for name, value in after.items() if isinstance(value, int) and value in elsewhere}
    found += [f"{change.table_name}.{name} points elsewhere" for name in sorted(pointing)]
    found += [f"{change.table_name} holds {mark}: {text}" for mark in marks if mark in text]
    if elsewhere:
        found += [f"{change.table_name}.{name} names a row elsewhere" for name in _names_elsewhere(change)]
    if who.codes and change.division_code not in who.codes:
        found.append(f"{change.table_name} of {change.division_code}")
    if change.operation == RowChange.Operation.UPDATE:
        changed = {name for name in after if after[name] != (change.before or {}).get(name)}
        odd = {name for name in changed - allowed if str(after[name]).lower() in {sent.get(name, "?").lower(), "true"}}
        found += [f"{change.table_name}.{name} was set" for name in sorted(odd)]
    return found
