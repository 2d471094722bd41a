"""What the records of this app share."""

import uuid

from django.contrib.postgres.functions import RandomUUID
from django.db import models

from facilities.models import Facility
from tenants.scoped import DatedModel, ScopedModel

# Function items are catalogue numbers: 1–33 of the district, 101–113 of the city. 0 stands for the facility as a whole.
WHOLE = 0


class Record(ScopedModel):
    """A record of one facility that people write and correct on a page of its own."""

    uuid = models.UUIDField(default=uuid.uuid4, db_default=RandomUUID(), unique=True, editable=False)
    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)
    facility = models.ForeignKey(Facility, models.CASCADE, related_name="+", verbose_name="设施")

    class Meta:
        abstract = True


class DatedRecord(DatedModel):
    """The same where the record holds between two dates."""

    uuid = models.UUIDField(default=uuid.uuid4, db_default=RandomUUID(), unique=True, editable=False)
    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)
    facility = models.ForeignKey(Facility, models.CASCADE, related_name="+", verbose_name="设施")

    class Meta:
        abstract = True
