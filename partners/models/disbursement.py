"""Money on its way: payments that a second person releases, events that raised it, subsidies applied for."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q

from facilities.models import Facility
from partners.models.charity import CharityProject
from partners.models.columns import district_of_row
from partners.models.fund import Fund, FundEntry, Source
from partners.models.partner import Partner
from tenants.scoped import ScopedModel


class PaymentState(models.TextChoices):
    PROPOSED = "proposed", "待复核"
    RELEASED = "released", "已放款"
    REFUSED = "refused", "已退回"
    WITHDRAWN = "withdrawn", "已撤回"


class Payment(ScopedModel):
    """A payment out of a fund (放款单): one person proposes it with its purpose and evidence, another releases it.

    Only a released payment is in the books, as `entry`. facility, project: what it is for; none for the fund's own spending.
    """

    facility_path = None

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    fund = models.ForeignKey(Fund, models.PROTECT, related_name="payments", verbose_name="基金")
    source = models.CharField("项目来源", max_length=10, choices=Source)
    payee = models.CharField("收款方", max_length=80)
    amount_fen = models.BigIntegerField("金额(分)")
    purpose = models.CharField("用途", max_length=200)
    evidence = models.CharField("佐证", max_length=200, help_text="协议、审批单、发票的名称和编号")
    facility = models.ForeignKey(Facility, models.PROTECT, null=True, related_name="+", verbose_name="设施")
    project = models.ForeignKey(CharityProject, models.PROTECT, null=True, related_name="+", verbose_name="创投项目")
    state = models.CharField("状态", max_length=10, choices=PaymentState, default=PaymentState.PROPOSED)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="经办人"
    )
    proposed_at = models.DateTimeField("经办时间")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="复核人"
    )
    decided_at = models.DateTimeField("复核时间", null=True)
    reason = models.CharField("理由", max_length=200, blank=True)
    entry = models.OneToOneField(FundEntry, models.PROTECT, null=True, related_name="payment", verbose_name="凭证")

    class Meta:
        verbose_name = verbose_name_plural = "放款单"
        constraints = [
            CheckConstraint(condition=Q(amount_fen__gt=0), name="payment_positive"),
            CheckConstraint(
                condition=~Q(state="released") | Q(decided_by=None) | ~Q(decided_by=F("proposed_by")),
                name="payment_released_by_another",
            ),
            CheckConstraint(condition=Q(state="released", entry__isnull=False) | (~Q(state="released") & Q(entry=None)),
                            name="payment_in_the_books_once_released"),
            CheckConstraint(condition=Q(project=None) | Q(facility__isnull=False), name="payment_project_in_facility"),
        ]  # fmt: skip

    def __str__(self):
        return self.purpose


class FundraiserKind(models.TextChoices):
    """公益市集、慈善义卖、“消费捐” (拱墅 三(二)2)."""

    MARKET = "market", "公益市集"
    SALE = "sale", "慈善义卖"
    ROUND_UP = "round_up", "消费捐"


class Fundraiser(ScopedModel):
    """An event of a partner in a facility that raised money for a fund; the money itself is `entry`."""

    facility_path = None

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    district_code = district_of_row()
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="+", verbose_name="设施")
    partner = models.ForeignKey(Partner, models.PROTECT, null=True, related_name="+", verbose_name="合伙人")
    kind = models.CharField("形式", max_length=10, choices=FundraiserKind)
    name = models.CharField("活动", max_length=80)
    held_on = models.DateField("日期")
    volunteers = models.PositiveIntegerField("转为志愿者的受益人数", null=True)
    entry = models.OneToOneField(FundEntry, models.PROTECT, related_name="fundraiser", verbose_name="凭证")

    class Meta:
        verbose_name = verbose_name_plural = "募资活动"

    def __str__(self):
        return self.name


class SubsidyBasis(models.TextChoices):
    """What entitles to a construction subsidy: one of the two (拱墅 四(二))."""

    LANDMARK = "landmark", "现代社区创新标志性空间阵地"
    PEOPLE = "people", "区政府为民办实事项目"


class SubsidyState(models.TextChoices):
    APPLIED = "applied", "已申请"
    APPROVED = "approved", "已审定"
    REFUSED = "refused", "未通过"
    PAID = "paid", "已拨付"


class Subsidy(ScopedModel):
    """A construction subsidy applied for (建设补助, 拱墅 四(二)). The document names no amount, so the decision does."""

    facility_path = None

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="+", verbose_name="设施")
    basis = models.CharField("依据", max_length=10, choices=SubsidyBasis)
    document = models.CharField("认定文件", max_length=120)
    applied_on = models.DateField("申请日期")
    applied_fen = models.BigIntegerField("申请金额(分)")
    approved_fen = models.BigIntegerField("审定金额(分)", null=True)
    state = models.CharField("状态", max_length=10, choices=SubsidyState, default=SubsidyState.APPLIED)
    reason = models.CharField("审核意见", max_length=200, blank=True)
    payment = models.OneToOneField(Payment, models.PROTECT, null=True, related_name="subsidy", verbose_name="放款单")

    class Meta:
        verbose_name = verbose_name_plural = "建设补助"
        constraints = [
            CheckConstraint(condition=Q(applied_fen__gt=0), name="subsidy_applied_positive"),
            CheckConstraint(
                condition=Q(state__in=["applied", "refused"], approved_fen=None) | Q(state__in=["approved", "paid"], approved_fen__gt=0),
                name="subsidy_approved_with_an_amount",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.get_basis_display()} {self.applied_on}"
