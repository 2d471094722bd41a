"""The accounts of a scope, and one's own messages, as exports."""

from datetime import date, timedelta

from django.http import QueryDict
from django.utils import timezone

from tenants import account_queries, queries
from tenants.exports import MOST, Kind, Table
from tenants.inbox_forms import InboxFilter
from tenants.message_models import Message
from tenants.models import Appointment
from tenants.rules import Permission
from tenants.staff_forms import PeopleFilter

_STAFF = ("姓名", "账号", "角色", "区划代码", "区划", "起", "最后一天", "状态", "最近登录")
_MESSAGES = ("时间", "类别", "标题", "内容", "读过")


def staff(appointment: Appointment, query: QueryDict, day: date) -> Table:
    form = PeopleFilter(query, appointment=appointment)
    found = form.narrow(account_queries.people_within(appointment), day)
    keys = list(found.values_list("pk", flat=True)[: MOST + 1])

    def lines(some):
        held = list(found.filter(pk__in=list(some)))
        names = queries.division_names(row.division_code for row in held)
        return [_person(row, names.get(row.division_code, ""), day) for row in held]

    return Table("账号", _STAFF, keys[:MOST], lines, more=len(keys) > MOST)


def _person(held: Appointment, place: str, day: date) -> tuple:
    user = held.user
    return (
        user.display_name,
        user.username,
        held.get_role_display(),
        held.division_code,
        place,
        held.starts_on,
        held.ends_on - timedelta(1) if held.ends_on else "",
        account_queries.state_of(held, day).label,
        _local(user.last_login),
    )


def messages(appointment: Appointment, query: QueryDict, day: date) -> Table:
    found = InboxFilter(query).narrow(Message.objects.visible_to(appointment))
    keys = list(found.values_list("pk", flat=True)[: MOST + 1])

    def lines(some):
        rows = found.filter(pk__in=list(some))
        return [(_local(r.created_at), r.get_kind_display(), r.title, r.text, _local(r.read_at)) for r in rows]

    return Table("消息", _MESSAGES, keys[:MOST], lines, more=len(keys) > MOST)


STAFF = Kind("staff", "账号", Permission.VIEW_ACCOUNTS, staff, ("xlsx", "csv"))
MESSAGES = Kind("messages", "消息", Permission.SIGNED_IN, messages)


def _local(instant) -> str:
    return timezone.localtime(instant).strftime("%Y-%m-%d %H:%M") if instant else ""
