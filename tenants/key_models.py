"""The data keys of districts. Personal data is sealed under a key of its own row, that one under a key of the district."""

import uuid

from django.db import models
from django.db.models import Q, UniqueConstraint

from tenants.scoped import ScopedModel


class KeyPurpose(models.TextChoices):
    ROW = "row", "行密钥的包裹"
    INDEX = "index", "盲索引"


class DataKey(ScopedModel):
    """A key of a district, wrapped by a master key. Readable in the district's streets; a retired one still opens what it wrapped."""

    facility_path = None
    shared_down = True
    keeps_history = False

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    purpose = models.CharField("用途", max_length=8, choices=KeyPurpose)
    master_key = models.CharField("主密钥", max_length=40)
    wrapped = models.BinaryField("包裹后的密钥")
    created_at = models.DateTimeField("生成时间", auto_now_add=True)
    retired_at = models.DateTimeField("停用时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "数据密钥"
        constraints = [
            UniqueConstraint(
                fields=["division_code", "purpose"], condition=Q(retired_at=None), name="data_key_one_current"
            ),
        ]

    def __str__(self):
        return f"{self.get_purpose_display()} {self.uuid}"
