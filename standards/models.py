"""What the documents say: their text, clause by clause, and the versioned standards, catalogues and readings made of it.

Everything here is public reference data without a tenant (no row level security), except the rulings of a district.
What is published is never edited: the database refuses it (`standards.frozen`).
"""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import CheckConstraint, F, Func, Q, UniqueConstraint

from tenants.models import User
from tenants.scoped import ScopedModel


class Status(models.TextChoices):
    """Standing of a document, shown wherever a result appears (DOC-1)."""

    DRAFT = "draft", "征求意见稿"
    TRIAL = "trial", "试行"
    FORMAL = "formal", "正式"
    REPEALED = "repealed", "废止"


class Document(models.Model):
    """A public document as it was published, defects included. `sha256` is that of the text kept in `fixtures/`."""

    key = models.SlugField("代号", max_length=40, unique=True)
    short_name = models.CharField("简称", max_length=20, unique=True, help_text="条款号前的名称,如 拱墅")
    title = models.CharField("标题", max_length=120)
    number = models.CharField("文号", max_length=60, blank=True)
    issuer = models.CharField("发布机构", max_length=60)
    status = models.CharField("状态", max_length=10, choices=Status)
    published_on = models.DateField("发布日期")
    effective_on = models.DateField("施行日期", null=True, blank=True)
    effective_note = models.CharField("施行日期说明", max_length=200, blank=True)
    source = models.CharField("来源", max_length=120)
    source_url = models.URLField("来源网址", max_length=300, blank=True)
    sha256 = models.CharField("原文 SHA-256", max_length=64)
    defects = models.JSONField("校注", default=list, help_text="原文缺损:条款、原文、疑为")

    class Meta:
        verbose_name = verbose_name_plural = "文件"
        ordering = ["pk"]

    def __str__(self):
        return self.title


class Clause(models.Model):
    """One numbered paragraph or heading of a document, verbatim. `拱墅 三(一)1` is the document 拱墅, number 三(一)1."""

    document = models.ForeignKey(Document, models.PROTECT, related_name="clauses", verbose_name="文件")
    order = models.PositiveSmallIntegerField("次序")
    number = models.CharField("条款号", max_length=40)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    is_heading = models.BooleanField("标题")
    text = models.TextField("原文")

    class Meta:
        verbose_name = verbose_name_plural = "条款"
        ordering = ["document", "order"]
        constraints = [
            UniqueConstraint(fields=["document", "number"], name="clause_number_once_a_document"),
            UniqueConstraint(fields=["document", "order"], name="clause_order_once_a_document"),
        ]

    def __str__(self):
        return f"{self.document.short_name} {self.number}"


class StandardKind(models.TextChoices):
    CRITERIA = "criteria", "评定标准"
    CATALOGUE = "catalogue", "功能目录"
    CROSSWALK = "crosswalk", "目录对照"
    REGISTER = "register", "读法登记"
    METRICS = "metrics", "指标"
    SERVICE = "service", "服务频次"
    VITALITY = "vitality", "热活度"
    FOLLOW_UP = "follow_up", "半年核查"


class Standard(models.Model):
    """Something that is published in versions and holds for a division and all below it."""

    key = models.SlugField("代号", max_length=40, unique=True)
    name = models.CharField("名称", max_length=80)
    kind = models.CharField("类别", max_length=10, choices=StandardKind)
    division_code = models.BigIntegerField("适用区划")

    class Meta:
        verbose_name = verbose_name_plural = "标准"
        ordering = ["kind", "pk"]

    def __str__(self):
        return self.name


def in_force(day, path="") -> Q:
    """Versions in force on a day: begun, and not yet closed by a successor. `path` leads to the version ("version__")."""
    ends = f"{path}effective_to"
    return Q(**{f"{path}effective_from__lte": day}) & (Q(**{ends: None}) | Q(**{f"{ends}__gt": day}))


class StandardVersionQuerySet(models.QuerySet):
    def in_force(self, day):
        """Versions in force on a day (`effective_to` is exclusive)."""
        return self.filter(in_force(day))


class StandardVersion(models.Model):
    """One version, frozen: `data` is the parsed file, `content_sha256` its hash. Only `effective_to` may be set, once."""

    standard = models.ForeignKey(Standard, models.PROTECT, related_name="versions", verbose_name="标准")
    number = models.CharField("版本号", max_length=40)
    status = models.CharField("状态", max_length=10, choices=Status)
    document = models.ForeignKey(
        Document, models.PROTECT, null=True, blank=True, related_name="versions", verbose_name="依据"
    )
    effective_from = models.DateField("生效日")
    effective_to = models.DateField("失效日", null=True, blank=True, help_text="失效的第一天")
    effective_note = models.CharField("生效日说明", max_length=200, blank=True)
    source_sha256 = models.CharField("依据原文 SHA-256", max_length=64, blank=True)
    content_sha256 = models.CharField("内容 SHA-256", max_length=64)
    data = models.JSONField("内容")
    loaded_at = models.DateTimeField("载入时间", auto_now_add=True)

    objects = StandardVersionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "标准版本"
        ordering = ["standard", "-effective_from"]
        constraints = [
            UniqueConstraint(fields=["standard", "number"], name="version_number_once_a_standard"),
            CheckConstraint(
                condition=Q(effective_to=None) | Q(effective_to__gt=F("effective_from")), name="version_dates_in_order"
            ),
            ExclusionConstraint(
                name="version_no_overlap",
                expressions=[
                    ("standard", RangeOperators.EQUAL),
                    (Func(F("effective_from"), F("effective_to"), function="daterange"), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self):
        return f"{self.standard.key}@{self.number}"

    @property
    def standing(self) -> str:
        """What it is worth, in words. A scale that no document sets is no draft of one: 示例口径 until it is official."""
        scale = self.data.get("scale", {})
        return scale["label"] if scale and not scale["official"] else self.get_status_display()


class Serves(models.TextChoices):
    """Whom an item serves, for 一老一小 (拱墅 三(五)1)."""

    ELDERS = "elders", "老"
    CHILDREN = "children", "小"
    OTHERS = "others", "其他"


class FunctionItem(models.Model):
    """An item of a catalogue version: 1–33 of 拱墅, or a sub-item 101–113 of Hangzhou's 4+5+X."""

    version = models.ForeignKey(StandardVersion, models.PROTECT, related_name="items", verbose_name="目录版本")
    number = models.PositiveSmallIntegerField("编号")
    name = models.CharField("功能", max_length=80)
    category = models.CharField("类别(原文)", max_length=40)
    domain = models.CharField("领域", max_length=20, blank=True, help_text="7 大领域之一;其他功能为空")
    is_base = models.BooleanField("基础功能")
    service = models.PositiveSmallIntegerField("4+5 服务", null=True, blank=True, help_text="市标九项服务中的第几项")
    serves = models.CharField("服务对象", max_length=10, choices=Serves)
    clause = models.CharField("条款", max_length=40)

    class Meta:
        verbose_name = verbose_name_plural = "功能项"
        ordering = ["version", "number"]
        constraints = [UniqueConstraint(fields=["version", "number"], name="item_number_once_a_version")]

    def __str__(self):
        return f"{self.number} {self.name}"


class CrosswalkLink(models.Model):
    """An item of 拱墅 counts as a sub-item of Hangzhou (STD-16): entered once, judged by both standards."""

    version = models.ForeignKey(StandardVersion, models.PROTECT, related_name="links", verbose_name="对照版本")
    item_number = models.PositiveSmallIntegerField("拱墅编号")
    city_number = models.PositiveSmallIntegerField("杭州编号")

    class Meta:
        verbose_name = verbose_name_plural = "目录对照"
        ordering = ["version", "item_number", "city_number"]
        constraints = [
            UniqueConstraint(fields=["version", "item_number", "city_number"], name="crosswalk_link_once"),
        ]

    def __str__(self):
        return f"{self.item_number} → {self.city_number}"


class InterpretationRuling(ScopedModel):
    """A district's ruling on how an ambiguous sentence is read, from a day on. Never edited: a newer one supersedes it."""

    facility_path = None
    shared_down = True
    keeps_history = False  # a frozen row has none
    keeps_its_code = True

    interpretation = models.CharField("读法", max_length=10)
    option = models.SlugField("选项", max_length=40)
    effective_from = models.DateField("自何日起")
    reason = models.TextField("理由")
    ruled_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="裁定人")
    ruled_at = models.DateTimeField("裁定时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "读法裁定"
        ordering = ["-effective_from", "-ruled_at", "-pk"]
        indexes = [models.Index(fields=["division_code", "interpretation"], name="ruling_by_division")]

    def __str__(self):
        return f"{self.interpretation}:{self.option}"
