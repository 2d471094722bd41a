"""Writes: open calls for partners and their needs."""

from datetime import date

from django.db import transaction

from facilities.models import Facility
from partners.models import Application, Call, CallState, Need
from partners.operations.panel import check_panel
from partners.operations.steps import PartnerRefused, note, require
from partners.queries.life import rules_in_force
from partners.rules import scoring
from tenants.editing import write_row
from tenants.models import Appointment, User
from tenants.rules import code_range
from tenants.scope import set_reason


@transaction.atomic
def start_call(*, division_code: int, by: User | None, **values) -> Call:
    """A new call, as a draft."""
    made = Call.objects.create(division_code=division_code, **values)
    note("起草征集", made, by)
    return made


def edit_call(*, call: Call, version: int, by: User | None, reason: str = "", **values):
    require(call.state == CallState.DRAFT, "征集开始以后不能再改。需要变动时先取消，再发一次。")
    return write_row(
        row=call, version=version, values=values, by=by, verb="修改征集", reason=reason, subject=call.title,
        subject_uuid=call.uuid,
    )  # fmt: skip


@transaction.atomic
def add_need(*, call: Call, facility: Facility, by: User | None, **values) -> Need:
    """One more need, in a facility of the call's own division."""
    fresh = _locked(call)
    require(fresh.state == CallState.DRAFT, "征集开始以后不能再加需求。")
    require(facility.division_code in code_range(call.division_code), "这座设施不在征集的范围里。")
    made = Need.objects.create(division_code=call.division_code, call=fresh, facility=facility, **values)
    note("登记征集需求", fresh, by, need=made.text)
    return made


@transaction.atomic
def drop_need(*, need: Need, by: User | None) -> None:
    require(need.call.state == CallState.DRAFT, "征集开始以后不能再删需求。")
    note("删除征集需求", need.call, by, need=need.text)
    need.delete()


@transaction.atomic
def open_call(*, call: Call, by: Appointment, today: date) -> Call:
    """Open a draft. From here on criteria, panel and needs are fixed."""
    fresh = _locked(call)
    require(fresh.state == CallState.DRAFT, "这次征集已经开始了。")
    require(fresh.needs.exists(), "还没有需求。先写明哪座设施要什么服务。")
    require(fresh.closes_on >= today, f"截止日 {fresh.closes_on} 已过，请先改截止日。")
    least = rules_in_force(fresh.division_code, today)["panel_size"]
    try:
        scoring.checked(fresh.scoring)
    except ValueError as error:
        raise PartnerRefused(f"评分标准：{error}") from error
    check_panel(fresh, least)
    fresh.state = CallState.OPEN
    fresh.save(update_fields=["state"])
    note("发布征集", fresh, by.user, closes_on=fresh.closes_on.isoformat())
    return fresh


@transaction.atomic
def close_call(*, call: Call, by: Appointment | None) -> Call:
    """No more applications; those that came in go on."""
    fresh = _locked(call)
    require(fresh.state == CallState.OPEN, "这次征集没有在进行。")
    fresh.state = CallState.CLOSED
    fresh.save(update_fields=["state"])
    note("截止征集", fresh, by and by.user)
    return fresh


@transaction.atomic
def cancel_call(*, call: Call, by: Appointment, reason: str) -> Call:
    fresh = _locked(call)
    require(fresh.state in {CallState.DRAFT, CallState.OPEN}, "已经截止的征集不能取消，请逐份处理申请。")
    require(len(reason.strip()) >= 4, "写明取消的理由，至少 4 个字。")
    waiting = Application.objects.filter(call=fresh).exclude(state__in=["rejected", "withdrawn"]).count()
    require(not waiting, f"已收到 {waiting} 份申请，请先逐份处理再取消。")
    set_reason(reason.strip())
    fresh.state = CallState.CANCELLED
    fresh.save(update_fields=["state"])
    note("取消征集", fresh, by.user, reason=reason.strip())
    return fresh


def _locked(call: Call) -> Call:
    return Call.objects.select_for_update(no_key=True).get(pk=call.pk)
