import uuid

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from facilities.rules import name_sort
from tenants.scoped import ScopedModel


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

    def save(self, *args, **kwargs):
        self.name_sort = name_sort(self.name)
        super().save(*args, **kwargs)
