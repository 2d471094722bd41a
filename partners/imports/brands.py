"""Brand groups that a sheet names: those of the district, and new ones where the district itself imports."""

from datetime import date
from difflib import get_close_matches

from facilities.imports.check import Check
from facilities.imports.rows import Difference, Row
from facilities.operations.bulk import create_objects, update_objects
from partners.models import Brand, BrandMember, Partner
from tenants.rules import district_of


class BrandBook:
    """Looks brands up by name, and plans who joins and leaves. Kept in `check.shelf`."""

    def __init__(self, check: Check):
        self.day = check.day
        self.district = district_of(check.codes.lo)
        self.may_register = check.codes.lo == self.district
        # as far as the scope sees: the district's brands are shared with its streets
        self.by_name = {one.name: one for one in Brand.objects.filter(district_code=self.district)}
        running = BrandMember.objects.in_force(check.day).select_related("brand").order_by("starts_on", "pk")
        self.running = {one.partner_id: one for one in running}
        self.planned: dict[int, str] = {}  # id(partner) → the brand that an earlier row gave it

    def join(self, row: Row, partner: Partner, column: str = "brand") -> None:
        """Note what the row would change in where a partner belongs; nothing where it belongs there already."""
        name = row.values.get(column)
        if not name:
            return
        key = partner.pk or -id(partner)
        now = self.running.get(partner.pk) if partner.pk else None
        if (now and now.brand.name == name) or self.planned.get(key) == name:
            return
        brand = self._find_or_plan(row, name, column)
        if brand is None:
            return
        self.planned[key] = name
        row.also["joins"] = (brand, partner, now, self._since(row, partner, now))
        if partner.pk:
            row.differences.append(Difference("合伙人品牌", now.brand.name if now else "空", name))

    def _since(self, row: Row, partner: Partner, now: BrandMember | None) -> date:
        """A new partner belongs to it from its first day here; one that is registered from today, and so does a change."""
        first = row.values.get("starts_on", self.day)
        return min(first, self.day) if now is None and partner.pk is None else self.day

    def _find_or_plan(self, row: Row, name: str, column: str) -> Brand | None:
        if (brand := self.by_name.get(name)) is not None:
            return brand
        close = next(iter(get_close_matches(name, list(self.by_name), n=1, cutoff=0.6)), None)
        if not self.may_register:
            row.warn(column, f"本区没有登记品牌“{name}”", "品牌由区里登记；这样入库就不写品牌", close)
            return None
        if close:
            row.warn(column, f"“{name}”和已有的品牌“{close}”很像", "是同一个，就改成已有的名称", close)
        brand = self.by_name[name] = Brand(division_code=self.district, name=name)
        return brand


def brands(check: Check) -> BrandBook:
    if "brands" not in check.shelf:
        check.shelf["brands"] = BrandBook(check)
    return check.shelf["brands"]  # type: ignore[return-value]


def save_brands(rows: list[Row]) -> None:
    """Write what `join` planned, after the partners themselves. Who was in another brand leaves it on that day."""
    planned = [(row, *row.also["joins"]) for row in rows if "joins" in row.also]
    new: dict[int, tuple[Row, Brand]] = {}
    for row, brand, *_ in planned:
        if brand.pk is None:
            new.setdefault(id(brand), (row, brand))
    create_objects(Brand, list(new.values()))
    ends, gone, made = [], [], []
    for row, brand, partner, now, starts_on in planned:
        if now is not None and now.starts_on < starts_on:
            ends.append((row, now, {"ends_on": starts_on}))
        elif now is not None:
            gone.append((row, now, {"brand": brand}))  # it joined today: a mistake is corrected, not ended
            continue
        made.append(
            (row, BrandMember(division_code=partner.division_code, brand=brand, partner=partner, starts_on=starts_on))
        )
    update_objects(BrandMember, ends + gone)
    create_objects(BrandMember, made)
