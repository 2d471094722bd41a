"""What the sheets of this app look up: partners by name, credit code and citizen's number; funds; space agreements."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import Any

from facilities.imports.check import Check, depend
from facilities.imports.rows import Row
from partners.models import Exchange, Fund, Partner, PartnerContact
from partners.models import ResidentProject as Project
from tenants import vault
from tenants.rules import CodeRange, code_range, district_of


class PartnerBook:
    """Partners that the scope may name: its own and those of the divisions above, and those that the workbook brings."""

    def __init__(self, check: Check):
        codes = [check.codes.lo, *check.codes.ancestors]
        seen = Partner.objects.within(check.codes) | Partner.objects.filter(division_code__in=codes)
        found = list(seen.distinct().select_related("merged_into").order_by("-division_code"))
        self.by_name = {one.name: one.merged_into or one for one in found}  # what has gone into another is that one
        self.by_uscc = {one.uscc: one for one in found if one.uscc and one.merged_into_id is None}
        self.row_of: dict[int, Row] = {}
        self.home = check.codes.lo if code_range(check.codes.lo) == check.codes else district_of(check.codes.lo)
        self.is_demo = check.is_demo

    def add(self, partner: Partner, row: Row) -> None:
        self.by_name[partner.name] = partner
        if partner.uscc:
            self.by_uscc[partner.uscc] = partner
        self.row_of[id(partner)] = row

    def find(self, row: Row, column: str = "partner") -> Partner | None:
        """The partner that a row names, or None after noting that there is none, with the nearest name."""
        name = row.values.get(column)
        if name is None:
            return None
        partner = self.by_name.get(name)
        if partner is None:
            close = next(iter(get_close_matches(name, list(self.by_name), n=1, cutoff=0.5)), None)
            row.error(column, f"本区没有登记合伙人“{name}”", "先在“合伙人登记”里登记，或核对名称", close)
            return None
        depend(row, self.row_of.get(id(partner)), column)
        return partner


def partners(check: Check) -> PartnerBook:
    return _shelf(check, "partners", PartnerBook)


def by_citizen(numbers: Iterable[str]) -> dict[str, Partner]:
    """Citizen's number → the resident partner it is registered with. Two queries, whatever the number of rows."""
    wanted = vault.blind_indexes_of(set(numbers), label=PartnerContact._meta.get_field("citizen_id").label)
    found = PartnerContact.objects.filter(citizen_id_index__in=wanted).select_related("partner__merged_into")
    return {wanted[bytes(one.citizen_id_index)]: one.partner.merged_into or one.partner for one in found}


class FundBook:
    def __init__(self, check: Check):
        self.codes: CodeRange = check.codes
        self.by_name: dict[str, list[Fund]] = defaultdict(list)
        for fund in Fund.objects.within(check.codes).order_by("pk"):
            self.by_name[fund.name].append(fund)

    def find(self, row: Row) -> Fund | None:
        """The fund that a row names; of two with one name none, because nobody can say which."""
        name = row.values.get("fund")
        if name is None:
            return None
        found = self.by_name.get(name, [])
        if len(found) == 1:
            return found[0]
        if found:
            row.error("fund", f"有 {len(found)} 个基金都叫“{name}”", "请在基金页面改成不同的名称，再导入")
            return None
        close = next(iter(get_close_matches(name, list(self.by_name), n=1, cutoff=0.5)), None)
        row.error("fund", f"没有叫“{name}”的基金", "先在“基金”里登记，或核对名称", close)
        return None


def funds(check: Check) -> FundBook:
    return _shelf(check, "funds", FundBook)


class ExchangeBook:
    """Space agreements of the scope by number, registered and new."""

    def __init__(self, check: Check):
        found = (
            Exchange.objects.within(check.codes).select_related("facility", "partner").prefetch_related("spaces__space")
        )
        self.by_number = {one.number: one for one in found}
        self.row_of: dict[int, Row] = {}

    def find(self, row: Row) -> Exchange | None:
        number = row.values.get("exchange")
        if number is None:
            return None
        if (found := self.by_number.get(number)) is None:
            close = next(iter(get_close_matches(number, list(self.by_number), n=1, cutoff=0.5)), None)
            row.error("exchange", f"没有编号为“{number}”的空间协议", "填“空间协议”表里的编号", close)
            return None
        depend(row, self.row_of.get(id(found)), "exchange")
        return found


def exchanges(check: Check) -> ExchangeBook:
    return _shelf(check, "exchanges", ExchangeBook)


class ProjectBook:
    """Projects of facilities by facility and name, registered and in this workbook: the latest of a name."""

    def __init__(self, check: Check):
        self.found: dict[tuple[int, str], Project] = {}
        self.row_of: dict[int, Row] = {}
        for one in Project.objects.within(check.codes).select_related("agreement").order_by("starts_on", "pk"):
            self.found[one.facility_id, one.name] = one
        for row in check.rows["project"]:
            if row.is_new and row.target is not None and "facility" in row.also:
                facility = row.also["facility"]
                self.found[facility.pk or id(facility), row.target.name] = row.target
                self.row_of[id(row.target)] = row


def projects(check: Check) -> ProjectBook:
    return _shelf(check, "projects", ProjectBook)


def _shelf(check: Check, key: str, make: Callable[[Check], Any]) -> Any:
    if key not in check.shelf:
        check.shelf[key] = make(check)
    return check.shelf[key]


def written_here(check: Check, row: Row, column: str, partner: Partner) -> bool:
    """Whether the scope may write a registered partner; else the row says who may."""
    if partner.pk is None or partner.division_code in check.codes:
        return True
    row.error(column, f"“{partner.name}”由上级登记，这里只能看", "要改请联系登记的单位，或从表里删去这一行")
    return False
