"""What a facility offers and who runs it as a whole."""

import uuid

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from facilities.models.facility import Facility
from facilities.models.place import Space
from tenants.scoped import DatedModel, dates_in_order


class OfferedFunction(DatedModel):
    """A function that a facility offers: an item of a catalogue by its number, or a local one by name."""

    facility = models.ForeignKey(Facility, models.CASCADE, related_name="functions", verbose_name="设施")
    item_number = models.PositiveSmallIntegerField(
        "功能编号", null=True, blank=True, help_text="拱墅清单 1–33;杭州 4+5+X 为 101 起(standards 目录)"
    )
    local_name = models.CharField("个性化功能", max_length=60, blank=True)
    space = models.ForeignKey(Space, models.SET_NULL, null=True, blank=True, verbose_name="空间")
    evidence = models.CharField("佐证", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "功能"
        constraints = [
            dates_in_order("function_dates_in_order"),
            CheckConstraint(condition=Q(item_number=None) ^ Q(local_name=""), name="function_is_an_item_or_local"),
            UniqueConstraint(
                fields=["facility", "item_number", "local_name", "starts_on"],
                nulls_distinct=False,
                name="function_once",
            ),
        ]


class Operator(DatedModel):
    """Who runs the whole facility: a professional organisation or a named person (拱墅 三(一)1)."""

    uuid = models.UUIDField(default=uuid.uuid4, db_default=RandomUUID(), unique=True, editable=False)
    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)
    facility = models.ForeignKey(Facility, models.CASCADE, related_name="operators", verbose_name="设施")
    kind = models.CharField("方式", max_length=12, choices=[("organisation", "专业服务机构"), ("person", "落实专人")])
    name = models.CharField("名称", max_length=80)
    agreement = models.CharField("协议或任命文件", max_length=120, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "综合运营"
        constraints = [
            dates_in_order("operator_dates_in_order"),
            UniqueConstraint(fields=["facility", "name", "starts_on"], name="operator_once"),
        ]
