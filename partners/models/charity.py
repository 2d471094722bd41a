"""Charity projects of facilities and the money that arrived for them."""

import uuid

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from facilities.models import Facility
from partners.models.columns import district_of_row
from partners.models.partner import Partner
from tenants.scoped import ScopedModel


class CharityProject(ScopedModel):
    """A public-benefit or charity venture project of a facility in one calendar year (拱墅 四(二); reading G-14)."""

    uuid = models.UUIDField(default=uuid.uuid4, db_default=RandomUUID(), unique=True, editable=False)
    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)
    facility = models.ForeignKey(Facility, models.CASCADE, related_name="charity_projects", verbose_name="设施")
    year = models.PositiveSmallIntegerField("年度")
    name = models.CharField("项目", max_length=80)
    kind = models.CharField("类别", max_length=8, choices=[("public", "公益创投"), ("charity", "慈善创投")])
    contract_fen = models.BigIntegerField("合同额(分)", null=True, blank=True)
    # “1+1” (杭州 二(三)8): who gives the service, and who gives the money
    partner = models.ForeignKey(Partner, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="服务方")
    funder = models.CharField("资金方", max_length=80, blank=True, db_default="")

    class Meta:
        verbose_name = verbose_name_plural = "公益创投项目"
        constraints = [
            CheckConstraint(
                condition=Q(contract_fen=None) | Q(contract_fen__gte=0), name="charity_contract_not_negative"
            ),
            UniqueConstraint(fields=["facility", "year", "name"], name="charity_project_once"),
        ]

    def __str__(self):
        return self.name


class CharityReceipt(ScopedModel):
    """Money of a charity project that has arrived. `voucher` is unique in a district: no money is counted twice."""

    facility = models.ForeignKey(Facility, models.CASCADE, related_name="charity_receipts", verbose_name="设施")
    district_code = district_of_row()
    project = models.ForeignKey(CharityProject, models.CASCADE, related_name="receipts", verbose_name="项目")
    received_on = models.DateField("到账日")
    amount_fen = models.BigIntegerField("金额(分)")
    voucher = models.CharField("凭证号", max_length=60)
    # where a fund of this portal paid it: its posting. Only such a receipt may be negative, where the posting was reversed
    entry = models.OneToOneField(
        "partners.FundEntry",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="charity_receipt",
        verbose_name="基金凭证",
    )

    class Meta:
        verbose_name = verbose_name_plural = "到账"
        constraints = [
            CheckConstraint(condition=Q(amount_fen__gt=0) | Q(entry__isnull=False), name="charity_receipt_positive"),
            UniqueConstraint(fields=["district_code", "voucher"], name="charity_voucher_once_a_district"),
        ]

    def __str__(self):
        return self.voucher
