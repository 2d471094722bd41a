from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from facilities.models import ConstructionType, Facility, Ledger, Lifecycle, OfferedFunction, Operator, Site, Space
from tenants.api.divisions import DivisionRefSerializer
from tenants.rules import street_of

DATES = ["starts_on", "ends_on"]


class SpaceSerializer(serializers.ModelSerializer):
    used_by_label = serializers.CharField(source="get_used_by_display", read_only=True)

    class Meta:
        model = Space
        fields = [
            "name", "floor_area_m2", "usable_area_m2", "used_by", "used_by_label", "is_open_24h", "is_multifunction",
            *DATES,
        ]  # fmt: skip


class SiteSerializer(serializers.ModelSerializer):
    spaces = SpaceSerializer(many=True, source="spaces_of_day", read_only=True)

    class Meta:
        model = Site
        fields = [
            "name", "address", "floor_area_m2", "area_document", "longitude", "latitude", "source_crs", *DATES, "spaces",
        ]  # fmt: skip


class OfferedFunctionSerializer(serializers.ModelSerializer):
    name = serializers.CharField(source="shown_name", read_only=True, help_text="目录里的名称，或自定的名称")
    space = serializers.CharField(source="space.name", default=None, allow_null=True, read_only=True)

    class Meta:
        model = OfferedFunction
        fields = ["item_number", "name", "space", "evidence", *DATES]


class OperatorSerializer(serializers.ModelSerializer):
    kind_label = serializers.CharField(source="get_kind_display", read_only=True)

    class Meta:
        model = Operator
        fields = ["kind", "kind_label", "name", "agreement", *DATES]


class LineageSerializer(serializers.Serializer):
    uuid = serializers.UUIDField()
    code = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.CharField(help_text="merge 并入，split 拆分，move 迁址")
    effective_on = serializers.DateField()


class FacilitySerializer(serializers.ModelSerializer):
    """The facility itself and the state that holds on the day. Needs `construction_type`, `lifecycle`, `place` (names)."""

    division = serializers.SerializerMethodField()
    street = serializers.SerializerMethodField()
    construction_type = serializers.ChoiceField(ConstructionType.choices, allow_null=True, read_only=True)
    construction_type_label = serializers.SerializerMethodField()
    lifecycle = serializers.ChoiceField(Lifecycle.choices, allow_null=True, read_only=True)
    lifecycle_label = serializers.SerializerMethodField()

    class Meta:
        model = Facility
        fields = [
            "uuid", "code", "name", "address", "division", "street", "construction_type", "construction_type_label",
            "lifecycle", "lifecycle_label", "is_demo",
        ]  # fmt: skip

    @extend_schema_field(DivisionRefSerializer)
    def get_division(self, facility) -> dict:
        return division_ref(facility.division_code, self.context["names"])

    @extend_schema_field(DivisionRefSerializer)
    def get_street(self, facility) -> dict:
        return division_ref(street_of(facility.division_code), self.context["names"])

    def get_construction_type_label(self, facility) -> str:
        return label(ConstructionType, facility.construction_type)

    def get_lifecycle_label(self, facility) -> str:
        return label(Lifecycle, facility.lifecycle)


class FacilityLedgersSerializer(FacilitySerializer):
    """Everything that the registry knows of a facility on a day: needs `ledgers` (facilities.queries.ledgers) on it."""

    nil_ledgers = serializers.ListField(child=serializers.ChoiceField(Ledger.choices), help_text="确认为空的台账")
    covered_communities = serializers.SerializerMethodField()
    sites = SiteSerializer(many=True, source="ledgers.sites")
    functions = OfferedFunctionSerializer(many=True, source="ledgers.functions")
    operators = OperatorSerializer(many=True, source="ledgers.operators")
    went_to = serializers.SerializerMethodField(help_text="由哪些设施承接")
    came_from = serializers.SerializerMethodField(help_text="承接自哪些设施")

    class Meta(FacilitySerializer.Meta):
        fields = [
            *FacilitySerializer.Meta.fields, "premises_form", "hub_street", "city_type", "city_form", "region_type",
            "version", "updated_at", "nil_ledgers", "covered_communities", "sites", "functions", "operators", "went_to",
            "came_from",
        ]  # fmt: skip

    @extend_schema_field(DivisionRefSerializer(many=True))
    def get_covered_communities(self, facility) -> list[dict]:
        return [division_ref(row.community_code, self.context["names"]) for row in facility.ledgers.coverages]

    @extend_schema_field(LineageSerializer(many=True))
    def get_went_to(self, facility) -> list[dict]:
        return [_lineage(edge, edge.successor) for edge in facility.ledgers.went_to]

    @extend_schema_field(LineageSerializer(many=True))
    def get_came_from(self, facility) -> list[dict]:
        return [_lineage(edge, edge.facility) for edge in facility.ledgers.came_from]


def _lineage(edge, other: Facility) -> dict:
    named = {"uuid": other.uuid, "code": other.code, "name": other.name}
    return LineageSerializer({**named, "kind": edge.kind, "effective_on": edge.effective_on}).data


def division_ref(code: int, names: dict[int, str]) -> dict:
    return {"code": str(code), "name": names.get(code, "")}


def label(choices, value) -> str:
    return choices(value).label if value else ""
