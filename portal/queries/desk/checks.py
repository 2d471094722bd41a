"""Checks of the ledgers, one query each whatever the number of facilities. What a finding means is said in `quality`."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.contrib.postgres.aggregates import StringAgg
from django.db import connection
from django.db.models import CharField, Count, F, Max, Min, Q, Sum, Value
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


Check = Callable[[Place], Iterable[Raw]]


def site_page(uuid) -> str:
    return reverse("facilities:site_edit", args=[uuid])


def tab(facility_uuid, name: str) -> str:
    return reverse("portal:facility_tab", args=[facility_uuid, name])


def without_document(place: Place) -> Iterable[Raw]:
    """Sites whose floor area nothing proves: it does not count for tiers (reading G-19)."""
    found = place.rows(Site).filter(area_document="", floor_area_m2__isnull=False)
    for uuid, facility_id, name, area in found.values_list("uuid", "facility_id", "name", "floor_area_m2"):
        yield Raw(
            "document", facility_id, f"点位“{name}”填了 {m2_text(area)}，没有面积证明", site_page(uuid), "补面积证明",
            Change(facility_id, copies={"floor_area_documented": "floor_area_declared"}),
            metrics=("floor_area_documented",),
        )  # fmt: skip


def without_area(place: Place) -> Iterable[Raw]:
    found = place.rows(Site).filter(floor_area_m2=None).values_list("uuid", "facility_id", "name")
    for uuid, facility_id, name in found:
        yield Raw(
            "area", facility_id, f"点位“{name}”没有建筑面积", site_page(uuid), "填面积", metrics=("floor_area_documented",)
        )  # fmt: skip


def without_usable_area(place: Place) -> Iterable[Raw]:
    """Shares of area cannot be told while one space lacks its usable area (拱墅 三(二)1)."""
    lacking = place.rows(Space).filter(usable_area_m2=None).values("facility_id", "facility__uuid")
    for row in lacking.annotate(number=Count("pk"), first=Min("name")):
        others = f"等 {row['number']} 个空间" if row["number"] > 1 else ""
        yield Raw(
            "usable", row["facility_id"], f"空间“{row['first']}”{others}没有可用面积，算不出各项占比",
            tab(row["facility__uuid"], "spaces"), "补可用面积", metrics=("usable_area",),
        )  # fmt: skip


def larger_than_site(place: Place) -> Iterable[Raw]:
    """Spaces that add up to more than the site holds: rooms overlap, or one is there twice."""
    sums = place.rows(Space).values("site__uuid", "site__name", "site__floor_area_m2", "facility_id")
    too_large = sums.annotate(total=Sum("usable_area_m2")).filter(total__gt=F("site__floor_area_m2"))
    for row in too_large:
        text = f"点位“{row['site__name']}”的空间共 {m2_text(row['total'])}，比建筑面积 {m2_text(row['site__floor_area_m2'])} 还大"
        yield Raw("overlap", row["facility_id"], text, site_page(row["site__uuid"]), "核对面积")


def same_room_twice(place: Place) -> Iterable[Raw]:
    plain = Lower(Replace(Replace("name", Value(" ")), Value("　")))
    named = (
        place.rows(Space)
        .annotate(plain=plain)
        .values("site_id", "site__name", "plain", "facility_id", "facility__uuid")
    )
    for row in named.annotate(number=Count("pk"), names=StringAgg("name", "、", distinct=True)).filter(number__gt=1):
        text = f"点位“{row['site__name']}”里“{row['names']}”登记了 {row['number']} 次，面积可能重复计算"
        yield Raw("twice", row["facility_id"], text, tab(row["facility__uuid"], "spaces"), "核对空间")


def without_operator(place: Place) -> Iterable[Raw]:
    """The agreement of who ran the whole facility has ended and nothing followed."""
    ended = Operator.objects.visible_to(place.appointment).filter(ends_on__lte=place.day)
    held = place.rows(Operator).values("facility_id")
    last = ended.exclude(facility_id__in=held).values("facility_id", "facility__uuid").annotate(end=Max("ends_on"))
    for row in last:
        text = f"综合运营协议 {row['end'] - timedelta(days=1)} 已到期，没有登记新的"
        yield Raw(
            "operator", row["facility_id"], text, tab(row["facility__uuid"], "projects"), "登记新协议",
            Change(row["facility_id"], sets={"operator_in_place": 1}), metrics=("operator_in_place",),
        )  # fmt: skip


def operator_soon_gone(place: Place) -> Iterable[Raw]:
    ending = place.rows(Operator).filter(ends_on__lte=place.day + SOON)
    lasting = place.rows(Operator).filter(Q(ends_on=None) | Q(ends_on__gt=place.day + SOON)).values("facility_id")
    found = ending.exclude(facility_id__in=lasting).values("facility_id", "facility__uuid").annotate(end=Max("ends_on"))
    for row in found:
        text = f"综合运营协议 {row['end'] - timedelta(days=1)} 到期"
        yield Raw(
            "operator_soon", row["facility_id"], text, tab(row["facility__uuid"], "projects"), "准备续签",
            Change(row["facility_id"], sets={"operator_in_place": 0}), threatens=True,
        )  # fmt: skip


def projects_soon_gone(place: Place) -> Iterable[Raw]:
    """Projects of market and social organisations that end soon: how many remain decides the share."""
    ending = place.rows(ResidentProject).filter(ends_on__lte=place.day + SOON)
    by_facility = ending.values("facility_id", "facility__uuid").annotate(
        number=Count("pk"), first=Min("ends_on"), counted=Count("pk", filter=Q(run_by__in=["market", "social"]))
    )
    rows = list(by_facility)
    ids = [row["facility_id"] for row in rows]
    totals = {
        row["facility_id"]: row
        for row in place.rows(ResidentProject).filter(facility_id__in=ids).values("facility_id").annotate(
            whole=Count("pk"), ours=Count("pk", filter=Q(run_by__in=["market", "social"]))
        )
    }  # fmt: skip
    for row in rows:
        total = totals[row["facility_id"]]
        left = {
            "projects_all": total["whole"] - row["number"],
            "projects_market_social": total["ours"] - row["counted"],
        }
        text = f"{row['number']} 个入驻项目快到期，最早 {row['first'] - timedelta(days=1)}"
        yield Raw(
            "projects_soon", row["facility_id"], text, tab(row["facility__uuid"], "projects"), "准备续签",
            Change(row["facility_id"], sets=left), threatens=True,
        )  # fmt: skip


def projects_just_gone(place: Place) -> Iterable[Raw]:
    ended = ResidentProject.objects.visible_to(place.appointment).filter(
        ends_on__gt=place.day - LATELY, ends_on__lte=place.day
    )
    for row in ended.values("facility_id", "facility__uuid").annotate(number=Count("pk"), last=Max("ends_on")):
        text = f"最近 90 天有 {row['number']} 个入驻项目到期，最近一个 {row['last'] - timedelta(days=1)}"
        yield Raw("projects", row["facility_id"], text, tab(row["facility__uuid"], "projects"), "核对是否续签")


def outside_its_district(place: Place) -> Iterable[Raw]:
    """Only districts have published outlines; a community's is not known here and none is made up."""
    placed = place.rows(Site).exclude(longitude=None)
    for uuid, facility_id, name, code, longitude, latitude in placed.values_list(
        "uuid", "facility_id", "name", "division_code", "longitude", "latitude"
    ):
        if lies_in_district(district_of(code), float(longitude), float(latitude)) is False:
            yield Raw("outside", facility_id, f"点位“{name}”的坐标不在本区范围内", site_page(uuid), "改坐标")


def without_coordinates(place: Place) -> Iterable[Raw]:
    found = place.rows(Site).filter(longitude=None).values("facility_id")
    found = found.annotate(number=Count("pk"), one=Min(Cast("uuid", CharField())))
    for row in found:
        text = f"{row['number']} 个点位没有坐标，地图上看不到"
        yield Raw("unplaced", row["facility_id"], text, site_page(row["one"]), "补坐标")


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


CHECKS: tuple[Check, ...] = (
    without_document,
    without_area,
    without_usable_area,
    larger_than_site,
    same_room_twice,
    without_operator,
    operator_soon_gone,
    projects_soon_gone,
    projects_just_gone,
    outside_its_district,
    without_coordinates,
)
