"""What the money ledgers bring to others: debts that an exit waits for, parts of the pages of a partner and an agreement."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Q, Sum
from django.urls import reverse

from partners.models import Agreement, Exchange
from partners.queries.debts import Debt, add_source
from partners.queries.exchanges import exchanges, standings
from partners.queries.sections import Section, add_section
from partners.wording import fen_text
from tenants.rules import Permission, may


def of_agreement(agreement: Agreement, day: date) -> Iterable[Debt]:
    """Space given under the agreement, or to its partner in its facility without saying under which, and not settled yet."""
    found = _under(agreement, Exchange.objects.filter(settled_on=None)).annotate(open_sum=Sum("entries__amount_fen"))
    for one in found.order_by("pk"):
        rest = one.open_sum or 0
        text = f"还没有结清，台账未抵扣 {fen_text(rest)} 元" if rest else "还没有结清"
        yield Debt(f"空间协议 {one.number}", rest, text, reverse("partners:exchange", args=[one.uuid]))


def _under(agreement: Agreement, found):
    """拱墅 三(二)2: what was given under another agreement of the same partner is that agreement's debt."""
    of_partner = Q(agreement=None, facility=agreement.facility_id, partner=agreement.partner_id)
    return found.filter(Q(agreement=agreement) | of_partner)


def _shown(request, found, day: date) -> dict:
    if not may(request.appointment.role, Permission.VIEW_MONEY):
        return {"stands": [], "hidden": True}
    return {"stands": standings(found.order_by("-ends_on", "pk")[:20], day)}


def _agreement(agreement: Agreement, request, day: date) -> dict:
    return _shown(request, _under(agreement, exchanges(request.appointment)), day) | {"under": agreement}


def _partner(partner: Any, request, day: date) -> dict:
    return _shown(request, exchanges(request.appointment).filter(partner=partner), day)


def join_in() -> None:
    add_source(of_agreement)
    template = "partners/money/part.html"
    add_section("agreement", Section("exchanges", "空间换服务", template, _agreement))
    add_section("partner", Section("exchanges", "空间换服务", template, _partner))
