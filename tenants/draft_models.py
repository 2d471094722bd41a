"""What somebody has typed into a form and not yet saved."""

import uuid
from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import UniqueConstraint
from django.utils import timezone

from tenants.scoped import ScopedModel, ScopedQuerySet


class DraftQuerySet(ScopedQuerySet):
    def visible_to(self, appointment):
        """A draft is its writer's alone, also among people of one division."""
        return super().visible_to(appointment).filter(user_id=appointment and appointment.user_id)

    def kept(self):
        """Those that have not expired (`DRAFT_DAYS`)."""
        return self.filter(updated_at__gte=timezone.now() - timedelta(days=settings.DRAFT_DAYS))


class Draft(ScopedModel):
    """The text of one form as it stood in one window, right or wrong, until it is saved, discarded or expires.

    `form` and `object_uuid` say which form of which object (for a new row: of its owner); `token` is the window's, so two
    windows of one person never overwrite each other. `data` maps a field to the list of texts that the form would send.
    `base_version` is the version of the object that the person saw when they began.
    """

    facility_path = None
    keeps_history = False

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name="填写人")
    form = models.CharField("表单", max_length=40)
    object_uuid = models.UUIDField("对象")
    token = models.UUIDField("窗口")
    data = models.JSONField("内容", default=dict)
    base_version = models.PositiveIntegerField("起填时的版本", default=0)
    updated_at = models.DateTimeField("最后保存")

    objects: ClassVar[models.Manager] = DraftQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "草稿"
        ordering = ["-updated_at", "-pk"]
        indexes = [models.Index(fields=["user", "form", "object_uuid"], name="draft_of_form")]
        constraints = [UniqueConstraint(fields=["user", "token"], name="draft_once_a_window")]

    def __str__(self):
        return f"{self.form} {self.object_uuid}"
