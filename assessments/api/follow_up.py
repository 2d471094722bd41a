"""Half-yearly follow-ups and rectification orders, read only: what has to be done where, and how far it has come."""

from datetime import date

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.generics import get_object_or_404
from rest_framework.response import Response

from assessments.models import FollowUp, FollowUpState, Rectification, RectificationState
from assessments.queries.follow_up import lists
from assessments.rules.follow_up import percent_text
from tenants.api.paging import Pages
from tenants.api.views import ApiView
from tenants.rules import Permission

TAGS = ["半年核查"]


class FollowUpSerializer(serializers.ModelSerializer):
    facility = serializers.UUIDField(source="facility.uuid", read_only=True)
    facility_name = serializers.CharField(source="facility.name", read_only=True)
    state_label = serializers.CharField(source="get_state_display", read_only=True)

    class Meta:
        model = FollowUp
        fields = [
            "uuid", "facility", "facility_name", "half", "state", "state_label", "due_on", "opened_at", "conclusion",
            "findings", "concluded_at",
        ]  # fmt: skip
        extra_kwargs = {"findings": {"help_text": "核查时留存的三项和五个方面；还没有核查的为空"}}


class RectificationSerializer(serializers.ModelSerializer):
    """line_value / line_parts: the line as a fraction, 4 / 5 is 80 %."""

    facility = serializers.UUIDField(source="facility.uuid", read_only=True)
    facility_name = serializers.CharField(source="facility.name", read_only=True)
    state_label = serializers.CharField(source="get_state_display", read_only=True)
    percent = serializers.SerializerMethodField()

    class Meta:
        model = Rectification
        fields = [
            "uuid", "facility", "facility_name", "half", "item_number", "satisfied", "valid", "percent", "standard",
            "line_value", "line_parts", "state", "state_label", "opened_on", "due_on", "mend_by", "measures", "ended_at",
        ]  # fmt: skip

    @extend_schema_field(str)
    def get_percent(self, order) -> str:
        return percent_text(order.satisfied, order.valid)


class _Listed(ApiView):
    access = Permission.VIEW_RESULTS
    pagination_class = Pages
    parameters = ("q", "state", "half", "street", "overdue")
    kind = ""

    def answer(self, request):
        kind = lists.KINDS[self.kind]
        state = request.query_params.get("state", "")
        if state and state != "live" and state not in kind.states:
            raise ValidationError({"state": [f"请写其中之一：live、{'、'.join(kind.states)}。"]})
        wanted = lists.asked(request.query_params, kind)
        page = self.paginate_queryset(lists.listed(kind, self.appointment, wanted, _today()))
        return self.get_paginated_response(self.serializer_class(page, many=True).data)


_PARAMETERS = [
    OpenApiParameter("q", str, description="设施名称，或编号的开头"),
    OpenApiParameter("half", str, description="如 2026-H1"),
    OpenApiParameter("street", str, description="街道的 12 位代码"),
    OpenApiParameter("overdue", str, enum=["1"], description="只要逾期的"),
]


class FollowUpList(_Listed):
    serializer_class = FollowUpSerializer
    kind = "follow-ups"

    @extend_schema(
        summary="半年核查",
        tags=TAGS,
        operation_id="follow_ups_list",
        parameters=[*_PARAMETERS, OpenApiParameter("state", str, enum=["live", *FollowUpState.values])],
        responses=FollowUpSerializer(many=True),
    )
    def get(self, request):
        return self.answer(request)


class FollowUpDetail(ApiView):
    access = Permission.VIEW_RESULTS
    serializer_class = FollowUpSerializer

    @extend_schema(summary="一座设施一个半年的核查", tags=TAGS, operation_id="follow_ups_read")
    def get(self, request, uuid):
        rows = FollowUp.objects.visible_to(self.appointment).select_related("facility")
        return Response(FollowUpSerializer(get_object_or_404(rows, uuid=uuid)).data)


class RectificationList(_Listed):
    serializer_class = RectificationSerializer
    kind = "rectifications"

    @extend_schema(
        summary="整改单",
        tags=TAGS,
        operation_id="rectifications_list",
        parameters=[*_PARAMETERS, OpenApiParameter("state", str, enum=["live", *RectificationState.values])],
        responses=RectificationSerializer(many=True),
    )
    def get(self, request):
        return self.answer(request)


class RectificationDetail(ApiView):
    access = Permission.VIEW_RESULTS
    serializer_class = RectificationSerializer

    @extend_schema(summary="一张整改单", tags=TAGS, operation_id="rectifications_read")
    def get(self, request, uuid):
        rows = Rectification.objects.visible_to(self.appointment).select_related("facility")
        return Response(RectificationSerializer(get_object_or_404(rows, uuid=uuid)).data)


def _today() -> date:
    return timezone.localdate()
