from django.db import models
from django.db.models import F, Q

from assessments.models.run import Run
from facilities.models import Facility
from tenants.scoped import ScopedModel

NO_TIER = -1  # in `prev_tier`: the facility was not judged in the quarter before


class Verdict(ScopedModel):
    """What a run found for one facility, in at most 160 bytes; the explanation is made when somebody reads it.

    failed, unknown: bit i is criterion i of `Run.criteria`; a criterion in neither is met. values: the facts, packed by
    `Run.layout`. tier, prev_tier: `standards.rules.Tier` (prev_tier of the quarter before; NO_TIER if there is none).
    construction: `standards.rules.Construction`. flags: SENSITIVE | UNDETERMINED.
    The keys are checked once per statement (`assessments.triggers.BindInBulk`): row by row they cost more than the run.
    """

    keeps_history = False
    keeps_its_code = True

    SENSITIVE, UNDETERMINED = 1, 2

    pk = models.CompositePrimaryKey("run_id", "facility_id")
    run = models.ForeignKey(
        Run, models.CASCADE, related_name="verdicts", db_index=False, db_constraint=False, verbose_name="测算"
    )
    facility = models.ForeignKey(
        Facility, models.PROTECT, related_name="verdicts", db_index=False, db_constraint=False, verbose_name="设施"
    )
    failed = models.BigIntegerField("未达的准则")
    unknown = models.BigIntegerField("缺数据的准则")
    tier = models.SmallIntegerField("等级")
    prev_tier = models.SmallIntegerField("上季度等级", default=NO_TIER)
    construction = models.SmallIntegerField("建设类型")
    flags = models.SmallIntegerField("标记", default=0)
    values = models.BinaryField("事实")

    class Meta:
        verbose_name = verbose_name_plural = "逐设施结论"
        indexes = [
            models.Index(
                fields=["run"], name="verdict_changed", condition=~Q(prev_tier=F("tier")) & Q(prev_tier__gte=0)
            ),
            models.Index(fields=["run"], name="verdict_flagged", condition=~Q(flags=0)),
        ]

    def __str__(self):
        return f"{self.run_id}/{self.facility_id}: {self.tier}"


class UnjudgedReason(models.TextChoices):
    PLANNED = "planned", "筹建中"
    SUSPENDED = "suspended", "暂停服务"
    MERGED = "merged", "已并入其他设施"
    WITHDRAWN = "withdrawn", "已撤销"
    NO_STATE = "no_state", "当日没有类型与状态记录"
    ERROR = "error", "数据有误，无法读取"


class Unjudged(ScopedModel):
    """A facility that a run lists without judging it: not open on the day, or a row whose data cannot be read."""

    keeps_history = False
    keeps_its_code = True

    run = models.ForeignKey(Run, models.CASCADE, related_name="unjudged", verbose_name="测算")
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="unjudged", verbose_name="设施")
    reason = models.CharField("原因", max_length=10, choices=UnjudgedReason)
    message = models.TextField("说明", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "未测算的设施"
        constraints = [models.UniqueConstraint(fields=["run", "facility"], name="unjudged_once")]

    def __str__(self):
        return f"{self.facility_id}: {self.get_reason_display()}"
