"""What keeps the logs honest: sealed batches of their rows, and checks of them that somebody asked for."""

import uuid

from django.conf import settings
from django.db import models

from tenants.scoped import ScopedModel


class Log(models.TextChoices):
    ACT = "act", "操作日志"
    CHANGE = "change", "变动记录"


class SealBatch(models.Model):
    """Rows of one log that were sealed together. Insert-only; each batch carries the hash of the one before it.

    `row_ids` is a multirange of exactly the ids sealed here; rows that commit late come in a later batch. Ids up to
    `floor` that are in no batch so far belong to nobody any more. `marks` has 8 bytes a row, in the order of the ids: they
    say which row is not as it was; `digest` (SM3 over all rows) proves it. `mac` (HMAC-SM3 under the master key `mac_key`)
    keeps whoever owns the database from making a chain of their own.
    """

    number = models.BigIntegerField("编号", primary_key=True)
    sealed_at = models.DateTimeField("封存时间")
    log = models.CharField("日志", max_length=8, choices=Log)
    form = models.PositiveSmallIntegerField("格式")
    row_ids = models.TextField("行号")
    last_id = models.BigIntegerField("最大行号")
    floor = models.BigIntegerField("已无遗漏至")
    row_count = models.PositiveIntegerField("行数")
    snapshot_xmax = models.BigIntegerField()
    marks = models.BinaryField()
    digest = models.CharField(max_length=64)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField("杂凑值", max_length=64)
    mac = models.CharField(max_length=64)
    mac_key = models.CharField(max_length=40)

    class Meta:
        verbose_name = verbose_name_plural = "日志封存"
        ordering = ["number"]
        indexes = [models.Index(fields=["log", "last_id"], name="seal_by_last_id")]

    def __str__(self):
        return f"{self.number} {self.get_log_display()} {self.row_count}"


class AuditCheck(ScopedModel):
    """A verification of all logs, asked for on the auditor's page; it belongs to the division of whoever asked."""

    class State(models.TextChoices):
        QUEUED = "queued", "等待中"
        RUNNING = "running", "正在核验"
        SOUND = "sound", "完好"
        BROKEN = "broken", "发现问题"
        FAILED = "failed", "没有完成"

    facility_path = None
    keeps_history = False

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    requested_at = models.DateTimeField("发起时间", auto_now_add=True)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="发起人")
    state = models.CharField("状态", max_length=8, choices=State, default=State.QUEUED)
    finished_at = models.DateTimeField("完成时间", null=True, blank=True)
    batches = models.PositiveIntegerField("批数", default=0)
    rows = models.PositiveBigIntegerField("行数", default=0)
    unsealed = models.PositiveIntegerField("未封存行数", default=0)
    findings = models.JSONField("问题", default=list, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "日志核验"
        ordering = ["-requested_at", "-pk"]

    def __str__(self):
        return f"{self.requested_at:%Y-%m-%d %H:%M} {self.get_state_display()}"

    @property
    def is_done(self):
        return self.state not in {self.State.QUEUED, self.State.RUNNING}
