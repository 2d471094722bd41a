"""The yearly spot check of a district (抽检, 拱墅 三(五)2): its settings, the firms commissioned, their people and interests."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from tenants.rules import CodeRange, code_range
from tenants.scoped import ScopedModel


class CheckRound(ScopedModel):
    """One year's spot check. Figures that no document gives are empty until the district sets them, and then say why.

    permille: share of the facilities to draw (reading G-8); double_permille: share of the sample that two assessors visit;
    tolerance_permille: difference of an amount that is none; answer_days, notice_days: calendar days.
    former_code, former_name: of a district that was merged into this one; its round goes on beside the district's own, with
    the facilities, the run and the public addresses of before.
    """

    facility_path = None

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    year = models.PositiveSmallIntegerField("年度")
    former_code = models.BigIntegerField("原区划代码", default=0, db_default=0, editable=False)
    former_name = models.CharField("原区划", max_length=40, blank=True, default="", db_default="", editable=False)
    permille = models.PositiveSmallIntegerField("抽检比例(‰)", null=True, blank=True)
    double_permille = models.PositiveSmallIntegerField("双人复核比例(‰)", null=True, blank=True)
    tolerance_permille = models.PositiveSmallIntegerField("容差(‰)", null=True, blank=True)
    answer_days = models.PositiveSmallIntegerField("街道申辩期限(天)", null=True, blank=True)
    notice_days = models.PositiveSmallIntegerField("公示期(天)", null=True, blank=True)
    basis = models.CharField("依据", max_length=200, blank=True, help_text="这些数由谁、在哪份文件里定的")
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField("建立时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "年度抽检"
        ordering = ["-year"]
        constraints = [
            UniqueConstraint(fields=["division_code", "year", "former_code"], name="check_round_once_a_year"),
            CheckConstraint(condition=Q(permille=None) | Q(permille__range=(1, 1000)), name="check_ratio_in_range"),
            CheckConstraint(
                condition=Q(double_permille=None) | Q(double_permille__lte=1000), name="check_double_in_range"
            ),
            CheckConstraint(
                condition=Q(tolerance_permille=None) | Q(tolerance_permille__lte=500), name="check_tolerance_in_range"
            ),
        ]

    def __str__(self):
        return f"{self.year} 年度抽检" + (f"（原{self.former_name}）" if self.former_code else "")

    @property
    def own_district(self) -> int:
        """The code under which its run was computed and its documents are published."""
        return self.former_code or self.division_code

    @property
    def codes(self) -> CodeRange:
        return code_range(self.division_code)


class Commission(ScopedModel):
    """A firm that the district commissioned for a round: contract and period (last day included)."""

    facility_path = None

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    round = models.ForeignKey(CheckRound, models.PROTECT, related_name="commissions")
    firm_name = models.CharField("机构名称", max_length=80)
    firm_uscc = models.CharField("统一社会信用代码", max_length=18)
    contract_number = models.CharField("合同编号", max_length=60)
    first_day = models.DateField("起")
    last_day = models.DateField("止", help_text="含当天")

    class Meta:
        verbose_name = verbose_name_plural = "委托"
        ordering = ["pk"]
        constraints = [
            UniqueConstraint(fields=["round", "firm_uscc"], name="commission_once_a_firm"),
            CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="commission_dates_in_order"),
        ]

    def __str__(self):
        return self.firm_name


class Assessor(ScopedModel):
    """A person of a commissioned firm, with an account of the role 第三方评估员."""

    facility_path = None

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    commission = models.ForeignKey(Commission, models.PROTECT, related_name="assessors")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    ended_at = models.DateTimeField("不再担任", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "评估员"
        ordering = ["pk"]
        constraints = [UniqueConstraint(fields=["commission", "user"], name="assessor_once_a_firm")]

    def __str__(self):
        return str(self.user)


class Interest(ScopedModel):
    """A declared interest: a partner or operator that a firm, or one of its people, serves or knows. It bars visits there.

    What the registry shows by itself (same name or credit code) needs no declaration: `queries.interests`.
    """

    facility_path = None

    commission = models.ForeignKey(Commission, models.PROTECT, related_name="interests")
    assessor = models.ForeignKey(Assessor, models.PROTECT, null=True, blank=True, related_name="interests")
    party = models.CharField("利害关系方", max_length=80, help_text="合伙人或运营机构的名称")
    note = models.CharField("关系", max_length=200)
    declared_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    declared_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "利害关系申报"
        ordering = ["pk"]

    def __str__(self):
        return f"{self.party}:{self.note}"
