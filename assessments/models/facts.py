from datetime import date

from django.db import models

from facilities.models import Facility
from tenants.scoped import ScopedModel


class FacilityFact(ScopedModel):
    """The facts of one facility, kept ready for the next run. They hold on every day of `[valid_from, valid_until)`.

    Triggers on the ledgers clear `is_clean`; `operations.facts.refresh` computes the row again. A run uses a clean row that
    holds on its day and reads the ledgers for the others, so a stale row costs time and never a wrong value.
    lifecycle: index into `facilities.models.Lifecycle`, -1 for no state. layout: checksum of the metrics and widths.
    """

    keeps_history = False

    ALWAYS, NEVER = date(1, 1, 1), date(9999, 12, 31)

    facility = models.OneToOneField(
        Facility, models.CASCADE, primary_key=True, related_name="fact", db_constraint=False, verbose_name="设施"
    )
    valid_from = models.DateField("起", default=NEVER)
    valid_until = models.DateField("止", default=NEVER)
    layout = models.BigIntegerField("指标与字节", default=0)
    construction = models.SmallIntegerField("建设类型", default=-1)
    lifecycle = models.SmallIntegerField("状态", default=-1)
    is_clean = models.BooleanField("可用", default=False)
    values = models.BinaryField("事实", default=b"")

    class Meta:
        verbose_name = verbose_name_plural = "维护中的事实"
        indexes = [
            models.Index(fields=["division_code"], name="fact_by_division"),
            models.Index(fields=["division_code"], name="fact_dirty", condition=models.Q(is_clean=False)),
        ]

    def __str__(self):
        return f"{self.facility_id} {self.valid_from}–{self.valid_until}"
