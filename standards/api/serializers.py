"""Shapes of the answers. Amounts stand beside their text: base units are 0.01 ㎡, 分 and counts."""

from rest_framework import serializers

from standards.models import Clause, CrosswalkLink, Document, FunctionItem, Standard, StandardVersion
from standards.rules import Construction, Criterion, Kind, Operator
from standards.rules.amounts import written_threshold
from tenants.api.fields import CodeField

CONSTRUCTIONS = (Construction.INTEGRATED, Construction.AREA, Construction.STREETBLOCK)

CRITERION_KINDS = [
    (Kind.GATE.value, "等级门槛"),
    (Kind.DUTY.value, "应做事项，不进等级"),
    (Kind.DEFINITION.value, "建设类型的定义"),
    (Kind.CITY.value, "市标"),
]


class DocumentSerializer(serializers.ModelSerializer):
    status_label = serializers.CharField(source="get_status_display", read_only=True)

    class Meta:
        model = Document
        fields = [
            "key", "short_name", "title", "number", "issuer", "status", "status_label", "published_on", "effective_on",
            "effective_note", "source", "source_url", "sha256",
        ]  # fmt: skip


class ClauseSerializer(serializers.ModelSerializer):
    parent = serializers.CharField(source="parent.number", default=None, allow_null=True, help_text="上一级条款号")

    class Meta:
        model = Clause
        fields = ["number", "parent", "is_heading", "text"]


class DefectSerializer(serializers.Serializer):
    clause = serializers.CharField()
    text = serializers.CharField(help_text="原文")
    note = serializers.CharField(help_text="校注")


class DocumentDetailSerializer(DocumentSerializer):
    clauses = ClauseSerializer(many=True)
    defects = DefectSerializer(many=True)

    class Meta(DocumentSerializer.Meta):
        fields = [*DocumentSerializer.Meta.fields, "defects", "clauses"]


class VersionSerializer(serializers.ModelSerializer):
    status_label = serializers.CharField(source="get_status_display", read_only=True)
    document = serializers.SlugRelatedField("key", read_only=True, allow_null=True)

    class Meta:
        model = StandardVersion
        fields = [
            "number", "status", "status_label", "document", "effective_from", "effective_to", "effective_note",
            "content_sha256",
        ]  # fmt: skip


class StandardSerializer(serializers.ModelSerializer):
    kind_label = serializers.CharField(source="get_kind_display", read_only=True)
    division_code = CodeField()
    versions = VersionSerializer(many=True)

    class Meta:
        model = Standard
        fields = ["key", "name", "kind", "kind_label", "division_code", "versions"]


class ThresholdSerializer(serializers.Serializer):
    construction_type = serializers.ChoiceField(
        [("integrated", "集成式"), ("area", "片区化"), ("streetblock", "街区化")]
    )
    text = serializers.CharField(help_text="如：1,000 ㎡、80 %、2–3 个")
    amount = serializers.IntegerField(help_text="基本单位：0.01 ㎡、分或个数；占比为分子")
    upper = serializers.IntegerField(allow_null=True, help_text="区间的上限，含本数")
    parts = serializers.IntegerField(help_text="占比的分母；其余为 1")


class CriterionSerializer(serializers.Serializer):
    key = serializers.CharField()
    title = serializers.CharField()
    kind = serializers.ChoiceField(CRITERION_KINDS)
    tiers = serializers.ListField(
        child=serializers.ChoiceField(["inclusive", "demonstration"]), help_text="是哪些等级的门槛"
    )
    operator = serializers.ChoiceField([operator.value for operator in Operator])
    metrics = serializers.ListField(child=serializers.CharField())
    denominators = serializers.ListField(child=serializers.CharField())
    unit = serializers.CharField(allow_blank=True)
    thresholds = ThresholdSerializer(many=True)
    fixable = serializers.BooleanField()
    document = serializers.CharField()
    clause = serializers.CharField()
    quote = serializers.CharField(help_text="原文，一字不改")
    severity = serializers.CharField(allow_blank=True)
    interpretations = serializers.ListField(child=serializers.CharField(), help_text="牵涉的读法编号")

    def to_representation(self, criterion: Criterion) -> dict:
        return {
            "key": criterion.key,
            "title": criterion.title,
            "kind": criterion.kind.value,
            "tiers": [tier.name.lower() for tier in criterion.tiers],
            "operator": criterion.operator.value,
            "metrics": list(criterion.metrics),
            "denominators": list(criterion.denominators),
            "unit": criterion.unit,
            "thresholds": _thresholds(criterion),
            "fixable": criterion.fixable,
            "document": criterion.source.document,
            "clause": criterion.source.clause,
            "quote": criterion.source.quote,
            "severity": criterion.source.severity,
            "interpretations": list(criterion.interpretations),
        }


def _thresholds(criterion: Criterion) -> list[dict]:
    """The limits by construction type; a type that the clause does not speak of, or gives no number for, is left out."""
    if criterion.operator is Operator.IS_TRUE:
        return []
    limits = [(kind, criterion.threshold_for(kind)) for kind in CONSTRUCTIONS if criterion.applies_to(kind)]
    return [
        {
            "construction_type": kind.name.lower(),
            "text": written_threshold(limit, criterion.unit),
            "amount": limit.value,
            "upper": limit.upper or None,
            "parts": limit.parts,
        }
        for kind, limit in limits
        if limit is not None
    ]


class ItemSerializer(serializers.ModelSerializer):
    class Meta:
        model = FunctionItem
        fields = ["number", "name", "category", "domain", "is_base", "service", "serves", "clause"]


class LinkSerializer(serializers.ModelSerializer):
    class Meta:
        model = CrosswalkLink
        fields = ["item_number", "city_number"]


class VersionDetailSerializer(VersionSerializer):
    standard = serializers.SlugRelatedField("key", read_only=True)
    criteria = CriterionSerializer(many=True, help_text="评定标准的准则；其余类别为空")
    items = ItemSerializer(many=True, help_text="功能目录的功能项；其余类别为空")
    links = LinkSerializer(many=True, help_text="目录对照的对应关系；其余类别为空")

    class Meta(VersionSerializer.Meta):
        fields = ["standard", *VersionSerializer.Meta.fields, "criteria", "items", "links"]


class OptionSerializer(serializers.Serializer):
    key = serializers.CharField()
    label = serializers.CharField()
    is_default = serializers.BooleanField()


class RulingSerializer(serializers.Serializer):
    option = serializers.CharField()
    effective_from = serializers.DateField()
    division_code = CodeField()
    reason = serializers.CharField()
    ruled_at = serializers.DateTimeField()


class InterpretationSerializer(serializers.Serializer):
    key = serializers.CharField(help_text="如 G-1")
    title = serializers.CharField()
    clauses = serializers.ListField(child=serializers.CharField())
    question = serializers.CharField()
    why = serializers.CharField()
    reading = serializers.CharField(allow_blank=True, help_text="没有选项的条目：处理办法")
    options = OptionSerializer(many=True)
    chosen = serializers.CharField(allow_null=True, help_text="这个区当日采用的选项；没有选项的条目为空")
    ruling = RulingSerializer(allow_null=True, help_text="这个区的裁定；没有裁定则按默认读法")
