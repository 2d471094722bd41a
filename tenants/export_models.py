"""Lists on their way out as files that take a task to make."""

import uuid
from pathlib import Path
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from tenants.scope import scope_of
from tenants.scoped import ScopedModel, ScopedQuerySet


class ExportState(models.TextChoices):
    QUEUED = "queued", "排队中"
    RUNNING = "running", "正在导出"
    DONE = "done", "可以下载"
    FAILED = "failed", "没有完成"


AT_WORK = (ExportState.QUEUED, ExportState.RUNNING)


class ExportQuerySet(ScopedQuerySet):
    def visible_to(self, appointment):
        """One's own, for as long as the division it was made for lies in one's scope."""
        codes = appointment and scope_of(appointment).codes
        return self.filter(requested_by_id=appointment.user_id).within(codes) if codes else self.none()


class Export(ScopedModel):
    """A file that somebody asked for and the portal makes. `division_code` is the division that they then served.

    `query` is the query of the page it was asked from. The file lies under MEDIA_ROOT and is handed out by a view alone.
    """

    facility_path = None
    keeps_history = False

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField("清单", max_length=20)
    query = models.TextField("条件", blank=True)
    format = models.CharField("格式", max_length=4)
    state = models.CharField("状态", max_length=8, choices=ExportState, default=ExportState.QUEUED)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name="导出人")
    requested_at = models.DateTimeField("发起时间")
    touched_at = models.DateTimeField("最近进展")
    finished_at = models.DateTimeField("完成时间", null=True, blank=True)
    rows_total = models.PositiveIntegerField("行数", default=0)
    rows_done = models.PositiveIntegerField("已写", default=0)
    size = models.PositiveBigIntegerField("字节数", default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    error = models.CharField("没有完成的原因", max_length=200, blank=True)

    objects: ClassVar[models.Manager] = ExportQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "导出"
        ordering = ["-requested_at", "-pk"]
        constraints = [
            UniqueConstraint(
                fields=["requested_by", "kind", "query", "format"],
                condition=Q(state__in=["queued", "running"]),
                name="export_one_at_a_time",
            ),
            CheckConstraint(condition=~Q(state="done") | ~Q(sha256=""), name="export_done_has_a_file"),
        ]

    def __str__(self):
        return f"{self.kind} {self.requested_at:%Y-%m-%d %H:%M}"

    @property
    def path(self) -> Path:
        return exports_folder() / f"{self.uuid}.{self.format}"

    @property
    def is_at_work(self) -> bool:
        return self.state in AT_WORK


def exports_folder() -> Path:
    return Path(settings.MEDIA_ROOT) / "exports"
