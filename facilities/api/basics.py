"""The basics of a facility, read and changed: `If-Match` names the version that the change is based on."""

import re

from django.db import transaction
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.generics import get_object_or_404
from rest_framework.response import Response

from facilities.models import Facility
from facilities.operations.edit import edit_facility
from tenants.api.errors import error_body
from tenants.api.idempotency import IDEMPOTENCY_KEY, answer_once
from tenants.api.views import ApiView
from tenants.editing import EditConflict
from tenants.editing.conflicts import author, changes_since
from tenants.rules import Permission

FIELDS = ("name", "address", "premises_form", "region_type", "hub_street", "city_type", "city_form", "nil_ledgers")
IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, required=True,
    description="读取时响应头 ETag 的值，如 \"3\"。别人在这之后改过就答 412，并给出两边的内容。",
)  # fmt: skip
_VERSION = re.compile(r'"([1-9][0-9]{0,8})"')
_TAGS = ["设施"]


class BasicsSerializer(serializers.ModelSerializer):
    class Meta:
        model = Facility
        fields = ["uuid", "code", *FIELDS, "version"]
        read_only_fields = ["uuid", "code", "version"]

    def validate(self, attrs):
        if unknown := set(self.initial_data) - {*FIELDS, "reason"}:
            raise ValidationError({name: ["没有这个可改的栏目。"] for name in sorted(unknown)})
        return attrs


class ChangeSerializer(BasicsSerializer):
    """What is to be changed; fields that are left out stay as they are."""

    reason = serializers.CharField(required=False, allow_blank=True, max_length=200, help_text="修改理由，记入修改记录")

    class Meta(BasicsSerializer.Meta):
        fields = [*FIELDS, "reason"]
        read_only_fields: list[str] = []


class VersionsSerializer(serializers.Serializer):
    """The answer 412: an error beside both texts."""

    error = serializers.DictField()
    yours = serializers.DictField(help_text="你发来的内容")
    current = BasicsSerializer(help_text="现在登记的内容，version 是新的版本")
    changed_by = serializers.ListField(child=serializers.DictField(), help_text="谁在什么时候改了哪些栏目")


class FacilityBasics(ApiView):
    access = Permission.VIEW_FACILITIES
    access_by_method = {"PATCH": Permission.EDIT_FACILITIES}
    serializer_class = BasicsSerializer

    @extend_schema(
        summary="设施的基本信息", tags=_TAGS, operation_id="facility_basics_read", responses=BasicsSerializer,
        description="响应头 ETag 是版本号，修改时放进 If-Match。",
    )  # fmt: skip
    def get(self, request, uuid):
        facility = self._facility(uuid)
        return Response(BasicsSerializer(facility).data, headers={"ETag": f'"{facility.version}"'})

    @extend_schema(
        summary="修改设施的基本信息", tags=_TAGS, operation_id="facility_basics_change",
        description="只发要改的栏目。必须带 If-Match；建议带 Idempotency-Key，断网后可以放心重发。",
        parameters=[IF_MATCH, IDEMPOTENCY_KEY], request=ChangeSerializer,
        responses={
            200: BasicsSerializer,
            412: OpenApiResponse(VersionsSerializer, description="别人改过了：两边的内容都在答复里，没有写入"),
            428: OpenApiResponse(OpenApiTypes.OBJECT, description="没有写 If-Match"),
        },
    )  # fmt: skip
    def patch(self, request, uuid):
        facility = self._facility(uuid)
        if request.headers.get("If-Match") is None:
            return _problem(request, 428)
        version = _VERSION.fullmatch(request.headers["If-Match"].strip())
        if version is None:
            raise ValidationError({"If-Match": ['请写读取时 ETag 的值，如 "3"。']})
        change = ChangeSerializer(data=request.data, partial=True)
        change.is_valid(raise_exception=True)

        def act() -> tuple[int, dict]:
            edit_facility(facility=facility, version=int(version[1]), by=request.user, **change.validated_data)
            facility.refresh_from_db()
            return 200, {**BasicsSerializer(facility).data, "uuid": str(facility.uuid)}

        try:
            with transaction.atomic():  # a refusal leaves no answer behind
                response = answer_once(self, act)
        except EditConflict as conflict:
            return _both(request, conflict, change.validated_data)
        response["ETag"] = f'"{response.data["version"]}"'
        return response

    def _facility(self, uuid) -> Facility:
        return get_object_or_404(Facility.objects.visible_to(self.appointment), uuid=uuid)


def _problem(request, status: int, **more) -> Response:
    response = Response({**error_body(status, getattr(request, "reference", "")), **more}, status=status)
    response.has_the_shape = True
    return response


def _both(request, conflict: EditConflict, yours: dict) -> Response:
    """412: what was sent, what stands now, and who changed what since the version that the request names."""
    told = [
        {
            "by": author(change),
            "at": change.at.isoformat(),
            "fields": sorted(set(change.after or {}) & set(FIELDS)),
        }
        for change in changes_since(conflict.row, conflict.version)
    ]
    response = _problem(request, 412, yours=dict(yours), current=BasicsSerializer(conflict.row).data, changed_by=told)
    response["ETag"] = f'"{conflict.row.version}"'
    return response
