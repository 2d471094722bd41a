"""Checks of the ledgers, all in one statement whatever the number of facilities. What a finding means is said in `quality`."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.contrib.postgres.aggregates import StringAgg
from django.db import connection
from django.db.models import CharField, Count, F, Max, Min, Q, QuerySet, Sum, Value
from django.db.models.functions import Cast, Lower, Replace
from django.urls import reverse

from assessments.queries.whatif import Change
from facilities.models import Operator, Site, Space
from partners.models import ResidentProject
from portal.maps import lies_in_district
from portal.wording import m2_text
from tenants.models import Appointment
from tenants.rules import district_of

SOON = timedelta(days=60)
LATELY = timedelta(days=90)
ALIKE = 0.5  # similarity of trigrams from which two names of a street look like one facility


@dataclass(frozen=True, slots=True)
class Raw:
    """What a check found. change: how the facts would read if it were mended (or if nobody acted: `threatens`)."""

    check: str
    facility_id: int
    text: str
    url: str
    action: str
    change: Change | None = None
    threatens: bool = False
    metrics: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Place:
    """Where the checks look: rows that an appointment sees, as they are on a day."""

    appointment: Appointment
    day: date

    def rows(self, model):
        return model.objects.visible_to(self.appointment).in_force(self.day)


Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Check:
    """What is read, as `values()`, and what one of its rows means. All checks are read in one statement."""

    query: Callable[[Place], QuerySet]
    tell: Callable[[Row], Raw | None]


def site_page(uuid) -> str:
    return reverse("facilities:site_edit", args=[uuid])


def tab(facility_uuid, name: str) -> str:
    return reverse("portal:facility_tab", args=[facility_uuid, name])


def _without_document(row: Row) -> Raw:
    """A site whose floor area nothing proves: it does not count for tiers (reading G-19)."""
    return Raw(
        "document", row["facility_id"], f"点位“{row['name']}”填了 {m2_text(row['floor_area_m2'])}，没有面积证明",
        site_page(row["uuid"]), "补面积证明",
        Change(row["facility_id"], copies={"floor_area_documented": "floor_area_declared"}),
        metrics=("floor_area_documented",),
    )  # fmt: skip


def _without_area(row: Row) -> Raw:
    text = f"点位“{row['name']}”没有建筑面积"
    return Raw("area", row["facility_id"], text, site_page(row["uuid"]), "填面积", metrics=("floor_area_documented",))


def _without_usable_area(row: Row) -> Raw:
    """Shares of area cannot be told while one space lacks its usable area (拱墅 三(二)1)."""
    others = f"等 {row['number']} 个空间" if row["number"] > 1 else ""
    return Raw(
        "usable", row["facility_id"], f"空间“{row['first']}”{others}没有可用面积，算不出各项占比",
        tab(row["facility__uuid"], "spaces"), "补可用面积", metrics=("usable_area",),
    )  # fmt: skip


def _larger_than_site(row: Row) -> Raw:
    """Spaces that add up to more than the site holds: rooms overlap, or one is there twice."""
    total, site = m2_text(row["total"]), m2_text(row["site__floor_area_m2"])
    text = f"点位“{row['site__name']}”的空间共 {total}，比建筑面积 {site} 还大"
    return Raw("overlap", row["facility_id"], text, site_page(row["site__uuid"]), "核对面积")


def _rooms(place: Place) -> QuerySet:
    plain = Lower(Replace(Replace("name", Value(" ")), Value("　")))
    named = (
        place.rows(Space)
        .annotate(plain=plain)
        .values("site_id", "site__name", "plain", "facility_id", "facility__uuid")
    )
    return named.annotate(number=Count("pk"), names=StringAgg("name", "、", distinct=True)).filter(number__gt=1)


def _same_room_twice(row: Row) -> Raw:
    text = f"点位“{row['site__name']}”里“{row['names']}”登记了 {row['number']} 次，面积可能重复计算"
    return Raw("twice", row["facility_id"], text, tab(row["facility__uuid"], "spaces"), "核对空间")


def _agreements_ended(place: Place) -> QuerySet:
    ended = Operator.objects.visible_to(place.appointment).filter(ends_on__lte=place.day)
    held = place.rows(Operator).values("facility_id")
    return ended.exclude(facility_id__in=held).values("facility_id", "facility__uuid").annotate(end=Max("ends_on"))


def _without_operator(row: Row) -> Raw:
    """The agreement of who ran the whole facility has ended and nothing followed."""
    return Raw(
        "operator", row["facility_id"], f"综合运营协议 {_last(row['end'])} 已到期，没有登记新的",
        tab(row["facility__uuid"], "projects"), "登记新协议",
        Change(row["facility_id"], sets={"operator_in_place": 1}), metrics=("operator_in_place",),
    )  # fmt: skip


def _agreements_ending(place: Place) -> QuerySet:
    ending = place.rows(Operator).filter(ends_on__lte=place.day + SOON)
    lasting = place.rows(Operator).filter(Q(ends_on=None) | Q(ends_on__gt=place.day + SOON)).values("facility_id")
    found = ending.exclude(facility_id__in=lasting)
    return found.values("facility_id", "facility__uuid").annotate(end=Max("ends_on"))


def _operator_soon_gone(row: Row) -> Raw:
    return Raw(
        "operator_soon", row["facility_id"], f"综合运营协议 {_last(row['end'])} 到期",
        tab(row["facility__uuid"], "projects"), "准备续签",
        Change(row["facility_id"], sets={"operator_in_place": 0}), threatens=True,
    )  # fmt: skip


def _projects_ending(place: Place) -> QuerySet:
    soon, ours = Q(ends_on__lte=place.day + SOON), Q(run_by__in=["market", "social"])
    of_each = place.rows(ResidentProject).values("facility_id", "facility__uuid")
    return of_each.annotate(
        number=Count("pk", filter=soon), first=Min("ends_on", filter=soon), counted=Count("pk", filter=soon & ours),
        whole=Count("pk"), ours=Count("pk", filter=ours),
    ).filter(number__gt=0)  # fmt: skip


def _projects_soon_gone(row: Row) -> Raw:
    """Projects of market and social organisations that end soon: how many remain decides the share."""
    left = {"projects_all": row["whole"] - row["number"], "projects_market_social": row["ours"] - row["counted"]}
    text = f"{row['number']} 个入驻项目快到期，最早 {_last(row['first'])}"
    return Raw(
        "projects_soon", row["facility_id"], text, tab(row["facility__uuid"], "projects"), "准备续签",
        Change(row["facility_id"], sets=left), threatens=True,
    )  # fmt: skip


def _projects_ended(place: Place) -> QuerySet:
    ended = ResidentProject.objects.visible_to(place.appointment).filter(
        ends_on__gt=place.day - LATELY, ends_on__lte=place.day
    )
    return ended.values("facility_id", "facility__uuid").annotate(number=Count("pk"), last=Max("ends_on"))


def _projects_just_gone(row: Row) -> Raw:
    text = f"最近 90 天有 {row['number']} 个入驻项目到期，最近一个 {_last(row['last'])}"
    return Raw("projects", row["facility_id"], text, tab(row["facility__uuid"], "projects"), "核对是否续签")


def _outside_its_district(row: Row) -> Raw | None:
    """Only districts have published outlines; a community's is not known here and none is made up."""
    where = district_of(row["division_code"]), float(row["longitude"]), float(row["latitude"])
    if lies_in_district(*where) is not False:
        return None
    text = f"点位“{row['name']}”的坐标不在本区范围内"
    return Raw("outside", row["facility_id"], text, site_page(row["uuid"]), "改坐标")


def _without_coordinates(row: Row) -> Raw:
    text = f"{row['number']} 个点位没有坐标，地图上看不到"
    return Raw("unplaced", row["facility_id"], text, site_page(row["one"]), "补坐标")


def _last(end: str) -> date:
    """The last day of what ends on the day after."""
    return date.fromisoformat(end) - timedelta(days=1)


def _sites(place: Place, **conditions) -> QuerySet:
    return place.rows(Site).filter(**conditions)


_TWINS = """
SELECT a.id, a.uuid, b.name, b.code, a.address <> '' AND a.address = b.address AS same_place
FROM facilities_facility a JOIN facilities_facility b
  ON b.id > a.id AND b.division_code / 1000 = a.division_code / 1000
WHERE a.id = ANY(%(ids)s) AND b.id = ANY(%(ids)s)
  AND (a.address <> '' AND a.address = b.address
       OR similarity(replace(a.name, '幸福家园', ''), replace(b.name, '幸福家园', '')) >= %(alike)s)"""


def twins(ids: list[int]) -> Iterable[Raw]:
    """Facilities of one street with nearly the same name, or at the same address: perhaps one facility, entered twice."""
    with connection.cursor() as cursor:
        cursor.execute(_TWINS, {"ids": ids, "alike": ALIKE})
        for facility_id, uuid, name, code, same_place in cursor.fetchall():
            what = "地址相同" if same_place else "名称很像"
            url = reverse("portal:facility", args=[uuid])
            yield Raw("twin", facility_id, f"和 {code} {name}{what}，可能是同一座登记了两次", url, "核对并处理")


CHECKS: dict[str, Check] = {
    "document": Check(
        lambda place: _sites(place, area_document="", floor_area_m2__isnull=False).values(
            "uuid", "facility_id", "name", "floor_area_m2"
        ),
        _without_document,
    ),
    "area": Check(lambda place: _sites(place, floor_area_m2=None).values("uuid", "facility_id", "name"), _without_area),
    "usable": Check(
        lambda place: place.rows(Space).filter(usable_area_m2=None).values("facility_id", "facility__uuid").annotate(
            number=Count("pk"), first=Min("name")
        ),
        _without_usable_area,
    ),
    "overlap": Check(
        lambda place: place.rows(Space).values("site__uuid", "site__name", "site__floor_area_m2", "facility_id").annotate(
            total=Sum("usable_area_m2")
        ).filter(total__gt=F("site__floor_area_m2")),
        _larger_than_site,
    ),
    "twice": Check(_rooms, _same_room_twice),
    "operator": Check(_agreements_ended, _without_operator),
    "operator_soon": Check(_agreements_ending, _operator_soon_gone),
    "projects_soon": Check(_projects_ending, _projects_soon_gone),
    "projects": Check(_projects_ended, _projects_just_gone),
    "outside": Check(
        lambda place: place.rows(Site).exclude(longitude=None).values(
            "uuid", "facility_id", "name", "division_code", "longitude", "latitude"
        ),
        _outside_its_district,
    ),
    "unplaced": Check(
        lambda place: _sites(place, longitude=None).values("facility_id").annotate(
            number=Count("pk"), one=Min(Cast("uuid", CharField()))
        ),
        _without_coordinates,
    ),
}  # fmt: skip
