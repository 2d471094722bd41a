"""Where what was found differs from what was reported, what the street says to it, and how the district ruled."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from facilities.models import Facility
from tenants.scoped import ScopedModel


class Ruling(models.TextChoices):
    FOUND = "found", "以查得为准"
    CLAIM = "claim", "维持填报"


class Discrepancy(ScopedModel):
    """One item of one facility. Its street reads it and answers until `due_at`; the district rules.

    claimed, found: base units, None where nothing was recorded or could be told. tier_claimed, tier_found: what the engine
    gives with the reported facts, and with this item alone as found.
    """

    facility_path = None  # an assessor or operator who was granted the facility reads none of it

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField("年度")
    visit_uuid = models.UUIDField("上门", editable=False)
    key = models.CharField("项目", max_length=60)
    claimed = models.BigIntegerField("填报", null=True)
    found = models.BigIntegerField("查得", null=True)
    tier_claimed = models.SmallIntegerField()
    tier_found = models.SmallIntegerField()
    sent_at = models.DateTimeField("送达时间")
    due_at = models.DateTimeField("申辩截止")
    accepts = models.BooleanField("认可查得", null=True)
    answer = models.CharField("街道意见", max_length=500, blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField("答复时间", null=True)
    ruling = models.CharField("裁定", max_length=5, choices=Ruling, blank=True)
    ruling_reason = models.CharField("裁定理由", max_length=500, blank=True)
    ruled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    ruled_at = models.DateTimeField("裁定时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "核实差异"
        ordering = ["facility_id", "key"]
        constraints = [
            UniqueConstraint(fields=["visit_uuid", "key"], name="discrepancy_once_an_item"),
            CheckConstraint(
                condition=Q(ruled_at=None, ruling="") | (~Q(ruled_at=None) & ~Q(ruling="") & ~Q(ruling_reason="")),
                name="discrepancy_ruled_for_a_reason",
            ),
        ]
        indexes = [models.Index(fields=["division_code", "year"], name="discrepancy_by_division")]

    def __str__(self):
        return f"{self.year} {self.key}"

    @property
    def changes_tier(self) -> bool:
        return self.tier_claimed != self.tier_found

    @property
    def state_label(self) -> str:
        if self.ruling:
            return self.get_ruling_display()
        if self.answered_at:
            return "街道已认可" if self.accepts else "街道有异议，待裁定"
        return "待街道答复"
