"""Who runs it: partners (幸福合伙人), the projects they run in facilities, and charity projects with money received."""

import uuid

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import CheckConstraint, F, Func, Q, UniqueConstraint

from facilities.models import Facility, Space
from facilities.rules import name_sort
from tenants.scoped import DatedModel, ScopedModel, dates_in_order


def district_of_row() -> models.GeneratedField:
    """The 12-digit code of the district that a row lies in, kept by the database."""
    return models.GeneratedField(
        expression=Func(
            F("division_code"), template="(%(expressions)s / 1000000 * 1000000)", output_field=models.BigIntegerField()
        ),
        output_field=models.BigIntegerField(),
        db_persist=True,
        verbose_name="所在区县",
    )


class PartnerKind(models.TextChoices):
    """市场、公益、居民合伙人 (拱墅 三(二)1)."""

    MARKET = "market", "市场合伙人"
    PUBLIC_BENEFIT = "public_benefit", "公益合伙人"
    RESIDENT = "resident", "居民合伙人"


class Partner(ScopedModel):
    """A partner. Registered with a district, its streets and communities read it too; a street may register its own."""

    facility_path = None
    shared_down = True

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    district_code = district_of_row()
    name = models.CharField("名称", max_length=80)
    name_sort = models.CharField("拼音", max_length=240, blank=True, editable=False)
    kind = models.CharField("类别", max_length=16, choices=PartnerKind)
    uscc = models.CharField("统一社会信用代码", max_length=18, blank=True)
    brand = models.CharField("品牌", max_length=60, blank=True)
    is_demo = models.BooleanField("演示数据", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "幸福合伙人"
        constraints = [UniqueConstraint(fields=["division_code", "name"], name="partner_name_once_a_division")]

    def __str__(self):
        return self.name

    def save(self, *args, **kwargs):
        self.name_sort = name_sort(self.name, person=self.kind == PartnerKind.RESIDENT)
        super().save(*args, **kwargs)


class RunBy(models.TextChoices):
    """Who runs a project. 市场主体 and 社会组织 count for the share; residents and own staff do not (readings G-2, G-15)."""

    MARKET = "market", "市场主体"
    SOCIAL = "social", "社会组织"
    RESIDENT = "resident", "居民"
    PUBLIC = "public", "自营或公办"


class FeeNature(models.TextChoices):
    FREE = "free", "免费"
    LOW = "low", "低偿"
    MARKET = "market", "市场价"


class ResidentProject(DatedModel):
    """A project run in a facility (入驻运营项目, 拱墅 三(一)1—2), for as long as it runs."""

    uuid = models.UUIDField(default=uuid.uuid4, db_default=RandomUUID(), unique=True, editable=False)
    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)
    facility = models.ForeignKey(Facility, models.CASCADE, related_name="projects", verbose_name="设施")
    district_code = district_of_row()
    name = models.CharField("项目", max_length=60)
    run_by = models.CharField("运营主体类型", max_length=8, choices=RunBy)
    partner = models.ForeignKey(
        Partner, models.PROTECT, null=True, blank=True, related_name="projects", verbose_name="合伙人"
    )
    item_number = models.PositiveSmallIntegerField("功能编号", null=True, blank=True)
    space = models.ForeignKey(Space, models.SET_NULL, null=True, blank=True, verbose_name="空间")
    fee_nature = models.CharField("收费性质", max_length=6, choices=FeeNature, blank=True)
    serves_elders = models.BooleanField("涉老", default=False)
    serves_children = models.BooleanField("涉小", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "入驻运营项目"
        constraints = [
            dates_in_order("project_dates_in_order"),
            UniqueConstraint(fields=["facility", "name", "starts_on"], name="project_once"),
        ]

    def __str__(self):
        return self.name


class CharityProject(ScopedModel):
    """A public-benefit or charity venture project of a facility in one calendar year (拱墅 四(二); reading G-14)."""

    facility = models.ForeignKey(Facility, models.CASCADE, related_name="charity_projects", verbose_name="设施")
    year = models.PositiveSmallIntegerField("年度")
    name = models.CharField("项目", max_length=80)
    kind = models.CharField("类别", max_length=8, choices=[("public", "公益创投"), ("charity", "慈善创投")])
    contract_fen = models.BigIntegerField("合同额(分)", null=True, blank=True)

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

    class Meta:
        verbose_name = verbose_name_plural = "到账"
        constraints = [
            CheckConstraint(condition=Q(amount_fen__gt=0), name="charity_receipt_positive"),
            UniqueConstraint(fields=["district_code", "voucher"], name="charity_voucher_once_a_district"),
        ]

    def __str__(self):
        return self.voucher


from partners.contacts import PartnerContact  # noqa: E402, F401  # Django finds an app's models in this module
