"""A frozen frame, the commitment to a seed, the draw, and the facilities that it named."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from assessments.models.check_round import CheckRound
from assessments.models.run import Run
from facilities.models import Facility
from tenants.scoped import ScopedModel


class Sample(ScopedModel):
    """The sample of a round. The database refuses to change what is once set (`assessments.triggers.SetOnce`).

    frame_text, draw_text: the texts of `rules.sampling`, with their SHA-256 and SM3. secret: shown to nobody before the draw;
    commitment: its SHA-256, published together with the frame. public_part: what was drawn in public afterwards.
    """

    facility_path = None
    keeps_history = False  # frozen by itself, and a secret has no place in a log

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    round = models.OneToOneField(CheckRound, models.PROTECT, related_name="sample")
    run = models.ForeignKey(Run, models.PROTECT, related_name="+", verbose_name="所据测算")
    permille = models.PositiveSmallIntegerField()
    double_permille = models.PositiveSmallIntegerField()
    frame_text = models.TextField()
    frame_sha256 = models.CharField(max_length=64)
    frame_sm3 = models.CharField(max_length=64)
    frozen_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    frozen_at = models.DateTimeField()
    secret = models.CharField(max_length=64, blank=True, editable=False)
    commitment = models.CharField(max_length=64, blank=True)
    committed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    committed_at = models.DateTimeField(null=True)
    public_part = models.CharField("公开抽取的数字", max_length=80, blank=True)
    witnesses = models.CharField("见证人", max_length=120, blank=True)
    draw_text = models.TextField(blank=True)
    draw_sha256 = models.CharField(max_length=64, blank=True)
    drawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    drawn_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = verbose_name_plural = "抽样"
        constraints = [
            CheckConstraint(
                condition=Q(draw_text="") | (~Q(commitment="") & ~Q(secret="")),  # nosec B106 no password: none yet
                name="sample_drawn_after_commitment",
            )
        ]

    def __str__(self):
        return f"{self.frame_sha256[:12]}"


class SampledFacility(ScopedModel):
    """A facility of the sample: drawn, or standing in for one that could not be visited, for a reason on record.

    claims: what was reported of it, frozen with the draw (`queries.checklist.reported`).
    """

    facility_path = None

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sample = models.ForeignKey(Sample, models.PROTECT, related_name="facilities")
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="+")
    position = models.PositiveIntegerField("次序")
    stratum = models.CharField("层", max_length=120)
    lot = models.CharField("签", max_length=64)
    claims = models.JSONField("填报值", default=dict, help_text="抽中时冻结，核实前评估员看不到")
    is_double = models.BooleanField("双人复核", default=False)
    stands_in_for = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="substitute")
    dropped_reason = models.CharField("替补理由", max_length=200, blank=True)
    dropped_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    dropped_at = models.DateTimeField("替补时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "抽中的设施"
        ordering = ["position"]
        constraints = [
            UniqueConstraint(fields=["sample", "facility"], name="sampled_once"),
            CheckConstraint(
                condition=Q(dropped_at=None, dropped_reason="") | (~Q(dropped_at=None) & ~Q(dropped_reason="")),
                name="sampled_dropped_for_a_reason",
            ),
        ]

    def __str__(self):
        return f"{self.position}"
