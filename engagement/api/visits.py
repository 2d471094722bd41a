"""Visits of a facility: what counters send as CSV, and what is stored."""

import codecs
from datetime import date

from django.db import transaction
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.generics import get_object_or_404
from rest_framework.parsers import BaseParser

from engagement.models import CountSource, VisitCount
from engagement.operations.days import record_visits
from facilities.models import Facility
from tenants.api.idempotency import IDEMPOTENCY_KEY, answer_once
from tenants.api.paging import Pages
from tenants.api.views import ApiView
from tenants.rules import Permission

MOST_LINES = 1_000
_TAGS = ["活动与到访"]
_SOURCES = {"counter": CountSource.COUNTER, "scan": CountSource.SCAN}


class CsvText(BaseParser):
    """The body as text, whatever it says; the view reads its lines. Read as a whole: the key of a repeated request needs it too."""

    media_type = "text/csv"

    def parse(self, stream, media_type=None, parser_context=None):
        try:
            return codecs.decode(parser_context["request"]._request.body, "utf-8-sig")
        except UnicodeDecodeError:
            raise ValidationError({"body": ["文件要用 UTF-8 编码。"]}) from None


class VisitSerializer(serializers.ModelSerializer):
    source = serializers.CharField(source="get_source_display", read_only=True)
    period = serializers.CharField(source="get_period_display", read_only=True)

    class Meta:
        model = VisitCount
        fields = ["starts_on", "period", "source", "visits"]


class TakenSerializer(serializers.Serializer):
    """How many days were new, and how many were corrected."""

    lines = serializers.IntegerField()
    new = serializers.IntegerField()
    changed = serializers.IntegerField()


def read_lines(text: str, today: date) -> dict[date, int]:
    """Day → visits of a CSV whose lines are `2026-11-20,128`; a first line without digits is a heading.

    Raises ValidationError that names each line that cannot be read; nothing is taken then.
    """
    counts: dict[date, int] = {}
    wrong: list[str] = []
    lines = text.splitlines()
    if len(lines) > MOST_LINES:
        raise ValidationError({"body": [f"一次最多 {MOST_LINES} 行。"]})
    for number, line in enumerate(lines, 1):
        cells = [cell.strip().strip('"') for cell in line.replace("，", ",").split(",")]
        if not line.strip() or (number == 1 and not any(c.isdigit() for c in line)):
            continue
        problem = _take(cells, counts, today)
        if problem:
            wrong.append(f"第 {number} 行：{problem}")
    if wrong:
        raise ValidationError({"body": wrong[:20]})
    if not counts:
        raise ValidationError({"body": ["没有一行数据。每行写日期和人次，如 2026-11-20,128。"]})
    return counts


def _take(cells: list[str], counts: dict[date, int], today: date) -> str:
    if len(cells) != 2:
        return "要有两格：日期和人次，如 2026-11-20,128"
    try:
        day = date.fromisoformat(cells[0])
    except ValueError:
        return f"“{cells[0][:20]}”不是日期，写成 2026-11-20"
    if day > today:
        return f"{day} 还没有到"
    if day.year < 2000:
        return f"{day} 太早了"
    if not (cells[1].isascii() and cells[1].isdigit() and len(cells[1]) < 8 and int(cells[1]) <= 1_000_000):
        return f"“{cells[1][:20]}”不是 0 到 1000000 之间的整数"
    if day in counts:
        return f"{day} 写了两次"
    counts[day] = int(cells[1])
    return ""


class FacilityVisits(ApiView):
    access = Permission.VIEW_FACILITIES
    access_by_method = {"POST": Permission.EDIT_FACILITIES}
    serializer_class = VisitSerializer
    pagination_class = Pages
    parser_classes = [CsvText]
    parameters = ("source",)

    @extend_schema(
        summary="到访人次", tags=_TAGS, operation_id="facility_visits_list", responses=VisitSerializer(many=True),
        description="新的在前。",
    )  # fmt: skip
    def get(self, request, uuid):
        rows = VisitCount.objects.filter(facility=self._facility(uuid)).order_by("-starts_on", "period", "source")
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(VisitSerializer(page, many=True).data)

    @extend_schema(
        summary="送入客流计数", tags=_TAGS, operation_id="facility_visits_take",
        description="CSV 文本，每行“日期,人次”。同一天再送就改正；有一行读不了，一行也不收。建议带 Idempotency-Key，断网后放心重发。",
        parameters=[
            IDEMPOTENCY_KEY,
            OpenApiParameter("source", str, enum=list(_SOURCES), description="counter 客流计数器（默认），scan 刷卡或扫码"),
        ],
        request={"text/csv": OpenApiTypes.STR}, responses={200: TakenSerializer},
        examples=[OpenApiExample("两天", value="2026-11-19,128\n2026-11-20,131\n", request_only=True, media_type="text/csv")],
    )  # fmt: skip
    def post(self, request, uuid):
        facility = self._facility(uuid)
        source = request.query_params.get("source", "counter")
        if source not in _SOURCES:
            raise ValidationError({"source": [f"请写其中之一：{'、'.join(_SOURCES)}。"]})
        if not isinstance(request.data, str):
            raise ValidationError({"body": ["没有一行数据。每行写日期和人次，如 2026-11-20,128。"]})
        counts = read_lines(request.data, timezone.localdate())

        def act() -> tuple[int, dict]:
            new, changed = record_visits(facility=facility, counts=counts, source=_SOURCES[source], by=request.user)
            return 200, {"lines": len(counts), "new": new, "changed": changed}

        with transaction.atomic():
            return answer_once(self, act)

    def _facility(self, uuid) -> Facility:
        return get_object_or_404(Facility.objects.visible_to(self.appointment), uuid=uuid)
