"""Administrative divisions. Public facts: everybody who is signed in sees all of them."""

import django_filters
from django.db.models import F
from django.http import Http404
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from tenants.api.fields import CodeField
from tenants.api.paging import Pages
from tenants.api.views import ON, ApiView
from tenants.filters import CodeFilter, code_of, within
from tenants.models import Division, DivisionLevel
from tenants.rules import Permission

_ORDER = [DivisionLevel.CITY, DivisionLevel.DISTRICT, DivisionLevel.STREET, DivisionLevel.COMMUNITY]


class DivisionSerializer(serializers.ModelSerializer):
    code = CodeField()
    level_label = serializers.CharField(source="get_level_display", read_only=True)
    parent_code = CodeField(allow_null=True)

    class Meta:
        model = Division
        fields = [
            "code", "name", "level", "level_label", "parent_code", "is_quasi", "is_demo", "valid_from", "valid_to",
        ]  # fmt: skip


class DivisionRefSerializer(serializers.Serializer):
    code = CodeField()
    name = serializers.CharField()


class SuccessionSerializer(serializers.Serializer):
    code = CodeField()
    name = serializers.CharField()
    effective_on = serializers.DateField()
    source = serializers.CharField()


class DivisionDetailSerializer(DivisionSerializer):
    children = DivisionRefSerializer(many=True)
    successors = SuccessionSerializer(many=True)
    predecessors = SuccessionSerializer(many=True)

    class Meta(DivisionSerializer.Meta):
        fields = [*DivisionSerializer.Meta.fields, "children", "successors", "predecessors"]


class DivisionTreeSerializer(serializers.Serializer):
    code = CodeField()
    name = serializers.CharField()
    level = serializers.ChoiceField(DivisionLevel.choices)
    children = serializers.ListField(child=serializers.DictField(), help_text="下一级，结构与本级相同")


class DivisionFilter(django_filters.FilterSet):
    level = django_filters.ChoiceFilter(choices=DivisionLevel.choices, label="层级")
    parent = CodeFilter(field_name="parent__code", label="上一级的代码")
    under = CodeFilter(method="at_and_below", label="这个代码及以下")
    q = django_filters.CharFilter(field_name="name", lookup_expr="icontains", label="名称含有")

    class Meta:
        model = Division
        fields: list[str] = []

    def at_and_below(self, queryset, name, value):
        return within(queryset, value, column="code")


class DivisionList(ApiView):
    access = Permission.SIGNED_IN
    serializer_class = DivisionSerializer
    filter_backends = [DjangoFilterBackend]
    filterset_class = DivisionFilter
    pagination_class = Pages
    parameters = ("on",)
    queryset = Division.objects.none()

    def get_queryset(self):
        return Division.objects.in_force(self.day()).annotate(parent_code=F("parent__code")).order_by("code")

    @extend_schema(
        summary="区划列表",
        tags=["区划"],
        parameters=[ON],
        operation_id="divisions_list",
        responses=DivisionSerializer(many=True),
    )
    def get(self, request):
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(DivisionSerializer(page, many=True).data)


class DivisionDetail(ApiView):
    access = Permission.SIGNED_IN
    serializer_class = DivisionDetailSerializer
    parameters = ("on",)

    @extend_schema(summary="一个区划，连同下一级和沿革", tags=["区划"], parameters=[ON], operation_id="divisions_read")
    def get(self, request, code: str):
        division = _division(code, self.day(), dated="on" in request.query_params)
        edges = division.successions.select_related("successor").order_by("successor__code")
        back = division.precessions.select_related("predecessor").order_by("predecessor__code")
        division.parent_code = division.parent and division.parent.code
        data = DivisionSerializer(division).data | {
            "children": DivisionRefSerializer(division.children.in_force(self.day()).order_by("code"), many=True).data,
            "successors": [_edge(edge, edge.successor) for edge in edges],
            "predecessors": [_edge(edge, edge.predecessor) for edge in back],
        }
        return Response(data)


class DivisionTree(ApiView):
    access = Permission.SIGNED_IN
    serializer_class = DivisionTreeSerializer
    parameters = ("on", "root", "down_to")

    @extend_schema(
        summary="区划树",
        tags=["区划"],
        operation_id="divisions_tree",
        parameters=[
            ON,
            OpenApiParameter("root", OpenApiTypes.STR, description="从哪个代码起，12 位；不写则为你的管辖范围"),
            OpenApiParameter("down_to", OpenApiTypes.STR, enum=DivisionLevel.values, description="到哪一级为止"),
        ],
    )
    def get(self, request):
        last = request.query_params.get("down_to", DivisionLevel.COMMUNITY)
        if last not in DivisionLevel.values:
            raise ValidationError({"down_to": [f"请写其中之一：{'、'.join(DivisionLevel.values)}。"]})
        root = _division(request.query_params.get("root", self._own_code()), self.day(), dated=True)
        levels = _ORDER[: _ORDER.index(DivisionLevel(last)) + 1]
        below = Division.objects.in_force(self.day()).filter(
            code__gt=root.codes.lo, code__lt=root.codes.hi, level__in=levels
        )
        return Response(_tree(root, below.order_by("code")))

    def _own_code(self) -> str:
        return str(self.appointment.division_code) if self.appointment else ""


def _division(code: str, day, *, dated: bool) -> Division:
    """The division of a code on a day; if no day was asked for, one that has ended is found too (the last)."""
    number = code_of(code)
    found = Division.objects.select_related("parent").filter(code=number)
    division = found.in_force(day).first() if number else None
    if division is None and number and not dated:
        division = found.order_by(F("valid_to").desc(nulls_first=True)).first()
    if division is None:
        raise Http404
    return division


def _edge(edge, other: Division) -> dict:
    return SuccessionSerializer(
        {"code": other.code, "name": other.name, "effective_on": edge.effective_on, "source": edge.source}
    ).data


def _tree(root: Division, below) -> dict:
    nodes = {root.pk: _node(root)}
    for division in below:
        nodes[division.pk] = _node(division)
        if parent := nodes.get(division.parent_id):
            parent["children"].append(nodes[division.pk])
    return nodes[root.pk]


def _node(division: Division) -> dict:
    return {"code": str(division.code), "name": division.name, "level": division.level, "children": []}
