"""What is on record for one facility on a day: rows for the tabs of its page. Shares are computed here, never stored."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import SmallIntegerField, Sum, Value

from facilities.models import Facility, Ledger, Operator, Site, Space, SpaceUse
from partners.models import CharityProject, ResidentProject, RunBy

_NONE = Value(None, SmallIntegerField())


@dataclass(frozen=True, slots=True)
class Share:
    """A part of the usable area. `area`, `whole` in ㎡; None where a space lacks its usable area."""

    label: str
    area: Decimal | None
    whole: Decimal | None

    @property
    def percent(self) -> Decimal | None:
        if self.area is None or not self.whole:
            return None
        return (self.area * 100 / self.whole).quantize(Decimal("0.1"))


@dataclass(frozen=True, slots=True)
class SiteRows:
    site: Site
    spaces: list[Space]


def sites_with_spaces(facility: Facility, day: date) -> list[SiteRows]:
    """Sites in force on a day, each with its spaces in force. Two queries."""
    spaces: dict[int, list[Space]] = {}
    for space in facility.spaces.in_force(day).order_by("name", "pk"):
        spaces.setdefault(space.site_id, []).append(space)
    return [SiteRows(site, spaces.get(site.pk, [])) for site in facility.sites.in_force(day).order_by("name", "pk")]


def shares(rows: Iterable[SiteRows]) -> list[Share]:
    """The shares of usable area that 拱墅 三(二)1 and 杭州 二(四)9 ask for."""
    spaces = [space for row in rows for space in row.spaces]
    complete = bool(spaces) and all(space.usable_area_m2 is not None for space in spaces)

    def part(label, chosen):
        if not complete:
            return Share(label, None, None)
        return Share(label, sum((s.usable_area_m2 for s in spaces if chosen(s)), Decimal(0)), whole)

    whole = sum((s.usable_area_m2 for s in spaces), Decimal(0)) if complete else None
    return [
        part("多功能融合", lambda s: s.is_multifunction),
        part("市场化", lambda s: s.used_by == SpaceUse.MARKET),
        part("社会化", lambda s: s.used_by == SpaceUse.SOCIAL),
        part("24 小时", lambda s: s.is_open_24h),
        part("办公", lambda s: s.used_by == SpaceUse.OFFICE),
    ]


def operators(facility: Facility, day: date) -> tuple[list[Operator], Operator | None]:
    """Who runs it on a day; and where nobody does, who did last: then the facility is known to have no operator."""
    rows = list(facility.operators.filter(starts_on__lte=day).order_by("starts_on"))
    now = [row for row in rows if row.ends_on is None or row.ends_on > day]
    return now, None if now else max(rows, key=lambda row: row.ends_on, default=None)


@dataclass(frozen=True, slots=True)
class Projects:
    """Running projects of a facility and how they divide by who runs them."""

    rows: list[ResidentProject]

    @property
    def market_social(self) -> int:
        return sum(row.run_by in {RunBy.MARKET, RunBy.SOCIAL} for row in self.rows)

    @property
    def percent(self) -> Decimal | None:
        if not self.rows:
            return None
        return (Decimal(self.market_social) * 100 / len(self.rows)).quantize(Decimal("0.1"))


def projects(facility: Facility, day: date) -> Projects:
    rows = facility.projects.in_force(day).select_related("partner", "space").order_by("run_by", "name")
    return Projects(list(rows))


@dataclass(frozen=True, slots=True)
class CharityYear:
    year: int
    rows: list[CharityProject]

    @property
    def received_fen(self) -> int:
        return sum(row.received_fen or 0 for row in self.rows)


def charity_years(facility: Facility) -> list[CharityYear]:
    """Charity projects by calendar year, newest first, each with the money received (`received_fen`)."""
    years: dict[int, list[CharityProject]] = {}
    rows = (
        CharityProject.objects.filter(facility=facility)
        .select_related("partner")
        .annotate(received_fen=Sum("receipts__amount_fen"))
    )
    for row in rows.order_by("-year", "name"):
        years.setdefault(row.year, []).append(row)
    return [CharityYear(year, rows) for year, rows in years.items()]


@dataclass(frozen=True, slots=True)
class Paper:
    """A document that a fact rests on, or its absence (`name` empty)."""

    kind: str
    name: str
    of: str
    since: date
    is_needed: bool = True


def papers(facility: Facility, day: date, items: Mapping[int, str]) -> list[Paper]:
    """Documents on record: of areas, of operation, of functions, in one query. Those needed and missing come first.

    items: number → name of the functions of the catalogues.
    """
    rows = (
        facility.functions.in_force(day)
        .exclude(evidence="")
        .values_list(Value("功能佐证"), "evidence", "local_name", "starts_on", "item_number")
        .union(
            facility.sites.in_force(day).values_list(Value("面积证明"), "area_document", "name", "starts_on", _NONE),
            facility.operators.in_force(day).values_list(Value("综合运营"), "agreement", "name", "starts_on", _NONE),
            all=True,
        )
    )
    found = [
        Paper(kind, name, of or items.get(number, f"功能 {number}"), since, is_needed=kind != "功能佐证")
        for kind, name, of, since, number in rows
    ]
    return sorted(found, key=lambda paper: (bool(paper.name), paper.kind, paper.of))


def nil_ledgers(facility: Facility) -> set[str]:
    """Names of the ledgers that somebody declared to be empty."""
    return {Ledger(ledger).label for ledger in facility.nil_ledgers}
