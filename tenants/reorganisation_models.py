"""A re-organisation that was carried out: what it changed, so that it can be shown and taken back."""

import uuid

from django.conf import settings
from django.db import models

from tenants.scoped import ScopedModel


class ReorganisationRun(ScopedModel):
    """One concordance file carried out. `division_code` is the division that holds everything it touched.

    counts: rows by table before and after. moves: what was changed, table by table, for the inverse. hashes: SHA-256 of
    each table's rows in the districts concerned, before and after. Codes and ids only: no text of a person is kept here.
    """

    facility_path = None
    keeps_history = False
    keeps_its_code = True

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    file_name = models.CharField("文件", max_length=200)
    sha256 = models.CharField(max_length=64)
    content = models.TextField("对照表")
    effective_on = models.DateField("生效日")
    source = models.CharField("依据", max_length=200)
    performed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="执行人"
    )
    performed_at = models.DateTimeField("执行时间", auto_now_add=True)
    counts = models.JSONField("行数", default=dict)
    moves = models.JSONField("改动", default=dict)
    hashes = models.JSONField("杂凑值", default=dict)
    undone_at = models.DateTimeField("撤销时间", null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="撤销人"
    )

    class Meta:
        verbose_name = verbose_name_plural = "区划变更"
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.file_name} {self.effective_on}"
