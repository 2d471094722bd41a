"""Space for service (拱墅 三(二)2): agreements, the value of their spaces month by month, services, reversals, settlement.

The ledger of an agreement only grows. What is open is the sum of its entries: space counts positive, services negative.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Sum

from facilities.models import Facility, Space
from partners.models import (
    Agreement,
    Exchange,
    ExchangedSpace,
    ExchangeEntry,
    ExchangeEntryKind,
    Partner,
    ReferenceRent,
    Terms,
)
from partners.operations.funds import MoneyRefused
from partners.queries.exchanges import IN_SERVICE
from partners.queries.settings import money_settings
from partners.rules.exchange import months, next_month, service_value_fen, space_value_fen
from tenants.editing.writing import refused
from tenants.models import User
from tenants.operations import record_act
from tenants.rules import district_of

REFUSALS = {
    "space_given_once_a_month": "有空间在这段时间里已经给了另一份协议。同一空间同一个月只能算一次，请改空间或起止日期。",
    "exchange_number_once_a_district": "这个协议编号本区已经有了。",
    "exchange_dates_in_order": "结束要晚于起始。",
    "reference_rent_one_a_day": "这一天起已经有参考租金了。",
}


@dataclass(frozen=True)
class Service:
    """A service that was given. evidence: the uuid of an activity that shows it."""

    day: date
    summary: str
    minutes: int = 0
    heads: int = 0
    evidence: UUID | None = None


def set_rent(*, district: int, rent_fen: int, starts_on: date, source: str, by: User | None) -> ReferenceRent:
    """The district's reference rent from a day on; the one before ends there. Months already posted stay as they are."""
    try:
        with transaction.atomic():
            ReferenceRent.objects.filter(division_code=district, starts_on__lt=starts_on, ends_on=None).update(
                ends_on=starts_on
            )
            made = ReferenceRent.objects.create(
                division_code=district, rent_fen=rent_fen, starts_on=starts_on, source=source
            )
            record_act(verb="公布参考租金", by=by, division_code=district, subject=f"{starts_on} 起", subject_uuid=made.uuid,
                       reason=source, details={"rent_fen": rent_fen})  # fmt: skip
    except IntegrityError as error:
        raise refused(error, REFUSALS) from error
    return made


def agree(
    *, facility: Facility, partner: Partner, number: str, starts_on: date, ends_on: date, spaces: Iterable[Space], by: User | None,
    terms: Terms | str = Terms.EXCHANGE, hour_fen: int = 0, head_fen: int = 0, tolerance_permille: int | None = None,
    rent_fen: int | None = None, agreement: Agreement | None = None,
) -> Exchange:  # fmt: skip
    """Give spaces of a facility to a partner from a day on. `ends_on` is the first day without. Raises MoneyRefused.

    tolerance_permille: None for what the district has set for the first day of the term (reading G-26). agreement: of this
    partner in this facility, in service.
    """
    spaces = list(spaces)
    if agreement is not None:
        _check_agreement(agreement, facility, partner)
    if tolerance_permille is None:
        tolerance_permille = money_settings(facility.division_code, starts_on)["tolerance_permille"]
    _check_terms(facility, spaces, terms, hour_fen, head_fen)
    try:
        with transaction.atomic():
            made = Exchange.objects.create(
                division_code=facility.division_code, facility=facility, partner=partner, number=number, terms=terms,
                starts_on=starts_on, ends_on=ends_on, hour_fen=hour_fen, head_fen=head_fen,
                tolerance_permille=tolerance_permille, rent_fen=rent_fen, agreement=agreement,
            )  # fmt: skip
            last = next_month(ends_on) if ends_on.day > 1 else ends_on
            for space in spaces:
                ExchangedSpace.objects.create(
                    division_code=facility.division_code, exchange=made, space=space,
                    area_centi=int(space.usable_area_m2 * 100), from_month=starts_on.replace(day=1), to_month=last,
                )  # fmt: skip
            _act("登记空间协议", made, by, {"spaces": len(spaces)})
    except IntegrityError as error:
        raise refused(error, REFUSALS) from error
    return made


def name_agreement(*, exchange: Exchange, agreement: Agreement, by: User | None) -> Exchange:
    """Say which agreement of the partner the space belongs to, where that was not said when it was given."""
    with transaction.atomic():
        one = _locked(exchange)
        if one.settled_on:
            raise MoneyRefused(f"这份协议 {one.settled_on} 已经结清。")
        _check_agreement(agreement, one.facility, one.partner)
        Exchange.objects.filter(pk=one.pk).update(agreement=agreement)
        _act("关联合伙协议", one, by, {"agreement": agreement.number})
    return Exchange.objects.get(pk=exchange.pk)


def _check_agreement(agreement: Agreement, facility: Facility, partner: Partner) -> None:
    if (agreement.facility_id, agreement.partner_id) != (facility.pk, partner.pk):
        raise MoneyRefused("合伙协议要是这个合伙人在这座设施的协议。")
    if agreement.state not in IN_SERVICE:
        raise MoneyRefused(f"合伙协议 {agreement.number} 是“{agreement.get_state_display()}”，请选在服务的协议。")


def _check_terms(facility: Facility, spaces: list[Space], terms, hour_fen: int, head_fen: int) -> None:
    if not spaces:
        raise MoneyRefused("请选至少一个空间。")
    if any(space.facility_id != facility.pk for space in spaces):
        raise MoneyRefused("空间要在这座设施里。")
    if unmeasured := [space.name for space in spaces if not space.usable_area_m2]:
        raise MoneyRefused(f"{'、'.join(unmeasured)}没有填可用面积，算不出价值。请先在设施档案里补上。")
    if terms == Terms.EXCHANGE and not (hour_fen or head_fen):
        raise MoneyRefused("请写每小时或每人次的约定单价，至少一个。")


def accrue(*, exchange: Exchange, until: date, by: User | None = None) -> int:
    """Post the value of the spaces for the months that have ended by `until` and are not posted yet; how many entries.

    Months without a reference rent stay open until the district has set it. Running it again changes nothing.
    """
    with transaction.atomic():
        one = _locked(exchange)
        if one.terms != Terms.EXCHANGE or one.settled_on:
            return 0
        return len(_post_months(one, until, by, whole=True))


def _post_months(one: Exchange, until: date, by: User | None, *, whole: bool) -> list[ExchangeEntry]:
    """whole: only months that are over; else part of the last one too, for a settlement."""
    rents = list(ReferenceRent.objects.filter(division_code=district_of(one.division_code)))
    posted = set(
        ExchangeEntry.objects.filter(exchange=one, kind=ExchangeEntryKind.SPACE, reversed_by=None).values_list(
            "space_id", "day"
        )
    )
    made = []
    end = min(one.ends_on, until)
    for given in one.spaces.select_related("space").order_by("pk"):
        for month in months(one.starts_on, end):
            over = next_month(month.first) <= until or one.ends_on <= until
            rent = rent_on(rents, month.first)
            if (whole and not over) or rent is None or (given.pk, month.first) in posted:
                continue
            made.append(
                ExchangeEntry(
                    division_code=one.division_code, exchange=one, kind=ExchangeEntryKind.SPACE, day=month.first, space=given,
                    amount_fen=space_value_fen(given.area_centi, rent.rent_fen, month), made_by=by,
                    summary=f"{given.space.name} {given.area_centi / 100:.2f} ㎡，{month.days} / {month.of_days} 天",
                )
            )  # fmt: skip
    return ExchangeEntry.objects.bulk_create(made)


def expected_fen(one: Exchange, until: date) -> int | None:
    """What the spaces are worth from the start of the term to a day (exclusive), in 分; None where a month has no rent yet."""
    rents = list(ReferenceRent.objects.filter(division_code=district_of(one.division_code)))
    total = 0
    for month in months(one.starts_on, min(one.ends_on, until)):
        if (rent := rent_on(rents, month.first)) is None:
            return None
        total += sum(space_value_fen(given.area_centi, rent.rent_fen, month) for given in one.spaces.all())
    return total


def rent_on(rents: Iterable[ReferenceRent], day: date) -> ReferenceRent | None:
    """The reference rent in force on a day; None where the district has not set any."""
    for rent in rents:
        if rent.starts_on <= day and (rent.ends_on is None or day < rent.ends_on):
            return rent
    return None


def record_service(*, exchange: Exchange, service: Service, by: User | None) -> ExchangeEntry:
    """Credit a service at the prices agreed. One activity is credited once. Raises MoneyRefused."""
    with transaction.atomic():
        one = _open(exchange)
        if not one.starts_on <= service.day < one.ends_on:
            raise MoneyRefused(f"{service.day} 不在协议的起止日期里。")
        if service.evidence and _credited(one.facility_id, service.evidence):
            raise MoneyRefused("这场活动已经记过一次服务，不能重复抵扣。")
        value = service_value_fen(
            minutes=service.minutes, heads=service.heads, hour_fen=one.hour_fen, head_fen=one.head_fen
        )
        if not value:
            raise MoneyRefused("按约定单价算出来是 0 元。请填小时或人次，单价在协议里。")
        entry = ExchangeEntry.objects.create(
            division_code=one.division_code, exchange=one, kind=ExchangeEntryKind.SERVICE, day=service.day, amount_fen=-value,
            minutes=service.minutes, heads=service.heads, summary=service.summary, evidence=service.evidence, made_by=by,
        )  # fmt: skip
        _act("登记服务抵扣", one, by, {"amount_fen": value})
    return entry


def _credited(facility_id: int, evidence: UUID) -> bool:
    used = ExchangeEntry.objects.filter(evidence=evidence, exchange__facility=facility_id, reversed_by=None)
    return used.exclude(kind=ExchangeEntryKind.REVERSAL).exists()


def reverse(*, entry: ExchangeEntry, day: date, by: User | None, reason: str) -> ExchangeEntry:
    """Undo an entry by its opposite."""
    with transaction.atomic():
        one = _open(entry.exchange)
        if entry.kind == ExchangeEntryKind.REVERSAL or ExchangeEntry.objects.filter(reverses=entry).exists():
            raise MoneyRefused("这条已经冲正过。")
        made = ExchangeEntry.objects.create(
            division_code=one.division_code, exchange=one, kind=ExchangeEntryKind.REVERSAL, day=day, amount_fen=-entry.amount_fen,
            summary=f"冲正：{reason}"[:200], reverses=entry, made_by=by,
        )  # fmt: skip
        _act("冲正空间协议分录", one, by, {"amount_fen": made.amount_fen}, reason)
    return made


def settle(*, exchange: Exchange, on: date, how: str, by: User | None) -> Exchange:
    """End an agreement on a day (the first without): the last months by their days, then one entry that brings it to 0.

    how: what became of the rest: 补做服务, 折价缴纳, 核销 with the document. Refused where a month has no reference rent yet.
    """
    with transaction.atomic():
        one = _locked(exchange)
        if one.settled_on:
            raise MoneyRefused(f"这份协议 {one.settled_on} 已经结清。")
        if not one.starts_on < on <= one.ends_on:
            raise MoneyRefused(f"结清日期要在 {one.starts_on} 之后，不晚于 {one.ends_on}。")
        if one.terms == Terms.EXCHANGE:
            _settle_ledger(one, on, how, by)
        last = next_month(on) if on.day > 1 else on
        one.spaces.filter(to_month__gt=last).update(to_month=last)
        Exchange.objects.filter(pk=one.pk).update(ends_on=on, settled_on=on, settlement=how)
        _act("结清空间协议", one, by, {"on": str(on)}, how)
    return Exchange.objects.get(pk=exchange.pk)


def _settle_ledger(one: Exchange, on: date, how: str, by: User | None) -> None:
    rents = list(ReferenceRent.objects.filter(division_code=district_of(one.division_code)))
    if lacking := [month.first for month in months(one.starts_on, on) if rent_on(rents, month.first) is None]:
        raise MoneyRefused(f"{lacking[0]:%Y-%m} 还没有区参考租金，算不出价值，不能结清。待区民政局确认。")
    _take_back_after(one, on, by)
    one.ends_on = on
    _post_months(one, on, by, whole=False)
    rest = open_fen(one)
    if rest:
        ExchangeEntry.objects.create(
            division_code=one.division_code, exchange=one, kind=ExchangeEntryKind.SETTLEMENT, day=on, amount_fen=-rest,
            summary=f"结清：{how}"[:200], made_by=by,
        )  # fmt: skip


def _take_back_after(one: Exchange, on: date, by: User | None) -> None:
    """Months that were posted in full and are now only touched in part, or not at all: reversed, and posted anew by their days."""
    kept = [month.first for month in months(one.starts_on, on) if next_month(month.first) <= on]
    whole = ExchangeEntry.objects.filter(exchange=one, kind=ExchangeEntryKind.SPACE, reversed_by=None)
    for entry in whole.exclude(day__in=kept):
        ExchangeEntry.objects.create(
            division_code=one.division_code, exchange=one, kind=ExchangeEntryKind.REVERSAL, day=on, amount_fen=-entry.amount_fen,
            summary=f"结清前按天重算：{entry.day:%Y-%m}", reverses=entry, made_by=by,
        )  # fmt: skip


def open_fen(exchange: Exchange) -> int:
    """What is open, in 分: positive while services are still owed for the space."""
    return ExchangeEntry.objects.filter(exchange=exchange).aggregate(sum=Sum("amount_fen"))["sum"] or 0


def _locked(exchange: Exchange) -> Exchange:
    return Exchange.objects.select_for_update(of=("self",), no_key=True).get(pk=exchange.pk)


def _open(exchange: Exchange) -> Exchange:
    one = _locked(exchange)
    if one.terms != Terms.EXCHANGE:
        raise MoneyRefused("租金减免单独记账，没有服务台账。")
    if one.settled_on:
        raise MoneyRefused(f"这份协议 {one.settled_on} 已经结清。")
    return one


def _act(verb: str, one: Exchange, by: User | None, details: dict, reason: str = "") -> None:
    record_act(
        verb=verb, by=by, division_code=one.division_code, subject=f"空间协议 {one.number}", subject_uuid=one.uuid, reason=reason,
        details=details,
    )  # fmt: skip


def last_day(one: Exchange | ReferenceRent) -> date | None:
    """The last day in force, as people write it."""
    return one.ends_on - timedelta(days=1) if one.ends_on else None
