"""The selection of excellent partners (遴选) by districts and streets, and the priority that comes with it (拱墅 三(五)2)."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from partners.models.partner import Partner
from tenants.scoped import ScopedModel


class RoundState(models.TextChoices):
    DRAFT = "draft", "起草中"
    OPEN = "open", "推荐中"
    NOTICE = "notice", "公示中"
    DONE = "done", "已公布"
    CANCELLED = "cancelled", "已取消"


class SelectionRound(ScopedModel):
    """A round of one district or street. scoring: criteria, one a line with full points.

    valid_from, valid_to: the days of the priority, valid_to the last one. Without valid_to it holds until the next round of
    the same division is published (reading G-25).
    """

    facility_path = None
    shared_down = True

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    title = models.CharField("名称", max_length=80)
    opens_on = models.DateField("推荐开始")
    closes_on = models.DateField("推荐截止", help_text="最后一天")
    scoring = models.TextField("评分标准", max_length=600)
    basis = models.CharField("依据", max_length=200, blank=True)
    state = models.CharField("状态", max_length=9, choices=RoundState, default=RoundState.DRAFT)
    notice_to = models.DateField("公示止", null=True, blank=True)
    valid_from = models.DateField("优先资格起", null=True, blank=True)
    valid_to = models.DateField("优先资格止", null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="公布人"
    )
    published_at = models.DateTimeField("公布时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "遴选"
        ordering = ["-opens_on", "-pk"]
        constraints = [
            CheckConstraint(condition=Q(closes_on__gte=F("opens_on")), name="selection_days_in_order"),
            CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="selection_validity_in_order"
            ),
            CheckConstraint(
                condition=~Q(state="done") | Q(valid_from__isnull=False), name="selection_published_with_validity"
            ),
        ]

    def __str__(self):
        return self.title


class Nomination(ScopedModel):
    """A partner that somebody recommended in a round, its points in the order of the criteria, and the result."""

    facility_path = None
    shared_down = True

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    round = models.ForeignKey(SelectionRound, models.CASCADE, related_name="nominations", verbose_name="遴选")
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="nominations", verbose_name="合伙人")
    reason = models.CharField("推荐理由", max_length=300)
    points = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True, verbose_name="得分")
    is_selected = models.BooleanField("入选", null=True, blank=True)
    nominated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="推荐人"
    )
    nominated_at = models.DateTimeField("推荐时间")

    class Meta:
        verbose_name = verbose_name_plural = "遴选推荐"
        ordering = ["pk"]
        constraints = [UniqueConstraint(fields=["round", "partner"], name="nominated_once_a_round")]

    def __str__(self):
        return f"{self.round_id} {self.partner_id}"


class PriorityKind(models.TextChoices):
    """优先资格 (拱墅 三(五)2)."""

    ENTRY = "entry", "下阶段入驻"
    PURCHASE = "purchase", "承接购买服务"
    VENTURE = "venture", "公益创投"


class PriorityUse(ScopedModel):
    """A priority right that was used: where, for what, on which day."""

    facility_path = None

    nomination = models.ForeignKey(Nomination, models.PROTECT, related_name="uses", verbose_name="优先资格")
    kind = models.CharField("用于", max_length=8, choices=PriorityKind)
    used_on = models.DateField("日期")
    text = models.CharField("事项", max_length=200)
    noted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="登记人"
    )
    noted_at = models.DateTimeField("登记时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "优先资格使用"
        ordering = ["-used_on", "-pk"]

    def __str__(self):
        return self.text
