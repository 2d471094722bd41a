"""Runs: what was computed for which quarter, how far one has come, and starting one."""

import json

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.generics import get_object_or_404
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from assessments.api.facilities import parsed_quarter, quarter_asked
from assessments.models import Run, RunState
from assessments.operations.runs import RunRefusedError, start_quarter
from assessments.rules.quarters import Quarter
from tenants.api.divisions import DivisionRefSerializer
from tenants.api.errors import Conflict
from tenants.api.idempotency import IDEMPOTENCY_KEY, answer_once
from tenants.api.paging import Pages
from tenants.api.views import ApiView
from tenants.filters import code_of
from tenants.queries import division_names, scope_of
from tenants.rules import Permission, district_of

TAGS = ["测算"]


class RunSerializer(serializers.ModelSerializer):
    """`names` of the context maps division codes to names."""

    district = serializers.SerializerMethodField()
    state_label = serializers.CharField(source="get_state_display", read_only=True)
    requested_by = serializers.CharField(source="requested_by.display_name", default=None, allow_null=True)

    class Meta:
        model = Run
        fields = [
            "uuid", "quarter", "district", "standard", "revision", "state", "state_label", "step", "facilities_total",
            "facilities_done", "error", "reason", "requested_by", "requested_at", "started_at", "finished_at", "readings",
            "criteria", "fact_hash", "standard_hash", "result_hash",
        ]  # fmt: skip
        extra_kwargs = {
            "readings": {"help_text": "这个区裁定过的读法：编号 → 选项；其余按默认读法"},
            "criteria": {"help_text": "准则的键，筛选 fails 用"},
        }

    @extend_schema_field(DivisionRefSerializer)
    def get_district(self, run) -> dict:
        return {"code": str(run.division_code), "name": self.context["names"].get(run.division_code, "")}


class RunProgressSerializer(serializers.ModelSerializer):
    state_label = serializers.CharField(source="get_state_display", read_only=True)
    is_finished = serializers.SerializerMethodField()

    class Meta:
        model = Run
        fields = ["uuid", "state", "state_label", "step", "facilities_total", "facilities_done", "error", "is_finished"]

    def get_is_finished(self, run) -> bool:
        return run.state in {RunState.COMPUTED, RunState.FAILED}


class RunRequest(serializers.Serializer):
    quarter = serializers.RegexField(
        r"^[0-9]{4}-Q[1-4]$",
        error_messages={"invalid": "请写成 2026-Q3 这样的季度。"},
        help_text="已结束的季度，如 2026-Q3",
    )
    district = serializers.CharField(required=False, help_text="区的 12 位代码；不写则为你所在的区")
    reason = serializers.CharField(max_length=200, allow_blank=True, default="", help_text="重新测算时必填")
    rerun = serializers.BooleanField(default=False, help_text="已有结果时，再算一次（旧结果保留）")
    based_on = serializers.IntegerField(
        min_value=0, max_value=32767, default=0, help_text="你看到的最新一次是第几次；其间已有更新的，就不再算"
    )

    def validate_quarter(self, text: str) -> Quarter:
        try:
            return parsed_quarter(text)
        except ValueError as error:
            raise serializers.ValidationError(str(error)) from None


class RunList(ApiView):
    access = Permission.VIEW_RESULTS
    access_by_method = {"POST": Permission.RUN_QUARTER}
    serializer_class = RunSerializer
    pagination_class = Pages
    parameters = ("quarter", "state")

    @extend_schema(
        summary="各次测算",
        tags=TAGS,
        operation_id="runs_list",
        parameters=[
            OpenApiParameter("quarter", str, description="如 2026-Q3"),
            OpenApiParameter("state", str, enum=RunState.values),
        ],
        responses=RunSerializer(many=True),
    )
    def get(self, request):
        found = runs_visible(self.appointment)
        if quarter := quarter_asked(request):
            found = found.filter(quarter=quarter)
        if (state := request.query_params.get("state")) is not None:
            if state not in RunState.values:
                raise ValidationError({"state": [f"请写其中之一：{'、'.join(RunState.values)}。"]})
            found = found.filter(state=state)
        page = self.paginate_queryset(found)
        return self.get_paginated_response(RunSerializer(page, many=True, context=_names(page)).data)

    @extend_schema(
        summary="开始测算一个季度",
        description="正在测算的，答复就是那一次；已有结果而没有要求重新测算的，答复就是那次结果（200）。",
        tags=TAGS,
        operation_id="runs_create",
        parameters=[IDEMPOTENCY_KEY],
        request=RunRequest,
        responses={202: RunSerializer, 200: RunSerializer},
    )
    def post(self, request):
        wanted = RunRequest(data=request.data)
        wanted.is_valid(raise_exception=True)
        return answer_once(self, lambda: self._start(**wanted.validated_data))

    def _start(self, *, quarter, reason, rerun, based_on, district=None) -> tuple[int, dict]:
        try:
            run = start_quarter(
                quarter=quarter,
                district=self._district(district),
                by=self.request.user,
                reason=reason,
                today=timezone.localdate(),
                rerun=rerun,
                based_on=based_on,
            )
        except RunRefusedError as refused:
            raise Conflict(str(refused)) from refused
        return 200 if run.state == RunState.COMPUTED else 202, _plain(RunSerializer(run, context=_names([run])).data)

    def _district(self, text: str | None) -> int:
        own = self.appointment.division_code
        code = district_of(own) if text is None else code_of(text)
        codes = scope_of(self.appointment).codes
        if code is None or code != district_of(code) or codes is None or code not in codes:
            raise ValidationError({"district": ["请写你管辖范围内一个区的 12 位代码，如 330105000000。"]})
        return code


class RunDetail(ApiView):
    access = Permission.VIEW_RESULTS
    serializer_class = RunSerializer

    @extend_schema(summary="一次测算", tags=TAGS, operation_id="runs_read")
    def get(self, request, uuid):
        run = get_object_or_404(runs_visible(self.appointment), uuid=uuid)
        return Response(RunSerializer(run, context=_names([run])).data)


class RunProgress(ApiView):
    access = Permission.VIEW_RESULTS
    serializer_class = RunProgressSerializer

    @extend_schema(summary="一次测算的进度", tags=TAGS, operation_id="runs_progress")
    def get(self, request, uuid):
        return Response(RunProgressSerializer(get_object_or_404(runs_visible(self.appointment), uuid=uuid)).data)


def runs_visible(appointment):
    return Run.objects.visible_to(appointment).select_related("requested_by")


def _names(runs) -> dict:
    return {"names": division_names({run.division_code for run in runs})}


def _plain(data) -> dict:
    """What the JSON of an answer says, as it is stored: only text, numbers, lists and objects."""
    return json.loads(json.dumps(data, cls=JSONEncoder))
