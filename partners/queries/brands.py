"""Reads over brand groups: who belongs to one on a day, where it serves, what its months brought in and cost."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import CharField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from facilities.models import Facility
from partners.models import Brand, BrandMember, Partner, ResidentProject
from partners.rules.exchange import next_month
from tenants.rules import street_of


def brands(appointment) -> QuerySet[Brand]:
    """The brands that an appointment sees: those of its district."""
    return Brand.objects.visible_to(appointment).select_related("lead")


def named_brand(day: date, partner: str = "pk") -> Coalesce:
    """An annotation: the name of the brand that a partner belongs to on a day, '' where it belongs to none."""
    running = BrandMember.objects.in_force(day).filter(partner=OuterRef(partner)).order_by("-starts_on", "-pk")
    return Coalesce(Subquery(running.values("brand__name")[:1]), Value(""), output_field=CharField())


def membership(partner: Partner, day: date) -> BrandMember | None:
    running = BrandMember.objects.in_force(day).filter(partner=partner).select_related("brand")
    return running.order_by("-starts_on", "-pk").first()


def members(brand: Brand, appointment) -> list[BrandMember]:
    """Every membership in sight, those that last first."""
    seen = BrandMember.objects.visible_to(appointment).filter(brand=brand, partner__merged_into=None)
    found = list(seen.select_related("partner").order_by("partner__name_sort", "-starts_on", "pk"))
    return sorted(found, key=lambda one: one.ends_on is not None)


def fellows(partner: Partner, appointment, day: date) -> tuple[Brand | None, list[Partner]]:
    """The brand of a partner and all its partners in sight, this one among them."""
    own = membership(partner, day)
    if own is None:
        return None, []
    running = (
        BrandMember.objects.visible_to(appointment).in_force(day).filter(brand=own.brand, partner__merged_into=None)
    )
    rows = Partner.objects.filter(pk__in=running.values("partner_id"))
    return own.brand, list(rows.order_by("name_sort", "pk"))


def with_counts(rows: list[Brand], appointment, day: date) -> list[Brand]:
    """`.partners_now`, `.facilities_now` and `.streets_now` on the brands of a page, as far as the viewer sees: two queries."""
    ids = [row.pk for row in rows]
    partners = Counter(
        brand for brand, _ in _running(appointment, day).filter(brand_id__in=ids).values_list("brand_id", "partner_id").distinct()
    )  # fmt: skip
    where = defaultdict(set)
    for brand, facility, code in _serving(ids, appointment, day):
        where[brand].add((facility, code))
    for row in rows:
        row.partners_now = partners[row.pk]
        row.facilities_now = len({facility for facility, _ in where[row.pk]})
        row.streets_now = len({street_of(code) for _, code in where[row.pk]})
    return rows


def _running(appointment, day: date) -> QuerySet[BrandMember]:
    return BrandMember.objects.visible_to(appointment).in_force(day).filter(partner__merged_into=None)


def _serving(brand_ids: list[int], appointment, day: date) -> Iterable[tuple[int, int, int]]:
    """(brand, facility, code of the facility) of every project that runs on a day."""
    projects = ResidentProject.objects.visible_to(appointment).in_force(day)
    return (
        projects.filter(partner__brands__in=_running(appointment, day).filter(brand_id__in=brand_ids))
        .values_list("partner__brands__brand_id", "facility_id", "division_code")
        .distinct()
    )


@dataclass(frozen=True, slots=True)
class Place:
    """A street that a brand serves in, and its facilities with the names of the partners and projects there."""

    street: int
    facilities: list[tuple[Facility, list[ResidentProject]]]


def served(brand: Brand, appointment, day: date) -> list[Place]:
    """Where the brand's partners run projects on a day, by street, as far as the viewer sees. One query."""
    projects = ResidentProject.objects.visible_to(appointment).in_force(day)
    running = projects.filter(partner__in=_running(appointment, day).filter(brand=brand).values("partner_id"))
    found: dict[int, dict[Facility, list[ResidentProject]]] = defaultdict(dict)
    for one in running.select_related("facility", "partner").order_by("facility__code", "name", "pk"):
        found[street_of(one.division_code)].setdefault(one.facility, []).append(one)
    return [Place(street, list(rows.items())) for street, rows in sorted(found.items())]


def brand_in_month(appointment) -> Callable[[int | None, date], str]:
    """A function: partner and first day of a month → name of its brand in that month, '' for none. One query.

    Whoever changes brands within a month counts with the later one.
    """
    of: dict[int, list[tuple[date, date | None, str]]] = defaultdict(list)
    seen = BrandMember.objects.visible_to(appointment).order_by("starts_on", "pk")
    for partner, starts_on, ends_on, name in seen.values_list("partner_id", "starts_on", "ends_on", "brand__name"):
        of[partner].append((starts_on, ends_on, name))

    def name_of(partner: int | None, month: date) -> str:
        after = next_month(month)
        inside = [
            name for first, last, name in of.get(partner or 0, ()) if first < after and (last is None or last > month)
        ]
        return inside[-1] if inside else ""

    return name_of
