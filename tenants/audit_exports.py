"""The two logs as exports: acts, and changes of rows with their differences in words."""

from datetime import date

from django.http import QueryDict
from django.utils import timezone

from tenants import audit_queries, queries
from tenants.audit_forms import ChangeFilter
from tenants.exports import MOST, Kind, Table
from tenants.forms import ActFilter
from tenants.models import Appointment
from tenants.rules import Permission

_CHANGES = ("编号", "时间", "操作人", "账号", "变动", "台账", "行号", "区划代码", "途径", "理由", "改前", "改后")
_ACTS = ("编号", "时间", "操作人", "账号", "动作", "对象", "区划代码", "来自", "理由")


def changes(appointment: Appointment, query: QueryDict, day: date) -> Table:
    form = ChangeFilter(query, tables=audit_queries.tables())
    found = form.narrow(audit_queries.changes_within(appointment))
    return _table("变动记录", _CHANGES, found, lambda row: _change(audit_queries.in_words(row)))


def acts(appointment: Appointment, query: QueryDict, day: date) -> Table:
    seen = queries.acts_within(appointment)
    found = ActFilter(query, verbs=queries.verbs_of(seen)).narrow(seen).order_by("-pk")
    return _table("操作日志", _ACTS, found, _act)


CHANGES = Kind("changes", "变动记录", Permission.VIEW_ACTS, changes, ("xlsx", "csv"))
ACTS = Kind("acts", "操作日志", Permission.VIEW_ACTS, acts, ("xlsx", "csv"))


def _table(title: str, head: tuple[str, ...], found, line) -> Table:
    keys = list(found.values_list("pk", flat=True)[: MOST + 1])
    return Table(
        title, head, keys[:MOST], lambda some: map(line, found.filter(pk__in=list(some))), more=len(keys) > MOST
    )


def _change(change) -> tuple:
    return (
        change.number,
        _local(change.at),
        change.who,
        change.username,
        change.operation,
        change.table,
        change.row_id,
        change.division_code,
        change.source,
        change.reason,
        "；".join(f"{item.label}={item.before}" for item in change.differences),
        "；".join(f"{item.label}={item.after}" for item in change.differences),
    )


def _act(act) -> tuple:
    who = act.actor.display_name if act.actor else "系统"
    username = act.actor.username if act.actor else ""
    place = (act.division_code or "", act.address or "", act.reason)
    return (act.pk, _local(act.at), who, username, act.verb, act.subject, *place)


def _local(instant) -> str:
    return timezone.localtime(instant).strftime("%Y-%m-%d %H:%M:%S")
