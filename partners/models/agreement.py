"""Agreements with partners: who serves where, for how long, at which prices; and what checks found (拱墅 三(二)2, 三(五)2)."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from facilities.models import Facility, Space
from partners.models.entry import Application
from partners.models.partner import Partner
from partners.models.project import FeeNature, ResidentProject
from tenants.scoped import DatedModel, ScopedModel, dates_in_order


class MovesIn(models.TextChoices):
    """入驻方式 (拱墅 三(二)2)."""

    BODY = "body", "机构入驻"
    SERVICE = "service", "服务入驻"


class RunAs(models.TextChoices):
    """运营模式 (拱墅 三(二)2)."""

    BUILT_PUBLIC = "built_public", "公建民营"
    AIDED = "aided", "民办公助"
    OTHER = "other", "其他"


class AgreementState(models.TextChoices):
    """Where an agreement stands. The steps between them: fixtures/partners/life.toml."""

    DRAFTED = "drafted", "待签订"
    SIGNED = "signed", "待落地"
    RUNNING = "running", "服务中"
    IMPROVING = "improving", "限期整改"
    EXITING = "exiting", "准出办理中"
    ENDED = "ended", "已准出"
    VOID = "void", "未签作废"


# In which a service runs under it.
AT_WORK = (AgreementState.RUNNING, AgreementState.IMPROVING, AgreementState.EXITING)


class Agreement(DatedModel):
    """An agreement between the street or district and a partner about one facility. `ends_on`: the first day without.

    state: of the life in fixtures/partners/life.toml. due_on: until when the next step is to be taken. project: the one that
    runs in the facility under it, registered when the service has landed, so that tiers follow from dated facts. People who
    see single facilities alone read no agreements: the partner behind one is out of their sight.
    """

    facility_path = None

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)
    number = models.CharField("协议编号", max_length=40)
    facility = models.ForeignKey(Facility, models.CASCADE, related_name="agreements", verbose_name="设施")
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="agreements", verbose_name="合伙人")
    space = models.ForeignKey(Space, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="空间")
    project = models.OneToOneField(
        ResidentProject, models.SET_NULL, null=True, blank=True, related_name="agreement", verbose_name="入驻项目"
    )
    application = models.ForeignKey(
        Application, models.PROTECT, null=True, blank=True, related_name="agreements", verbose_name="申请"
    )
    renews = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="renewed_by", verbose_name="续签自"
    )
    service = models.CharField("服务项目", max_length=60)
    item_number = models.PositiveSmallIntegerField("功能编号", null=True, blank=True)
    moves_in = models.CharField("入驻方式", max_length=8, choices=MovesIn)
    run_as = models.CharField("运营模式", max_length=12, choices=RunAs, blank=True)
    hours = models.CharField("服务时间", max_length=120)
    duties = models.TextField("双方责任", max_length=1000)
    terms = models.TextField("其他约定", max_length=1000, blank=True)
    serves_elders = models.BooleanField("涉老", default=False)
    serves_children = models.BooleanField("涉小", default=False)
    state = models.CharField("进度", max_length=12, choices=AgreementState, default=AgreementState.DRAFTED)
    due_on = models.DateField("办理期限", null=True, blank=True)
    signed_on = models.DateField("签订日", null=True, blank=True)
    left_on = models.DateField("准出日", null=True, blank=True, help_text="不再服务的第一天")
    left_reason = models.CharField("准出原因", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "合伙协议"
        ordering = ["-starts_on", "-pk"]
        constraints = [
            dates_in_order("agreement_dates_in_order"),
            UniqueConstraint(fields=["facility", "number"], name="agreement_number_once"),
            CheckConstraint(condition=Q(ends_on__isnull=False), name="agreement_has_a_term"),
            CheckConstraint(condition=~Q(state="ended") | ~Q(left_on=None), name="agreement_ended_on_a_day"),
        ]

    def __str__(self):
        return self.number


class AgreementPrice(ScopedModel):
    """A line of the price list. price_fen: in 分 for one `unit`; 0 where it is free."""

    facility_path = None

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="prices", verbose_name="协议")
    facility = models.ForeignKey(Facility, models.CASCADE, related_name="+", verbose_name="设施")
    name = models.CharField("项目", max_length=60)
    fee_nature = models.CharField("收费性质", max_length=6, choices=FeeNature)
    price_fen = models.PositiveIntegerField("单价(分)")
    unit = models.CharField("单位", max_length=20)

    class Meta:
        verbose_name = verbose_name_plural = "协议价目"
        ordering = ["pk"]
        constraints = [
            UniqueConstraint(fields=["agreement", "name"], name="agreement_price_once"),
            CheckConstraint(
                condition=Q(fee_nature="free", price_fen=0) | (~Q(fee_nature="free") & Q(price_fen__gt=0)),
                name="agreement_price_fits_its_nature",
            ),
        ]

    def __str__(self):
        return self.name


class CheckKind(models.TextChoices):
    LANDING = "landing", "落地核查"
    CAPABILITY = "capability", "年度能力评估"
    IMPROVEMENT = "improvement", "限期整改"


class AgreementCheck(ScopedModel):
    """A landing check, a yearly capability assessment (reading G-24) or an improvement order.

    lines: what is looked at, one a line with its full points; points: what it got, in that order. surveyed, satisfied:
    people asked and satisfied. passed None: an order that is not closed yet.
    """

    facility_path = None

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="checks", verbose_name="协议")
    facility = models.ForeignKey(Facility, models.CASCADE, related_name="+", verbose_name="设施")
    kind = models.CharField("类别", max_length=12, choices=CheckKind)
    made_on = models.DateField("日期")
    due_on = models.DateField("期限", null=True, blank=True)
    lines = models.TextField("内容", blank=True)
    points = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True, verbose_name="得分")
    surveyed = models.PositiveIntegerField("调查人数", null=True, blank=True)
    satisfied = models.PositiveIntegerField("满意人数", null=True, blank=True)
    text = models.CharField("结论或要求", max_length=400)
    answer = models.CharField("整改情况", max_length=400, blank=True)
    passed = models.BooleanField("通过", null=True, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="办理人"
    )
    made_at = models.DateTimeField("办理时间")

    class Meta:
        verbose_name = verbose_name_plural = "协议核查"
        ordering = ["-made_on", "-pk"]
        constraints = [
            CheckConstraint(
                condition=Q(surveyed=None, satisfied=None)
                | Q(surveyed__isnull=False, satisfied__isnull=False, satisfied__lte=models.F("surveyed")),
                name="agreement_check_satisfied_of_surveyed",
            )
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.made_on}"
