"""The yearly directory (名录, 拱墅 三(五)2): proposal, entries, objections and appeals, and what was published for good."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from assessments.models.check_round import CheckRound
from assessments.models.run import Run
from facilities.models import Facility
from tenants.rules import DISTRICT_WIDTH
from tenants.scoped import ScopedModel


class DirectoryState(models.TextChoices):
    PROPOSED = "proposed", "拟定"
    APPROVED = "approved", "已审核，待复核"
    CONFIRMED = "confirmed", "已复核，待公示"
    NOTICE = "notice", "公示中"
    PUBLISHED = "published", "已公布"
    DROPPED = "dropped", "已作废"


class Directory(ScopedModel):
    """The directory of a district for a year. Streets read it; only a published document is shown to the public.

    A reissue (after a wrong standard or ruling) supersedes the one before; both are kept.
    """

    facility_path = None
    shared_down = True

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    round = models.ForeignKey(CheckRound, models.PROTECT, related_name="directories")
    run = models.ForeignKey(Run, models.PROTECT, related_name="+", verbose_name="所据测算")
    year = models.PositiveSmallIntegerField("年度")
    revision = models.PositiveSmallIntegerField("第几版", default=1)
    supersedes = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.CharField("重发理由", max_length=300, blank=True)
    state = models.CharField("状态", max_length=9, choices=DirectoryState, default=DirectoryState.PROPOSED)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    proposed_at = models.DateTimeField()
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    notice_from = models.DateTimeField("公示开始", null=True)
    notice_until = models.DateTimeField("公示截止", null=True, help_text="到这一秒为止，含这一秒")
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = verbose_name_plural = "年度名录"
        ordering = ["-year", "-revision"]
        constraints = [
            UniqueConstraint(fields=["round", "revision"], name="directory_revision_once"),
            CheckConstraint(
                condition=Q(approved_by=None) | Q(confirmed_by=None) | ~Q(approved_by=F("confirmed_by")),
                name="directory_needs_two_people",
            ),
            CheckConstraint(
                condition=~Q(state__in=["confirmed", "notice", "published"])
                | (~Q(approved_by=None) & ~Q(confirmed_by=None)),
                name="directory_shown_after_both",
            ),
        ]

    def __str__(self):
        return f"{self.year} 年度名录第 {self.revision} 版"


class Movement(models.TextChoices):
    STAYS = "stays", "不变"
    ENTRY = "entry", "新入"
    PROMOTION = "promotion", "升级"
    DEMOTION = "demotion", "降级"
    EXIT = "exit", "移出"
    OUTSIDE = "outside", "未入"


class DirectoryEntry(ScopedModel):
    """What is proposed for one facility. tier_before: of the directory in force before (-1: none); tier_computed: of the
    run; tier_verified: with the verified values (-1: not in the sample); tier: what the directory will say.

    reason, clause: why it moves. is_confirmed: somebody has looked at this change and said yes.
    """

    facility_path = None

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    directory = models.ForeignKey(Directory, models.CASCADE, related_name="entries")
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="+")
    name = models.CharField("名称", max_length=60)
    street = models.CharField("街道", max_length=60)
    construction = models.SmallIntegerField()
    tier_before = models.SmallIntegerField(default=-1)
    tier_computed = models.SmallIntegerField()
    tier_verified = models.SmallIntegerField(default=-1)
    tier = models.SmallIntegerField()
    movement = models.CharField("变动", max_length=9, choices=Movement)
    reason = models.CharField("理由", max_length=500, blank=True)
    clause = models.CharField("条款", max_length=120, blank=True)
    is_confirmed = models.BooleanField("已确认", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "名录条目"
        ordering = ["division_code", "facility_id"]
        constraints = [UniqueConstraint(fields=["directory", "facility"], name="entry_once_a_facility")]

    def __str__(self):
        return self.name

    @property
    def is_verified(self) -> bool:
        return self.tier_verified >= 0

    @property
    def is_decided(self) -> bool:
        """Whether an upheld objection or appeal gave it another tier than was computed or verified."""
        return self.tier != (self.tier_verified if self.is_verified else self.tier_computed)


class AppealKind(models.TextChoices):
    APPEAL = "appeal", "申诉"
    OBJECTION = "objection", "异议"


class Appeal(ScopedModel):
    """Somebody disagrees with an entry during the notice period: a street appeals, anybody else objects.

    One a party and point. It is in time up to and including the second `Directory.notice_until`.
    """

    facility_path = None

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    directory = models.ForeignKey(Directory, models.PROTECT, related_name="appeals")
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="+")
    kind = models.CharField("类别", max_length=9, choices=AppealKind)
    party = models.CharField("提出人", max_length=80)
    point = models.CharField("针对", max_length=60)
    text = models.CharField("理由", max_length=500)
    filed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    filed_at = models.DateTimeField("提出时间")
    upheld = models.BooleanField("成立", null=True)
    decision = models.CharField("处理意见", max_length=500, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField("处理时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "异议与申诉"
        ordering = ["filed_at", "pk"]
        constraints = [
            UniqueConstraint(fields=["directory", "facility", "party", "point"], name="appeal_once_a_party_and_point"),
            CheckConstraint(
                condition=Q(decided_at=None, upheld=None) | (~Q(decided_at=None) & ~Q(upheld=None) & ~Q(decision="")),
                name="appeal_decided_for_a_reason",
            ),
        ]

    def __str__(self):
        return f"{self.party}:{self.point}"


class DocumentKind(models.TextChoices):
    COMMITMENT = "commitment", "抽样公告"
    DRAW = "draw", "抽样结果与核验程序"
    NOTICE = "notice", "公示稿"
    DIRECTORY = "directory", "名录"
    CORRECTION = "correction", "更正公告"


class PublishedDocument(models.Model):
    """What the district made public, byte for byte, at an address that stays. Added once, never changed or removed.

    Public data: no row level security. content: canonical JSON, or the Python file of a draw. number: of corrections within
    a directory, revision of notices and directories.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField("类别", max_length=10, choices=DocumentKind)
    district = models.BigIntegerField("区")
    year = models.PositiveSmallIntegerField("年度")
    number = models.PositiveSmallIntegerField("号", default=1)
    title = models.CharField("标题", max_length=120)
    content = models.TextField()
    sha256 = models.CharField(max_length=64)
    sm3 = models.CharField(max_length=64)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField("公布时间")

    class Meta:
        verbose_name = verbose_name_plural = "公布的文件"
        ordering = ["-published_at", "-pk"]
        constraints = [UniqueConstraint(fields=["district", "year", "kind", "number"], name="published_once")]

    def __str__(self):
        return self.title

    @property
    def name(self) -> str:
        """The last part of its address: directory-1."""
        return f"{self.kind}-{self.number}"

    @property
    def place(self) -> int:
        """The six digits of its district, as they stand in its address."""
        return self.district // DISTRICT_WIDTH
