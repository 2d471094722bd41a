"""Monthly plans and the activities that were held (杭州 附件 一(一)1、一(三)2、二3、二4)."""

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from engagement.models.base import Record
from facilities.models import Attachment, Facility
from partners.models import Partner, district_of_row
from tenants.scoped import ScopedModel


class ActivityKind(models.TextChoices):
    """Kinds that a frequency of the city's annex counts, and the rest."""

    HEALTH_TALK = "health_talk", "健康讲座或义诊"
    EMPLOYMENT = "employment", "技能提升或促就业"
    SPORTS = "sports", "运动会或体育培训"
    CULTURE = "culture", "文艺演出或培训"
    PARENTING = "parenting", "育儿指导或亲子"
    CARE = "care", "为老服务"
    CHARITY = "charity", "公益集市或义卖"
    OTHER = "other", "其他"


class TargetGroup(models.TextChoices):
    EVERYBODY = "everybody", "不限"
    ELDERS = "elders", "老年人"
    CHILDREN = "children", "儿童"
    YOUTH = "youth", "青年"
    LOW_INCOME = "low_income", "困难群众"
    DISABLED = "disabled", "残疾人"


class ActivityPlan(Record):
    """The plan of a calendar month. It counts from the day it was published (杭州 附件 二4「每月更新活动计划」)."""

    month = models.DateField("月份", help_text="当月 1 日")
    published_on = models.DateField("发布日期", null=True, blank=True)
    content = models.TextField("计划内容", max_length=4000, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "活动计划"
        ordering = ["-month", "-pk"]
        constraints = [
            UniqueConstraint(fields=["facility", "month"], name="activity_plan_once_a_month"),
            CheckConstraint(condition=Q(month__day=1), name="activity_plan_month_is_a_first"),
        ]

    def __str__(self):
        return f"{self.month:%Y-%m} 活动计划"


class Activity(Record):
    """One activity that was held. Slots of a frequency are judged on `kind` and `held_on`.

    head_count: people who took part in all sessions together; empty where nobody counted.
    """

    district_code = district_of_row()
    held_on = models.DateField("日期")
    name = models.CharField("活动", max_length=80)
    kind = models.CharField("类别", max_length=12, choices=ActivityKind)
    item_number = models.PositiveSmallIntegerField("对应功能", null=True, blank=True)
    target_group = models.CharField("对象", max_length=10, choices=TargetGroup, default=TargetGroup.EVERYBODY)
    sessions = models.PositiveSmallIntegerField("场次", default=1)
    head_count = models.PositiveIntegerField("参加人次", null=True, blank=True)
    partner = models.ForeignKey(
        Partner, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="承办合伙人"
    )
    remark = models.CharField("备注", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "活动"
        ordering = ["-held_on", "-pk"]
        indexes = [models.Index(fields=["facility", "held_on"], name="activity_by_facility_day")]
        constraints = [
            CheckConstraint(condition=Q(sessions__gte=1, sessions__lte=50), name="activity_sessions_plausible"),
            CheckConstraint(
                condition=Q(head_count=None) | Q(head_count__lte=100_000), name="activity_head_count_plausible"
            ),
            CheckConstraint(condition=~Q(name=""), name="activity_has_a_name"),
        ]

    def __str__(self):
        return self.name


class ActivityPhoto(ScopedModel):
    """A photo of an activity. The file itself is an attachment of the facility and has passed the same checks."""

    facility = models.ForeignKey(Facility, models.CASCADE, related_name="+", verbose_name="设施")
    activity = models.ForeignKey(Activity, models.CASCADE, related_name="photos", verbose_name="活动")
    attachment = models.ForeignKey(Attachment, models.CASCADE, related_name="+", verbose_name="照片")

    class Meta:
        verbose_name = verbose_name_plural = "活动照片"
        constraints = [UniqueConstraint(fields=["activity", "attachment"], name="activity_photo_once")]
