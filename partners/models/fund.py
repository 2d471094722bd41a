"""Funds and their books (拱墅 四(二), 杭州 二(三)7–8): accounts of money and goods, and entries that are never changed."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from facilities.models import Facility
from partners.models.charity import CharityProject
from partners.models.columns import district_of_row
from partners.rules.ledger import Account
from tenants.scoped import ScopedModel, dates_in_order

ACCOUNT_LABELS = {
    Account.CASH: "资金", Account.GOODS: "物资", Account.INCOME: "收入", Account.GRANT: "资助拨付", Account.EXPENSE: "直接支出",
    Account.TRANSFER: "基金间划转",
}  # fmt: skip


class FundKind(models.TextChoices):
    """Kinds of funds that the documents name (拱墅 四(二); 杭州 二(三)7, 8)."""

    SPECIAL = "special", "区专项资金"
    STREET = "street", "街道慈善共富基金"
    COMMUNITY = "community", "社区慈善基金"
    NAMED = "named", "冠名基金"
    TRUST = "trust", "慈善信托"
    LOCAL = "local", "社区基金"
    CITY = "city", "市级资金"


class Source(models.TextChoices):
    """Where money comes from (杭州 二(三)7「各类政策补助、公益创投、政府购买服务、慈善资金支持等项目」)."""

    SUBSIDY = "subsidy", "政策补助"
    VENTURE = "venture", "公益创投"
    PURCHASE = "purchase", "政府购买服务"
    CHARITY = "charity", "慈善资金"
    OTHER = "other", "其他"


class Fund(ScopedModel):
    """An account of money and goods, kept by a district, street or community. What it holds is the sum of its lines.

    purpose: what it may be spent on, as its rules (`rules_document`) say; a payment names its part of it.
    """

    facility_path = None

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)
    district_code = district_of_row()
    name = models.CharField("名称", max_length=80)
    kind = models.CharField("类别", max_length=10, choices=FundKind)
    manager = models.CharField("管理单位", max_length=80)
    purpose = models.CharField("资金用途", max_length=300)
    rules_document = models.CharField("管理制度", max_length=120, blank=True, help_text="制度文件的名称和文号")
    starts_on = models.DateField("设立日期")
    ends_on = models.DateField("止", null=True, blank=True, help_text="不再有效的第一天")
    is_demo = models.BooleanField("演示数据", default=False, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "基金"
        constraints = [dates_in_order("fund_dates_in_order")]

    def __str__(self):
        return self.name


class EntryKind(models.TextChoices):
    RECEIPT = "receipt", "收款"
    GOODS_IN = "goods_in", "收物资"
    GRANT = "grant", "资助拨付"
    EXPENSE = "expense", "直接支出"
    GOODS_OUT = "goods_out", "发放物资"
    TRANSFER = "transfer", "基金间划转"
    REVERSAL = "reversal", "冲正"


class FundEntry(ScopedModel):
    """One posting in the books of a fund. Added once, never changed; a mistake is undone by an entry that reverses it.

    number: counts up in a fund without gaps. pair: the same for both halves of a transfer between funds. reposts: how often the
    voucher was posted and reversed before: so it stands once in a district, and a wrong posting can be made again rightly.
    """

    facility_path = None
    keeps_history = False  # it has none

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    fund = models.ForeignKey(Fund, models.PROTECT, related_name="entries", verbose_name="基金")
    district_code = district_of_row()
    number = models.PositiveIntegerField("凭证号")
    day = models.DateField("记账日")
    kind = models.CharField("类别", max_length=10, choices=EntryKind)
    source = models.CharField("资金来源", max_length=10, choices=Source, blank=True)
    counterparty = models.CharField("对方", max_length=80)
    summary = models.CharField("摘要", max_length=200)
    voucher = models.CharField("外部凭证", max_length=60, blank=True, help_text="银行回单、捐赠票据的号")
    reposts = models.PositiveSmallIntegerField("重记次数", default=0)
    facility = models.ForeignKey(Facility, models.PROTECT, null=True, related_name="+", verbose_name="设施")
    project = models.ForeignKey(
        CharityProject, models.PROTECT, null=True, related_name="entries", verbose_name="创投项目"
    )
    reverses = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="reversed_by", verbose_name="冲正的凭证"
    )
    pair = models.UUIDField("划转", null=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="记账人"
    )
    made_at = models.DateTimeField("记账时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "基金凭证"
        ordering = ["fund", "number"]
        constraints = [
            UniqueConstraint(fields=["fund", "number"], name="fund_entry_number_once"),
            UniqueConstraint(
                fields=["district_code", "voucher", "reposts"],
                condition=~Q(voucher="") & Q(reverses=None),
                name="fund_voucher_once_a_district",
            ),
            CheckConstraint(
                condition=Q(project=None) | Q(facility__isnull=False), name="fund_entry_project_in_facility"
            ),
        ]

    def __str__(self):
        return f"第 {self.number} 号"


class FundLine(ScopedModel):
    """One line of a posting: a debit (positive) or a credit in 分. The lines of an entry sum to 0, says a trigger."""

    facility_path = None
    keeps_history = False

    entry = models.ForeignKey(FundEntry, models.PROTECT, related_name="lines", verbose_name="凭证")
    fund = models.ForeignKey(Fund, models.PROTECT, related_name="+", verbose_name="基金")
    account = models.PositiveSmallIntegerField(
        "科目", choices=[(int(one), label) for one, label in ACCOUNT_LABELS.items()]
    )
    amount_fen = models.BigIntegerField("金额(分)")

    class Meta:
        verbose_name = verbose_name_plural = "分录"
        indexes = [models.Index(fields=["fund", "account"], include=["amount_fen"], name="fund_line_sums")]

    def __str__(self):
        return f"{self.get_account_display()} {self.amount_fen}"
