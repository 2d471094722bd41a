"""What exists: facilities, their sites and spaces, the functions they offer and who operates them.

Whatever can change carries dates (`starts_on`, `ends_on` exclusive), so the facts of any past day can be read again.
"""

import uuid

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import CheckConstraint, F, Func, Q, UniqueConstraint

from tenants.scoped import DatedModel, ScopedModel, dates_in_order


class ConstructionType(models.TextChoices):
    """建设类型 (拱墅 三(三)1—3)."""

    INTEGRATED = "integrated", "集成式"
    AREA = "area", "片区化"
    STREETBLOCK = "streetblock", "街区化"


class Lifecycle(models.TextChoices):
    PLANNED = "planned", "筹建"
    OPEN = "open", "运行"
    SUSPENDED = "suspended", "暂停"
    MERGED = "merged", "已并入"
    WITHDRAWN = "withdrawn", "已撤销"


class Ledger(models.TextChoices):
    """The ledgers whose emptiness means zero only when somebody says so (a missing fact is never zero)."""

    SPACES = "spaces", "空间"
    FUNCTIONS = "functions", "功能"
    OPERATOR = "operator", "综合运营"
    PROJECTS = "projects", "入驻运营项目"
    CHARITY = "charity", "公益创投项目"


class Facility(ScopedModel):
    """A facility in the district registry (大运河幸福家园 / 民生服务综合体).

    `division_code` is the community (or street) it stands in. Type, lifecycle, areas and the rest are dated rows.
    """

    facility_path = "id"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code = models.CharField("编号", max_length=20, unique=True, help_text="街道代码-序号,如 330105005-02")
    name = models.CharField("名称", max_length=60)
    name_sort = models.CharField("拼音", max_length=240, blank=True, editable=False)
    address = models.CharField("地址", max_length=120, blank=True)
    premises_form = models.CharField(
        "用房形态", max_length=10, blank=True, choices=[("detached", "单体"), ("whole", "独幢"), ("embedded", "嵌入式")]
    )
    hub_street = models.CharField("枢纽街巷", max_length=60, blank=True, help_text="街区化必填(拱墅 三(三)2)")
    city_type = models.CharField(
        "市标类型",
        max_length=10,
        blank=True,
        choices=[("hub", "枢纽型"), ("basic", "基础型")],
        help_text="杭州 二(一)1",
    )
    city_form = models.CharField(
        "市标空间形式",
        max_length=10,
        blank=True,
        choices=[("clustered", "集聚式"), ("dispersed", "分散式"), ("embedded", "嵌入式")],
        help_text="杭州 二(一)3",
    )
    region_type = models.CharField(
        "区域类型", max_length=10, blank=True, choices=[("urban", "城市"), ("fringe", "城乡接合部"), ("rural", "农村")]
    )
    nil_ledgers = ArrayField(
        models.CharField(max_length=12, choices=Ledger),
        default=list,
        blank=True,
        verbose_name="确认为空的台账",
        help_text="台账为空且在此确认,才按 0 计;否则按缺数据计",
    )
    is_demo = models.BooleanField("演示数据", default=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = verbose_name_plural = "设施"
        indexes = [
            models.Index(fields=["division_code", "id"], name="facility_by_division"),
            GinIndex(fields=["name"], name="facility_name_trgm", opclasses=["gin_trgm_ops"]),
        ]

    def __str__(self):
        return self.name


class FacilityState(DatedModel):
    """Construction type and lifecycle of a facility between two dates; no two overlap."""

    facility = models.ForeignKey(Facility, models.CASCADE, related_name="states", verbose_name="设施")
    construction_type = models.CharField("建设类型", max_length=12, choices=ConstructionType)
    lifecycle = models.CharField("状态", max_length=10, choices=Lifecycle)
    reason = models.CharField("理由", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "类型与状态"
        constraints = [
            dates_in_order("state_dates_in_order"),
            ExclusionConstraint(
                name="state_no_overlap",
                expressions=[
                    ("facility", RangeOperators.EQUAL),
                    (Func(F("starts_on"), F("ends_on"), function="daterange"), RangeOperators.OVERLAPS),
                ],
            ),
        ]


class FacilityLineage(ScopedModel):
    """Where a facility went, or came from: merged into, split from (杭州 二(一)3)."""

    facility = models.ForeignKey(Facility, models.CASCADE, related_name="successions", verbose_name="原设施")
    successor = models.ForeignKey(Facility, models.PROTECT, related_name="precessions", verbose_name="承接设施")
    kind = models.CharField("方式", max_length=8, choices=[("merge", "并入"), ("split", "拆分"), ("move", "迁址")])
    effective_on = models.DateField("生效日")

    class Meta:
        verbose_name = verbose_name_plural = "设施沿革"
        constraints = [UniqueConstraint(fields=["facility", "successor"], name="lineage_once")]


class Coverage(DatedModel):
    """A community that a facility serves; 片区化 covers 2–3 (拱墅 三(三)1)."""

    facility = models.ForeignKey(Facility, models.CASCADE, related_name="coverages", verbose_name="设施")
    community_code = models.BigIntegerField("社区代码")

    class Meta:
        verbose_name = verbose_name_plural = "覆盖社区"
        constraints = [dates_in_order("coverage_dates_in_order")]


class Site(DatedModel):
    """A place (点位) of a facility. Tiers are judged on documented floor area (拱墅 三(一)1; reading G-19)."""

    facility = models.ForeignKey(Facility, models.CASCADE, related_name="sites", verbose_name="设施")
    name = models.CharField("点位", max_length=60)
    address = models.CharField("地址", max_length=120, blank=True)
    floor_area_m2 = models.DecimalField("建筑面积(㎡)", max_digits=9, decimal_places=2, null=True, blank=True)
    area_document = models.CharField("面积证明", max_length=120, blank=True, help_text="权属证或测绘报告的名称与编号")
    longitude = models.DecimalField("经度", max_digits=9, decimal_places=6, null=True, blank=True)
    latitude = models.DecimalField("纬度", max_digits=8, decimal_places=6, null=True, blank=True)
    source_crs = models.CharField("坐标系", max_length=10, default="CGCS2000")

    class Meta:
        verbose_name = verbose_name_plural = "点位"
        constraints = [
            dates_in_order("site_dates_in_order"),
            CheckConstraint(condition=Q(floor_area_m2=None) | Q(floor_area_m2__gt=0), name="site_floor_area_positive"),
            UniqueConstraint(fields=["id", "facility"], name="site_of_facility"),
        ]


class SpaceUse(models.TextChoices):
    """Who uses a space: the kinds whose shares 拱墅 三(二)1 asks for, and offices (杭州 二(四)9)."""

    MARKET = "market", "市场化"
    SOCIAL = "social", "社会化"
    PUBLIC = "public", "公共"
    OFFICE = "office", "办公"


class Space(DatedModel):
    """A room (空间): the smallest unit of area. Shares are computed from these, never typed (拱墅 三(二)1)."""

    facility = models.ForeignKey(Facility, models.CASCADE, related_name="spaces", verbose_name="设施")
    site = models.ForeignKey(Site, models.CASCADE, related_name="spaces", verbose_name="点位")
    name = models.CharField("空间", max_length=60)
    floor_area_m2 = models.DecimalField("建筑面积(㎡)", max_digits=8, decimal_places=2, null=True, blank=True)
    usable_area_m2 = models.DecimalField("可用面积(㎡)", max_digits=8, decimal_places=2, null=True, blank=True)
    used_by = models.CharField("使用主体", max_length=8, choices=SpaceUse)
    is_open_24h = models.BooleanField("24 小时", default=False)
    is_multifunction = models.BooleanField("多功能融合", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "空间"
        constraints = [
            dates_in_order("space_dates_in_order"),
            CheckConstraint(
                condition=Q(usable_area_m2=None) | Q(usable_area_m2__gt=0), name="space_usable_area_positive"
            ),
        ]


class OfferedFunction(DatedModel):
    """A function that a facility offers: an item of a catalogue by its number, or a local one by name."""

    facility = models.ForeignKey(Facility, models.CASCADE, related_name="functions", verbose_name="设施")
    item_number = models.PositiveSmallIntegerField(
        "功能编号", null=True, blank=True, help_text="拱墅清单 1–33;杭州 4+5+X 为 101 起(standards 目录)"
    )
    local_name = models.CharField("个性化功能", max_length=60, blank=True)
    space = models.ForeignKey(Space, models.SET_NULL, null=True, blank=True, verbose_name="空间")
    evidence = models.CharField("佐证", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "功能"
        constraints = [
            dates_in_order("function_dates_in_order"),
            CheckConstraint(condition=Q(item_number=None) ^ Q(local_name=""), name="function_is_an_item_or_local"),
        ]


class Operator(DatedModel):
    """Who runs the whole facility: a professional organisation or a named person (拱墅 三(一)1)."""

    facility = models.ForeignKey(Facility, models.CASCADE, related_name="operators", verbose_name="设施")
    kind = models.CharField("方式", max_length=12, choices=[("organisation", "专业服务机构"), ("person", "落实专人")])
    name = models.CharField("名称", max_length=80)
    agreement = models.CharField("协议或任命文件", max_length=120, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "综合运营"
        constraints = [dates_in_order("operator_dates_in_order")]
