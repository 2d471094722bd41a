"""The street's own assessment of 热活度 (自评) and its filing with the district (备案): 拱墅 三(五)2.

Everything lies under the STREET's code and is read by no grant, so neither an assessor nor an operator reads a row of it.
It is history: when divisions change it stays under the street that said it.
"""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from assessments.models.run import Run
from assessments.rules.quarters import Quarter
from facilities.models import Attachment, Facility
from tenants.scoped import DatedModel, ScopedModel, dates_in_order


class Frequency(models.TextChoices):
    """How often streets assess. In each of them one is opened on 1 July, so one always comes before the fourth quarter."""

    QUARTERLY = "quarterly", "每季度"
    HALF_YEARLY = "half_yearly", "每半年"
    YEARLY = "yearly", "每年（7 月）"


class EvaluationState(models.TextChoices):
    """OPEN and RETURNED can be filled in; in the others a trigger of the database refuses every change of the values."""

    OPEN = "open", "自评中"
    FILED = "filed", "待区受理"
    RECEIVED = "received", "待备案"
    RETURNED = "returned", "已退回"
    REGISTERED = "registered", "已备案"


class EvaluationStep(models.TextChoices):
    OPENED = "opened", "开放自评"
    FILED = "filed", "签署并报送"
    RECEIVED = "received", "区受理"
    RETURNED = "returned", "退回"
    REGISTERED = "registered", "备案"
    REOPENED = "reopened", "更正，开新一版"
    REMINDED = "reminded", "到期提醒"
    ESCALATED = "escalated", "逾期上报"


class EvaluationRules(DatedModel):
    """When a district's streets assess themselves. Without a row the defaults of fixtures/evaluations/rules.toml hold.

    fill_days: calendar days from the first day after the quarter that closes the period; at most 60, so that the one opened
    on 1 July ends before 1 October.
    """

    facility_path = None
    shared_down = True

    frequency = models.CharField("频率", max_length=12, choices=Frequency, default=Frequency.HALF_YEARLY)
    fill_days = models.PositiveSmallIntegerField("填报天数", default=31)
    source = models.CharField("依据", max_length=200, help_text="哪份文件、谁定的")

    class Meta:
        verbose_name = verbose_name_plural = "自评安排"
        ordering = ["starts_on"]
        constraints = [
            dates_in_order("evaluation_rules_dates_in_order"),
            UniqueConstraint(fields=["division_code", "starts_on"], name="evaluation_rules_once_a_day"),
            CheckConstraint(condition=Q(fill_days__range=(5, 60)), name="evaluation_before_the_fourth_quarter"),
        ]

    def __str__(self):
        return f"{self.division_code} {self.starts_on}"


class SelfEvaluation(ScopedModel):
    """What a street says of its facilities for a period. quarter: the one that closes the period, whose run fills it in.

    version: how often it was filed. What was filed stands for good in `EvaluationVersion`.
    """

    facility_path = None
    keeps_its_code = True

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    quarter = models.CharField("截止季度", max_length=7)
    frequency = models.CharField("频率", max_length=12, choices=Frequency)
    run = models.ForeignKey(Run, models.PROTECT, related_name="+", verbose_name="所据测算")
    state = models.CharField("状态", max_length=10, choices=EvaluationState, default=EvaluationState.OPEN)
    version = models.PositiveSmallIntegerField("报送过几版", default=0)
    due_on = models.DateField("截止日")
    opened_at = models.DateTimeField("开放时间")
    reason = models.CharField("更正理由", max_length=300, blank=True)
    returned_reason = models.CharField("退回理由", max_length=500, blank=True)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="签署人"
    )
    signed_at = models.DateTimeField("签署时间", null=True, blank=True)
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="受理人"
    )
    received_at = models.DateTimeField("受理时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "街道自评"
        ordering = ["-quarter", "division_code"]
        constraints = [
            UniqueConstraint(fields=["division_code", "quarter"], name="evaluation_once_a_period"),
            CheckConstraint(
                condition=Q(state__in=["open", "returned"])
                | (~Q(signed_by=None) & ~Q(signed_at=None) & Q(version__gte=1)),
                name="evaluation_filed_is_signed",
            ),
            CheckConstraint(
                condition=~Q(state__in=["received", "registered"]) | ~Q(received_at=None), name="evaluation_received_at"
            ),
            CheckConstraint(
                condition=~Q(state="returned") | ~Q(returned_reason=""), name="evaluation_returned_for_a_reason"
            ),
        ]

    def __str__(self):
        return f"{self.quarter} {self.division_code}"

    @property
    def period(self) -> Quarter:
        return Quarter.parse(self.quarter)

    @property
    def is_open(self) -> bool:
        """Whether values can be confirmed and corrected."""
        return self.state in {EvaluationState.OPEN, EvaluationState.RETURNED}


class EvaluatedFacility(ScopedModel):
    """One facility in a self-evaluation. What the records say is the score of the run; here is what the street says.

    confirmed: keys of the indicators whose recorded value the street confirms. Scores in hundredths of a point; own_grade
    and recorded_grade: position in the scale's grades, -1 without one.
    """

    facility_path = None
    keeps_its_code = True

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    evaluation = models.ForeignKey(SelfEvaluation, models.PROTECT, related_name="facilities", verbose_name="街道自评")
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="+", verbose_name="设施")
    confirmed = ArrayField(models.CharField(max_length=8), default=list, blank=True, verbose_name="已确认的指标")
    recorded_score = models.SmallIntegerField("台账得分（0.01 分）")
    recorded_coverage = models.SmallIntegerField("台账已评权重")
    recorded_grade = models.SmallIntegerField("台账等次", default=-1)
    own_score = models.SmallIntegerField("自评得分（0.01 分）")
    own_coverage = models.SmallIntegerField("自评已评权重")
    own_grade = models.SmallIntegerField("自评等次", default=-1)

    class Meta:
        verbose_name = verbose_name_plural = "自评设施"
        ordering = ["evaluation_id", "facility_id"]
        constraints = [UniqueConstraint(fields=["evaluation", "facility"], name="evaluated_once")]

    def __str__(self):
        return f"{self.evaluation_id}/{self.facility_id}"


class Correction(ScopedModel):
    """An indicator for which the street says another value than the records, with the reason and a file that shows it.

    value: hundredths of the indicator's unit.
    """

    facility_path = None
    keeps_its_code = True

    evaluated = models.ForeignKey(
        EvaluatedFacility, models.PROTECT, related_name="corrections", verbose_name="自评设施"
    )
    indicator = models.CharField("指标", max_length=8)
    value = models.PositiveIntegerField("自评值（0.01）")
    reason = models.CharField("更正理由", max_length=300)
    attachment = models.ForeignKey(Attachment, models.PROTECT, related_name="+", verbose_name="佐证")
    corrected_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="更正人"
    )
    corrected_at = models.DateTimeField("更正时间")

    class Meta:
        verbose_name = verbose_name_plural = "自评更正"
        ordering = ["pk"]
        constraints = [
            UniqueConstraint(fields=["evaluated", "indicator"], name="correction_once_an_indicator"),
            CheckConstraint(condition=~Q(reason=""), name="correction_for_a_reason"),
        ]

    def __str__(self):
        return f"{self.indicator}: {self.value}"


class EvaluationVersion(ScopedModel):
    """What was signed and filed, for good. content: every facility with its recorded and its own values, reasons and files."""

    facility_path = None
    keeps_history = False
    keeps_its_code = True

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    evaluation = models.ForeignKey(SelfEvaluation, models.PROTECT, related_name="versions", verbose_name="街道自评")
    number = models.PositiveSmallIntegerField("第几版")
    content = models.JSONField("内容")
    content_hash = models.CharField("内容哈希", max_length=64)
    reason = models.CharField("本版理由", max_length=300, blank=True)
    signed_name = models.CharField("签署姓名", max_length=60)
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="签署人")
    signed_at = models.DateTimeField("签署时间")

    class Meta:
        verbose_name = verbose_name_plural = "报送的自评"
        ordering = ["evaluation_id", "number"]
        constraints = [
            UniqueConstraint(fields=["evaluation", "number"], name="evaluation_version_once"),
            CheckConstraint(condition=Q(number=1) | ~Q(reason=""), name="evaluation_version_for_a_reason"),
        ]

    def __str__(self):
        return f"{self.evaluation_id} 第 {self.number} 版"


class Filing(ScopedModel):
    """A registered version (备案). serial counts from 1 within a district and year, without gaps."""

    facility_path = None
    keeps_history = False
    keeps_its_code = True

    version = models.OneToOneField(EvaluationVersion, models.PROTECT, related_name="filing", verbose_name="报送的自评")
    district_code = models.BigIntegerField("区代码")
    year = models.PositiveSmallIntegerField("年度")
    serial = models.PositiveIntegerField("序号")
    registered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="备案人")
    registered_at = models.DateTimeField("备案时间")

    class Meta:
        verbose_name = verbose_name_plural = "自评备案"
        ordering = ["-year", "-serial"]
        constraints = [
            UniqueConstraint(fields=["district_code", "year", "serial"], name="filing_number_once"),
            CheckConstraint(condition=Q(serial__gte=1), name="filing_number_from_one"),
        ]

    def __str__(self):
        return self.number

    @property
    def number(self) -> str:
        """330105-ZP-2026-0001: district, 自评, year, serial."""
        return f"{self.district_code // 10**6}-ZP-{self.year}-{self.serial:04d}"


class EvaluationEvent(ScopedModel):
    """One step of a self-evaluation's course. Insert-only. `mark` makes what beat does happen once."""

    facility_path = None
    keeps_history = False
    keeps_its_code = True

    evaluation = models.ForeignKey(SelfEvaluation, models.PROTECT, related_name="events", verbose_name="街道自评")
    kind = models.CharField("步骤", max_length=10, choices=EvaluationStep)
    mark = models.CharField("一次性标记", max_length=40, blank=True)
    at = models.DateTimeField("时间")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="操作人"
    )
    reason = models.CharField("理由", max_length=500, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "自评经过"
        ordering = ["pk"]
        constraints = [
            UniqueConstraint(fields=["evaluation", "mark"], condition=~Q(mark=""), name="evaluation_event_once_a_mark")
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.at:%Y-%m-%d %H:%M}"
