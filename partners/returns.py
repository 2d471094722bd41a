"""The shelves that this app adds to a quarterly return: projects with their partners, charity projects with their money."""

from collections.abc import Callable

from django.db.models import QuerySet

from facilities.imports.sheets import sheet
from facilities.models import Facility
from facilities.returns.registry import first_day, places, space_names
from facilities.returns.shelves import Carried, Read, Shelf, add_shelf, in_quarter, written
from partners.models import CharityProject, CharityReceipt, Partner, ResidentProject
from partners.queries.brands import named_brand
from tenants.quarters import Quarter

_RECEIPT = ("received_on", "amount_fen", "voucher")
_PARTNER = ("partner_kind", "uscc", "brand")


def _projects_read(facility: Facility, quarter: Quarter) -> dict[str, QuerySet]:
    mine = ResidentProject.objects.filter(facility=facility)
    of_mine = Partner.objects.filter(pk__in=mine.order_by().values("partner_id"))
    partners = of_mine.annotate(brand_name=named_brand(quarter.last_day))
    return places(facility, quarter) | {"projects": mine, "partners": partners}


def _projects(read: Read, _facility: Facility, quarter: Quarter) -> list[Carried]:
    names, partners = space_names(read), {one.pk: one for one in read["partners"]}

    def of_partner(say) -> Callable[[ResidentProject], str]:
        """Empty where there is none, or the reader may not see it: an empty cell leaves it alone."""
        return lambda one: say(partners[one.partner_id]) if one.partner_id in partners else ""

    shows = {
        "partner": of_partner(lambda partner: partner.name),
        "item": lambda one: str(one.item_number or ""),
        "space": lambda one: names.get(one.space_id, ""),
        "partner_kind": of_partner(lambda partner: partner.get_kind_display()),
        "uscc": of_partner(lambda partner: partner.uscc),
        "brand": of_partner(lambda partner: partner.brand_name),
    }
    return [Carried(str(one.pk), written("project", one, shows)) for one in in_quarter(read["projects"], quarter)]


def _charity_read(facility: Facility, quarter: Quarter) -> dict[str, QuerySet]:
    of_year = CharityProject.objects.filter(facility=facility, year=quarter.year)
    # what a fund took back shows in the fund: a return cannot write a negative receipt
    receipts = CharityReceipt.objects.filter(project__in=of_year.order_by().values("pk"), amount_fen__gt=0)
    return {"charity": of_year.order_by("name", "pk"), "receipts": receipts.order_by("received_on", "pk")}


def _charity(read: Read, _facility: Facility, _quarter: Quarter) -> list[Carried]:
    """One row for each receipt, one for a project without any, as the sheet has it."""
    found = []
    columns = sheet("charity").by_key
    for project in read["charity"]:
        base = written("charity", project, dict.fromkeys(_RECEIPT, lambda _: ""))
        receipts = [one for one in read["receipts"] if one.project_id == project.pk]
        for receipt in receipts:
            money = {key: columns[key].kind.show(getattr(receipt, key)) for key in _RECEIPT}
            found.append(Carried(f"r{receipt.pk}", base | money))
        if not receipts:
            found.append(Carried(f"p{project.pk}", base))
    return found


def add_shelves() -> None:
    add_shelf(
        Shelf(
            "project", "operation",
            ("name", "run_by", "partner", *_PARTNER, "item", "space", "fee_nature", "serves_elders", "serves_children",
             "starts_on", "ends_on"),
            _projects_read, _projects, first_day, identifying=("name",), ends_matter=True, add_label="加一个入驻项目",
        ),
        Shelf(
            "charity", "operation", ("year", "name", "kind", "contract_fen", "received_on", "amount_fen", "voucher"),
            _charity_read, _charity, lambda _f, quarter, _d: {"year": str(quarter.year)}, kept=frozenset({"year", "name", "voucher"}),
            watched=frozenset({"contract_fen"}), identifying=("year", "name"), add_label="加一个创投项目或一笔到账",
        ),
    )  # fmt: skip
