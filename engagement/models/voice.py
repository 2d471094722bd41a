"""What people say: complaints and problems with their handling, and surveys of service items (杭州 附件 四3)."""

from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from engagement.models.base import Record
from facilities.models import Facility
from tenants.scoped import ScopedModel


class ComplaintKind(models.TextChoices):
    COMPLAINT = "complaint", "群众投诉"
    PROBLEM = "problem", "检查发现的问题"
    SUGGESTION = "suggestion", "意见建议"


class Complaint(Record):
    """A complaint or problem and what became of it. It was closed in time if `closed_on` ≤ `due_on`."""

    received_on = models.DateField("收到日期")
    kind = models.CharField("类别", max_length=10, choices=ComplaintKind)
    item_number = models.PositiveSmallIntegerField("对应功能", null=True, blank=True)
    subject = models.CharField("事由", max_length=200)
    due_on = models.DateField("办结期限")
    closed_on = models.DateField("办结日期", null=True, blank=True)
    outcome = models.CharField("处理结果", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "投诉与问题"
        ordering = ["-received_on", "-pk"]
        indexes = [models.Index(fields=["facility", "due_on"], name="complaint_by_due")]
        constraints = [
            CheckConstraint(condition=Q(due_on__gte=F("received_on")), name="complaint_due_after_receipt"),
            CheckConstraint(
                condition=Q(closed_on=None) | Q(closed_on__gte=F("received_on")), name="complaint_closed_after_receipt"
            ),
            CheckConstraint(condition=Q(closed_on=None) | ~Q(outcome=""), name="complaint_closed_with_an_outcome"),
        ]

    def __str__(self):
        return self.subject


class Satisfaction(models.IntegerChoices):
    VERY = 5, "很满意"
    SATISFIED = 4, "满意"
    MIDDLING = 3, "一般"
    DISSATISFIED = 2, "不满意"
    VERY_DISSATISFIED = 1, "很不满意"


class Survey(Record):
    """A survey of one service item. Paper sheets are entered as totals; tablets and the QR page add single answers.

    Satisfied are those who chose 满意 or 很满意.
    """

    item_number = models.PositiveSmallIntegerField("服务项目", null=True, blank=True)
    title = models.CharField("名称", max_length=80)
    first_day = models.DateField("开始")
    last_day = models.DateField("结束")
    paper_valid = models.PositiveIntegerField("纸质有效份数", default=0)
    paper_satisfied = models.PositiveIntegerField("其中满意", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "满意度调查"
        ordering = ["-first_day", "-pk"]
        constraints = [
            CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="survey_dates_in_order"),
            CheckConstraint(condition=Q(paper_satisfied__lte=F("paper_valid")), name="survey_satisfied_are_valid"),
        ]

    def __str__(self):
        return self.title


class SurveyAnswer(ScopedModel):
    """One answer by tablet or QR page. `device` is a keyed hash of a random cookie: one answer per device and day."""

    keeps_history = False

    facility = models.ForeignKey(Facility, models.CASCADE, related_name="+", verbose_name="设施")
    survey = models.ForeignKey(Survey, models.CASCADE, related_name="answers", db_index=False, verbose_name="调查")
    day = models.DateField("日期")
    device = models.BinaryField("设备", max_length=16)
    choice = models.PositiveSmallIntegerField("评价", choices=Satisfaction)

    class Meta:
        verbose_name = verbose_name_plural = "满意度答卷"
        constraints = [
            UniqueConstraint(fields=["survey", "day", "device"], name="survey_answer_once_a_device_and_day"),
            CheckConstraint(condition=Q(choice__gte=1, choice__lte=5), name="survey_answer_is_a_choice"),
        ]
