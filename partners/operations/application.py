"""Writes: applications on their way in. Each step is one of fixtures/partners/life.toml."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from facilities.uploads.store import Stored
from partners.models import (
    Application,
    ApplicationState,
    Call,
    CallState,
    Channel,
    Need,
    Partner,
    PartnerContact,
    PartnerFile,
    PartnerKind,
    PriorityKind,
    PriorityUse,
)
from partners.operations.files import keep_file
from partners.operations.panel import tell_panel
from partners.operations.partner import register_partner
from partners.operations.steps import PartnerRefused, locked, note, require, take
from partners.queries.application import findings_of, ranking, same_partner
from partners.queries.life import rules_in_force
from partners.rules.codes import credit_code
from tenants.models import Appointment, User
from tenants.operations.personal import add_contact

OF = "application"
_SECTORS = {PartnerKind.MARKET, PartnerKind.PUBLIC_BENEFIT}


@transaction.atomic
def apply(
    *, call: Call, need: Need, channel: Channel, today: date, now: datetime, by: User | None, name: str, kind: str, uscc: str,
    proposal: str, prices: str, contact_name: str, contact_phone: str, files: Sequence[Stored] = (),
) -> Application:  # fmt: skip
    """Take an application in. Raises PartnerRefused outside the days of the call, ValueError for numbers that are none."""
    call = Call.objects.select_for_update(no_key=True).get(pk=call.pk)
    require(call.state == CallState.OPEN, "这次征集现在不收申请。")
    require(call.opens_on <= today, f"{call.opens_on} 才开始收申请。")
    require(today <= call.closes_on, f"征集已于 {call.closes_on} 截止。")
    require(need.call_id == call.pk, "这条需求不在这次征集里。")
    require(channel != Channel.LINK or call.link_is_open, "这次征集不收网上申请，请到街道办理。")
    made = Application(
        division_code=call.division_code, call=call, need=need, number=_number(call, today), channel=channel, name=name.strip(),
        kind=kind, uscc=credit_code(uscc) if uscc else "", proposal=proposal, prices=prices, submitted_at=now,
    )  # fmt: skip
    made.contact_name, made.contact_phone = contact_name.strip(), contact_phone  # type: ignore[assignment]
    made.partner = same_partner(made)
    made.save()
    for stored in files:
        keep_file(stored=stored, title="申请材料", by=by, application=made)
    note("收到合伙人申请", made, by, call=call.title, channel=str(channel))
    return _checked(made, today)


def _number(call: Call, today: date) -> str:
    return f"{today:%Y%m%d}-{call.applications.count() + 1:03d}"


def _checked(one: Application, today: date) -> Application:
    one.findings = "\n".join(map(str, findings_of(one, today)))
    one.save(update_fields=["findings"])
    return one


@transaction.atomic
def qualify(*, application: Application, by: Appointment, today: date, now: datetime) -> Application:
    """Complete and free of conflicts that stop it; who says so may not admit it later."""
    fresh, step = locked(application, OF, "qualify", by=by)
    found = findings_of(fresh, today)
    stops = [finding.text for finding in found if finding.stops]
    fresh.findings = "\n".join(map(str, found))
    require(not stops, "还不能通过：" + "；".join(text.rstrip("。") for text in stops) + "。请退回补正。")
    fresh.qualified_by, fresh.qualified_at = by.user, now
    take(fresh, step, by=by, today=today)
    tell_panel(fresh.call, today)
    return fresh


@transaction.atomic
def hand_back(*, application: Application, by: Appointment, today: date, reason: str) -> Application:
    fresh, step = locked(application, OF, "return", by=by, reason=reason)
    take(fresh, step, by=by, today=today, reason=reason)
    return fresh


def _code(text: str) -> str:
    try:
        return credit_code(text)
    except ValueError as error:
        raise PartnerRefused(f"{error}请在“统一社会信用代码”一栏改正后再重新核对。") from error


@transaction.atomic
def resubmit(*, application: Application, by: Appointment, today: date, reason: str, **values) -> Application:
    """What was missing has come; `values` correct the application, and it is checked anew."""
    fresh, step = locked(application, OF, "resubmit", by=by, reason=reason)
    for name, value in values.items():
        setattr(fresh, name, value)
    if fresh.uscc:
        fresh.uscc = _code(fresh.uscc)
    fresh.partner = same_partner(fresh)
    take(fresh, step, by=by, today=today, reason=reason)
    return _checked(fresh, today)


@transaction.atomic
def add_application_file(*, application: Application, stored: Stored, by: User | None, today: date) -> PartnerFile:
    fresh = Application.objects.select_for_update(no_key=True).get(pk=application.pk)
    require(fresh.state in {ApplicationState.SUBMITTED, ApplicationState.INCOMPLETE}, "资格审查以后不能再加材料。")
    kept = keep_file(stored=stored, title="补充材料", by=by, application=fresh)
    _checked(fresh, today)
    return kept


@transaction.atomic
def announce(*, application: Application, by: Appointment, today: date) -> Application:
    """Public notice of the first of its need. Refused below the pass mark, while others are not scored, or out of order."""
    fresh, step = locked(application, OF, "announce", by=by)
    rules = rules_in_force(fresh.division_code, today)
    require(fresh.points >= rules["pass_points"] * 100, f"平均分不到及格分 {rules['pass_points']} 分，不能公示。")
    open_states = [ApplicationState.SUBMITTED, ApplicationState.INCOMPLETE, ApplicationState.QUALIFIED]
    others = Application.objects.filter(need=fresh.need_id, state__in=open_states)
    require(not others.exists(), "同一需求还有申请没有评完，请评完再公示。")
    first = ranking(fresh.need_id, today)[0]
    require(first.application.pk == fresh.pk, f"{first.application.number} {first.application.name} 排在前面。")
    if first.has_priority:
        fresh.priority = first.application.priority_held
    fresh.notice_from, fresh.notice_to = today, rules.after(today, "notice_days")
    take(
        fresh, step, by=by, today=today, points=fresh.points, by_priority=first.by_priority,
        notice_to=fresh.notice_to.isoformat(),
    )  # fmt: skip
    return fresh


@transaction.atomic
def admit(*, application: Application, by: Appointment, today: date, now: datetime) -> Application:
    """After the notice: the partner is registered, if it is new, with the person to contact; a priority that held is noted."""
    fresh, step = locked(application, OF, "admit", by=by)
    require(fresh.notice_to < today, f"公示到 {fresh.notice_to}（含当天），期满才能准入。")
    if fresh.partner is None:
        fresh.partner = same_partner(fresh) or _registered(fresh, by.user)
    if fresh.priority_id:
        PriorityUse.objects.create(
            division_code=fresh.division_code, nomination_id=fresh.priority_id, kind=PriorityKind.ENTRY, used_on=today,
            text=f"{fresh.call.title}：{fresh.need.text}", noted_by=by.user,
        )  # fmt: skip
    take(fresh, step, by=by, today=today, partner=str(fresh.partner.uuid))
    return fresh


def _registered(one: Application, by: User) -> Partner:
    partner = register_partner(
        name=one.name, kind=PartnerKind(one.kind), division_code=one.division_code, by=by, uscc=one.uscc
    )
    add_contact(
        contact=PartnerContact(partner=partner), owner=partner, by=by, name=one.contact_name.plain(), position="",
        phone=one.contact_phone.plain(),
    )  # fmt: skip
    return partner


@transaction.atomic
def turn_down(*, application: Application, by: Appointment, today: date, reason: str) -> Application:
    fresh, step = locked(application, OF, "reject", by=by, reason=reason)
    take(fresh, step, by=by, today=today, reason=reason)
    return fresh


@transaction.atomic
def withdraw(*, application: Application, by: Appointment, today: date, reason: str) -> Application:
    fresh, step = locked(application, OF, "withdraw", by=by, reason=reason)
    take(fresh, step, by=by, today=today, reason=reason)
    return fresh


__all__ = [
    "PartnerRefused", "add_application_file", "admit", "announce", "apply", "hand_back",
    "qualify", "resubmit", "turn_down", "withdraw",
]  # fmt: skip
