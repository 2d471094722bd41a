"""Brand groups (品牌或集团) that serve in several facilities and streets, and which partners belong to them, from when on."""

import uuid

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Func, Q, UniqueConstraint

from partners.models.columns import district_of_row
from partners.models.partner import Partner
from tenants.scoped import DatedModel, ScopedModel, dates_in_order


class Brand(ScopedModel):
    """A brand or group, registered by the district for all its streets (拱墅 三(二)3).

    lead: the partner that speaks for the group, where one does; uscc: the credit code of the group's own firm, which need
    not be a partner.
    """

    facility_path = None
    shared_down = True

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)
    district_code = district_of_row()
    name = models.CharField("品牌或集团", max_length=60)
    uscc = models.CharField("集团统一社会信用代码", max_length=18, blank=True)
    lead = models.ForeignKey(
        Partner, models.SET_NULL, null=True, blank=True, related_name="leads", verbose_name="牵头单位"
    )

    class Meta:
        verbose_name = verbose_name_plural = "品牌"
        constraints = [
            UniqueConstraint(fields=["district_code", "name"], name="brand_name_once_a_district"),
            UniqueConstraint(
                fields=["district_code", "uscc"], condition=~Q(uscc=""), name="brand_uscc_once_a_district"
            ),
        ]

    def __str__(self):
        return self.name


class BrandMember(DatedModel):
    """A partner that belongs to a brand between two dates. It lies where its partner lies, and is seen by whoever sees that.

    A partner belongs to one brand at a time, says the database. Two rows of the same brand may overlap: after a merge of
    partners both are kept, so that the merge can be taken back.
    """

    facility_path = None
    shared_down = True

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    brand = models.ForeignKey(Brand, models.PROTECT, related_name="members", verbose_name="品牌")
    partner = models.ForeignKey(Partner, models.CASCADE, related_name="brands", verbose_name="合伙人")

    class Meta:
        verbose_name = verbose_name_plural = "品牌成员"
        constraints = [
            dates_in_order("brand_member_dates_in_order"),
            ExclusionConstraint(
                name="brand_member_of_one_at_a_time",
                expressions=[
                    ("partner", RangeOperators.EQUAL),
                    ("brand", RangeOperators.NOT_EQUAL),
                    (Func("starts_on", "ends_on", function="daterange", output_field=DateRangeField()), RangeOperators.OVERLAPS),
                ],
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.partner} · {self.brand}"
