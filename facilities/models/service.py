"""What a facility tells the public, and what it did for people in a quarter."""

from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from facilities.models.facility import Facility
from tenants.scoped import DatedModel, ScopedModel, dates_in_order


class PublicNotice(DatedModel):
    """What the notice board and the web page say: content, hours, who answers for it, whom to call (杭州 附件 四1)."""

    facility = models.ForeignKey(Facility, models.CASCADE, related_name="notices", verbose_name="设施")
    content = models.CharField("服务内容", max_length=400, blank=True)
    hours = models.CharField("服务时间", max_length=200, blank=True)
    responsible = models.CharField("责任主体", max_length=80, blank=True)
    hotline = models.CharField("监督电话", max_length=40, blank=True, help_text="机构的电话，向公众公开")
    board = models.CharField("公示方式", max_length=120, blank=True, help_text="公示栏位置、线上平台")

    class Meta:
        verbose_name = verbose_name_plural = "公示信息"
        constraints = [
            dates_in_order("notice_dates_in_order"),
            UniqueConstraint(fields=["facility", "starts_on"], name="notice_once"),
        ]

    def __str__(self):
        return self.content[:40]


class ServiceFigures(ScopedModel):
    """Services of one facility in one quarter, and what the people asked said of them (杭州 附件 一–四)."""

    facility = models.ForeignKey(Facility, models.CASCADE, related_name="service_figures", verbose_name="设施")
    quarter = models.CharField("季度", max_length=7)
    visits = models.PositiveIntegerField("服务人次", null=True, blank=True)
    elder_visits = models.PositiveIntegerField("其中老年人", null=True, blank=True)
    child_visits = models.PositiveIntegerField("其中儿童", null=True, blank=True)
    activities = models.PositiveIntegerField("活动场次", null=True, blank=True)
    health_talks = models.PositiveIntegerField("健康讲座或义诊", null=True, blank=True)
    job_events = models.PositiveIntegerField("技能或促就业活动", null=True, blank=True)
    sport_events = models.PositiveIntegerField("社区运动会或培训", null=True, blank=True)
    clinic_days = models.PositiveSmallIntegerField("卫生服务站每周开放天数", null=True, blank=True)
    culture_hours = models.PositiveSmallIntegerField("文化空间每周开放小时", null=True, blank=True)
    volunteer_hours = models.PositiveIntegerField("志愿服务小时", null=True, blank=True)
    surveyed = models.PositiveIntegerField("满意度调查人数", null=True, blank=True)
    satisfied = models.PositiveIntegerField("其中满意人数", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "服务与满意度"
        constraints = [
            UniqueConstraint(fields=["facility", "quarter"], name="service_figures_once_a_quarter"),
            CheckConstraint(
                condition=Q(satisfied=None) | Q(surveyed__gte=F("satisfied")), name="service_satisfied_were_asked"
            ),
        ]

    def __str__(self):
        return self.quarter
