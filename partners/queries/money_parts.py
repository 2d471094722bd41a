"""What the money ledgers bring to others: debts that an exit waits for, parts of the pages of a partner and an agreement."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.urls import reverse

from partners.models import Agreement, Exchange
from partners.queries.debts import Debt, add_source
from partners.queries.exchanges import exchanges, standings
from partners.queries.sections import Section, add_section
from tenants.rules import Permission, may


def of_agreement(agreement: Agreement, day: date) -> Iterable[Debt]:
    """Space given to the partner in the same facility and not settled yet (拱墅 三(二)2)."""
    found = Exchange.objects.filter(facility=agreement.facility_id, partner=agreement.partner_id, settled_on=None)
    for one in found.order_by("pk"):
        yield Debt(f"空间协议 {one.number}", None, "还没有结清", reverse("partners:exchange", args=[one.uuid]))


def _shown(request, found, day: date) -> dict:
    if not may(request.appointment.role, Permission.VIEW_MONEY):
        return {"stands": [], "hidden": True}
    return {"stands": standings(found.order_by("-ends_on", "pk")[:20], day)}


def _agreement(agreement: Agreement, request, day: date) -> dict:
    found = exchanges(request.appointment).filter(facility=agreement.facility_id, partner=agreement.partner_id)
    return _shown(request, found, day)


def _partner(partner: Any, request, day: date) -> dict:
    return _shown(request, exchanges(request.appointment).filter(partner=partner), day)


def join_in() -> None:
    add_source(of_agreement)
    template = "partners/money/part.html"
    add_section("agreement", Section("exchanges", "空间换服务", template, _agreement))
    add_section("partner", Section("exchanges", "空间换服务", template, _partner))
