"""Self-evaluations of streets, to read: the list, and one with its facilities and indicators."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.generics import get_object_or_404
from rest_framework.response import Response

from assessments.api.facilities import quarter_asked
from assessments.exports.evaluations import grade_name, number_of, period_label
from assessments.models import EvaluatedFacility, EvaluationState
from assessments.queries.evaluations.facility import items_of
from assessments.queries.evaluations.overview import evaluations
from assessments.queries.evaluations.values import recorded, scale_of
from tenants.api.divisions import DivisionRefSerializer
from tenants.api.paging import Pages
from tenants.api.views import ApiView
from tenants.queries import division_names
from tenants.rules import Permission

TAGS = ["街道自评"]


class SelfEvaluationSerializer(serializers.Serializer):
    """Scores in points. They are 示例口径: annex 2 is not public. `names` of the context maps division codes to names."""

    uuid = serializers.UUIDField()
    street = DivisionRefSerializer()
    quarter = serializers.CharField(help_text="截止季度，如 2026-Q2")
    period = serializers.CharField(help_text="如 2026 年上半年")
    state = serializers.ChoiceField(EvaluationState.choices)
    state_label = serializers.CharField()
    version = serializers.IntegerField(help_text="报送过几版")
    due_on = serializers.DateField()
    facilities = serializers.IntegerField()
    corrections = serializers.IntegerField(help_text="更正的指标项数")
    recorded_mean = serializers.FloatField(help_text="台账平均分，示例口径")
    own_mean = serializers.FloatField(help_text="自评平均分，示例口径")
    filing_number = serializers.CharField(allow_blank=True, help_text="备案号，没有备案则为空")
    signed_by = serializers.CharField(allow_null=True)
    signed_at = serializers.DateTimeField(allow_null=True)


class EvaluatedIndicatorSerializer(serializers.Serializer):
    key = serializers.CharField()
    name = serializers.CharField()
    state = serializers.CharField(help_text="已确认、已更正或未确认")
    recorded = serializers.CharField(help_text="台账值，带单位；没有数据则写没有数据")
    recorded_points = serializers.FloatField()
    own = serializers.CharField(help_text="自评值，带单位")
    own_points = serializers.FloatField()
    reason = serializers.CharField(allow_blank=True, help_text="更正的理由")
    evidence = serializers.CharField(allow_blank=True, help_text="佐证的文件名")


class EvaluatedFacilitySerializer(serializers.Serializer):
    facility = serializers.UUIDField()
    code = serializers.CharField()
    name = serializers.CharField()
    recorded_score = serializers.FloatField()
    recorded_coverage = serializers.IntegerField()
    recorded_grade = serializers.CharField()
    own_score = serializers.FloatField()
    own_coverage = serializers.IntegerField()
    own_grade = serializers.CharField()
    indicators = EvaluatedIndicatorSerializer(many=True)


class SelfEvaluationDetailSerializer(SelfEvaluationSerializer):
    scale = serializers.CharField(help_text="热活度版本")
    is_official = serializers.BooleanField(help_text="false：示例口径，不是官方指标")
    rows = EvaluatedFacilitySerializer(many=True)


class SelfEvaluationList(ApiView):
    access = Permission.VIEW_EVALUATIONS
    serializer_class = SelfEvaluationSerializer
    pagination_class = Pages
    parameters = ("quarter", "state")

    @extend_schema(
        summary="街道自评",
        tags=TAGS,
        operation_id="self_evaluations_list",
        parameters=[
            OpenApiParameter("quarter", str, description="截止季度，如 2026-Q2"),
            OpenApiParameter("state", str, enum=EvaluationState.values),
        ],
        responses=SelfEvaluationSerializer(many=True),
    )
    def get(self, request):
        found = evaluations(self.appointment).order_by("-quarter", "division_code")
        if quarter := quarter_asked(request):
            found = found.filter(quarter=quarter)
        if (state := request.query_params.get("state")) is not None:
            if state not in EvaluationState.values:
                raise ValidationError({"state": [f"请写其中之一：{'、'.join(EvaluationState.values)}。"]})
            found = found.filter(state=state)
        page = self.paginate_queryset(found)
        names = division_names({row.division_code for row in page})
        return self.get_paginated_response(
            SelfEvaluationSerializer([_head(row, names) for row in page], many=True).data
        )


class SelfEvaluationDetail(ApiView):
    access = Permission.VIEW_EVALUATIONS
    serializer_class = SelfEvaluationDetailSerializer

    @extend_schema(summary="一个街道的自评：逐设施、逐指标", tags=TAGS, operation_id="self_evaluations_read")
    def get(self, request, uuid):
        found = get_object_or_404(evaluations(self.appointment), uuid=uuid)
        rows = list(
            EvaluatedFacility.objects.filter(evaluation=found).select_related("facility").order_by("facility__code")
        )
        scale = scale_of(found)
        items = items_of(recorded(found, [row.facility_id for row in rows]), rows)
        content = _head(found, division_names({found.division_code})) | {
            "scale": scale.version,
            "is_official": scale.is_official,
            "rows": [_row(row, items[row.pk], scale) for row in rows],
        }
        return Response(SelfEvaluationDetailSerializer(content).data)


def _head(row, names: dict[int, str]) -> dict:
    return {
        "uuid": row.uuid,
        "street": {"code": str(row.division_code), "name": names.get(row.division_code, "")},
        "quarter": row.quarter,
        "period": period_label(row),
        "state": row.state,
        "state_label": row.get_state_display(),
        "version": row.version,
        "due_on": row.due_on,
        "facilities": row.total,
        "corrections": row.corrections,
        "recorded_mean": row.recorded_mean / 100,
        "own_mean": row.own_mean / 100,
        "filing_number": number_of(row),
        "signed_by": str(row.signed_by) if row.signed_by else None,
        "signed_at": row.signed_at,
    }


def _row(row: EvaluatedFacility, items, scale) -> dict:
    return {
        "facility": row.facility.uuid,
        "code": row.facility.code,
        "name": row.facility.name,
        "recorded_score": row.recorded_score / 100,
        "recorded_coverage": row.recorded_coverage,
        "recorded_grade": grade_name(scale, row.recorded_grade),
        "own_score": row.own_score / 100,
        "own_coverage": row.own_coverage,
        "own_grade": grade_name(scale, row.own_grade),
        "indicators": [
            {
                "key": item.indicator.key,
                "name": item.indicator.name,
                "state": item.state,
                "recorded": item.recorded,
                "recorded_points": item.recorded_points / 100,
                "own": item.own,
                "own_points": item.own_points / 100,
                "reason": item.correction.reason if item.correction else "",
                "evidence": item.correction.attachment.name if item.correction else "",
            }
            for item in items
        ],
    }
