"""Writes: brand groups and who belongs to them."""

from datetime import date

from django.db import IntegrityError, transaction

from partners.models import Brand, BrandMember, Partner
from partners.operations.steps import PartnerRefused, note, require
from tenants.editing import EditRefused, write_row
from tenants.editing.writing import refused
from tenants.models import User
from tenants.rules import district_of

REFUSALS = {
    "brand_name_once_a_district": "本区已经登记过这个品牌。",
    "brand_uscc_once_a_district": "这个统一社会信用代码已登记在本区另一个品牌名下。",
    "brand_member_dates_in_order": "最后一天要在加入日之后，或者就是那一天。",
    "brand_member_of_one_at_a_time": "这段时间它属于另一个品牌。先写明在那边的最后一天。",
}


def register_brand(
    *, division_code: int, name: str, by: User | None, uscc: str = "", lead: Partner | None = None
) -> Brand:
    """Register a brand with the district, for all its streets. Raises EditRefused."""
    if division_code != district_of(division_code):
        raise EditRefused("品牌跨街道，由区里登记。街道可以让自己的合伙人加入。")
    try:
        with transaction.atomic():
            made = Brand.objects.create(division_code=division_code, name=name, uscc=uscc, lead=lead)
            note("登记品牌", made, by)
    except IntegrityError as error:
        raise refused(error, REFUSALS) from error
    return made


def edit_brand(*, brand: Brand, version: int, by: User | None, reason: str, values: dict) -> dict:
    """Correct a brand; what changed. Raises EditConflict and EditRefused."""
    return write_row(
        row=brand, version=version, values=values, by=by, verb="修改品牌", reason=reason, subject=brand.name,
        subject_uuid=brand.uuid, refusals=REFUSALS,
    )  # fmt: skip


def join(
    *, brand: Brand, partner: Partner, starts_on: date, by: User | None, ends_on: date | None = None
) -> BrandMember:  # fmt: skip
    """A partner belongs to a brand from a day on. Who is in it already stays as it was."""
    require(partner.merged_into_id is None, "这一条已并入另一个合伙人，请选那一个。")
    require(partner.district_code == brand.district_code, "合伙人和品牌要在同一个区。")
    require(ends_on is None or ends_on > starts_on, REFUSALS["brand_member_dates_in_order"])
    with transaction.atomic():
        Partner.objects.select_for_update(no_key=True).get(pk=partner.pk)
        for other in BrandMember.objects.filter(brand=brand, partner=partner):
            apart = (other.ends_on and other.ends_on <= starts_on) or (ends_on and ends_on <= other.starts_on)
            require(apart, f"“{partner.name}”从 {other.starts_on} 起已经在这个品牌里。")
        try:
            with transaction.atomic():
                made = BrandMember.objects.create(
                    division_code=partner.division_code, brand=brand, partner=partner, starts_on=starts_on, ends_on=ends_on
                )  # fmt: skip
        except IntegrityError as error:
            raise PartnerRefused(REFUSALS["brand_member_of_one_at_a_time"]) from error
        note("加入品牌", partner, by, brand=brand.name, starts_on=starts_on.isoformat())
    return made


def leave(*, member: BrandMember, ends_on: date, by: User | None) -> BrandMember:
    """ends_on: the first day on which the partner no longer belongs to the brand."""
    with transaction.atomic():
        fresh = BrandMember.objects.select_for_update(of=("self",), no_key=True).get(pk=member.pk)
        require(ends_on > fresh.starts_on, f"最后一天不能早于加入的 {fresh.starts_on}。")
        require(
            fresh.ends_on is None or ends_on < fresh.ends_on, f"登记的最后一天已经更早，是 {fresh.ends_on} 的前一天。"
        )
        fresh.ends_on = ends_on
        fresh.save(update_fields=["ends_on"])
        note("退出品牌", fresh.partner, by, brand=fresh.brand.name, ends_on=ends_on.isoformat())
    return fresh
