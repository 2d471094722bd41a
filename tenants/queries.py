"""Reads: who is acting and what they may see, divisions by code, the history of a row, the log of acts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, models
from django.db.models import Q
from django.utils import timezone

from tenants.models import Act, ApiToken, Appointment, Division, RowChange, User
from tenants.prepared import Prepared
from tenants.rules import CITY_WIDTH, COMMUNITY_WIDTH, DISTRICT_WIDTH, STREET_WIDTH, code_range, token_digest
from tenants.scope import PAST, SINGLE_FACILITIES, Past, Scope, past_for, rows_in_scope, scope_of, set_scope

# Asked on every request, so without the ORM: building this query costs it more than the database takes to answer.
_APPOINTMENT_FIELDS = [field.attname for field in Appointment._meta.concrete_fields]
MOST_COUNTED = 100
_BY_FACILITY = [role.value for role in SINGLE_FACILITIES]
_READ_APPOINTMENT = f"""
SELECT {", ".join(f"a.{name}" for name in _APPOINTMENT_FIELDS)}, d.past_codes, d.past_facilities,
       d.past_districts, d.name,
       (SELECT count(*) FROM (
           SELECT FROM tenants_message m WHERE m.user_id = a.user_id AND m.read_at IS NULL
           AND (a.role = ANY($1) OR m.division_code >= a.division_code AND m.division_code < a.division_code + a.width)
           LIMIT {MOST_COUNTED}) waiting) AS unread, a.width
FROM (SELECT *, CASE WHEN division_code % {CITY_WIDTH} = 0 THEN {CITY_WIDTH}
                     WHEN division_code % {DISTRICT_WIDTH} = 0 THEN {DISTRICT_WIDTH}
                     WHEN division_code % {STREET_WIDTH} = 0 THEN {STREET_WIDTH} ELSE {COMMUNITY_WIDTH} END AS width
      FROM tenants_appointment WHERE user_id = $2 AND starts_on <= $3 AND (ends_on IS NULL OR ends_on > $3)
      ORDER BY starts_on DESC, id DESC LIMIT 1) a
LEFT JOIN tenants_division d ON d.code = a.division_code AND d.valid_to IS NULL"""  # noqa: S608 names of the model
_OF_APPOINTMENT = ["text[]", "bigint", "date"]
_CURRENT_APPOINTMENT = Prepared("current_appointment", _OF_APPOINTMENT, _READ_APPOINTMENT)


def _ancestors(code: str, width: str) -> str:
    """SQL of the array in `app.scope_up`: as `CodeRange.ancestors`."""
    wider = (CITY_WIDTH, DISTRICT_WIDTH, STREET_WIDTH)
    levels = ", ".join(f"CASE WHEN {width} < {one} THEN {code} / {one} * {one} END" for one in wider)
    return f"nullif(array_remove(ARRAY[{levels}], NULL)::text, '{{}}')"


# What `scope_of` says of an appointment, for ENTER: setting → SQL over its row; single facilities have no range, and no past.
_SCOPE_SETTINGS = {
    "app.scope_lo": "CASE WHEN ranged THEN division_code END",
    "app.scope_hi": "CASE WHEN ranged THEN division_code + width END",
    "app.scope_up": f"CASE WHEN ranged THEN {_ancestors('division_code', 'width')} END",
    "app.grants": "CASE WHEN NOT ranged THEN nullif(granted_facility_ids::text, '{}') END",
    **{setting: f"CASE WHEN ranged THEN nullif({column}::text, '{{}}') END" for setting, column in PAST.items()},
}
_SET = ", ".join(f"set_config('{name}', coalesce(({sql})::text, ''), true)" for name, sql in _SCOPE_SETTINGS.items())
# Statements of `tenants.prepared` are written for one plan: without the last setting the server plans a range of codes anew
# each time, since it takes the narrow range it sees to be worth a plan of its own (0.4 ms a list).
# MATERIALIZED: the row is read, and its messages are counted, in the scope of the person, before the scope is widened.
_ENTER = Prepared(
    "enter",
    _OF_APPOINTMENT,
    f"""WITH held AS MATERIALIZED ({_READ_APPOINTMENT})
SELECT held.*, {_SET}, set_config('plan_cache_mode', 'force_generic_plan', true)
FROM (SELECT *, role <> ALL($1) AS ranged FROM held) held""",  # noqa: S608 names of this module
)


def current_appointment(user: User) -> Appointment | None:
    """The appointment in force today that decides what a user sees; the newest if there are several.

    `unread`: how many messages wait for the person, at most MOST_COUNTED; it comes along instead of by a query of its own.

    Read on each request, so that a changed role or scope acts on the next one. Leaves the transaction in the scope of
    the user alone: set the one that follows from the appointment next.
    """
    set_scope(Scope(user_id=user.pk))  # a user may always read their own appointments
    return _appointment_of(_CURRENT_APPOINTMENT.rows(_BY_FACILITY, user.pk, timezone.localdate()))


def enter(user: User, *, source: str, address: str) -> Appointment | None:
    """The current appointment, with the transaction in the scope that follows from it: one trip to the database.

    Without an appointment it is left in the scope of the user alone. The scope is that of `scope_of`, said in SQL, since
    only the database knows the appointment by then (`tests/tenants/test_enter.py` compares them).
    """
    alone = Scope(user_id=user.pk, source=source, address=address)
    return _appointment_of(rows_in_scope(alone, _ENTER, _BY_FACILITY, user.pk, timezone.localdate()))


def _appointment_of(found: list[tuple]) -> Appointment | None:
    if not found:
        return None
    own = len(_APPOINTMENT_FIELDS)
    codes, facilities, districts, name, unread = found[0][own : own + 5]
    appointment = Appointment.from_db(connection.alias, _APPOINTMENT_FIELDS, found[0][:own])
    appointment.division_name = name or str(appointment.division_code)
    appointment.unread = unread
    appointment.past = Past(tuple(codes or ()), tuple(facilities or ()), tuple(districts or ()))
    return appointment


def token_of_key(key: str, now: datetime) -> ApiToken | None:
    """The API token of a key, with its user, if it has not expired and the account may act."""
    token = ApiToken.objects.select_related("user").filter(digest=token_digest(key), expires_at__gt=now).first()
    return token if token and token.user.is_usable else None


# --- divisions --------------------------------------------------------------------------------------------------------


def division_names(codes: Iterable[int], day: date | None = None) -> dict[int, str]:
    """Names by code, as they are on a day (without one: now). A code that has ended keeps its last name."""
    found = Division.objects.filter(code__in=set(codes)).values_list("code", "name", "valid_from", "valid_to")
    ranked = sorted(found, key=lambda row: (_holds(row[2], row[3], day), row[3] or date.max))
    return {code: name for code, name, _, _ in ranked}


def _holds(valid_from: date | None, valid_to: date | None, day: date | None) -> bool:
    if day is None:
        return valid_to is None
    return (valid_from or day) <= day < (valid_to or date.max)


@dataclass(frozen=True, slots=True)
class ClosedPost:
    """A division that ended under an appointment, and the ones that took its place."""

    name: str
    ended_on: date
    successors: tuple[str, ...]


def closed_post(user: User) -> ClosedPost | None:
    """Where somebody without an appointment served last, if that division has ended. Sees the user's own rows only."""
    last = Appointment.objects.filter(user=user).order_by("-starts_on", "-pk").first()
    if last is None or Division.objects.in_force().filter(code=last.division_code).exists():
        return None
    ended = Division.objects.filter(code=last.division_code, valid_to__lte=timezone.localdate()).order_by("-valid_to")
    if (division := ended.first()) is None:
        return None
    names = division.successions.order_by("successor__code").values_list("successor__name", flat=True)
    return ClosedPost(division.name, division.valid_to, tuple(names))


def divisions_below(code: int, level: str, day: date | None = None):
    """The divisions of one level at and below a code, in the order of their codes."""
    codes = code_range(code)
    return Division.objects.in_force(day).filter(code__gte=codes.lo, code__lt=codes.hi, level=level).order_by("code")


def divisions_at_and_below(code: int):
    codes = code_range(code)
    return Division.objects.in_force().filter(code__gte=codes.lo, code__lt=codes.hi).order_by("code")


def division_at(code: int, day: date | None = None) -> Division | None:
    return Division.objects.in_force(day).filter(code=code).first()


# --- history and acts -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a row: `values` maps a column to (before, after)."""

    at: datetime
    who: str
    operation: str
    table: str
    row_id: int
    values: dict[str, tuple[object, object]]
    source: str
    reason: str


def history_of(row: models.Model, *, limit: int = 200) -> list[Change]:
    """What changed in one row, newest first."""
    return _changes(RowChange.objects.filter(table_name=row._meta.db_table, row_id=row.pk), _root_of(row), limit)


def history_under(root: models.Model, *, limit: int = 200) -> list[Change]:
    """What changed in a row and in all that belongs to it: a facility with its sites, spaces, projects; newest first."""
    return _changes(RowChange.objects.all(), (root._meta.db_table, root.pk), limit)


def _root_of(row: models.Model) -> tuple[str, int]:
    path = getattr(row, "facility_path", None)
    if path in {None, "id"}:
        return row._meta.db_table, row.pk
    parent = getattr(type(row), path.removesuffix("_id")).field.related_model
    return parent._meta.db_table, getattr(row, path)


def _changes(rows, root: tuple[str, int], limit: int) -> list[Change]:
    rows = rows.filter(root_table=root[0], root_id=root[1]).select_related("user").order_by("-pk")[:limit]
    return [
        Change(
            at=row.at,
            who=str(row.user) if row.user else "",
            operation=row.get_operation_display(),
            table=row.table_name,
            row_id=row.row_id,
            values={
                key: ((row.before or {}).get(key), (row.after or {}).get(key))
                for key in {**(row.before or {}), **(row.after or {})}
            },
            source=row.source,
            reason=row.reason,
        )
        for row in rows
    ]


def acts_within(appointment: Appointment | None):
    """The acts that an appointment may read: those of its divisions. Nothing without one."""
    if appointment is None or (codes := scope_of(appointment).codes) is None:
        return Act.objects.none()
    past = past_for(appointment)
    within = Q(division_code__gte=codes.lo, division_code__lt=codes.hi) | Q(division_code__in=past.codes)
    return Act.objects.filter(within).select_related("actor")


def verbs_of(acts) -> list[str]:
    return list(acts.order_by("verb").values_list("verb", flat=True).distinct())
