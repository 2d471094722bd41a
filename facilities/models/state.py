"""Type and lifecycle between dates, where a facility went, and the communities it covers."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, UniqueConstraint
from django.db.models.constraints import Deferrable

from facilities.models.facility import ConstructionType, Facility, Lifecycle
from tenants.scoped import DatedModel, ScopedModel, dates_in_order


class FacilityState(DatedModel):
    """Construction type and lifecycle of a facility between two dates. Each ends where the next begins; no two overlap."""

    facility = models.ForeignKey(Facility, models.CASCADE, related_name="states", verbose_name="设施")
    construction_type = models.CharField("建设类型", max_length=12, choices=ConstructionType)
    lifecycle = models.CharField("状态", max_length=10, choices=Lifecycle)
    reason = models.CharField("理由", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "类型与状态"
        constraints = [
            dates_in_order("state_dates_in_order"),
            ExclusionConstraint(
                name="state_no_overlap",
                deferrable=Deferrable.DEFERRED,  # a state put between two others moves the end of the one before
                expressions=[
                    ("facility", RangeOperators.EQUAL),
                    (Func(F("starts_on"), F("ends_on"), function="daterange"), RangeOperators.OVERLAPS),
                ],
            ),
        ]
        # The state of a day is asked for line by line in every list. From this index alone it takes a tenth of the time
        # that the exclusion constraint's own index takes, which the planner would choose otherwise.
        indexes = [
            models.Index(
                fields=["facility"],
                include=["starts_on", "ends_on", "construction_type", "lifecycle", "division_code"],
                name="state_of_facility",
            )
        ]


class FacilityLineage(ScopedModel):
    """Where a facility went, or came from: merged into, split from (杭州 二(一)3)."""

    facility = models.ForeignKey(Facility, models.CASCADE, related_name="successions", verbose_name="原设施")
    successor = models.ForeignKey(Facility, models.PROTECT, related_name="precessions", verbose_name="承接设施")
    kind = models.CharField("方式", max_length=8, choices=[("merge", "并入"), ("split", "拆分"), ("move", "迁址")])
    effective_on = models.DateField("生效日")

    class Meta:
        verbose_name = verbose_name_plural = "设施沿革"
        constraints = [UniqueConstraint(fields=["facility", "successor"], name="lineage_once")]


class Coverage(DatedModel):
    """A community that a facility serves; 片区化 covers 2–3 (拱墅 三(三)1)."""

    facility = models.ForeignKey(Facility, models.CASCADE, related_name="coverages", verbose_name="设施")
    community_code = models.BigIntegerField("社区代码")

    class Meta:
        verbose_name = verbose_name_plural = "覆盖社区"
        constraints = [
            dates_in_order("coverage_dates_in_order"),
            UniqueConstraint(fields=["facility", "community_code", "starts_on"], name="coverage_once"),
        ]
