"""What running a facility brings in and costs, and what its services cost people (拱墅 三(二)1, 杭州 二(三)6)."""

import uuid

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from facilities.models import Facility
from partners.models.columns import district_of_row
from partners.models.partner import Partner
from partners.models.project import FeeNature
from tenants.scoped import DatedModel, ScopedModel, dates_in_order


class Item(models.TextChoices):
    """Income by its nature, cost by what it is for."""

    LOW_FEES = "low_fees", "低偿收费"
    MARKET_FEES = "market_fees", "市场收费"
    SUBSIDIES = "subsidies", "补助和购买服务"
    DONATIONS = "donations", "慈善捐赠"
    OTHER_INCOME = "other_income", "其他收入"
    STAFF = "staff", "人员"
    RENT = "rent", "房租"
    UTILITIES = "utilities", "水电物业"
    MATERIALS = "materials", "物料"
    OTHER_COST = "other_cost", "其他支出"


INCOME = (Item.LOW_FEES, Item.MARKET_FEES, Item.SUBSIDIES, Item.DONATIONS, Item.OTHER_INCOME)
COST = (Item.STAFF, Item.RENT, Item.UTILITIES, Item.MATERIALS, Item.OTHER_COST)


class OperatingFigure(ScopedModel):
    """One amount of a facility in a month, of an operator where several share it. partner None: the facility as a whole."""

    facility_path = None

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)
    district_code = district_of_row()
    facility = models.ForeignKey(Facility, models.CASCADE, related_name="+", verbose_name="设施")
    partner = models.ForeignKey(Partner, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="运营方")
    month = models.DateField("月份", help_text="当月 1 日")
    item = models.CharField("项目", max_length=12, choices=Item)
    amount_fen = models.BigIntegerField("金额(分)")
    heads = models.PositiveIntegerField("服务人次", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "运营收支"
        constraints = [
            CheckConstraint(condition=Q(month__day=1), name="operating_month_is_a_first"),
            CheckConstraint(condition=Q(amount_fen__gte=0), name="operating_amount_not_negative"),
            UniqueConstraint(
                fields=["facility", "partner", "month", "item"], name="operating_figure_once", nulls_distinct=False
            ),
        ]

    def __str__(self):
        return f"{self.month:%Y-%m} {self.get_item_display()}"


class Price(DatedModel):
    """A line of a facility's price list: what a service costs people, from a day on."""

    facility_path = None

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)
    facility = models.ForeignKey(Facility, models.CASCADE, related_name="prices", verbose_name="设施")
    service = models.CharField("服务", max_length=60)
    fee_nature = models.CharField("收费性质", max_length=6, choices=FeeNature)
    price_fen = models.BigIntegerField("价格(分)")
    unit = models.CharField("单位", max_length=16)

    class Meta:
        verbose_name = verbose_name_plural = "服务价目"
        constraints = [
            dates_in_order("price_dates_in_order"),
            UniqueConstraint(fields=["facility", "service", "starts_on"], name="price_once"),
            CheckConstraint(
                condition=Q(fee_nature="free", price_fen=0) | (~Q(fee_nature="free") & Q(price_fen__gt=0)),
                name="price_free_means_nothing_to_pay",
            ),
        ]

    def __str__(self):
        return self.service
