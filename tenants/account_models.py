"""What belongs to an account beside its name: sessions, passwords of before, second factor, invitations, district rules."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from tenants.rules import ROLE_LABELS
from tenants.scoped import DatedModel, dates_in_order

_USER = settings.AUTH_USER_MODEL


class AccountSession(models.Model):
    """One browser in which an account is signed in. Ending it removes the session itself, so it acts on the next request."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(_USER, models.CASCADE, related_name="account_sessions")
    session_key = models.CharField(max_length=40, unique=True, editable=False)
    started_at = models.DateTimeField("登录时间")
    seen_at = models.DateTimeField("最近操作", help_text="精确到分钟")
    address = models.GenericIPAddressField("来自", null=True, blank=True)
    agent = models.CharField("浏览器", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "登录会话"
        ordering = ["-seen_at"]

    def __str__(self):
        return f"{self.user} {self.started_at:%Y-%m-%d %H:%M}"


class FormerPassword(models.Model):
    """The hash of a password that was replaced, so that it cannot be taken again at once."""

    user = models.ForeignKey(_USER, models.CASCADE, related_name="former_passwords")
    encoded = models.CharField(max_length=128, editable=False)
    replaced_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "用过的密码"
        ordering = ["-replaced_at", "-pk"]

    def __str__(self):
        return f"{self.user} {self.replaced_at:%Y-%m-%d}"


class Authenticator(models.Model):
    """The TOTP secret (RFC 6238) of an account, sealed by the master key. Without `confirmed_at` it is not in use yet."""

    user = models.OneToOneField(_USER, models.CASCADE, related_name="authenticator")
    master_key = models.CharField("主密钥", max_length=40)
    sealed = models.BinaryField("密钥(加密)")
    confirmed_at = models.DateTimeField("启用时间", null=True, blank=True)
    last_step = models.BigIntegerField(default=0, help_text="最近用过的 30 秒时段;同一时段及更早的验证码不再接受")

    class Meta:
        verbose_name = verbose_name_plural = "验证器"

    def __str__(self):
        return str(self.user)


class RecoveryCode(models.Model):
    """Stands in once for a lost authenticator. Only its digest is kept."""

    user = models.ForeignKey(_USER, models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64, editable=False)
    used_at = models.DateTimeField("使用时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "恢复码"
        constraints = [UniqueConstraint(fields=["user", "digest"], name="recovery_code_once")]

    def __str__(self):
        return f"{self.user} {'已用' if self.used_at else '未用'}"


class CodeFailures(models.Model):
    """How often wrong codes came in for a key (account and address, or the account alone) since an instant."""

    key = models.CharField(max_length=120, unique=True)
    count = models.PositiveIntegerField(default=0)
    since = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = "验证码输错次数"

    def __str__(self):
        return f"{self.key}: {self.count}"


class Invitation(models.Model):
    """A link that works once: the invited person chooses their own password. Only the digest of its key is kept.

    With strict separation the security administrator releases it: the link then works together with a code that they hand
    over, so nobody who holds one of the two opens the account.
    """

    user = models.ForeignKey(_USER, models.CASCADE, related_name="invitations")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField("签发时间", auto_now_add=True)
    created_by = models.ForeignKey(_USER, models.PROTECT, null=True, related_name="+", verbose_name="签发人")
    expires_at = models.DateTimeField("失效时间")
    used_at = models.DateTimeField("使用时间", null=True, blank=True)
    release_digest = models.CharField(max_length=64, blank=True, default="", db_default="", editable=False)
    released_at = models.DateTimeField("放行时间", null=True, blank=True)
    released_by = models.ForeignKey(_USER, models.PROTECT, null=True, related_name="+", verbose_name="放行人")

    class Meta:
        verbose_name = verbose_name_plural = "邀请"

    def __str__(self):
        return f"{self.user} → {self.expires_at:%Y-%m-%d %H:%M}"

    @property
    def needs_release(self) -> bool:
        """Whether the link alone opens nothing. Links made on the server, by nobody's account, need none."""
        return settings.STRICT_SEPARATION and self.created_by_id is not None


class ExternalIdentity(models.Model):
    """Under which subject a person is known to an outside login (OIDC, 浙政钉). Registered before the first login.

    With strict separation it lets nobody in until the security administrator has checked whose subject it is.
    """

    user = models.ForeignKey(_USER, models.CASCADE, related_name="external_identities")
    provider = models.CharField("登录方式", max_length=40)
    subject = models.CharField("对方的用户标识", max_length=200)
    checked_at = models.DateTimeField("核对时间", null=True, blank=True)
    checked_by = models.ForeignKey(_USER, models.PROTECT, null=True, related_name="+", verbose_name="核对人")

    class Meta:
        verbose_name = verbose_name_plural = "统一身份"
        constraints = [
            UniqueConstraint(fields=["provider", "subject"], name="external_subject_once"),
            UniqueConstraint(fields=["user", "provider"], name="external_identity_once_a_provider"),
        ]

    def __str__(self):
        return f"{self.provider}:{self.subject}"

    @property
    def lets_in(self) -> bool:
        return not settings.STRICT_SEPARATION or self.checked_at is not None


class SecurityRules(DatedModel):
    """What a district demands of its accounts from a day on; the installation's settings hold where none are in force."""

    facility_path = None
    shared_down = True
    keeps_its_code = True  # a merged district obeys the rules of the one it joins

    second_factor_roles = ArrayField(
        models.CharField(max_length=24, choices=[(role.value, label) for role, label in ROLE_LABELS.items()]),
        verbose_name="须用两步验证的角色",
        default=list,
        blank=True,
    )
    password_max_age_days = models.PositiveSmallIntegerField("密码最长使用天数")
    idle_minutes = models.PositiveSmallIntegerField("无操作多少分钟后退出")
    set_at = models.DateTimeField("设定时间", auto_now_add=True)
    set_by = models.ForeignKey(_USER, models.PROTECT, null=True, related_name="+", verbose_name="设定人")

    class Meta:
        verbose_name = verbose_name_plural = "安全规则"
        constraints = [
            dates_in_order("security_rules_dates_in_order"),
            CheckConstraint(condition=Q(idle_minutes__gte=1), name="security_rules_idle_positive"),
            CheckConstraint(condition=Q(password_max_age_days__gte=1), name="security_rules_age_positive"),
            UniqueConstraint(fields=["division_code"], condition=Q(ends_on=None), name="security_rules_one_current"),
        ]

    def __str__(self):
        return f"{self.division_code} {self.starts_on}"
