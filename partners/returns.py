"""The shelves that this app adds to a quarterly return: projects with their partners, charity projects with their money."""

from facilities.imports.sheets import sheet
from facilities.models import Facility
from facilities.returns.registry import first_day, names_twice, space_label
from facilities.returns.shelves import Carried, Shelf, add_shelf, in_quarter, written
from partners.models import CharityProject, ResidentProject
from tenants.quarters import Quarter

_RECEIPT = ("received_on", "amount_fen", "voucher")
_PARTNER = ("partner_kind", "uscc", "brand")


def _projects(facility: Facility, quarter: Quarter) -> list[Carried]:
    found = list(
        in_quarter(ResidentProject.objects.filter(facility=facility).select_related("partner", "space__site"), quarter)
    )
    twice = names_twice(facility) if any(one.space_id for one in found) else set()
    shows = {
        # None where the reader may not see the partner: an empty cell leaves it alone
        "partner": lambda one: one.partner.name if one.partner else "",
        "item": lambda one: str(one.item_number or ""),
        "space": lambda one: space_label(one.space, twice),
        "partner_kind": lambda one: one.partner.get_kind_display() if one.partner else "",
        "uscc": lambda one: one.partner.uscc if one.partner else "",
        "brand": lambda one: one.partner.brand if one.partner else "",
    }
    return [Carried(str(one.pk), written("project", one, shows)) for one in found]


def _charity(facility: Facility, quarter: Quarter) -> list[Carried]:
    """One row for each receipt, one for a project without any, as the sheet has it."""
    found = []
    of_year = CharityProject.objects.filter(facility=facility, year=quarter.year).prefetch_related("receipts")
    columns = sheet("charity").by_key
    for project in of_year.order_by("name", "pk"):
        base = written("charity", project, dict.fromkeys(_RECEIPT, lambda _: ""))
        receipts = sorted(project.receipts.all(), key=lambda one: (one.received_on, one.pk))
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
            _projects, first_day, identifying=("name",), ends_matter=True, add_label="加一个入驻项目",
        ),
        Shelf(
            "charity", "operation", ("year", "name", "kind", "contract_fen", "received_on", "amount_fen", "voucher"),
            _charity, lambda _f, quarter, _d: {"year": str(quarter.year)}, kept=frozenset({"year", "name", "voucher"}),
            watched=frozenset({"contract_fen"}), identifying=("year", "name"), add_label="加一个创投项目或一笔到账",
        ),
    )  # fmt: skip
