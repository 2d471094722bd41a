"""When a facility is open: registered hours, closures, and on which days it really was (杭州 附件 二2、二4、四1)."""

from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from engagement.models.base import WHOLE, DatedRecord
from facilities.models import Facility
from tenants.scoped import ScopedModel, dates_in_order


class Weekday(models.IntegerChoices):
    MONDAY = 1, "周一"
    TUESDAY = 2, "周二"
    WEDNESDAY = 3, "周三"
    THURSDAY = 4, "周四"
    FRIDAY = 5, "周五"
    SATURDAY = 6, "周六"
    SUNDAY = 7, "周日"


_MINUTES = Q(opens_minute__gte=0, closes_minute__lte=1440, closes_minute__gt=F("opens_minute"))


class OpeningHours(DatedRecord):
    """Hours of one weekday, of the whole facility (item 0) or of one function, in minutes after midnight."""

    item_number = models.PositiveSmallIntegerField("功能", default=WHOLE)
    weekday = models.PositiveSmallIntegerField("星期", choices=Weekday)
    opens_minute = models.PositiveSmallIntegerField("开门（分钟）")
    closes_minute = models.PositiveSmallIntegerField("关门（分钟）")

    class Meta:
        verbose_name = verbose_name_plural = "开放时间"
        ordering = ["item_number", "weekday", "opens_minute"]
        constraints = [
            dates_in_order("opening_hours_dates_in_order"),
            CheckConstraint(condition=_MINUTES, name="opening_hours_within_a_day"),
            CheckConstraint(condition=Q(weekday__gte=1, weekday__lte=7), name="opening_hours_weekday"),
            UniqueConstraint(
                fields=["facility", "item_number", "weekday", "opens_minute", "starts_on"], name="opening_hours_once"
            ),
        ]


class Closure(DatedRecord):
    """Days on which the facility, or one function of it, is shut: a public holiday, works, an incident."""

    item_number = models.PositiveSmallIntegerField("功能", default=WHOLE)
    is_holiday = models.BooleanField("法定节假日", default=False)
    reason = models.CharField("原因", max_length=120)

    class Meta:
        verbose_name = verbose_name_plural = "停开"
        ordering = ["-starts_on", "-pk"]
        constraints = [
            CheckConstraint(condition=Q(ends_on__gt=F("starts_on")), name="closure_has_an_end"),
            UniqueConstraint(fields=["facility", "item_number", "starts_on"], name="closure_once"),
        ]

    def __str__(self):
        return self.reason


class Opening(ScopedModel):
    """How long the facility (item 0) or a function really was open on a day, in minutes; 0 where it stayed shut."""

    facility = models.ForeignKey(Facility, models.CASCADE, related_name="+", db_index=False, verbose_name="设施")
    day = models.DateField("日期")
    item_number = models.PositiveSmallIntegerField("功能", default=WHOLE)
    minutes = models.PositiveSmallIntegerField("开放分钟")

    class Meta:
        verbose_name = verbose_name_plural = "实际开放"
        ordering = ["-day", "item_number"]
        constraints = [
            UniqueConstraint(fields=["facility", "day", "item_number"], name="opening_once"),
            CheckConstraint(condition=Q(minutes__lte=1440), name="opening_within_a_day"),
        ]
