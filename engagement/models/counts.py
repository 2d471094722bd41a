"""How many came: visits by day or month, figures by month, and the people whom a facility is there for."""

from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from engagement.models.base import DatedRecord
from facilities.models import Facility
from tenants.scoped import ScopedModel, dates_in_order


class CountPeriod(models.IntegerChoices):
    DAY = 1, "按日"
    MONTH = 2, "按月"


class CountSource(models.IntegerChoices):
    """Of two counts of one day the more reliable one holds: a counter before scans before a person's estimate."""

    COUNTER = 1, "客流计数器"
    SCAN = 2, "刷卡或扫码"
    MANUAL = 3, "人工登记"


class VisitCount(ScopedModel):
    """Visits (人次) of a facility on a day, or in a month where nobody counts by day. Entered again, it is corrected."""

    facility = models.ForeignKey(Facility, models.CASCADE, related_name="+", db_index=False, verbose_name="设施")
    starts_on = models.DateField("日期", help_text="按月的，填当月 1 日")
    period = models.PositiveSmallIntegerField("口径", choices=CountPeriod, default=CountPeriod.DAY)
    source = models.PositiveSmallIntegerField("来源", choices=CountSource, default=CountSource.MANUAL)
    visits = models.PositiveIntegerField("人次")

    class Meta:
        verbose_name = verbose_name_plural = "到访人次"
        ordering = ["-starts_on", "-pk"]
        constraints = [
            UniqueConstraint(fields=["facility", "starts_on", "period", "source"], name="visit_count_once"),
            CheckConstraint(condition=Q(period=1) | Q(starts_on__day=1), name="visit_count_month_is_a_first"),
            CheckConstraint(condition=Q(visits__lte=1_000_000), name="visit_count_plausible"),
        ]


class Figure(models.IntegerChoices):
    """What is reported once a month. Persons are counts without names; the distinct counting happens where they register."""

    PERSONS_12M = 1, "近 12 个月服务人数（去重）"
    PERSONS_30D = 2, "近 30 天实名到访人数（去重）"
    RETURNING_30D = 3, "其中来过 2 次以上的人数"
    SERVICES = 4, "服务人次"
    ROOM_OPEN_MINUTES = 5, "场地开放时长（分钟）"
    ROOM_USED_MINUTES = 6, "场地使用时长（分钟）"
    INCOME_FEN = 7, "运营收入（分）"
    COST_FEN = 8, "运营成本（分）"


class MonthlyFigure(ScopedModel):
    """One figure of a facility for a calendar month, in base units (persons, minutes, 分).

    subject: of PERSONS_12M the group (0 all, 1 老年人, 2 儿童, 3 困难群众, 4 残疾人); of SERVICES the function item; else 0.
    """

    GROUPS = {0: "全部", 1: "老年人", 2: "儿童", 3: "困难群众", 4: "残疾人"}

    facility = models.ForeignKey(Facility, models.CASCADE, related_name="+", db_index=False, verbose_name="设施")
    month = models.DateField("月份")
    figure = models.PositiveSmallIntegerField("指标", choices=Figure)
    subject = models.PositiveSmallIntegerField("细分", default=0)
    amount = models.BigIntegerField("数值")

    class Meta:
        verbose_name = verbose_name_plural = "月度数据"
        ordering = ["-month", "figure", "subject"]
        constraints = [
            UniqueConstraint(fields=["facility", "month", "figure", "subject"], name="monthly_figure_once"),
            CheckConstraint(condition=Q(month__day=1), name="monthly_figure_month_is_a_first"),
            CheckConstraint(condition=Q(amount__gte=0), name="monthly_figure_not_negative"),
        ]


class Catchment(DatedRecord):
    """The people whom a facility is there for (覆盖人口), as the community reports them."""

    residents = models.PositiveIntegerField("常住人口")
    elders = models.PositiveIntegerField("60 岁以上", null=True, blank=True)
    children = models.PositiveIntegerField("0–12 岁", null=True, blank=True)
    low_income = models.PositiveIntegerField("困难群众", null=True, blank=True)
    disabled = models.PositiveIntegerField("持证残疾人", null=True, blank=True)
    origin = models.CharField("数据来源", max_length=80, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "覆盖人口"
        ordering = ["-starts_on", "-pk"]
        constraints = [
            dates_in_order("catchment_dates_in_order"),
            UniqueConstraint(fields=["facility", "starts_on"], name="catchment_once"),
            CheckConstraint(condition=Q(residents__gt=0), name="catchment_has_residents"),
            *(
                CheckConstraint(
                    condition=Q(**{group: None}) | Q(**{f"{group}__lte": F("residents")}),
                    name=f"catchment_{group}_are_residents",
                )
                for group in ("elders", "children", "low_income", "disabled")
            ),
        ]
