"""Partners (幸福合伙人)."""

import uuid

from django.db import models
from django.db.models import UniqueConstraint

from facilities.rules import name_sort
from partners.models.columns import district_of_row
from tenants.scoped import ScopedModel


class PartnerKind(models.TextChoices):
    """市场、公益、居民合伙人 (拱墅 三(二)1)."""

    MARKET = "market", "市场合伙人"
    PUBLIC_BENEFIT = "public_benefit", "公益合伙人"
    RESIDENT = "resident", "居民合伙人"


class Partner(ScopedModel):
    """A partner. Registered with a district, its streets and communities read it too; a street may register its own."""

    facility_path = None
    shared_down = True

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    district_code = district_of_row()
    name = models.CharField("名称", max_length=80)
    name_sort = models.CharField("拼音", max_length=240, blank=True, editable=False)
    kind = models.CharField("类别", max_length=16, choices=PartnerKind)
    uscc = models.CharField("统一社会信用代码", max_length=18, blank=True)
    brand = models.CharField("品牌", max_length=60, blank=True)
    is_demo = models.BooleanField("演示数据", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "幸福合伙人"
        constraints = [UniqueConstraint(fields=["division_code", "name"], name="partner_name_once_a_division")]

    def __str__(self):
        return self.name

    def save(self, *args, **kwargs):
        self.name_sort = name_sort(self.name, person=self.kind == PartnerKind.RESIDENT)
        super().save(*args, **kwargs)
