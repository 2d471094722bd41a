"""Work that must follow a commit; `tenants.operations.outbox` writes and sends it."""

from django.db import models

from tenants.scoped import ScopedModel


class OutboxEntry(ScopedModel):
    """Work that must be queued because a row was committed. Written in the same transaction; a sweeper sends it.

    A commit can outlive the broker: an entry without `sent_at` is sent again every minute until the queue has taken it.
    """

    facility_path = None
    keeps_history = False
    keeps_its_code = True

    task = models.CharField("任务", max_length=120)
    arguments = models.JSONField("参数", default=dict)
    created_at = models.DateTimeField("记入时间", auto_now_add=True)
    sent_at = models.DateTimeField("送出时间", null=True, blank=True)
    attempts = models.PositiveIntegerField("尝试次数", default=0)
    last_error = models.TextField("最近一次没送出的原因", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "待送任务"
        indexes = [models.Index(fields=["created_at"], name="outbox_waiting", condition=models.Q(sent_at=None))]

    def __str__(self):
        return f"{self.task} {self.arguments}"
