"""Space for service (空间换服务, 拱墅 三(二)2; reading G-26) and, apart from it, rent that was reduced (杭州 二(三)6)."""

import uuid

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import CheckConstraint, Func, Q, UniqueConstraint

from facilities.models import Facility, Space
from partners.models.agreement import Agreement
from partners.models.columns import district_of_row
from partners.models.partner import Partner
from tenants.scoped import DatedModel, ScopedModel, dates_in_order


def _range(*ends) -> Func:
    return Func(*ends, function="daterange", output_field=DateRangeField())


class ReferenceRent(DatedModel):
    """The district's reference rent, from a day on, with the document that says so. Without one a space has no value yet."""

    facility_path = None
    shared_down = True

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    rent_fen = models.BigIntegerField("参考租金(分/㎡·月)")
    source = models.CharField("依据", max_length=200)

    class Meta:
        verbose_name = verbose_name_plural = "参考租金"
        constraints = [
            CheckConstraint(condition=Q(rent_fen__gt=0), name="reference_rent_positive"),
            ExclusionConstraint(
                name="reference_rent_one_a_day",
                expressions=[("division_code", RangeOperators.EQUAL), (_range("starts_on", "ends_on"), RangeOperators.OVERLAPS)],
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.starts_on} {self.rent_fen}"


class Terms(models.TextChoices):
    """How a space is given: against services of equal value, or with a rent that was reduced. Each is accounted by itself."""

    EXCHANGE = "exchange", "空间换服务"
    REDUCTION = "reduction", "租金减免"


class Exchange(ScopedModel):
    """An agreement over free or cheaper space with a partner. `ends_on` is the first day without.

    hour_fen, head_fen: the prices agreed for an hour and a person served. tolerance_permille: how far apart is still equal.
    """

    facility_path = None

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    district_code = district_of_row()
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="exchanges", verbose_name="设施")
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="exchanges", verbose_name="合伙人")
    agreement = models.ForeignKey(
        Agreement, models.PROTECT, null=True, blank=True, related_name="exchanges", verbose_name="合伙协议"
    )
    number = models.CharField("协议编号", max_length=60)
    terms = models.CharField("方式", max_length=10, choices=Terms, default=Terms.EXCHANGE)
    starts_on = models.DateField("起")
    ends_on = models.DateField("止", help_text="不再有效的第一天")
    hour_fen = models.BigIntegerField("每小时单价(分)", default=0)
    head_fen = models.BigIntegerField("每人次单价(分)", default=0)
    tolerance_permille = models.PositiveSmallIntegerField("等值容差(‰)", default=50)
    rent_fen = models.BigIntegerField("实收租金(分/月)", null=True, help_text="租金减免才有")
    settled_on = models.DateField("结清日期", null=True)
    settlement = models.CharField("结清方式", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "空间协议"
        constraints = [
            dates_in_order("exchange_dates_in_order"),
            UniqueConstraint(fields=["district_code", "number"], name="exchange_number_once_a_district"),
            CheckConstraint(condition=Q(hour_fen__gte=0, head_fen__gte=0), name="exchange_prices_not_negative"),
            CheckConstraint(condition=Q(tolerance_permille__lte=500), name="exchange_tolerance_plausible"),
            CheckConstraint(
                condition=Q(terms="exchange", rent_fen=None) | Q(terms="reduction", rent_fen__gte=0),
                name="exchange_rent_where_reduced",
            ),
        ]

    def __str__(self):
        return self.number


class ExchangedSpace(ScopedModel):
    """A space of an agreement. No space is given twice in a month, under whatever terms: the database refuses it.

    from_month, to_month: first days of months, half open; the whole months that the agreement touches.
    """

    facility_path = None

    exchange = models.ForeignKey(Exchange, models.PROTECT, related_name="spaces", verbose_name="协议")
    space = models.ForeignKey(Space, models.PROTECT, related_name="+", verbose_name="空间")
    area_centi = models.BigIntegerField("面积(0.01 ㎡)")
    from_month = models.DateField("起月")
    to_month = models.DateField("止月")

    class Meta:
        verbose_name = verbose_name_plural = "协议空间"
        constraints = [
            CheckConstraint(condition=Q(area_centi__gt=0), name="exchanged_area_positive"),
            CheckConstraint(condition=Q(from_month__day=1, to_month__day=1), name="exchanged_whole_months"),
            ExclusionConstraint(
                name="space_given_once_a_month",
                expressions=[
                    ("space", RangeOperators.EQUAL),
                    (_range("from_month", "to_month"), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self):
        return str(self.space)


class ExchangeEntryKind(models.TextChoices):
    SPACE = "space", "空间价值"
    SERVICE = "service", "服务"
    REVERSAL = "reversal", "冲正"
    SETTLEMENT = "settlement", "结清"


class ExchangeEntry(ScopedModel):
    """One entry of an agreement's ledger: space positive, service negative, in 分. What is open is the sum. Never changed.

    evidence: the activity of the facility that shows the service (its uuid), credited once at most.
    """

    facility_path = None
    keeps_history = False

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    exchange = models.ForeignKey(Exchange, models.PROTECT, related_name="entries", verbose_name="协议")
    kind = models.CharField("类别", max_length=10, choices=ExchangeEntryKind)
    day = models.DateField("日期", help_text="空间价值记当月 1 日")
    amount_fen = models.BigIntegerField("金额(分)")
    space = models.ForeignKey(ExchangedSpace, models.PROTECT, null=True, related_name="+", verbose_name="空间")
    minutes = models.PositiveIntegerField("服务分钟", null=True)
    heads = models.PositiveIntegerField("服务人次", null=True)
    summary = models.CharField("摘要", max_length=200)
    evidence = models.UUIDField("佐证活动", null=True)
    reverses = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="reversed_by", verbose_name="冲正的分录"
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="记账人"
    )
    made_at = models.DateTimeField("记账时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "空间换服务台账"
        ordering = ["day", "pk"]
        indexes = [models.Index(fields=["exchange", "day"], name="exchange_entry_by_day")]

    def __str__(self):
        return self.summary
