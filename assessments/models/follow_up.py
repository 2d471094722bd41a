"""The half-yearly follow-up (半年核查) of a facility, and how a district runs it (杭州 附件 四3、二(四)10)."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from facilities.models import Facility
from tenants.scoped import DatedModel, ScopedModel, dates_in_order


class FollowUpRules(DatedModel):
    """What no document gives, as a district has set it; without a row the working defaults hold (`rules.follow_up`).

    check_days: from the end of the half-year to the deadline of its follow-up. plan_days, mend_days: from the opening of an
    order to the deadline of the street's measures, and of their success. failures, failure_months: so many surveys below
    the line within so many months put the item up for a decision.
    """

    facility_path = None
    shared_down = True

    check_days = models.PositiveSmallIntegerField("核查期限（天）", help_text="半年结束后几天内核查完")
    plan_days = models.PositiveSmallIntegerField("报措施期限（天）", help_text="整改单开出后几天内报措施")
    mend_days = models.PositiveSmallIntegerField("整改期限（天）", help_text="整改单开出后几天内复测达标")
    failures = models.PositiveSmallIntegerField("几次低于线就评议去留")
    failure_months = models.PositiveSmallIntegerField("在几个月以内")
    basis = models.CharField("依据", max_length=200, help_text="哪份文件、谁定的")

    class Meta:
        verbose_name = verbose_name_plural = "核查规则"
        ordering = ["starts_on"]
        constraints = [
            dates_in_order("follow_up_rules_dates_in_order"),
            UniqueConstraint(fields=["division_code", "starts_on"], name="follow_up_rules_once_a_day"),
            CheckConstraint(
                condition=Q(check_days__range=(1, 180), plan_days__range=(1, 90), mend_days__range=(1, 365)),
                name="follow_up_deadlines_in_range",
            ),
            CheckConstraint(
                condition=Q(failures__range=(1, 20), failure_months__range=(1, 60)), name="follow_up_failures_in_range"
            ),
            CheckConstraint(condition=~Q(basis=""), name="follow_up_rules_have_a_basis"),
        ]

    def __str__(self):
        return f"{self.division_code} {self.starts_on}"


class FollowUpState(models.TextChoices):
    OPEN = "open", "待核查"
    DONE = "done", "已核查"


class FollowUp(ScopedModel):
    """The follow-up of one facility for one half-year, `2026-H1`: a task of the district until it has concluded.

    People who were granted single facilities read none of it.
    findings: the five sides as they stood when it was concluded (`queries.follow_up.dimensions`), never computed again.
    """

    facility_path = None

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="follow_ups", verbose_name="设施")
    half = models.CharField("半年", max_length=7)
    state = models.CharField("状态", max_length=4, choices=FollowUpState, default=FollowUpState.OPEN)
    due_on = models.DateField("核查期限")
    opened_at = models.DateTimeField("开出时间")
    conclusion = models.CharField("核查结论", max_length=500, blank=True)
    findings = models.JSONField("核查时的数据", default=dict, blank=True)
    concluded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="核查人"
    )
    concluded_at = models.DateTimeField("核查时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "半年核查"
        ordering = ["-half", "due_on", "pk"]
        indexes = [models.Index(fields=["division_code", "half", "state"], name="follow_up_by_division")]
        constraints = [
            UniqueConstraint(fields=["facility", "half"], name="follow_up_once_a_half_year"),
            CheckConstraint(
                condition=Q(state="open", concluded_at=None)
                | (Q(state="done") & ~Q(concluded_at=None) & ~Q(conclusion="")),
                name="follow_up_done_with_a_conclusion",
            ),
        ]

    def __str__(self):
        return f"{self.facility_id} {self.half}"
