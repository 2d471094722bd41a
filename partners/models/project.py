"""The projects that partners run in facilities (入驻运营项目)."""

import uuid

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import UniqueConstraint

from facilities.models import Facility, Space
from partners.models.columns import district_of_row
from partners.models.partner import Partner
from tenants.scoped import DatedModel, dates_in_order


class RunBy(models.TextChoices):
    """Who runs a project. 市场主体 and 社会组织 count for the share; residents and own staff do not (readings G-2, G-15)."""

    MARKET = "market", "市场主体"
    SOCIAL = "social", "社会组织"
    RESIDENT = "resident", "居民"
    PUBLIC = "public", "自营或公办"


class FeeNature(models.TextChoices):
    FREE = "free", "免费"
    LOW = "low", "低偿"
    MARKET = "market", "市场价"


class ResidentProject(DatedModel):
    """A project run in a facility (入驻运营项目, 拱墅 三(一)1—2), for as long as it runs."""

    uuid = models.UUIDField(default=uuid.uuid4, db_default=RandomUUID(), unique=True, editable=False)
    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)
    facility = models.ForeignKey(Facility, models.CASCADE, related_name="projects", verbose_name="设施")
    district_code = district_of_row()
    name = models.CharField("项目", max_length=60)
    run_by = models.CharField("运营主体类型", max_length=8, choices=RunBy)
    partner = models.ForeignKey(
        Partner, models.PROTECT, null=True, blank=True, related_name="projects", verbose_name="合伙人"
    )
    item_number = models.PositiveSmallIntegerField("功能编号", null=True, blank=True)
    space = models.ForeignKey(Space, models.SET_NULL, null=True, blank=True, verbose_name="空间")
    fee_nature = models.CharField("收费性质", max_length=6, choices=FeeNature, blank=True)
    serves_elders = models.BooleanField("涉老", default=False)
    serves_children = models.BooleanField("涉小", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "入驻运营项目"
        constraints = [
            dates_in_order("project_dates_in_order"),
            UniqueConstraint(fields=["facility", "name", "starts_on"], name="project_once"),
        ]

    def __str__(self):
        return self.name
