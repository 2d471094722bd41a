from django.db.models import Prefetch
from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.generics import get_object_or_404
from rest_framework.response import Response

from standards import queries
from standards.api.serializers import (
    DocumentDetailSerializer,
    DocumentSerializer,
    InterpretationSerializer,
    StandardSerializer,
    VersionDetailSerializer,
)
from standards.models import Clause, Document, InterpretationRuling, Standard, StandardKind, StandardVersion
from standards.rules import build
from tenants.api.views import ON, ApiView
from tenants.filters import code_of
from tenants.rules import Permission, code_range, district_of

TAGS = ["标准"]


class DocumentList(ApiView):
    access = Permission.VIEW_STANDARDS
    serializer_class = DocumentSerializer

    @extend_schema(
        summary="依据的文件", tags=TAGS, operation_id="documents_list", responses=DocumentSerializer(many=True)
    )
    def get(self, request):
        return Response(DocumentSerializer(Document.objects.order_by("key"), many=True).data)


class DocumentDetail(ApiView):
    access = Permission.VIEW_STANDARDS
    serializer_class = DocumentDetailSerializer

    @extend_schema(summary="一份文件的全文，逐条", tags=TAGS, operation_id="documents_read")
    def get(self, request, key: str):
        clauses = Prefetch("clauses", queryset=Clause.objects.select_related("parent").order_by("order"))
        document = get_object_or_404(Document.objects.prefetch_related(clauses), key=key)
        return Response(DocumentDetailSerializer(document).data)


def _standards():
    versions = StandardVersion.objects.select_related("document").defer("data").order_by("-effective_from")
    return Standard.objects.prefetch_related(Prefetch("versions", queryset=versions)).order_by("key")


class StandardList(ApiView):
    access = Permission.VIEW_STANDARDS
    serializer_class = StandardSerializer
    parameters = ("kind",)

    @extend_schema(
        summary="标准、目录和登记，连同各版本",
        tags=TAGS,
        operation_id="standards_list",
        parameters=[OpenApiParameter("kind", str, enum=StandardKind.values, description="只要这一类")],
        responses=StandardSerializer(many=True),
    )
    def get(self, request):
        found = _standards()
        if (kind := request.query_params.get("kind")) is not None:
            if kind not in StandardKind.values:
                raise ValidationError({"kind": [f"请写其中之一：{'、'.join(StandardKind.values)}。"]})
            found = found.filter(kind=kind)
        return Response(StandardSerializer(found, many=True).data)


class StandardDetail(ApiView):
    access = Permission.VIEW_STANDARDS
    serializer_class = StandardSerializer

    @extend_schema(summary="一部标准，连同各版本", tags=TAGS, operation_id="standards_read")
    def get(self, request, key: str):
        return Response(StandardSerializer(get_object_or_404(_standards(), key=key)).data)


class VersionDetail(ApiView):
    access = Permission.VIEW_STANDARDS
    serializer_class = VersionDetailSerializer

    @extend_schema(
        summary="一个版本的内容：准则（阈值、条款、原文）、功能项或对照",
        tags=TAGS,
        operation_id="standard_versions_read",
    )
    def get(self, request, key: str, number: str):
        versions = StandardVersion.objects.select_related("standard", "document").prefetch_related("items", "links")
        version = get_object_or_404(versions, standard__key=key, number=number)
        is_criteria = version.standard.kind == StandardKind.CRITERIA
        # as the document has it, before any reading is applied
        version.criteria = build([version.data], {"interpretation": []}).criteria if is_criteria else ()
        return Response(VersionDetailSerializer(version).data)


class InterpretationList(ApiView):
    access = Permission.VIEW_STANDARDS
    serializer_class = InterpretationSerializer
    parameters = ("on", "district")

    @extend_schema(
        summary="读法登记，连同一个区的裁定",
        tags=TAGS,
        operation_id="interpretations_list",
        parameters=[ON, OpenApiParameter("district", str, description="哪个区，12 位代码；不写则为你所在的区")],
        responses=InterpretationSerializer(many=True),
    )
    def get(self, request):
        ruled = queries.rulings_in_force(self._district(), self.day())
        entries = [_entry(entry, ruled.get(entry.key)) for entry in queries.interpretations(self.day())]
        return Response(InterpretationSerializer(entries, many=True).data)

    def _district(self) -> int:
        own = self.appointment.division_code
        if (text := self.request.query_params.get("district")) is None:
            return district_of(own)
        asked = code_of(text)
        if asked is None or district_of(asked) != asked:
            raise ValidationError({"district": ["请写区的 12 位代码，如 330105000000。"]})
        if asked not in code_range(own) and own not in code_range(asked):
            raise Http404
        return asked


def _entry(entry: queries.Interpretation, ruling: InterpretationRuling | None) -> dict:
    return {
        "key": entry.key,
        "title": entry.title,
        "clauses": entry.clauses,
        "question": entry.question,
        "why": entry.why,
        "reading": entry.reading,
        "options": [
            {"key": option.key, "label": option.label, "is_default": option.key == entry.default}
            for option in entry.options
        ],
        "chosen": ruling.option if ruling else entry.default or None,
        "ruling": ruling,
    }
