"""What no document says about money and plans, as a district has set it; and the files that show what was paid for."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from partners.models.disbursement import Payment, Subsidy
from tenants.scoped import DatedModel, ScopedModel, dates_in_order


class MoneyRules(DatedModel):
    """A district's own settings from a day on. Without a row: fixtures/partners/money.toml, which says it waits for confirmation.

    tolerance_permille: how far space and service may lie apart and are still of equal value (reading G-26). on_pace_percent,
    slow_percent: where the lights of a plan change. files_needed: how many files a payment needs before it is released.
    """

    facility_path = None
    shared_down = True
    keeps_its_code = True  # a merged district obeys the rules of the one it joins

    tolerance_permille = models.PositiveSmallIntegerField("等值容差(‰)")
    on_pace_percent = models.PositiveSmallIntegerField("规划进度：正常线(%)")
    slow_percent = models.PositiveSmallIntegerField("规划进度：偏慢线(%)")
    remind_days = models.PositiveSmallIntegerField("规划到期前多少天提醒")
    files_needed = models.PositiveSmallIntegerField("放款前至少几份佐证文件")
    source = models.CharField("依据", max_length=200, help_text="哪份文件、谁定的")

    class Meta:
        verbose_name = verbose_name_plural = "资金和规划规则"
        ordering = ["starts_on"]
        constraints = [
            dates_in_order("money_rules_dates_in_order"),
            UniqueConstraint(fields=["division_code", "starts_on"], name="money_rules_once_a_day"),
            CheckConstraint(
                condition=Q(tolerance_permille__lte=500, on_pace_percent__lte=100, slow_percent__lte=F("on_pace_percent")),
                name="money_rules_in_range",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.division_code} {self.starts_on}"


class MoneyFile(ScopedModel):
    """A stored file (`facilities.uploads.store`, named by its SHA-256) that shows what a payment or a subsidy is for.

    A removed one keeps its row and its reason; it counts no longer.
    """

    facility_path = None

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    payment = models.ForeignKey(Payment, models.CASCADE, null=True, related_name="files", verbose_name="放款单")
    subsidy = models.ForeignKey(Subsidy, models.CASCADE, null=True, related_name="files", verbose_name="建设补助")
    title = models.CharField("材料", max_length=60)
    name = models.CharField("文件名", max_length=120)
    size = models.PositiveIntegerField("字节数")
    sha256 = models.CharField(max_length=64)
    received_sha256 = models.CharField(max_length=64)
    media_type = models.CharField("格式", max_length=80)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="上传人"
    )
    uploaded_at = models.DateTimeField("上传时间", auto_now_add=True)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="移除人"
    )
    removed_at = models.DateTimeField("移除时间", null=True)
    removed_reason = models.CharField("移除理由", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "资金佐证文件"
        ordering = ["pk"]
        constraints = [
            CheckConstraint(
                condition=Q(payment=None, subsidy__isnull=False) | Q(payment__isnull=False, subsidy=None),
                name="money_file_of_one_thing",
            ),
            CheckConstraint(
                condition=Q(removed_at=None, removed_reason="") | (~Q(removed_at=None) & ~Q(removed_reason="")),
                name="money_file_removed_for_a_reason",
            ),
        ]

    def __str__(self):
        return self.name
