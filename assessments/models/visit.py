"""Visits of assessors, what their devices sent, and what stands as found."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from assessments.models.check_round import Assessor
from assessments.models.sample import SampledFacility
from facilities.models import Facility
from tenants.scoped import ScopedModel


class VisitState(models.TextChoices):
    PLANNED = "planned", "待上门"
    HANDED_IN = "handed_in", "已交回"
    CLOSED = "closed", "已汇总"
    REVOKED = "revoked", "已收回"


class Visit(ScopedModel):
    """One assessor goes to one facility on a day. Rows are the district's; the assessor reads their own and nothing else.

    position: place in the day's route. is_second: the independent visit of a double one.
    """

    facility_path = None

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sampled = models.ForeignKey(SampledFacility, models.PROTECT, related_name="visits")
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="+")
    assessor = models.ForeignKey(Assessor, models.PROTECT, related_name="visits")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    day = models.DateField("上门日期")
    position = models.PositiveSmallIntegerField("当日次序", default=1)
    is_second = models.BooleanField("复核", default=False)
    state = models.CharField("状态", max_length=9, choices=VisitState, default=VisitState.PLANNED)
    signed_name = models.CharField("设施签字人", max_length=40, blank=True)
    handed_in_at = models.DateTimeField("交回时间", null=True, blank=True)
    closed_at = models.DateTimeField("汇总时间", null=True, blank=True)
    revoked_reason = models.CharField("收回理由", max_length=200, blank=True)
    revoked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    revoked_at = models.DateTimeField("收回时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "上门"
        ordering = ["day", "position", "pk"]
        constraints = [
            UniqueConstraint(
                fields=["sampled", "is_second"], condition=~Q(state="revoked"), name="visit_once_and_once_again"
            ),
            CheckConstraint(
                condition=~Q(state="revoked") | (~Q(revoked_at=None) & ~Q(revoked_reason="")),
                name="visit_revoked_for_a_reason",
            ),
        ]
        indexes = [models.Index(fields=["user", "day"], name="visit_by_assessor")]

    def __str__(self):
        return f"{self.day} {self.position}"


class OperationKind(models.TextChoices):
    FOUND = "found", "查得"
    PHOTO = "photo", "照片"
    SIGN = "sign", "签字交回"


class OperationState(models.TextChoices):
    APPLIED = "applied", "已生效"
    QUARANTINED = "quarantined", "待区里处理"
    SET_ASIDE = "set_aside", "不采用"


class VisitOperation(ScopedModel):
    """One thing that an assessor did, as their device noted it. `uuid` is made there: the same one twice is one.

    Nothing is dropped: what cannot count (late, revoked, not theirs, unknown item) waits for the district with its reason.
    value: base units; None: cannot be told. done_at: clock of the device. sha256: of the photo as taken; stored_sha256: of
    the picture as kept. claimed_visit: the visit that the device named, whether there is one or not.
    """

    facility_path = None

    uuid = models.UUIDField(unique=True, editable=False)
    visit = models.ForeignKey(Visit, models.PROTECT, null=True, blank=True, related_name="operations")
    claimed_visit = models.UUIDField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    kind = models.CharField("类别", max_length=5, choices=OperationKind)
    key = models.CharField("项目", max_length=60, blank=True)
    value = models.BigIntegerField("查得值", null=True, blank=True)
    text = models.CharField("说明", max_length=500, blank=True)
    done_at = models.DateTimeField("记录时间")
    received_at = models.DateTimeField("收到时间")
    longitude = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    latitude = models.DecimalField(max_digits=8, decimal_places=6, null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    stored_sha256 = models.CharField(max_length=64, blank=True)
    state = models.CharField("状态", max_length=11, choices=OperationState)
    reason = models.CharField("原因", max_length=200, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField("处理时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "现场记录"
        ordering = ["done_at", "uuid"]
        indexes = [
            models.Index(fields=["visit", "key"], name="operation_by_item"),
            models.Index(fields=["division_code"], name="operation_waiting", condition=Q(state="quarantined")),
        ]

    def __str__(self):
        return f"{self.kind} {self.key}"


class VisitFinding(ScopedModel):
    """What stands for one item of a visit: that of the latest applied operation, by its own clock and then its uuid."""

    facility_path = None
    keeps_history = False  # computed from the operations, which stay

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="findings")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    key = models.CharField("项目", max_length=60)
    value = models.BigIntegerField("查得值", null=True, blank=True)
    text = models.CharField("说明", max_length=500, blank=True)
    done_at = models.DateTimeField("记录时间")
    operation = models.UUIDField("现场记录")

    class Meta:
        verbose_name = verbose_name_plural = "查得"
        ordering = ["key"]
        constraints = [UniqueConstraint(fields=["visit", "key"], name="finding_once_an_item")]

    def __str__(self):
        return f"{self.key}: {self.value}"
