"""A workbook on its way in: the file, what the check found row by row, and what confirming it changed."""

import uuid
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from tenants.scoped import ScopedModel

UNDO_PERIOD = timedelta(hours=24)


class BatchState(models.TextChoices):
    RECEIVED = "received", "等待检查"
    CHECKING = "checking", "正在检查"
    CHECKED = "checked", "等待确认"
    APPLYING = "applying", "正在入库"
    APPLIED = "applied", "已入库"
    REFUSED = "refused", "读不了"
    ABANDONED = "abandoned", "已放弃"
    UNDOING = "undoing", "正在撤销"
    UNDONE = "undone", "已撤销"


class Outcome(models.TextChoices):
    """What the check says of a row, and so which tab it is under."""

    ERROR = "error", "错误"
    CONFIRM = "confirm", "请确认"
    NEW = "new", "新增"
    UPDATE = "update", "更新"
    SAME = "same", "不变"


AT_WORK = (BatchState.RECEIVED, BatchState.CHECKING, BatchState.APPLYING, BatchState.UNDOING)


class ImportBatch(ScopedModel):
    """One uploaded workbook. It belongs to the division of whoever brought it; nothing is written before they confirm."""

    facility_path = None
    keeps_history = False

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="上传人")
    uploaded_at = models.DateTimeField("上传时间", auto_now_add=True)
    file_name = models.CharField("文件名", max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField("字节数")
    state = models.CharField("状态", max_length=10, choices=BatchState, default=BatchState.RECEIVED)
    progress = models.PositiveSmallIntegerField("进度(%)", default=0)
    counts = models.JSONField("各类行数", default=dict, blank=True)
    notices = models.JSONField("整表提示", default=list, blank=True)
    error = models.TextField("没有完成的原因", blank=True)
    row_count = models.PositiveIntegerField("行数", default=0)
    applied_count = models.PositiveIntegerField("入库行数", default=0)
    applied_at = models.DateTimeField("入库时间", null=True, blank=True)
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="入库人"
    )
    with_doubtful = models.BooleanField("请确认的行也入库", default=False)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="撤销人"
    )
    undone_at = models.DateTimeField("撤销时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "导入"
        ordering = ["-uploaded_at", "-pk"]
        indexes = [models.Index(fields=["division_code", "-uploaded_at"], name="import_by_division")]
        constraints = [
            CheckConstraint(condition=Q(progress__lte=100), name="import_progress_percent"),
            CheckConstraint(condition=Q(applied_at=None) | ~Q(applied_by=None), name="import_applied_by_somebody"),
            CheckConstraint(condition=Q(undone_at=None) | ~Q(undone_by=None), name="import_undone_by_somebody"),
        ]

    def __str__(self):
        return self.file_name

    @property
    def path(self):
        return Path(settings.MEDIA_ROOT) / "imports" / self.sha256[:2] / self.sha256

    def undoable_until(self):
        return self.applied_at and self.applied_at + UNDO_PERIOD

    @property
    def is_working(self):
        return self.state in AT_WORK


class ImportRow(ScopedModel):
    """One row of a batch: what the file says, what was corrected in place, what the check found, what applying it did.

    `cells` and `corrections` map a column's key to text; `columns` maps it to the letter in the user's own file.
    `changes` lists the rows written, each `{model, id, before, after}` with before None for a new one: undo reads it.
    """

    facility_path = None
    keeps_history = False

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="rows", verbose_name="导入")
    sheet = models.CharField("工作表类别", max_length=20)
    sheet_title = models.CharField("工作表", max_length=64)
    number = models.PositiveIntegerField("行号")
    cells = models.JSONField("单元格")
    columns = models.JSONField("列号", default=dict)
    remarks = models.JSONField("读表时的提示", default=list, blank=True)
    corrections = models.JSONField("就地更正", default=dict, blank=True)
    outcome = models.CharField("结论", max_length=8, choices=Outcome, default=Outcome.ERROR)
    findings = models.JSONField("问题", default=list, blank=True)
    diff = models.JSONField("改动", default=list, blank=True)
    is_new = models.BooleanField("新增", default=False)
    label = models.CharField("所指", max_length=200, blank=True)
    changes = models.JSONField("写入", default=list, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "导入行"
        ordering = ["pk"]
        indexes = [models.Index(fields=["batch", "outcome", "id"], name="import_row_by_outcome")]
        constraints = [UniqueConstraint(fields=["batch", "sheet_title", "number"], name="import_row_once")]

    def __str__(self):
        return f"{self.sheet_title} {self.number}"

    def text_of(self, column: str) -> str:
        """What a cell says, as corrected."""
        return self.corrections.get(column, self.cells.get(column, ""))
