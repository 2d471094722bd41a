import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from assessments.rules.quarters import Quarter
from tenants.rules import CodeRange, code_range
from tenants.scoped import ScopedModel


class RunKind(models.TextChoices):
    QUARTERLY = "quarterly", "季度测算"


class RunState(models.TextChoices):
    """测算, never 公布: a run that is COMPUTED is a measurement, not the directory."""

    QUEUED = "queued", "排队中"
    RUNNING = "running", "测算中"
    COMPUTED = "computed", "已测算"
    FAILED = "failed", "未完成"


class Run(ScopedModel):
    """One computation of a district for a quarter under one standard. `division_code` is the district's.

    A rerun is a new revision; the older ones stay. Everything that a replay needs is kept here: the versions and readings
    that judged, the order of criteria and metrics in the stored verdicts, and the three hashes.
    """

    facility_path = None
    keeps_history = False
    keeps_its_code = True
    shared_down = True

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    quarter = models.CharField("季度", max_length=7)
    standard = models.CharField("标准版本", max_length=120, help_text="各版本以 + 相连")
    kind = models.CharField("类别", max_length=10, choices=RunKind, default=RunKind.QUARTERLY)
    revision = models.PositiveSmallIntegerField("次", default=1)
    state = models.CharField("状态", max_length=8, choices=RunState, default=RunState.QUEUED)
    step = models.CharField("进展", max_length=40, blank=True)
    facilities_total = models.PositiveIntegerField("设施数", default=0)
    facilities_done = models.PositiveIntegerField("已测算", default=0)
    attempts = models.PositiveSmallIntegerField("执行次数", default=0)
    error = models.TextField("未完成的原因", blank=True)
    reason = models.CharField("理由", max_length=200, blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="发起人"
    )
    requested_at = models.DateTimeField("发起时间", auto_now_add=True)
    started_at = models.DateTimeField("开始时间", null=True, blank=True)
    finished_at = models.DateTimeField("完成时间", null=True, blank=True)
    touched_at = models.DateTimeField("最近进展", auto_now_add=True)
    compared_with = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="对照的上季度测算"
    )
    readings = models.JSONField("读法", default=dict, blank=True)
    criteria = ArrayField(models.CharField(max_length=60), default=list, blank=True, verbose_name="准则顺序")
    layout = ArrayField(models.CharField(max_length=60), default=list, blank=True, verbose_name="指标顺序与字节")
    from_maintained = models.PositiveIntegerField("取自维护中的事实", default=0)
    fact_hash = models.CharField("事实哈希", max_length=64, blank=True)
    standard_hash = models.CharField("标准哈希", max_length=64, blank=True)
    result_hash = models.CharField("结果哈希", max_length=64, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "季度测算"
        ordering = ["-quarter", "division_code", "-revision"]
        constraints = [
            UniqueConstraint(fields=["quarter", "division_code", "standard", "kind", "revision"], name="run_once"),
            UniqueConstraint(
                fields=["quarter", "division_code", "standard", "kind"],
                condition=Q(state__in=["queued", "running"]),
                name="run_one_at_a_time",
            ),
            CheckConstraint(condition=Q(quarter__regex=r"^\d{4}-Q[1-4]$"), name="run_quarter_is_written_2026_Q3"),
            CheckConstraint(
                condition=~Q(state="computed")
                | (~Q(fact_hash="") & ~Q(standard_hash="") & ~Q(result_hash="") & Q(finished_at__isnull=False)),
                name="run_computed_has_hashes",
            ),
        ]
        indexes = [models.Index(fields=["division_code", "quarter", "-revision"], name="run_by_division")]

    def __str__(self):
        return f"{self.quarter} {self.division_code} 第 {self.revision} 次"

    @property
    def codes(self) -> CodeRange:
        """The codes of the district that this run judged."""
        return code_range(self.division_code)

    @property
    def period(self) -> Quarter:
        return Quarter.parse(self.quarter)
