"""Verdicts: of a run, of a facility over the quarters, and one with its findings criterion by criterion."""

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.generics import get_object_or_404
from rest_framework.response import Response

from assessments.api.facilities import TAGS as FACILITY_TAGS
from assessments.api.facilities import FacilityRows, names_around, quarter_of
from assessments.api.runs import TAGS, runs_visible
from assessments.api.serializers import FacilityRowSerializer, TierSerializer, result_of, tier_name
from assessments.models import RunState, UnjudgedReason, Verdict
from assessments.queries import lists
from assessments.queries.explain import explain
from assessments.queries.findings import Finding, findings
from assessments.queries.listing import facilities_with_verdicts
from facilities.api.serializers import FacilitySerializer
from facilities.models import Facility
from standards.api.serializers import CRITERION_KINDS, VersionSerializer
from standards.rules import Outcome, Threshold
from tenants.api.paging import Pages
from tenants.api.views import ApiView
from tenants.rules import Permission, code_range

OUTCOMES = [("met", "达到"), ("not_met", "没有达到"), ("unknown", "缺数据")]


class LimitSerializer(serializers.Serializer):
    amount = serializers.IntegerField(help_text="基本单位：0.01 ㎡、分或个数；占比为分子")
    upper = serializers.IntegerField(allow_null=True)
    parts = serializers.IntegerField()


class FindingSerializer(serializers.Serializer):
    criterion = serializers.CharField(source="criterion.key")
    title = serializers.CharField(source="criterion.title")
    kind = serializers.ChoiceField(CRITERION_KINDS, source="criterion.kind.value")
    tiers = serializers.SerializerMethodField(help_text="是哪些等级的门槛；空则只显示、不进等级")
    outcome = serializers.SerializerMethodField()
    applies = serializers.BooleanField(help_text="这一条是否针对这种建设类型")
    unit = serializers.CharField(allow_blank=True, help_text="value 和 whole 的单位")
    value = serializers.DecimalField(None, 2, allow_null=True, normalize_output=True, help_text="缺数据则为空")
    whole = serializers.DecimalField(None, 2, allow_null=True, normalize_output=True, help_text="占比的分母")
    threshold = serializers.SerializerMethodField()
    value_text = serializers.CharField()
    threshold_text = serializers.CharField()
    shortfall_text = serializers.CharField(allow_blank=True)
    document = serializers.CharField()
    clause = serializers.CharField(source="criterion.source.clause")
    quote = serializers.CharField(source="criterion.source.quote", help_text="原文，一字不改")
    severity = serializers.CharField(source="criterion.source.severity", allow_blank=True)
    fixable = serializers.BooleanField(source="criterion.fixable")
    interpretations = serializers.ListField(child=serializers.CharField(), source="criterion.interpretations")
    sources = serializers.ListField(child=serializers.CharField(), help_text="数自哪些台账")

    @extend_schema_field(serializers.ListField(child=serializers.ChoiceField(["inclusive", "demonstration"])))
    def get_tiers(self, finding: Finding) -> list[str]:
        return [tier.name.lower() for tier in finding.criterion.tiers]

    @extend_schema_field(serializers.ChoiceField(OUTCOMES))
    def get_outcome(self, finding: Finding) -> str:
        return Outcome(finding.outcome).name.lower()

    @extend_schema_field(LimitSerializer(allow_null=True))
    def get_threshold(self, finding: Finding) -> dict | None:
        limit: Threshold | None = finding.limit
        return limit and {"amount": limit.value, "upper": limit.upper or None, "parts": limit.parts}


class OtherReadingSerializer(serializers.Serializer):
    option = serializers.CharField()
    label = serializers.CharField()
    tier_label = serializers.CharField()
    changes = serializers.BooleanField(help_text="按这个选项，等级是否不同")
    lacks_facts = serializers.BooleanField(help_text="按这个选项缺数据，还说不准等级是否不同")


class ReadingEffectSerializer(serializers.Serializer):
    key = serializers.CharField()
    title = serializers.CharField()
    chosen = serializers.CharField(help_text="采用的选项")
    is_ruled = serializers.BooleanField(help_text="是否由区里裁定；否则为默认读法，待区民政局确认")
    others = OtherReadingSerializer(many=True)


class VerdictSerializer(serializers.Serializer):
    facility = FacilitySerializer()
    result = TierSerializer()
    day = serializers.DateField(help_text="按哪一天的事实")
    headline = serializers.CharField()
    based_on_draft = serializers.BooleanField(help_text="依据里有征求意见稿")
    versions = VersionSerializer(many=True)
    findings = FindingSerializer(many=True)
    readings = ReadingEffectSerializer(many=True)


class HistorySerializer(serializers.Serializer):
    run = serializers.UUIDField()
    quarter = serializers.CharField()
    revision = serializers.IntegerField()
    tier = serializers.CharField(allow_null=True)
    tier_label = serializers.CharField()
    unjudged_reason = serializers.CharField(allow_blank=True, help_text="没有测算的原因")


class UnjudgedSerializer(serializers.Serializer):
    facility = serializers.UUIDField(source="facility.uuid")
    code = serializers.CharField(source="facility.code")
    name = serializers.CharField(source="facility.name")
    reason = serializers.ChoiceField(UnjudgedReason.choices)
    reason_label = serializers.CharField(source="get_reason_display")
    message = serializers.CharField(allow_blank=True)


def _run(appointment, uuid):
    return get_object_or_404(runs_visible(appointment), uuid=uuid)


class RunVerdicts(FacilityRows):
    access = Permission.VIEW_RESULTS

    @extend_schema(
        summary="一次测算的逐设施结论",
        description="筛选与设施列表相同，如 fails=demonstration_area 只列没有达到这一条的。类型与状态按季度末日。",
        tags=TAGS,
        operation_id="run_verdicts_list",
        responses=FacilityRowSerializer(many=True),
    )
    def get(self, request, uuid):
        run = _run(self.appointment, uuid)
        self.runs = [run]
        judged = facilities_with_verdicts(run.period.last_day, self.runs).exclude(tier=None)
        return self.rows(judged.visible_to(self.appointment))


class RunUnjudged(ApiView):
    access = Permission.VIEW_RESULTS
    serializer_class = UnjudgedSerializer
    pagination_class = Pages

    @extend_schema(
        summary="一次测算里没有测算的设施和原因",
        tags=TAGS,
        operation_id="run_unjudged_list",
        responses=UnjudgedSerializer(many=True),
    )
    def get(self, request, uuid):
        found = lists.unjudged(_run(self.appointment, uuid)).visible_to(self.appointment)
        page = self.paginate_queryset(found.order_by("facility__code"))
        return self.get_paginated_response(UnjudgedSerializer(page, many=True).data)


class FacilityVerdicts(ApiView):
    access = Permission.VIEW_RESULTS
    serializer_class = HistorySerializer

    @extend_schema(
        summary="一个设施各季度的结论",
        description="每个季度取最新一次测算，从早到晚。逐条的结论在 /facilities/{uuid}/verdicts/{quarter}/。",
        tags=FACILITY_TAGS,
        operation_id="facility_verdicts_list",
        responses=HistorySerializer(many=True),
    )
    def get(self, request, uuid):
        facility = get_object_or_404(Facility.objects.visible_to(self.appointment), uuid=uuid)
        points = lists.history(facility.pk, code_range(facility.division_code))
        return Response(HistorySerializer([_point(point) for point in points], many=True).data)


def _point(point: lists.HistoryPoint) -> dict:
    return {
        "run": point.run.uuid,
        "quarter": point.quarter,
        "revision": point.run.revision,
        "tier": tier_name(point.tier),
        "tier_label": point.tier_label,
        "unjudged_reason": point.reason,
    }


class VerdictDetail(ApiView):
    access = Permission.VIEW_RESULTS
    serializer_class = VerdictSerializer
    parameters = ("revision",)

    @extend_schema(
        summary="一个设施一个季度的结论，逐条",
        description="每条准则的事实、阈值、结论、条款和原文，以及各种读法的影响。与设施页相同。",
        tags=FACILITY_TAGS,
        operation_id="facility_verdicts_read",
        parameters=[
            OpenApiParameter("quarter", str, OpenApiParameter.PATH, description="如 2026-Q3"),
            OpenApiParameter("revision", int, description="第几次测算；不写则为最新一次"),
        ],
    )
    def get(self, request, uuid, quarter):
        facility = get_object_or_404(Facility.objects.visible_to(self.appointment), uuid=uuid)
        judged = Verdict.objects.filter(
            facility=facility, run__quarter=quarter_of(quarter), run__state=RunState.COMPUTED
        )
        if (text := request.query_params.get("revision")) is not None:
            judged = judged.filter(run__revision=_revision(text))
        newest = judged.select_related("run").order_by("-run__revision", "-run__finished_at").first()
        if newest is None:
            raise Http404
        return Response(_verdict(newest).data)


def _revision(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 5):
        raise ValidationError({"revision": ["请写 1、2 这样的次数。"]})
    return int(text)


def _verdict(verdict: Verdict) -> VerdictSerializer:
    run = verdict.run
    day = run.period.last_day
    facility = facilities_with_verdicts(day, [run]).get(pk=verdict.facility_id)
    told = explain(verdict)
    content = {
        "facility": facility,
        "result": result_of(facility, {run.pk: run}),
        "day": day,
        "headline": told.headline,
        "based_on_draft": told.based_on_draft,
        "versions": told.versions,
        "findings": findings(verdict, told.versions),
        "readings": told.readings,
    }
    return VerdictSerializer(content, context={"names": names_around([facility], day)})
