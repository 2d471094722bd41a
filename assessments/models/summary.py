from django.contrib.postgres.fields import ArrayField
from django.db import models

from assessments.models.run import Run
from tenants.scoped import ScopedModel


class ScopeSummary(ScopedModel):
    """Counts of a run for one division (district or street), written when the run is published.

    A dashboard reads its own row and those one level below, whatever the number of facilities.
    failed_by_criterion, unknown_by_criterion: in the order of `Run.criteria`.
    """

    facility_path = None
    keeps_history = False
    keeps_its_code = True

    run = models.ForeignKey(Run, models.CASCADE, related_name="summaries", db_index=False, verbose_name="测算")
    facilities = models.PositiveIntegerField("设施")
    judged = models.PositiveIntegerField("已测算")
    demonstration = models.PositiveIntegerField("示范型")
    inclusive = models.PositiveIntegerField("普惠型")
    unrated = models.PositiveIntegerField("未入名录")
    risen = models.PositiveIntegerField("上升")
    fallen = models.PositiveIntegerField("下降")
    sensitive = models.PositiveIntegerField("读法敏感")
    undetermined = models.PositiveIntegerField("缺数据而未定")
    failed_by_criterion = ArrayField(models.IntegerField())
    unknown_by_criterion = ArrayField(models.IntegerField())

    class Meta:
        verbose_name = verbose_name_plural = "测算汇总"
        constraints = [models.UniqueConstraint(fields=["run", "division_code"], name="summary_once")]

    def __str__(self):
        return f"{self.run_id}@{self.division_code}"
