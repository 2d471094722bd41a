"""Care and upkeep: home visits, rounds, repairs, certificates, and the street's 残疾人之家."""

import uuid

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from engagement.models.base import Record
from facilities.models import Facility
from tenants.scoped import DatedModel, ScopedModel, dates_in_order


class HomeVisit(Record):
    """Services brought to people's homes on a day, as counts without names (杭州 附件 一(一)1「定期…提供上门服务」)."""

    day = models.DateField("日期")
    service = models.CharField("服务", max_length=60)
    households = models.PositiveSmallIntegerField("户数")

    class Meta:
        verbose_name = verbose_name_plural = "上门服务"
        ordering = ["-day", "-pk"]
        indexes = [models.Index(fields=["facility", "day"], name="home_visit_by_day")]
        constraints = [CheckConstraint(condition=Q(households__gt=0), name="home_visit_to_somebody")]

    def __str__(self):
        return self.service


class RoundKind(models.IntegerChoices):
    CLEANING = 1, "消毒清洁"
    SAFETY = 2, "安全巡查"


class Round(ScopedModel):
    """A daily round (杭州 附件 二5「每日消毒清洁设施，安排专人安全巡查」)."""

    facility = models.ForeignKey(Facility, models.CASCADE, related_name="+", db_index=False, verbose_name="设施")
    day = models.DateField("日期")
    kind = models.PositiveSmallIntegerField("类别", choices=RoundKind)
    found_problem = models.BooleanField("发现问题", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "清洁与巡查"
        ordering = ["-day", "kind"]
        constraints = [UniqueConstraint(fields=["facility", "day", "kind"], name="round_once")]


class Upkeep(Record):
    """Equipment looked after or repaired (杭州 附件 二3「定期维护器材」、二5「定期维护」)."""

    day = models.DateField("日期")
    equipment = models.CharField("设备", max_length=60)
    work = models.CharField("做了什么", max_length=200)
    done_by = models.CharField("维护单位或人员", max_length=60, blank=True)
    next_due_on = models.DateField("下次维护", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "器材维护"
        ordering = ["-day", "-pk"]
        indexes = [models.Index(fields=["facility", "day"], name="upkeep_by_day")]
        constraints = [
            CheckConstraint(condition=Q(next_due_on=None) | Q(next_due_on__gt=F("day")), name="upkeep_next_is_later")
        ]

    def __str__(self):
        return self.equipment


class Certificate(Record):
    """A licence, filing or staff certificate with the last day it is valid on (杭州 附件 一(二)1)."""

    item_number = models.PositiveSmallIntegerField("对应功能")
    name = models.CharField("证照", max_length=80)
    number = models.CharField("编号", max_length=60, blank=True)
    issued_on = models.DateField("发证日期")
    valid_until = models.DateField("有效期至", null=True, blank=True, help_text="最后一天；长期有效就留空")

    class Meta:
        verbose_name = verbose_name_plural = "证照"
        ordering = ["valid_until", "-pk"]
        constraints = [
            UniqueConstraint(fields=["facility", "name", "number", "issued_on"], name="certificate_once"),
            CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("issued_on")), name="certificate_dates_in_order"
            ),
        ]

    def __str__(self):
        return self.name


class DisabledHome(DatedModel):
    """A 残疾人之家. The duty is the street's: at least one up to the standard in each (杭州 附件 一(四)1)."""

    facility_path = None

    uuid = models.UUIDField(default=uuid.uuid4, db_default=RandomUUID(), unique=True, editable=False)
    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)
    name = models.CharField("名称", max_length=80)
    is_standardised = models.BooleanField("规范化", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "残疾人之家"
        ordering = ["division_code", "name"]
        constraints = [
            dates_in_order("disabled_home_dates_in_order"),
            UniqueConstraint(fields=["division_code", "name", "starts_on"], name="disabled_home_once"),
        ]

    def __str__(self):
        return self.name
