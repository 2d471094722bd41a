"""Who: administrative divisions, staff, their appointments, and the log of acts."""

import uuid

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.db import models
from django.db.models import Case, CheckConstraint, F, Func, Q, UniqueConstraint, Value, When

from tenants.rules import ROLE_LABELS, SEPARATED, code_range


class DivisionLevel(models.TextChoices):
    CITY = "city", "市"
    DISTRICT = "district", "区(县市)"
    STREET = "street", "街道(乡镇)"
    COMMUNITY = "community", "社区(村)"


class DivisionQuerySet(models.QuerySet):
    def in_force(self, day=None):
        """Divisions that existed on a day; without a day, those that have not ended."""
        if day is None:
            return self.filter(valid_to=None)
        begun = Q(valid_from=None) | Q(valid_from__lte=day)
        return self.filter(begun, Q(valid_to=None) | Q(valid_to__gt=day))


class Division(models.Model):
    """An administrative division (行政区划). Codes and names both change, so neither is the key.

    `code` is the 12-digit statistical code (统计用区划代码). Public data: no row level security. Two rows may have one code
    at different times: the district 330105 of before and of after the merger of 2021.
    """

    code = models.BigIntegerField("区划代码")
    name = models.CharField("名称", max_length=60)
    level = models.CharField("层级", max_length=10, choices=DivisionLevel)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    is_quasi = models.BooleanField("类似社区", default=False, help_text="开发区、园区一类,没有居委会")
    is_demo = models.BooleanField("演示区划", default=False, help_text="不是真实的街道、社区")
    valid_from = models.DateField("生效日", null=True, blank=True, help_text="空:早于本资料所载")
    valid_to = models.DateField("失效日", null=True, blank=True, help_text="失效的第一天")
    # What a re-organisation left behind (docs/decisions/divisions-change.md); kept by it alone and empty everywhere else.
    past_codes = ArrayField(models.BigIntegerField(), default=list, blank=True, editable=False)
    past_facilities = ArrayField(models.BigIntegerField(), default=list, blank=True, editable=False)
    past_districts = ArrayField(models.BigIntegerField(), default=list, blank=True, editable=False)

    objects = DivisionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "区划"
        ordering = ["code"]
        indexes = [models.Index(fields=["code"], name="division_by_code")]
        constraints = [
            CheckConstraint(condition=Q(code__gte=10**11, code__lt=10**12), name="division_code_has_12_digits"),
            CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_to__gt=F("valid_from")),
                name="division_dates_in_order",
            ),
            UniqueConstraint(fields=["code"], condition=Q(valid_to=None), name="division_code_unique_in_force"),
        ]

    def __str__(self):
        return self.name

    @property
    def codes(self):
        """The half-open range of codes at and below this division."""
        return code_range(self.code)


class DivisionSuccession(models.Model):
    """An edge from a division to the one that took its place: merged, split, renamed or recoded."""

    predecessor = models.ForeignKey(Division, models.PROTECT, related_name="successions")
    successor = models.ForeignKey(Division, models.PROTECT, related_name="precessions")
    effective_on = models.DateField("生效日")
    source = models.CharField("依据", max_length=200)
    kind = models.CharField("方式", max_length=8, blank=True, help_text="recode、merge、split、rename;空:资料未载")

    class Meta:
        verbose_name = verbose_name_plural = "区划沿革"
        constraints = [UniqueConstraint(fields=["predecessor", "successor"], name="succession_once")]

    def __str__(self):
        return f"{self.predecessor} → {self.successor}"


class User(AbstractUser):
    """A person who signs in. What they may see is said by their appointments, not here."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    display_name = models.CharField("姓名", max_length=40)
    is_demo = models.BooleanField("演示账号", default=False)
    password_changed_at = models.DateTimeField("密码设定时间", null=True, blank=True)
    must_change_password = models.BooleanField("下次登录须改密码", default=False)
    # Counts up whenever what is demanded of the account may have changed; a session that saw another number looks again.
    demands_version = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    wants_digest = models.BooleanField("每天收一次消息摘要", default=True, db_default=True)
    closed_guides = ArrayField(
        models.CharField(max_length=20), default=list, db_default=[], blank=True, verbose_name="看过的引导"
    )

    class Meta:
        verbose_name = verbose_name_plural = "账号"

    def __str__(self):
        return self.display_name or self.username

    @property
    def is_usable(self):
        """Whether the account may act at all. Those of the demonstration have public passwords: only where it is on."""
        return self.is_active and (settings.DEMO or not self.is_demo)


_TERM = Func("starts_on", "ends_on", function="daterange", output_field=DateRangeField())
# Which of the three separated administrators a role is; all others are one hand.
_HAND = Case(
    When(role__in=sorted(role.value for role in SEPARATED), then=F("role")),
    default=Value(""),
    output_field=models.CharField(),
)


class Appointment(models.Model):
    """A role that a user holds for a division, between two dates. Assessors and operators hold single facilities."""

    user = models.ForeignKey(User, models.PROTECT, related_name="appointments")
    role = models.CharField("角色", max_length=24, choices=[(role.value, label) for role, label in ROLE_LABELS.items()])
    division_code = models.BigIntegerField("区划代码")
    granted_facility_ids = ArrayField(models.BigIntegerField(), default=list, blank=True)
    starts_on = models.DateField("起")
    ends_on = models.DateField("止", null=True, blank=True, help_text="不再担任的第一天")

    class Meta:
        verbose_name = verbose_name_plural = "任职"
        constraints = [
            CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gt=F("starts_on")), name="appointment_dates_in_order"
            ),
            ExclusionConstraint(
                name="appointment_one_hand_at_a_time",
                expressions=[
                    ("user", RangeOperators.EQUAL),
                    (_TERM, RangeOperators.OVERLAPS),
                    (_HAND, RangeOperators.NOT_EQUAL),
                ],
            ),
        ]

    def __str__(self):
        return f"{self.user}:{self.role}@{self.division_code}"


class Act(models.Model):
    """One thing somebody did (who, when, where from, what, why). Insert-only: the database refuses change and removal."""

    at = models.DateTimeField("时间", auto_now_add=True)
    actor = models.ForeignKey(User, models.PROTECT, null=True, blank=True, verbose_name="操作人")
    division_code = models.BigIntegerField("区划代码", null=True, blank=True)
    verb = models.CharField("动作", max_length=60, help_text="如:登录、导入设施")
    subject = models.CharField("对象", max_length=200, blank=True)
    subject_uuid = models.UUIDField(null=True, blank=True)
    reason = models.TextField("理由", blank=True)
    address = models.GenericIPAddressField("来自", null=True, blank=True)
    details = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "操作日志"
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["division_code", "-at"], name="act_by_division")]

    def __str__(self):
        return f"{self.verb} {self.subject}"


class RowChange(models.Model):
    """One change of one row of a tracked table, written by trigger (`tenants.history`). Insert-only.

    `root_table` and `root_id` name what the row belongs to: the facility of a space. No foreign keys: the history outlives
    what it describes.
    """

    class Operation(models.TextChoices):
        INSERT = "I", "新增"
        UPDATE = "U", "修改"
        DELETE = "D", "删除"

    at = models.DateTimeField("时间")
    table_name = models.CharField("表", max_length=63)
    row_id = models.BigIntegerField("行")
    root_table = models.CharField("所属表", max_length=63)
    root_id = models.BigIntegerField("所属行")
    division_code = models.BigIntegerField("区划代码")
    operation = models.CharField("变动", max_length=1, choices=Operation)
    user = models.ForeignKey(User, models.DO_NOTHING, null=True, db_constraint=False, db_index=False, related_name="+")
    source = models.TextField("途径", blank=True)
    reason = models.TextField("理由", blank=True)
    before = models.JSONField("改前", null=True)
    after = models.JSONField("改后", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "变动记录"
        ordering = ["pk"]
        indexes = [models.Index(fields=["root_table", "root_id", "id"], name="rowchange_by_root")]

    def __str__(self):
        return f"{self.get_operation_display()} {self.table_name} {self.row_id}"


class ApiToken(models.Model):
    """A key for the API that stands for its user until it expires. Only its digest is kept."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="api_tokens")
    name = models.CharField("用途", max_length=60, blank=True)
    permissions = ArrayField(
        models.CharField(max_length=24), null=True, blank=True, help_text="空:这个人能做的都能做;否则只限所列"
    )
    last_used_at = models.DateTimeField("最近使用", null=True, blank=True, help_text="精确到分钟")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField("签发时间", auto_now_add=True)
    expires_at = models.DateTimeField("失效时间")

    class Meta:
        verbose_name = verbose_name_plural = "接口令牌"

    def __str__(self):
        return f"{self.user} → {self.expires_at:%Y-%m-%d %H:%M}"


class StoredAnswer(models.Model):
    """What a request of the API with an `Idempotency-Key` was answered, written in the transaction of its effect.

    The same key with the same content gets this answer again and nothing happens a second time.
    """

    division_code = models.BigIntegerField("区划代码")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    key = models.CharField(max_length=80)
    request_digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    body = models.TextField(help_text="JSON, byte for byte as it was answered")
    created_at = models.DateTimeField("时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "接口已答复的请求"
        constraints = [UniqueConstraint(fields=["user", "key"], name="answer_once_a_key")]

    def __str__(self):
        return self.key


# Django finds an app's models in this module; these have files of their own.
from tenants.account_models import (  # noqa: E402, F401
    AccountSession,
    Authenticator,
    CodeFailures,
    ExternalIdentity,
    FormerPassword,
    Invitation,
    RecoveryCode,
    SecurityRules,
)
from tenants.audit_models import AuditCheck, SealBatch  # noqa: E402, F401
from tenants.draft_models import Draft  # noqa: E402, F401
from tenants.export_models import Export  # noqa: E402, F401
from tenants.key_models import DataKey  # noqa: E402, F401
from tenants.message_models import Message, MessageKind  # noqa: E402, F401
from tenants.outbox_models import OutboxEntry  # noqa: E402, F401
from tenants.reorganisation_models import ReorganisationRun  # noqa: E402, F401
