"""What shows who a partner is: files, licences and certificates, grades that others gave it."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q

from partners.models.partner import Partner
from tenants.scoped import ScopedModel


class PartnerFile(ScopedModel):
    """A stored file (`facilities.uploads.store`, named by its SHA-256) of a partner or of an application."""

    facility_path = None

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    partner = models.ForeignKey(Partner, models.CASCADE, null=True, blank=True, related_name="files")
    application = models.ForeignKey("partners.Application", models.CASCADE, null=True, blank=True, related_name="files")
    title = models.CharField("材料", max_length=60)
    name = models.CharField("文件名", max_length=120)
    size = models.PositiveIntegerField("字节数")
    sha256 = models.CharField(max_length=64)
    received_sha256 = models.CharField(max_length=64)
    media_type = models.CharField("格式", max_length=80)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="上传人"
    )
    uploaded_at = models.DateTimeField("上传时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "合伙人材料"
        ordering = ["pk"]
        constraints = [
            CheckConstraint(
                condition=Q(partner=None, application__isnull=False) | Q(partner__isnull=False, application=None),
                name="partner_file_of_one_thing",
            )
        ]

    def __str__(self):
        return self.name


class CredentialKind(models.TextChoices):
    LICENCE = "licence", "营业执照或登记证书"
    PERMIT = "permit", "许可证"
    CERTIFICATE = "certificate", "资格证书"
    INSURANCE = "insurance", "保险"
    CREDIT = "credit", "外部信用等级"


class Credential(ScopedModel):
    """A licence or certificate of a partner, or a grade that somebody else gave it, as of a day and with its evidence.

    A grade (such as that of the platform 安心家政, 杭州 附件 二1) is shown and never a rule: nothing reads `grade`.
    valid_until: the last day; None: without end.
    """

    facility_path = None
    shared_down = True

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    partner = models.ForeignKey(Partner, models.CASCADE, related_name="credentials", verbose_name="合伙人")
    kind = models.CharField("类别", max_length=12, choices=CredentialKind)
    title = models.CharField("名称", max_length=60)
    number = models.CharField("编号", max_length=60, blank=True)
    issuer = models.CharField("发证或评级单位", max_length=80)
    grade = models.CharField("等级", max_length=30, blank=True)
    issued_on = models.DateField("发证或评级日")
    valid_until = models.DateField("有效期至", null=True, blank=True, help_text="最后一天；长期有效就空着")
    file = models.ForeignKey(
        PartnerFile, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="扫描件"
    )
    replaced_by = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+")
    replaced_at = models.DateTimeField("换证时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "证照与外部信用"
        ordering = ["kind", "-issued_on", "-pk"]
        constraints = [
            CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("issued_on")), name="credential_days_in_order"
            ),
            CheckConstraint(condition=~Q(kind="credit") | ~Q(grade=""), name="credential_credit_has_a_grade"),
        ]

    def __str__(self):
        return self.title
