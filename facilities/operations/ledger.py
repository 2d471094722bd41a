"""Entries of a facility's ledgers: sites, spaces, functions, operators. Dated, so that a past day can be read again."""

from datetime import date
from decimal import Decimal

from django.db import models, transaction

from facilities.models import Facility, OfferedFunction, Operator, Site, Space, SpaceUse
from facilities.operations.facility import RecordRefused
from tenants.models import User
from tenants.operations import record_act


def record_site(
    *,
    facility: Facility,
    name: str,
    starts_on: date,
    by: User | None,
    floor_area_m2: Decimal | None = None,
    **described,
) -> Site:
    """Add a place of a facility. Tiers count its floor area only with `area_document` (reading G-19)."""
    return record(
        Site, "登记点位", facility, by, name=name, starts_on=starts_on, floor_area_m2=floor_area_m2, **described
    )


def record_space(
    *, site: Site, name: str, used_by: SpaceUse, starts_on: date, by: User | None, usable_area_m2: Decimal | None = None, **described
) -> Space:  # fmt: skip
    """Add a room to a site. Shares of area are computed from these (拱墅 三(二)1)."""
    return record(
        Space, "登记空间", site.facility, by, site=site, name=name, used_by=used_by, starts_on=starts_on,
        usable_area_m2=usable_area_m2, **described,
    )  # fmt: skip


def record_function(
    *, facility: Facility, starts_on: date, by: User | None, item_number: int | None = None, local_name: str = "", **described
) -> OfferedFunction:  # fmt: skip
    """Add a function: an item of a catalogue by number, or a local one by name, never both (拱墅 三(四)1)."""
    return record(
        OfferedFunction, "登记功能", facility, by, item_number=item_number, local_name=local_name, starts_on=starts_on, **described
    )  # fmt: skip


def record_operator(
    *,
    facility: Facility,
    kind: str,
    name: str,
    starts_on: date,
    by: User | None,
    ends_on: date | None = None,
    **described,
) -> Operator:
    """Note who runs the whole facility from a day on (拱墅 三(一)1). `ends_on` is the first day without."""
    return record(
        Operator, "登记综合运营", facility, by, kind=kind, name=name, starts_on=starts_on, ends_on=ends_on, **described
    )


def end_record(*, entry: models.Model, on: date, by: User | None, reason: str = "") -> None:
    """End an entry of a ledger: `on` is the first day without it. It stays readable for the days before."""
    with transaction.atomic():
        if on <= entry.starts_on:
            raise RecordRefused(f"结束要晚于起始日 {entry.starts_on}。")
        entry.ends_on = on
        entry.save(update_fields=["ends_on"])
        _act(f"结束{entry._meta.verbose_name}", entry, entry.facility, by, reason)


def record(model: type[models.Model], verb: str, facility: Facility, by: User | None, **values) -> models.Model:
    """Add one entry to a ledger of a facility, in one transaction, with one act."""
    with transaction.atomic():
        entry = model.objects.create(facility=facility, division_code=facility.division_code, **values)
        _act(verb, entry, facility, by, "")
    return entry


def _act(verb: str, entry: models.Model, facility: Facility, by: User | None, reason: str) -> None:
    record_act(
        verb=verb, by=by, division_code=facility.division_code, subject=f"{facility.code} {facility.name}",
        subject_uuid=facility.uuid, reason=reason,
        details={"name": str(getattr(entry, "name", "") or getattr(entry, "local_name", "") or getattr(entry, "item_number", ""))},
    )  # fmt: skip
