"""Messages of the portal to single people."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q, UniqueConstraint

from tenants.scope import scope_of
from tenants.scoped import ScopedModel, ScopedQuerySet


class MessageKind(models.TextChoices):
    DUE = "due", "到期提醒"
    URGE = "urge", "催办"
    REVIEW = "review", "审核"
    CHANGE = "change", "变动"
    NOTICE = "notice", "通知"


class MessageQuerySet(ScopedQuerySet):
    def visible_to(self, appointment):
        """One's own, about the divisions one serves now. Who serves single facilities reads whatever was sent to them."""
        if appointment is None:
            return self.none()
        mine = self.filter(user_id=appointment.user_id)
        codes = scope_of(appointment).codes
        return mine.within(codes) if codes else mine

    def unread(self):
        return self.filter(read_at=None)


class Message(ScopedModel):
    """Something that one person should know. `division_code` is where it happened; it lies in the reader's divisions.

    `link`: a path of this portal. `key`: names the occasion, so that a reminder reaches a person once.
    `told_at`: when a digest has named it outside the portal.
    """

    facility_path = None
    keeps_history = False

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name="收件人")
    kind = models.CharField("类别", max_length=8, choices=MessageKind)
    title = models.CharField("标题", max_length=120)
    text = models.TextField("内容", blank=True)
    link = models.CharField("去处", max_length=200, blank=True)
    key = models.CharField(max_length=120, blank=True, editable=False)
    created_at = models.DateTimeField("时间")
    read_at = models.DateTimeField("读过", null=True, blank=True)
    told_at = models.DateTimeField("摘要已发", null=True, blank=True)

    objects: ClassVar[models.Manager] = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "消息"
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["user", "-created_at"], name="message_of_user"),
            models.Index(fields=["user"], name="message_unread", condition=Q(read_at=None)),
            models.Index(fields=["user"], name="message_untold", condition=Q(read_at=None, told_at=None)),
        ]
        constraints = [UniqueConstraint(fields=["user", "key"], condition=~Q(key=""), name="message_once_an_occasion")]

    def __str__(self):
        return self.title
