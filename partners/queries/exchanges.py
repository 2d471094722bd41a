"""Reads of space for service: what an agreement's ledger says today, where it is heading, and those that end soon."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet, Sum, prefetch_related_objects
from django.db.models.functions import Coalesce

from facilities.models import Facility
from partners.models import Agreement, AgreementState, Exchange, ExchangeEntry, ReferenceRent, Terms
from partners.rules.exchange import Equality, Outlook, equality, months, outlook, space_value_fen
from tenants.models import Appointment
from tenants.rules import district_of

WARN_DAYS = 90
IN_SERVICE = (AgreementState.SIGNED, AgreementState.RUNNING, AgreementState.IMPROVING)
EQUALITY_LABELS = {Equality.SHORT: "服务不足", Equality.EQUAL: "等值", Equality.AHEAD: "服务超出"}


def exchanges(appointment: Appointment | None) -> QuerySet[Exchange]:
    """Agreements in sight with the sums of their ledger: `open_fen`, `space_fen`, `service_fen` (positive)."""
    standing = Q(entries__reversed_by=None)
    return (
        Exchange.objects.visible_to(appointment)
        .select_related("facility", "partner", "agreement")
        .annotate(
            open_fen=Coalesce(Sum("entries__amount_fen"), 0),
            space_fen=Coalesce(Sum("entries__amount_fen", filter=standing & Q(entries__kind="space")), 0),
            service_fen=-Coalesce(Sum("entries__amount_fen", filter=standing & Q(entries__kind="service")), 0),
        )
    )


def agreements_in_service(facility: Facility, appointment: Appointment | None) -> QuerySet[Agreement]:
    """Agreements about a facility that are signed and not on their way out: those that a space may be given under."""
    found = Agreement.objects.visible_to(appointment).filter(facility=facility, state__in=IN_SERVICE)
    return found.select_related("partner").order_by("number", "pk")


def credited_activities(one: Exchange) -> QuerySet:
    """The uuids of activities that stand as evidence in any ledger of the facility."""
    entries = ExchangeEntry.objects.filter(exchange__facility=one.facility_id, evidence__isnull=False)
    return entries.filter(kind="service", reversed_by=None).values("evidence")


def rents_of(codes: Iterable[int]) -> dict[int, list[ReferenceRent]]:
    """District → its reference rents, oldest first. One query."""
    districts = {district_of(code) for code in codes}
    found: dict[int, list[ReferenceRent]] = {district: [] for district in districts}
    for rent in ReferenceRent.objects.filter(division_code__in=districts).order_by("starts_on"):
        found[rent.division_code].append(rent)
    return found


@dataclass(frozen=True, slots=True)
class Standing:
    """How an agreement stands on a day. term_fen None: a month of the term has no reference rent yet, so nobody can tell."""

    exchange: Exchange
    due_fen: int | None  # value of the space until the day
    term_fen: int | None
    equality: Equality | None
    outlook: Outlook | None
    days_left: int

    @property
    def is_ending(self) -> bool:
        return self.exchange.settled_on is None and 0 <= self.days_left <= WARN_DAYS

    @property
    def warns(self) -> bool:
        """At this pace the services will not be worth the space."""
        return self.exchange.settled_on is None and self.outlook is not None and self.outlook.equality is Equality.SHORT

    @property
    def drift(self) -> Equality | None:
        """SHORT or AHEAD where it is heading by the end of the term; None where it is not, or too early to say.

        A pace is one after a quarter of a year, or when no more than that is left (a working reading, docs/decisions/money.md).
        """
        if self.exchange.settled_on or self.outlook is None or self.outlook.equality is Equality.EQUAL:
            return None
        elapsed = (self.exchange.ends_on - self.exchange.starts_on).days - self.days_left
        return self.outlook.equality if elapsed >= WARN_DAYS or self.days_left <= WARN_DAYS else None

    @property
    def label(self) -> str:
        if self.exchange.settled_on:
            return "已结清"
        if self.exchange.terms == Terms.REDUCTION:
            return "租金减免"
        return "待定，区里还没有参考租金" if self.equality is None else EQUALITY_LABELS[self.equality]


def standing(one: Exchange, rents: Iterable[ReferenceRent], day: date) -> Standing:
    """No query where `one` has its sums and its spaces prefetched."""
    left = (one.ends_on - day).days
    if one.terms != Terms.EXCHANGE or one.settled_on:
        return Standing(one, None, None, None, None, left)
    due = _value(one, rents, min(day, one.ends_on))
    term = _value(one, rents, one.ends_on)
    same = None if due is None else equality(due, one.service_fen, one.tolerance_permille)
    ahead = None
    if term is not None and day > one.starts_on:
        elapsed = (min(day, one.ends_on) - one.starts_on).days
        ahead = outlook(
            term_space_fen=term, service_fen=one.service_fen, elapsed_days=elapsed, term_days=(one.ends_on - one.starts_on).days,
            tolerance_permille=one.tolerance_permille,
        )  # fmt: skip
    return Standing(one, due, term, same, ahead, left)


def _value(one: Exchange, rents: Iterable[ReferenceRent], until: date) -> int | None:
    """The value of the spaces up to a day; a rent that runs on today counts for the months ahead too."""
    total = 0
    for month in months(one.starts_on, until):
        rent = next(
            (r for r in rents if r.starts_on <= month.first and (r.ends_on is None or month.first < r.ends_on)), None
        )
        if rent is None:
            return None
        total += sum(space_value_fen(given.area_centi, rent.rent_fen, month) for given in one.spaces.all())
    return total


def standings(found: Iterable[Exchange], day: date) -> list[Standing]:
    """Two queries for all of them together."""
    rows = list(found)
    prefetch_related_objects(rows, "spaces")
    rents = rents_of(one.division_code for one in rows)
    return [standing(one, rents[district_of(one.division_code)], day) for one in rows]
