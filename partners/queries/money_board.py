"""The dashboard of money: each facility's projects and funds against the duty of 拱墅 四(二), what waits and what ends."""

from dataclasses import dataclass
from datetime import date

from django.contrib.postgres.aggregates import StringAgg
from django.db.models import CharField, Count, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Concat

from facilities.models import Facility
from facilities.queries.listing import facilities_on
from partners.models import CharityProject, CharityReceipt, FundKind, FundLine
from partners.rules.ledger import HELD, Duty
from tenants.models import Appointment

_PAIR = ~Q(funder="") & Q(partner__isnull=False)
_PAIR_WORDS = Concat("name", Value("："), "partner__name", Value(" + "), "funder", output_field=CharField())


@dataclass(frozen=True, slots=True)
class DutyRow:
    """A facility in a calendar year: projects, money that has arrived, contracts beside it (None: one has no amount)."""

    facility: Facility
    duty: Duty
    contract_fen: int | None
    pairs: int  # “1+1” projects: with both a service side and a money side (杭州 二(三)8)
    pair_names: str = ""


def duties(appointment: Appointment | None, year: int, day: date, street: int | None = None) -> list[DutyRow]:
    """All open facilities in sight, the furthest from the duty first. One query."""
    projects = CharityProject.objects.filter(facility=OuterRef("pk"), year=year).order_by().values("facility")
    receipts = CharityReceipt.objects.filter(
        facility=OuterRef("pk"), received_on__gte=date(year, 1, 1), received_on__lte=min(day, date(year, 12, 31))
    )

    def of_projects(aggregate):
        return Subquery(projects.annotate(found=aggregate).values("found"))

    facilities = facilities_on(day).visible_to(appointment).filter(lifecycle="open")
    if street:
        facilities = facilities.filter(division_code__gte=street, division_code__lt=street + 1000)
    facilities = facilities.annotate(
        projects_n=of_projects(Count("pk")),
        contract_sum=of_projects(Sum("contract_fen")),
        contracts_unset=of_projects(Count("pk", filter=Q(contract_fen=None))),
        pairs_n=of_projects(Count("pk", filter=_PAIR)),
        pair_names=of_projects(StringAgg(_PAIR_WORDS, "；", filter=_PAIR, order_by="name")),
        received_sum=Subquery(receipts.order_by().values("facility").annotate(sum=Sum("amount_fen")).values("sum")),
    )
    rows = [
        DutyRow(
            one, Duty(one.projects_n or 0, one.received_sum or 0), None if one.contracts_unset else one.contract_sum or 0, one.pairs_n or 0,
            one.pair_names or "",
        )
        for one in facilities
    ]  # fmt: skip
    return sorted(
        rows, key=lambda row: (row.duty.is_met, -row.duty.short_fen, -row.duty.projects_short, row.facility.code)
    )


def held_by_kind(appointment: Appointment | None) -> list[tuple[str, int]]:
    """Kind of fund → what those in sight hold together, in 分."""
    lines = FundLine.objects.visible_to(appointment).filter(account__in=[int(one) for one in HELD]).order_by()
    sums = dict(lines.values_list("fund__kind").annotate(sum=Sum("amount_fen")))
    return [(label, sums[kind]) for kind, label in FundKind.choices if kind in sums]
