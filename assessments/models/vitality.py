"""热活度 and the service standard as a run found them: one narrow row a facility, explained when somebody reads it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from assessments.models.run import Run
from facilities.models import Facility
from tenants.scoped import ScopedModel


class VitalityRun(ScopedModel):
    """What a run scored by: the version of the index and of the service standard, in the order of the stored bits."""

    facility_path = None
    keeps_history = False
    keeps_its_code = True
    shared_down = True

    run = models.OneToOneField(Run, models.CASCADE, related_name="vitality", verbose_name="测算")
    scale = models.CharField("热活度版本", max_length=80)
    service_standard = models.CharField("服务频次版本", max_length=80, blank=True)
    duties = ArrayField(models.CharField(max_length=40), default=list, blank=True, verbose_name="频次顺序")
    layout = ArrayField(models.CharField(max_length=60), default=list, blank=True, verbose_name="指标顺序与字节")
    scale_hash = models.CharField(max_length=64)
    service_hash = models.CharField(max_length=64, blank=True)
    result_hash = models.CharField(max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = "热活度测算"

    def __str__(self):
        return f"{self.run_id}: {self.scale}"


class VitalityScore(ScopedModel):
    """score: hundredths of a point (0–10000), missing values earn none. coverage: weight that has a value (0–100).

    grade: position in the scale's grades, -1 without one. prev_score: of the quarter before, -1 if there is none.
    missed, met, unknown, possible: bit i is duty i of `VitalityRun.duties`; in none of them: nothing was due.
    marks: what looks wrong (`assessments.rules.vitality.Mark`). values: the ratios, packed by `VitalityRun.layout`.
    """

    keeps_history = False
    keeps_its_code = True

    pk = models.CompositePrimaryKey("run_id", "facility_id")
    run = models.ForeignKey(
        Run, models.CASCADE, related_name="scores", db_index=False, db_constraint=False, verbose_name="测算"
    )
    facility = models.ForeignKey(
        Facility, models.PROTECT, related_name="scores", db_index=False, db_constraint=False, verbose_name="设施"
    )
    score = models.SmallIntegerField("得分（0.01 分）")
    coverage = models.SmallIntegerField("已评权重")
    grade = models.SmallIntegerField("等次")
    prev_score = models.SmallIntegerField("上季度得分", default=-1)
    marks = models.SmallIntegerField("提示", default=0)
    missed = models.IntegerField("未达的频次", default=0)
    met = models.IntegerField("达到的频次", default=0)
    unknown = models.IntegerField("待确认的频次", default=0)
    possible = models.IntegerField("还来得及的频次", default=0)
    values = models.BinaryField("指标值")

    class Meta:
        verbose_name = verbose_name_plural = "热活度"
        indexes = [models.Index(fields=["run", "-score"], name="vitality_ranking")]

    def __str__(self):
        return f"{self.run_id}/{self.facility_id}: {self.score}"
