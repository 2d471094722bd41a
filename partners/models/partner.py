"""Partners (幸福合伙人), and the merge of two rows that are one partner."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from facilities.rules import name_sort
from partners.models.columns import district_of_row
from tenants.scoped import ScopedModel


class PartnerKind(models.TextChoices):
    """市场、公益、居民合伙人 (拱墅 三(二)1)."""

    MARKET = "market", "市场合伙人"
    PUBLIC_BENEFIT = "public_benefit", "公益合伙人"
    RESIDENT = "resident", "居民合伙人"


class Partner(ScopedModel):
    """A partner. Registered with a district, its streets and communities read it too; a street may register its own.

    `merged_into`: the row that carries on; this one is history then and is offered nowhere.
    """

    facility_path = None
    shared_down = True

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)
    district_code = district_of_row()
    name = models.CharField("名称", max_length=80)
    name_sort = models.CharField("拼音", max_length=240, blank=True, editable=False)
    kind = models.CharField("类别", max_length=16, choices=PartnerKind)
    uscc = models.CharField("统一社会信用代码", max_length=18, blank=True)
    strengths = models.CharField("专长", max_length=200, blank=True)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged", verbose_name="已并入"
    )
    is_demo = models.BooleanField("演示数据", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "幸福合伙人"
        constraints = [
            UniqueConstraint(fields=["division_code", "name"], name="partner_name_once_a_division"),
            CheckConstraint(
                condition=Q(merged_into=None) | ~Q(merged_into=F("id")), name="partner_not_merged_into_itself"
            ),
        ]

    def __str__(self):
        return self.name

    def save(self, *args, **kwargs):
        self.name_sort = name_sort(self.name, person=self.kind == PartnerKind.RESIDENT)
        super().save(*args, **kwargs)


class PartnerMerge(ScopedModel):
    """Two rows that were one partner: which carries on, which has gone into it, and every row that went over.

    moved: table → ids of the rows that named `gone` and name `kept` now, so that the merge can be taken back.
    """

    facility_path = None

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kept = models.ForeignKey(Partner, models.PROTECT, related_name="merges", verbose_name="保留")
    gone = models.ForeignKey(Partner, models.PROTECT, related_name="merges_away", verbose_name="并入")
    reason = models.CharField("理由", max_length=200)
    moved = models.JSONField("随之改挂", default=dict)
    merged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="合并人"
    )
    merged_at = models.DateTimeField("合并时间")
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="撤回人"
    )
    undone_at = models.DateTimeField("撤回时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "合伙人合并"
        ordering = ["-merged_at", "-pk"]
        constraints = [CheckConstraint(condition=~Q(kept=F("gone")), name="merge_of_two")]

    def __str__(self):
        return f"{self.gone_id} → {self.kept_id}"
