"""The quarterly return (季度填报): the changes that somebody wants in the ledgers, and the way they are approved."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from facilities.models.facility import Facility
from tenants.scoped import DatedModel, ScopedModel, dates_in_order


class ReturnState(models.TextChoices):
    """Where a return stands. OPEN and RETURNED can be filled in; the others are frozen."""

    OPEN = "open", "待填报"
    SUBMITTED = "submitted", "待街道审核"
    CHECKED = "checked", "待区受理"
    ACCEPTED = "accepted", "已受理"
    RETURNED = "returned", "已退回"


class ReturnRoute(models.TextChoices):
    """Through whose hands a return goes, as the district has set it."""

    CHECKED = "checked", "社区或街道填报 → 街道审核 → 区受理"
    DIRECT = "direct", "街道报送 → 区受理"


class EventKind(models.TextChoices):
    OPENED = "opened", "开放填报"
    SUBMITTED = "submitted", "报送"
    CHECKED = "checked", "街道审核通过"
    ACCEPTED = "accepted", "区受理"
    RETURNED = "returned", "退回"
    WITHDRAWN = "withdrawn", "撤回报送"
    CORRECTED = "corrected", "更正，开新一版"
    REMINDED = "reminded", "催报"
    ESCALATED = "escalated", "逾期上报"


def remind_days() -> list[int]:
    """Days before the deadline on which whoever fills in is reminded; 0 is the day itself."""
    return [7, 3, 1, 0]


class ReturnRules(DatedModel):
    """How a district runs its returns. Without a row the working defaults hold (`facilities.returns.rules`)."""

    facility_path = None
    shared_down = True
    keeps_its_code = True  # a merged district obeys the rules of the one it joins

    route = models.CharField("流程", max_length=8, choices=ReturnRoute, default=ReturnRoute.CHECKED)
    due_offset_days = models.SmallIntegerField(
        "截止日", default=0, help_text="季度最后一天之后几天；之前的填负数，如 -15"
    )
    jump_percent = models.PositiveSmallIntegerField("变动超过几成要说明(%)", default=5)
    remind_days = ArrayField(
        models.PositiveSmallIntegerField(), default=remind_days, db_default=[7, 3, 1, 0], verbose_name="截止前几天提醒"
    )
    escalate_after_days = models.PositiveSmallIntegerField("逾期几天上报", default=3, db_default=3)
    source = models.CharField("依据", max_length=200, help_text="哪份文件、谁定的")

    class Meta:
        verbose_name = verbose_name_plural = "填报规则"
        ordering = ["starts_on"]
        constraints = [
            dates_in_order("return_rules_dates_in_order"),
            UniqueConstraint(fields=["division_code", "starts_on"], name="return_rules_once_a_day"),
            CheckConstraint(
                condition=Q(due_offset_days__gte=-60, due_offset_days__lte=90), name="return_rules_due_near_the_end"
            ),
            CheckConstraint(condition=Q(jump_percent__gte=1, jump_percent__lte=100), name="return_rules_jump_percent"),
        ]

    def __str__(self):
        return f"{self.division_code} {self.starts_on}"


class QuarterlyReturn(ScopedModel):
    """What a facility reports for a quarter. `edition` 1 is the first; a correction after acceptance is the next.

    `serial` counts the saves of the draft. `content` is frozen at submission: the whole ledgers as they would be, in the
    shape of the import (`facilities.returns.content`), and `content_hash` their SHA-256; `changes` what differs from the
    registry then.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    facility = models.ForeignKey(Facility, models.CASCADE, related_name="returns", verbose_name="设施")
    quarter = models.CharField("季度", max_length=7)
    edition = models.PositiveSmallIntegerField("第几版", default=1)
    state = models.CharField("状态", max_length=9, choices=ReturnState, default=ReturnState.OPEN)
    due_on = models.DateField("截止日")
    serial = models.PositiveIntegerField("保存次数", default=0)
    remarks = models.TextField("备注", blank=True)
    reason = models.CharField("更正理由", max_length=200, blank=True)
    opened_at = models.DateTimeField("开放时间")
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="报送人"
    )
    submitted_at = models.DateTimeField("报送时间", null=True, blank=True)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="街道审核人"
    )
    checked_at = models.DateTimeField("街道审核时间", null=True, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="受理人"
    )
    accepted_at = models.DateTimeField("受理时间", null=True, blank=True)
    content = models.JSONField("内容", default=dict, blank=True)
    content_hash = models.CharField("内容哈希", max_length=64, blank=True)
    changes = models.JSONField("改动", default=list, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "季度填报"
        ordering = ["quarter", "facility_id", "edition"]
        indexes = [models.Index(fields=["division_code", "quarter", "state"], name="return_by_division")]
        constraints = [
            UniqueConstraint(fields=["facility", "quarter", "edition"], name="return_once_an_edition"),
            UniqueConstraint(fields=["facility", "quarter"], condition=~Q(state="accepted"), name="return_one_at_work"),
            CheckConstraint(
                condition=Q(state__in=["open", "returned"]) | ~Q(submitted_at=None), name="return_submitted"
            ),
            CheckConstraint(condition=~Q(state="accepted") | ~Q(accepted_at=None), name="return_accepted_at"),
            CheckConstraint(
                condition=Q(checked_by=None) | Q(submitted_by=None) | ~Q(checked_by=F("submitted_by")),
                name="return_checked_by_somebody_else",
            ),
            CheckConstraint(condition=Q(edition=1) | ~Q(reason=""), name="return_corrected_for_a_reason"),
        ]

    def __str__(self):
        return f"{self.facility_id} {self.quarter} 第 {self.edition} 版"

    @property
    def is_open(self) -> bool:
        """Whether it can be filled in."""
        return self.state in {ReturnState.OPEN, ReturnState.RETURNED}


class ReturnRow(ScopedModel):
    """One row of a ledger that a return changes, in the shape of the import: column key → text.

    `row_key` is the primary key of the registered row, or `n…` for a new one. `cells` holds only what differs from the registry;
    under `?column` stands the sentence that explains a jump. `base` keeps what was registered when each cell was first
    changed, so that a change of the registry in the meantime is noticed. `serial` is that of the return's last save of it.
    """

    quarterly_return = models.ForeignKey(QuarterlyReturn, models.CASCADE, related_name="rows", verbose_name="填报")
    facility = models.ForeignKey(Facility, models.CASCADE, related_name="+", verbose_name="设施")
    sheet = models.CharField("工作表类别", max_length=20)
    row_key = models.CharField("行", max_length=40)
    cells = models.JSONField("改成", default=dict)
    base = models.JSONField("台账原值", default=dict, blank=True)
    serial = models.PositiveIntegerField("第几次保存", default=0)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="填写人"
    )
    changed_at = models.DateTimeField("填写时间")

    class Meta:
        verbose_name = verbose_name_plural = "填报的改动"
        ordering = ["pk"]
        constraints = [UniqueConstraint(fields=["quarterly_return", "sheet", "row_key"], name="return_row_once")]

    def __str__(self):
        return f"{self.sheet} {self.row_key}"

    @property
    def is_new(self) -> bool:
        return self.row_key.startswith("n")


class ReturnComment(ScopedModel):
    """What a reviewer says about one cell, or about the whole return (no sheet). It stays when it has been settled."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    quarterly_return = models.ForeignKey(QuarterlyReturn, models.CASCADE, related_name="comments", verbose_name="填报")
    facility = models.ForeignKey(Facility, models.CASCADE, related_name="+", verbose_name="设施")
    sheet = models.CharField("工作表类别", max_length=20, blank=True)
    row_key = models.CharField("行", max_length=40, blank=True)
    column = models.CharField("列", max_length=40, blank=True)
    label = models.CharField("所指", max_length=200, blank=True)
    text = models.CharField("意见", max_length=400)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="提出人")
    written_at = models.DateTimeField("提出时间")
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="办结人"
    )
    settled_at = models.DateTimeField("办结时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "审核意见"
        ordering = ["pk"]
        constraints = [
            CheckConstraint(
                condition=Q(settled_at=None, settled_by=None) | ~Q(settled_at=None), name="return_comment_settled_at"
            )
        ]

    def __str__(self):
        return self.text[:40]


class ReturnEvent(ScopedModel):
    """One step of a return's way. Insert-only. `mark` makes what beat does happen once."""

    keeps_history = False
    keeps_its_code = True

    quarterly_return = models.ForeignKey(QuarterlyReturn, models.PROTECT, related_name="events", verbose_name="填报")
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="+", verbose_name="设施")
    kind = models.CharField("步骤", max_length=9, choices=EventKind)
    mark = models.CharField("一次性标记", max_length=40, blank=True)
    at = models.DateTimeField("时间")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="操作人"
    )
    reason = models.CharField("理由", max_length=400, blank=True)
    content_hash = models.CharField("内容哈希", max_length=64, blank=True)
    changes = models.JSONField("改动", default=list, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "填报经过"
        ordering = ["pk"]
        constraints = [
            UniqueConstraint(
                fields=["quarterly_return", "mark"], condition=~Q(mark=""), name="return_event_once_a_mark"
            )
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.at:%Y-%m-%d %H:%M}"
