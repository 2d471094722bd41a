"""Exemplars (典型): cases of facilities and partners that others can learn from. No tier follows from one (拱墅 四(三))."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q

from facilities.models import Facility
from partners.models.partner import Partner
from tenants.scoped import ScopedModel


class ExemplarState(models.TextChoices):
    DRAFT = "draft", "起草中"
    REVIEW = "review", "待审核"
    RELEASED = "released", "已发布"
    WITHDRAWN = "withdrawn", "已撤下"


class Exemplar(ScopedModel):
    """A case from draft to release, about a facility, a partner, or both."""

    facility_path = None
    shared_down = True

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)
    title = models.CharField("标题", max_length=80)
    facility = models.ForeignKey(
        Facility, models.CASCADE, null=True, blank=True, related_name="exemplars", verbose_name="设施"
    )
    partner = models.ForeignKey(
        Partner, models.PROTECT, null=True, blank=True, related_name="exemplars", verbose_name="合伙人"
    )
    practice = models.TextField("做法", max_length=2000)
    effect = models.TextField("成效", max_length=1000, help_text="写数字，并写明来自哪里")
    lesson = models.CharField("可推广的经验", max_length=400, blank=True)
    state = models.CharField("状态", max_length=9, choices=ExemplarState, default=ExemplarState.DRAFT)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="撰写人"
    )
    written_at = models.DateTimeField("撰写时间", auto_now_add=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="发布人"
    )
    released_at = models.DateTimeField("发布时间", null=True, blank=True)
    is_demo = models.BooleanField("演示数据", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "典型案例"
        ordering = ["-released_at", "-pk"]
        constraints = [
            CheckConstraint(
                condition=Q(facility__isnull=False) | Q(partner__isnull=False), name="exemplar_about_something"
            ),
            CheckConstraint(condition=~Q(state="released") | ~Q(released_at=None), name="exemplar_released_at"),
        ]

    def __str__(self):
        return self.title
