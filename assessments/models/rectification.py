"""Rectification orders (整改单) for service items below the line, their course, and decisions on items that stay below."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from engagement.models import Survey
from facilities.models import Facility
from tenants.scoped import ScopedModel


class RectificationState(models.TextChoices):
    """Whose turn it is. The last three are ends."""

    OPEN = "open", "待街道报措施"
    MENDING = "mending", "整改中"
    REPORTED = "reported", "待区复核"
    CLOSED = "closed", "已销号"
    ITEM_WITHDRAWN = "withdrawn", "项目已退出"
    VOID = "void", "已撤销"


LIVE = (RectificationState.OPEN, RectificationState.MENDING, RectificationState.REPORTED)


class Rectification(ScopedModel):
    """One order: a service item of a facility whose satisfaction was below the line of the standard.

    item_number: of the function catalogues, 0 for the facility as a whole. satisfied, valid: what the survey gave then;
    line_value / line_parts: the line it was compared with, of `standard` (杭州 附件 四3). due_on: the last day for what the
    state asks for; mend_by: the last day for a re-survey at or above the line.
    """

    facility_path = None

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="rectifications", verbose_name="设施")
    half = models.CharField("半年", max_length=7)
    item_number = models.PositiveSmallIntegerField("服务项目", default=0)
    survey = models.ForeignKey(Survey, models.PROTECT, related_name="+", verbose_name="低于线的调查")
    satisfied = models.PositiveIntegerField("满意")
    valid = models.PositiveIntegerField("有效")
    standard = models.CharField("依据版本", max_length=80)
    line_value = models.PositiveIntegerField("线（分子）")
    line_parts = models.PositiveIntegerField("线（分母）")
    state = models.CharField("状态", max_length=9, choices=RectificationState, default=RectificationState.OPEN)
    opened_on = models.DateField("开出日期")
    due_on = models.DateField("当前期限")
    mend_by = models.DateField("整改期限")
    measures = models.CharField("整改措施", max_length=1000, blank=True)
    resurvey = models.ForeignKey(
        Survey, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="复测的调查"
    )
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "整改单"
        ordering = ["due_on", "pk"]
        indexes = [models.Index(fields=["division_code", "state", "due_on"], name="rectification_by_division")]
        constraints = [
            UniqueConstraint(fields=["survey"], name="rectification_once_a_survey"),
            UniqueConstraint(
                fields=["facility", "item_number"], condition=Q(state__in=["open", "mending", "reported"]),
                name="rectification_one_at_work",
            ),
            CheckConstraint(
                condition=Q(valid__gt=0) & Q(satisfied__lte=F("valid"))
                & Q(line_parts__gt=0, line_value__lte=F("line_parts")),
                name="rectification_is_a_share",
            ),
            CheckConstraint(
                condition=Q(state__in=["open", "withdrawn", "void"]) | ~Q(measures=""), name="rectification_has_measures"
            ),
            CheckConstraint(
                condition=~Q(state__in=["reported", "closed"]) | ~Q(resurvey=None), name="rectification_has_a_resurvey"
            ),
            CheckConstraint(
                condition=Q(state__in=["open", "mending", "reported"], ended_at=None)
                | (Q(state__in=["closed", "withdrawn", "void"]) & ~Q(ended_at=None)),
                name="rectification_ended_at",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.facility_id} {self.half} {self.item_number}"

    @property
    def is_live(self) -> bool:
        return self.state in LIVE

    @property
    def progress(self) -> list[tuple[str, str]]:
        """The four stages with how far the order has come: done, now, or nothing."""
        reached = {"open": 1, "mending": 2, "reported": 3}.get(self.state, 4 if self.state == "closed" else 0)
        labels = ("开单", "报措施", "整改与复测", "区复核、销号")
        return [
            (label, "done" if number < reached or reached == len(labels) else "now" if number == reached else "")
            for number, label in enumerate(labels)
        ]


class StepKind(models.TextChoices):
    OPENED = "opened", "开出整改单"
    FURTHER = "further", "又一次低于线"
    PLANNED = "planned", "报送措施"
    REPORTED = "reported", "报送复测"
    RETURNED = "returned", "退回"
    EXTENDED = "extended", "延长期限"
    CLOSED = "closed", "复核通过，销号"
    ITEM_WITHDRAWN = "withdrawn", "项目退出"
    VOIDED = "voided", "撤销"
    REMINDED = "reminded", "到期提醒"
    ESCALATED = "escalated", "逾期上报"


class RectificationStep(ScopedModel):
    """One step of an order's course; added, never changed. mark: makes what beat does happen once.

    below: the survey of this step lay below the line; these are what a decision on the item counts.
    """

    facility_path = None
    keeps_history = False
    keeps_its_code = True

    facility = models.ForeignKey(Facility, models.PROTECT, related_name="+", verbose_name="设施")
    rectification = models.ForeignKey(Rectification, models.PROTECT, related_name="steps", verbose_name="整改单")
    kind = models.CharField("步骤", max_length=9, choices=StepKind)
    survey = models.ForeignKey(Survey, models.PROTECT, null=True, related_name="+", verbose_name="调查")
    below = models.BooleanField("低于线", default=False)
    reason = models.CharField("说明", max_length=1000, blank=True)
    mark = models.CharField(max_length=30, blank=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    done_at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "整改经过"
        ordering = ["pk"]
        constraints = [
            UniqueConstraint(
                fields=["rectification", "mark"], condition=~Q(mark=""), name="rectification_step_once_a_mark"
            ),
        ]

    def __str__(self):
        return f"{self.rectification_id} {self.kind}"


class ItemDecisionState(models.TextChoices):
    PROPOSED = "proposed", "待区决定"
    KEPT = "kept", "保留，继续整改"
    ADJUSTED = "adjusted", "调整"
    WITHDRAWN = "withdrawn", "退出"


class ItemDecision(ScopedModel):
    """Whether a service item that stays below the line is kept, adjusted or withdrawn (杭州 二(四)9「动态调整入驻服务事项」).

    failures: surveys below the line that count, within the months of the rules of that day. effect: what the decider saw
    before deciding (`queries.follow_up.item_effect`).
    """

    facility_path = None

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="item_decisions", verbose_name="设施")
    item_number = models.PositiveSmallIntegerField("服务项目", default=0)
    state = models.CharField("状态", max_length=9, choices=ItemDecisionState, default=ItemDecisionState.PROPOSED)
    failures = models.PositiveSmallIntegerField("低于线的次数")
    proposed_on = models.DateField("提出日期")
    grounds = models.CharField("提出的理由", max_length=300)
    ends_on = models.DateField("退出日期", null=True, blank=True, help_text="不再提供的第一天")
    reason = models.CharField("决定的理由", max_length=500, blank=True)
    effect = models.JSONField("决定前看到的影响", default=dict, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="决定人"
    )
    decided_at = models.DateTimeField("决定时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "项目去留"
        ordering = ["-proposed_on", "pk"]
        indexes = [models.Index(fields=["division_code", "state"], name="item_decision_by_division")]
        constraints = [
            UniqueConstraint(
                fields=["facility", "item_number"], condition=Q(state="proposed"), name="item_decision_one_at_a_time"
            ),
            CheckConstraint(
                condition=Q(state="proposed", decided_at=None)
                | (~Q(state="proposed") & ~Q(decided_at=None) & ~Q(reason="")),
                name="item_decided_for_a_reason",
            ),
            CheckConstraint(condition=~Q(state="withdrawn") | ~Q(ends_on=None), name="item_withdrawn_from_a_day"),
        ]

    def __str__(self):
        return f"{self.facility_id} {self.item_number}"
