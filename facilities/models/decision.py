"""What was decided about a facility's life: proposed with its reasons, carried out in one go, perhaps taken back."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, Q

from facilities.models.facility import Facility
from tenants.scoped import ScopedModel


class DecisionKind(models.TextChoices):
    NEW = "new", "新设"
    RETYPE = "retype", "改建设类型"
    MOVE = "move", "迁址"
    MERGE = "merge", "并入"
    SUSPEND = "suspend", "暂停"
    REOPEN = "reopen", "恢复运行"
    WITHDRAW = "withdraw", "撤销"
    KEEP = "keep", "保留升级"


class DecisionState(models.TextChoices):
    PROPOSED = "proposed", "待确认"
    WAITING = "waiting", "等第二人确认"
    DONE = "done", "已生效"
    ABANDONED = "abandoned", "已放弃"
    UNDONE = "undone", "已撤回"


class Decision(ScopedModel):
    """One step in a facility's life. 撤销, 并入 and 保留升级 name their grounds (杭州 二(一)3, fixtures/lifecycle).

    facility: None for a new one until it is registered. `answers`: what the form said, as texts. `written`: what carrying it
    out changed, row by row, so that it can be taken back.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    facility = models.ForeignKey(
        Facility, models.CASCADE, null=True, blank=True, related_name="decisions", verbose_name="设施"
    )
    kind = models.CharField("决定", max_length=8, choices=DecisionKind)
    effective_on = models.DateField("生效日")
    grounds = ArrayField(models.CharField(max_length=12), default=list, blank=True, verbose_name="理由（条款）")
    document = models.CharField("决定文件", max_length=120, blank=True)
    reason = models.CharField("说明", max_length=200)
    answers = models.JSONField("填写内容", default=dict)
    written = models.JSONField("写入", default=dict)
    state = models.CharField("状态", max_length=9, choices=DecisionState, default=DecisionState.PROPOSED)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="提出人"
    )  # fmt: skip
    proposed_at = models.DateTimeField("提出时间")
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="确认人"
    )
    confirmed_at = models.DateTimeField("确认时间", null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="撤回人"
    )
    undone_at = models.DateTimeField("撤回时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "设施变更"
        ordering = ["-proposed_at", "-pk"]
        indexes = [models.Index(fields=["division_code", "-proposed_at"], name="decision_by_division")]
        constraints = [
            CheckConstraint(
                condition=~Q(state="done") | (~Q(confirmed_at=None) & ~Q(facility=None)),
                name="decision_done_by_somebody",
            )
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.effective_on}"
