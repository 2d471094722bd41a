"""The way in: the open call with its needs, the applications, and the scores of the panel (拱墅 三(二)2, 三(五)2)."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from facilities.models import Facility
from partners.models.credential import PartnerFile
from partners.models.partner import Partner, PartnerKind
from tenants.fields import BlindIndexField, PersonalField
from tenants.identity import masked_telephone, telephone
from tenants.personal import PersonalModel
from tenants.scoped import DatedModel, ScopedModel, dates_in_order


class EntryRules(DatedModel):
    """What no document sets about entry and exit, as a district has set it. Without a row: fixtures/partners/rules.toml.

    All spans in calendar days; satisfaction_percent: strictly below means an improvement order.
    """

    facility_path = None
    shared_down = True
    keeps_its_code = True  # a merged district obeys the rules of the one it joins

    notice_days = models.PositiveSmallIntegerField("公示期(天)")
    correction_days = models.PositiveSmallIntegerField("补正期限(天)")
    landing_days = models.PositiveSmallIntegerField("签约后多少天内落地")
    improvement_days = models.PositiveSmallIntegerField("限期整改(天)")
    settling_days = models.PositiveSmallIntegerField("准出结清期限(天)")
    renewal_days = models.PositiveSmallIntegerField("到期前多少天议续签")
    panel_size = models.PositiveSmallIntegerField("评审至少几人")
    pass_points = models.PositiveSmallIntegerField("及格分(百分制)")
    satisfaction_percent = models.PositiveSmallIntegerField("满意度线(%)")
    source = models.CharField("依据", max_length=200, help_text="哪份文件、谁定的")

    class Meta:
        verbose_name = verbose_name_plural = "准入准出规则"
        ordering = ["starts_on"]
        constraints = [
            dates_in_order("entry_rules_dates_in_order"),
            UniqueConstraint(fields=["division_code", "starts_on"], name="entry_rules_once_a_day"),
            CheckConstraint(
                condition=Q(pass_points__lte=100, satisfaction_percent__lte=100, panel_size__gte=1),
                name="entry_rules_in_range",
            ),
        ]

    def __str__(self):
        return f"{self.division_code} {self.starts_on}"


class CallState(models.TextChoices):
    DRAFT = "draft", "起草中"
    OPEN = "open", "征集中"
    CLOSED = "closed", "已截止"
    CANCELLED = "cancelled", "已取消"


class Call(ScopedModel):
    """An open call for partners of a district or a street.

    criteria: one a line, name and full points ("服务能力 40"); panel: the people without an account, one a line; those who
    have one are its `members`. All are frozen when it opens. scores_by: the last day on which members score.
    link_is_open: whether applications come in by the public page too.
    """

    facility_path = None
    shared_down = True

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)
    title = models.CharField("标题", max_length=80)
    text = models.TextField("说明", max_length=2000, blank=True)
    opens_on = models.DateField("开始")
    closes_on = models.DateField("截止", help_text="最后一天")
    scoring = models.TextField("评分标准", max_length=600)
    panel = models.TextField("没有账号的评审人", max_length=600, blank=True)
    scores_by = models.DateField("评分截止", null=True, blank=True, help_text="最后一天")
    link_is_open = models.BooleanField("接受网上申请", default=True)
    state = models.CharField("状态", max_length=9, choices=CallState, default=CallState.DRAFT)
    created_at = models.DateTimeField("建立时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "征集"
        ordering = ["-opens_on", "-pk"]
        constraints = [
            CheckConstraint(condition=Q(closes_on__gte=F("opens_on")), name="call_days_in_order"),
            CheckConstraint(
                condition=Q(scores_by=None) | Q(scores_by__gte=F("closes_on")), name="call_scored_after_it_closes"
            ),
        ]

    def __str__(self):
        return self.title


class PanelMember(ScopedModel):
    """Somebody of the panel who has an account: scores on a page of their own, and nobody types for them.

    name: under which their scores stand; no two people of a panel have the same.
    """

    facility_path = None

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    call = models.ForeignKey(Call, models.CASCADE, related_name="members", verbose_name="征集")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="账号")
    name = models.CharField("评审人", max_length=40)

    class Meta:
        verbose_name = verbose_name_plural = "有账号的评审人"
        ordering = ["pk"]
        constraints = [
            UniqueConstraint(fields=["call", "user"], name="panel_member_once_a_call"),
            UniqueConstraint(fields=["call", "name"], name="panel_name_once_a_call"),
        ]

    def __str__(self):
        return self.name


class Need(ScopedModel):
    """What is wanted in one facility: a function, a place, hours."""

    facility_path = None
    shared_down = True

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    call = models.ForeignKey(Call, models.CASCADE, related_name="needs", verbose_name="征集")
    facility = models.ForeignKey(Facility, models.CASCADE, related_name="+", verbose_name="设施")
    item_number = models.PositiveSmallIntegerField("功能编号", null=True, blank=True)
    place = models.CharField("可用场地", max_length=80, blank=True)
    hours = models.CharField("服务时间", max_length=80, blank=True)
    text = models.CharField("需求", max_length=200)

    class Meta:
        verbose_name = verbose_name_plural = "征集需求"
        ordering = ["pk"]

    def __str__(self):
        return self.text


class ApplicationState(models.TextChoices):
    """Where an application stands on its way in. The steps between them: fixtures/partners/life.toml."""

    SUBMITTED = "submitted", "待核对"
    INCOMPLETE = "incomplete", "待补正"
    QUALIFIED = "qualified", "待评分"
    SCORED = "scored", "已评分"
    NOTICED = "noticed", "公示中"
    ADMITTED = "admitted", "准予入驻"
    AGREED = "agreed", "已订协议"
    REJECTED = "rejected", "不予入驻"
    WITHDRAWN = "withdrawn", "已撤回"


class Channel(models.TextChoices):
    STAFF = "staff", "工作人员代填"
    LINK = "link", "网上申请"


class Application(PersonalModel):
    """Somebody who wants to serve. Read by those who handle partners in the division of the call, and by nobody below.

    state: of the life in fixtures/partners/life.toml. due_on: until when the next step is to be taken. findings: what the
    check of completeness and conflicts found, one a line. points: average of the panel in 0.01 of 100.
    """

    facility_path = None

    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)
    number = models.CharField("受理号", max_length=20)
    call = models.ForeignKey(Call, models.PROTECT, related_name="applications", verbose_name="征集")
    need = models.ForeignKey(Need, models.PROTECT, related_name="applications", verbose_name="需求")
    partner = models.ForeignKey(
        Partner, models.PROTECT, null=True, blank=True, related_name="applications", verbose_name="合伙人"
    )
    name = models.CharField("申请人", max_length=80)
    kind = models.CharField("类别", max_length=16, choices=PartnerKind)
    uscc = models.CharField("统一社会信用代码", max_length=18, blank=True)
    proposal = models.TextField("服务方案", max_length=2000)
    prices = models.CharField("收费", max_length=300, blank=True)
    contact_name = PersonalField("联系人", check=str.strip)
    contact_phone = PersonalField("联系电话", check=telephone, mask=masked_telephone, index="contact_phone_index")
    contact_phone_index = BlindIndexField()
    channel = models.CharField("来路", max_length=5, choices=Channel)
    state = models.CharField("进度", max_length=12, choices=ApplicationState, default=ApplicationState.SUBMITTED)
    due_on = models.DateField("办理期限", null=True, blank=True)
    findings = models.TextField("核对发现", blank=True)
    points = models.PositiveIntegerField("平均分(0.01)", null=True, blank=True)
    priority = models.ForeignKey(
        "partners.Nomination",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="applications",
        verbose_name="优先资格",
    )
    qualified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="资格审查人"
    )
    qualified_at = models.DateTimeField("资格审查时间", null=True, blank=True)
    notice_from = models.DateField("公示起", null=True, blank=True)
    notice_to = models.DateField("公示止", null=True, blank=True, help_text="最后一天")
    submitted_at = models.DateTimeField("申请时间")

    class Meta:
        verbose_name = verbose_name_plural = "入驻申请"
        ordering = ["-submitted_at", "-pk"]
        constraints = [
            UniqueConstraint(fields=["call", "number"], name="application_number_once_a_call"),
            CheckConstraint(condition=Q(points=None) | Q(points__lte=10_000), name="application_points_in_range"),
        ]

    def __str__(self):
        return f"{self.number} {self.name}"


class Score(ScopedModel):
    """What one member of the panel gave one application: points in the order of the call's criteria, or recused.

    evidence: the signed sheet of somebody without an account, which another person typed in.
    """

    facility_path = None

    application = models.ForeignKey(Application, models.CASCADE, related_name="scores", verbose_name="申请")
    member = models.CharField("评审人", max_length=40)
    is_recused = models.BooleanField("回避", default=False)
    points = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True, verbose_name="得分")
    remark = models.CharField("意见", max_length=200, blank=True)
    evidence = models.ForeignKey(
        PartnerFile, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="评分表"
    )
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="录入人"
    )
    entered_at = models.DateTimeField("录入时间")

    class Meta:
        verbose_name = verbose_name_plural = "评分"
        ordering = ["pk"]
        constraints = [
            UniqueConstraint(fields=["application", "member"], name="score_once_a_member"),
            CheckConstraint(condition=Q(is_recused=False) | Q(points=[]), name="score_of_the_recused_is_none"),
        ]

    def __str__(self):
        return self.member
