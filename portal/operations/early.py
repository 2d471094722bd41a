"""Telling street and district beforehand: space agreements that end or drift from equal value, licences that run out.

Each stage is told once: the key of a message names the thing, its last day and the stage, and nobody gets a key twice.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta

from django.urls import reverse

from partners.models import Agreement, Credential, CredentialKind, Exchange, ResidentProject
from partners.models.agreement import AT_WORK
from partners.queries.exchanges import EQUALITY_LABELS, Standing, exchanges, standings
from partners.rules.exchange import Equality
from partners.rules.stages import STAGES, stage
from portal.operations.endings import TOLD
from portal.wording import yuan_text
from tenants.message_models import MessageKind
from tenants.models import Appointment
from tenants.operations.messages import send_to_roles
from tenants.rules import Role

_AHEAD = timedelta(days=max(STAGES))
_ONE_DAY = timedelta(days=1)


def tell(*, district: int, today: date) -> int:
    """In the scope of the district: how many messages were new."""
    return _tell_exchanges(district, today) + _tell_licences(today)


def _tell_exchanges(district: int, today: date) -> int:
    everybody = Appointment(role=Role.DISTRICT_ADMIN, division_code=district)
    open_ones = exchanges(everybody).filter(settled_on=None, ends_on__gt=today).order_by("pk")
    found = standings(open_ones, today)
    return sum(_tell_end(one.exchange, today) + _tell_balance(one, today) for one in found)


def _tell_end(one: Exchange, today: date) -> int:
    last = one.ends_on - _ONE_DAY
    left = (last - today).days
    if (reached := stage(left)) is None:
        return 0
    return send_to_roles(
        roles=TOLD, about=one.division_code, day=today, kind=MessageKind.DUE,
        title=f"空间协议 {one.number} {last:%m-%d} 到期（还有 {left} 天）",
        text=f"{one.facility.name}，{one.partner.name}，{one.get_terms_display()}。到期前请结清，或另订协议。",
        link=reverse("partners:exchange", args=[one.uuid]), key=f"exchange-end:{one.uuid}:{last}:{reached}",
    )  # fmt: skip


def _tell_balance(one: Standing, today: date) -> int:
    """Going short or ahead: once for each side. The first days of a term say nothing yet (`Standing.drift`)."""
    if (side := one.drift) is None:
        return 0
    exchange, told = one.exchange, one.outlook
    advice = "请和合伙人商量补做服务。" if side is Equality.SHORT else "请核对服务记录，需要时调整约定。"
    return send_to_roles(
        roles=TOLD, about=exchange.division_code, day=today, kind=MessageKind.DUE,
        title=f"空间协议 {exchange.number} 照现在的进度会{EQUALITY_LABELS[side]}",
        text=f"{exchange.facility.name}，{exchange.partner.name}。整期空间价值 {yuan_text(told.space_fen)}，"
        f"照现在的进度服务 {yuan_text(told.service_fen)}，容差 {exchange.tolerance_permille / 10:g}%。{advice}",
        link=reverse("partners:exchange", args=[exchange.uuid]), key=f"exchange-balance:{exchange.uuid}:{side.name}",
    )  # fmt: skip


def _tell_licences(today: date) -> int:
    """The division where the partner is registered, and the streets where it serves."""
    rows = Credential.objects.filter(replaced_at=None, valid_until__gte=today, valid_until__lte=today + _AHEAD)
    rows = rows.exclude(kind=CredentialKind.CREDIT).filter(partner__merged_into=None).select_related("partner")
    found = list(rows.order_by("pk"))
    places = _places({row.partner_id for row in found}, today)
    return sum(_tell_licence(row, {row.division_code, *places[row.partner_id]}, today) for row in found)


def _places(partners: Iterable[int], today: date) -> dict[int, set[int]]:
    """Partner → where its agreements are at work and its projects run."""
    found: dict[int, set[int]] = defaultdict(set)
    at_work = Agreement.objects.filter(partner__in=partners, state__in=AT_WORK)
    running = ResidentProject.objects.in_force(today).filter(partner__in=partners)
    for rows in (at_work, running):
        for partner, code in rows.order_by().values_list("partner_id", "division_code").distinct():
            found[partner].add(code)
    return found


def _tell_licence(row: Credential, codes: set[int], today: date) -> int:
    left = (row.valid_until - today).days
    message = {
        "kind": MessageKind.DUE, "title": f"{row.partner.name}的{row.title} {row.valid_until:%m-%d} 到期（还有 {left} 天）",
        "text": "到期前请合伙人换证，把新证登记进来。", "link": f"{reverse('partners:partner', args=[row.partner.uuid])}?tab=papers",
        "key": f"licence:{row.uuid}:{row.valid_until}:{stage(left)}",
    }  # fmt: skip
    return sum(send_to_roles(roles=TOLD, about=code, day=today, **message) for code in sorted(codes))
