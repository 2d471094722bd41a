"""Files that show what the ledgers say: photos, PDF and Word documents of a facility."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q

from facilities.models.facility import Facility
from facilities.models.offer import OfferedFunction, Operator
from facilities.models.place import Site
from tenants.scoped import ScopedModel


class AttachmentKind(models.TextChoices):
    AREA = "area", "面积证明"
    EVIDENCE = "evidence", "功能佐证"
    AGREEMENT = "agreement", "协议"
    PHOTO = "photo", "照片"
    OTHER = "other", "其他"


class Attachment(ScopedModel):
    """A stored file of a facility, perhaps about one of its sites, functions, operators or projects.

    `sha256` names the file on disk (`facilities.uploads.store`); `received_sha256` is that of the bytes as uploaded,
    before a picture was written anew. When and where a picture was taken is for editors only
    (`facilities.queries.attachments`). A removed one keeps its row and its file.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    facility = models.ForeignKey(Facility, models.CASCADE, related_name="attachments", verbose_name="设施")
    site = models.ForeignKey(Site, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="点位")
    function = models.ForeignKey(
        OfferedFunction, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="功能"
    )
    operator = models.ForeignKey(Operator, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="运营")
    # By name: the app of projects lies above this one, and nothing here imports it.
    project = models.ForeignKey(
        "partners.ResidentProject", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="项目"
    )
    kind = models.CharField("类别", max_length=9, choices=AttachmentKind)
    name = models.CharField("文件名", max_length=120)
    size = models.PositiveIntegerField("字节数")
    sha256 = models.CharField(max_length=64)
    received_sha256 = models.CharField(max_length=64)
    media_type = models.CharField("格式", max_length=80)
    taken_at = models.DateTimeField("拍摄时间", null=True, blank=True)
    longitude = models.DecimalField("拍摄经度", max_digits=9, decimal_places=6, null=True, blank=True)
    latitude = models.DecimalField("拍摄纬度", max_digits=8, decimal_places=6, null=True, blank=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="上传人"
    )
    uploaded_at = models.DateTimeField("上传时间", auto_now_add=True)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="移除人"
    )
    removed_at = models.DateTimeField("移除时间", null=True, blank=True)
    removed_reason = models.CharField("移除理由", max_length=200, blank=True)
    lost_at = models.DateTimeField("发现文件缺失", null=True, blank=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "证明与资料"
        ordering = ["-uploaded_at", "-pk"]
        indexes = [models.Index(fields=["sha256"], name="attachment_by_content")]
        constraints = [
            CheckConstraint(
                condition=Q(removed_at=None, removed_reason="") | (~Q(removed_at=None) & ~Q(removed_reason="")),
                name="attachment_removed_for_a_reason",
            ),
            CheckConstraint(
                condition=Q(longitude=None, latitude=None)
                | Q(longitude__gte=-180, longitude__lte=180, latitude__gte=-90, latitude__lte=90),
                name="attachment_place_on_earth",
            ),
        ]

    def __str__(self):
        return self.name
