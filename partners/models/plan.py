"""Plans of a district over several years (杭州 二(三)7「建设“一次规划”和分年度计划」), their items, and values recorded by hand."""

from uuid import uuid4

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, IntegerRangeField, RangeOperators
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import CheckConstraint, F, Func, Q, UniqueConstraint

from facilities.models import ConstructionType
from tenants.scoped import ScopedModel

MOST_YEARS = 6


class PlanState(models.TextChoices):
    DRAFT = "draft", "起草中"
    SUBMITTED = "submitted", "待审定"
    PUBLISHED = "published", "现行"
    SUPERSEDED = "superseded", "已被新版本代替"
    VOID = "void", "已作废"


class Plan(ScopedModel):
    """A district's plan over whole years, in one of its versions. A year's plan is what its items promise for that year.

    series: the same for all versions of a plan. A draft is edited; what was published stays as it is, and a revision is a new
    version with its reason. A merged district makes a plan of its own; the former ones stay as they were published.
    """

    facility_path = None
    shared_down = True
    keeps_its_code = True

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)
    series = models.UUIDField("规划", default=uuid4, editable=False)
    revision = models.PositiveSmallIntegerField("版本", default=1)
    title = models.CharField("名称", max_length=80)
    first_year = models.PositiveSmallIntegerField("第一年")
    last_year = models.PositiveSmallIntegerField("最后一年")
    basis = models.CharField("依据", max_length=200, help_text="文件名称和文号")
    wider_plan = models.CharField("纳入的上位规划", max_length=200, blank=True)
    state = models.CharField("状态", max_length=10, choices=PlanState, default=PlanState.DRAFT)
    reason = models.CharField("修订理由", max_length=200, blank=True)
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="起草人"
    )
    drafted_at = models.DateTimeField("起草时间")
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="送审人"
    )
    submitted_at = models.DateTimeField("送审时间", null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="审定人"
    )
    decided_at = models.DateTimeField("审定时间", null=True)
    opinion = models.CharField("审定意见", max_length=200, blank=True)
    is_demo = models.BooleanField("演示数据", default=False, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "规划"
        ordering = ["-first_year", "title", "-revision"]
        constraints = [
            CheckConstraint(
                condition=Q(first_year__gte=2015, last_year__lte=2100, last_year__gte=F("first_year"))
                & Q(last_year__lt=F("first_year") + MOST_YEARS),
                name="plan_years_in_order",
            ),
            CheckConstraint(
                condition=~Q(state__in=["published", "superseded"])
                | Q(decided_by=None)
                | (
                    (Q(drafted_by=None) | ~Q(decided_by=F("drafted_by")))
                    & (Q(submitted_by=None) | ~Q(decided_by=F("submitted_by")))
                ),
                name="plan_approved_by_another",
            ),
            CheckConstraint(condition=Q(revision=1) | ~Q(reason=""), name="plan_revised_for_a_reason"),
            UniqueConstraint(fields=["division_code", "series", "revision"], name="plan_revision_once"),
            UniqueConstraint(
                fields=["division_code", "series"], condition=Q(state__in=["draft", "submitted"]), name="plan_one_draft"
            ),
            ExclusionConstraint(
                name="plan_one_in_force_a_year",
                condition=Q(state="published"),
                expressions=[
                    ("division_code", RangeOperators.EQUAL),
                    (
                        Func("first_year", F("last_year") + 1, function="int4range", output_field=IntegerRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self):
        return f"{self.title} 第 {self.revision} 版"

    @property
    def years(self) -> range:
        return range(self.first_year, self.last_year + 1)


class Measure(models.TextChoices):
    """What an item is counted from: a ledger of the portal wherever there is one, else entries made by hand."""

    OPEN = "open", "在用设施"
    INCLUSIVE = "inclusive", "普惠型以上设施"
    DEMONSTRATION = "demonstration", "示范型设施"
    FUNCTION = "function", "设置某项功能的设施"
    PROJECTS = "projects", "市场和社会入驻项目"
    PARTNERS = "partners", "有在用协议的合伙人"
    AGREEMENTS = "agreements", "在用合伙协议"
    CHARITY_PROJECTS = "charity_projects", "公益创投项目"
    CHARITY_RECEIVED = "charity_received", "创投到账"
    FUND_RECEIPTS = "fund_receipts", "基金收款"
    GRANTS = "grants", "基金资助拨付"
    SUBSIDIES = "subsidies", "建设补助拨付"
    TYPED = "typed", "平台没有台账，逐笔登记"


MONEY_MEASURES = frozenset({Measure.CHARITY_RECEIVED, Measure.FUND_RECEIPTS, Measure.GRANTS, Measure.SUBSIDIES})
STOCK_MEASURES = frozenset({
    Measure.OPEN, Measure.INCLUSIVE, Measure.DEMONSTRATION, Measure.FUNCTION, Measure.PROJECTS, Measure.PARTNERS, Measure.AGREEMENTS,
})  # fmt: skip
BY_CONSTRUCTION = frozenset({Measure.OPEN, Measure.INCLUSIVE, Measure.DEMONSTRATION})
UNITS = {
    Measure.OPEN: "座", Measure.INCLUSIVE: "座", Measure.DEMONSTRATION: "座", Measure.FUNCTION: "座", Measure.PROJECTS: "个",
    Measure.PARTNERS: "家", Measure.AGREEMENTS: "份", Measure.CHARITY_PROJECTS: "个", **dict.fromkeys(MONEY_MEASURES, "元"),
}  # fmt: skip


class PlanItem(ScopedModel):
    """What a plan wants done, how much of it by each year's end, and by whom.

    line: the same for an item in all versions of its plan. targets: one for each year of the plan, None: nothing promised; in 分
    for money, else a whole number; a stock's is what there is at the end of the year, a flow's what comes in that year.
    baseline: what a stock had before the first year. street_code: the responsible street, whose rows alone count; None: the
    whole district.
    """

    facility_path = None
    shared_down = True
    keeps_its_code = True

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)
    plan = models.ForeignKey(Plan, models.CASCADE, related_name="items", verbose_name="规划")
    line = models.UUIDField("事项", default=uuid4, editable=False)
    number = models.PositiveSmallIntegerField("序号")
    title = models.CharField("事项", max_length=80)
    measure = models.CharField("从哪里数", max_length=16, choices=Measure)
    unit = models.CharField("单位", max_length=8)
    construction = models.CharField("建设类型", max_length=12, blank=True, choices=ConstructionType)
    item_number = models.PositiveSmallIntegerField("功能编号", null=True, blank=True)
    street_code = models.BigIntegerField("责任街道", null=True, blank=True)
    department = models.CharField("责任部门", max_length=40, blank=True)
    due_month = models.PositiveSmallIntegerField(
        "每年截止月份", default=12, validators=[MinValueValidator(1), MaxValueValidator(12)]
    )
    baseline = models.BigIntegerField("现状数", default=0)
    targets = ArrayField(models.BigIntegerField(null=True), verbose_name="分年目标")
    remark = models.CharField("说明", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "规划事项"
        ordering = ["number", "pk"]
        constraints = [
            UniqueConstraint(fields=["plan", "number"], name="plan_item_number_once"),
            UniqueConstraint(fields=["plan", "line"], name="plan_item_line_once"),
            CheckConstraint(condition=Q(due_month__gte=1, due_month__lte=12), name="plan_item_month"),
            CheckConstraint(condition=Q(baseline__gte=0), name="plan_item_baseline_not_negative"),
            CheckConstraint(condition=~Q(measure="function") | Q(item_number__isnull=False), name="plan_item_function"),
            CheckConstraint(condition=Q(street_code__isnull=False) | ~Q(department=""), name="plan_item_somebody_responsible"),
        ]  # fmt: skip

    def __str__(self):
        return self.title

    @property
    def is_money(self) -> bool:
        return self.measure in MONEY_MEASURES

    @property
    def is_stock(self) -> bool:
        return self.measure in STOCK_MEASURES

    @property
    def area(self) -> int:
        """The division whose rows count."""
        return self.street_code or self.division_code


class PlanRecord(ScopedModel):
    """What was done for an item that no ledger counts: on which day, how much, shown by what. Never changed; a mistake is
    undone by a record with a minus. It lies in the division that is responsible."""

    facility_path = None
    keeps_history = False
    keeps_its_code = True

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    item = models.ForeignKey(PlanItem, models.PROTECT, related_name="records", verbose_name="事项")
    day = models.DateField("日期")
    amount = models.BigIntegerField("完成数")
    summary = models.CharField("做了什么", max_length=200)
    evidence = models.CharField("佐证", max_length=200, help_text="文件、照片、验收单的名称和编号")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="登记人"
    )
    made_at = models.DateTimeField("登记时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "规划完成登记"
        ordering = ["day", "pk"]
        constraints = [CheckConstraint(condition=~Q(amount=0), name="plan_record_of_something")]

    def __str__(self):
        return self.summary
