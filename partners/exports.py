"""Lists of this app that a task makes where they are too long for a request. The pages say what is in them."""

from datetime import date

from django.http import QueryDict

from tenants.exports import Kind, Table
from tenants.models import Appointment
from tenants.rules import Permission


def _partners(appointment: Appointment, query: QueryDict, day: date) -> Table:
    from partners.views import partner  # the pages are not needed before somebody asks
    from partners.views.lists import as_table

    rows, dressed = partner.registry(appointment, day)
    return as_table(partner.listing(appointment, query, day), rows, query, day, dressed)


def _agreements(appointment: Appointment, query: QueryDict, day: date) -> Table:
    from partners.views import agreements
    from partners.views.lists import as_table

    return as_table(agreements.LISTING, agreements.rows_of(appointment), query, day, list)


KINDS = (
    Kind("partners", "合伙人", Permission.VIEW_FACILITIES, _partners),
    Kind("partner-agreements", "合伙协议", Permission.VIEW_FACILITIES, _agreements),
)
