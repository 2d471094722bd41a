"""Where a facility is: its sites, and the rooms in them that all areas are summed from."""

import uuid

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from facilities.models.facility import Facility
from tenants.scoped import DatedModel, dates_in_order


class Site(DatedModel):
    """A place (点位) of a facility. Tiers are judged on documented floor area (拱墅 三(一)1; reading G-19)."""

    uuid = models.UUIDField(default=uuid.uuid4, db_default=RandomUUID(), unique=True, editable=False)
    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)
    facility = models.ForeignKey(Facility, models.CASCADE, related_name="sites", verbose_name="设施")
    name = models.CharField("点位", max_length=60)
    address = models.CharField("地址", max_length=120, blank=True)
    floor_area_m2 = models.DecimalField("建筑面积(㎡)", max_digits=9, decimal_places=2, null=True, blank=True)
    area_document = models.CharField("面积证明", max_length=120, blank=True, help_text="权属证或测绘报告的名称与编号")
    longitude = models.DecimalField("经度", max_digits=9, decimal_places=6, null=True, blank=True)
    latitude = models.DecimalField("纬度", max_digits=8, decimal_places=6, null=True, blank=True)
    source_crs = models.CharField("坐标系", max_length=10, default="CGCS2000")

    class Meta:
        verbose_name = verbose_name_plural = "点位"
        constraints = [
            dates_in_order("site_dates_in_order"),
            CheckConstraint(condition=Q(floor_area_m2=None) | Q(floor_area_m2__gt=0), name="site_floor_area_positive"),
            CheckConstraint(
                condition=Q(longitude=None, latitude=None)
                | Q(longitude__gte=73, longitude__lte=136, latitude__gte=3, latitude__lte=54),
                name="site_coordinates_in_china",
            ),
            UniqueConstraint(fields=["id", "facility"], name="site_of_facility"),
            UniqueConstraint(fields=["facility", "name", "starts_on"], name="site_once"),
        ]


class SpaceUse(models.TextChoices):
    """Who uses a space: the kinds whose shares 拱墅 三(二)1 asks for, and offices (杭州 二(四)9)."""

    MARKET = "market", "市场化"
    SOCIAL = "social", "社会化"
    PUBLIC = "public", "公共"
    OFFICE = "office", "办公"


class Space(DatedModel):
    """A room (空间): the smallest unit of area. Shares are computed from these, never typed (拱墅 三(二)1)."""

    uuid = models.UUIDField(default=uuid.uuid4, db_default=RandomUUID(), unique=True, editable=False)
    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)
    facility = models.ForeignKey(Facility, models.CASCADE, related_name="spaces", verbose_name="设施")
    site = models.ForeignKey(Site, models.CASCADE, related_name="spaces", verbose_name="点位")
    name = models.CharField("空间", max_length=60)
    floor_area_m2 = models.DecimalField("建筑面积(㎡)", max_digits=8, decimal_places=2, null=True, blank=True)
    usable_area_m2 = models.DecimalField("可用面积(㎡)", max_digits=8, decimal_places=2, null=True, blank=True)
    used_by = models.CharField("使用主体", max_length=8, choices=SpaceUse)
    is_open_24h = models.BooleanField("24 小时", default=False)
    is_multifunction = models.BooleanField("多功能融合", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "空间"
        constraints = [
            dates_in_order("space_dates_in_order"),
            UniqueConstraint(fields=["id", "facility"], name="space_of_facility"),
            UniqueConstraint(fields=["site", "name", "starts_on"], name="space_once"),
            CheckConstraint(
                condition=Q(usable_area_m2=None) | Q(usable_area_m2__gt=0), name="space_usable_area_positive"
            ),
        ]
