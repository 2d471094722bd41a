from rest_framework import serializers

from assessments.models import NO_TIER, Verdict
from assessments.rules.labels import tier_label
from facilities.api.serializers import FacilityLedgersSerializer, FacilitySerializer
from partners.api.serializers import CharityProjectSerializer, ResidentProjectSerializer
from standards.rules import Tier

TIERS = [(tier.name.lower(), tier_label(tier)) for tier in Tier]
CHANGES = [("up", "上升"), ("down", "下降")]


class TierSerializer(serializers.Serializer):
    """What a run found, in short. It is 测算: neither 认定 nor 公布."""

    run = serializers.UUIDField(help_text="哪次测算")
    quarter = serializers.CharField(help_text="如 2026-Q3")
    tier = serializers.ChoiceField(TIERS)
    tier_label = serializers.CharField()
    previous_tier = serializers.ChoiceField(TIERS, allow_null=True, help_text="上季度的等级；上季度没有测算则为空")
    changed = serializers.ChoiceField(CHANGES, allow_null=True, help_text="比上季度")
    sensitive = serializers.BooleanField(help_text="等级随读法而变，待区民政局裁定")
    undetermined = serializers.BooleanField(help_text="因缺数据，可能还有更高的等级")


class FacilityRowSerializer(FacilitySerializer):
    """A row of the list. `runs` of the context maps run ids to runs."""

    result = TierSerializer(allow_null=True, read_only=True, help_text="没有测算或无权查看结果则为空")

    class Meta(FacilitySerializer.Meta):
        fields = [*FacilitySerializer.Meta.fields, "result"]

    def to_representation(self, facility) -> dict:
        facility.result = result_of(facility, self.context["runs"])
        return super().to_representation(facility)


class FacilityDetailSerializer(FacilityLedgersSerializer):
    on = serializers.DateField(source="ledgers.day", help_text="按这一天的记录")
    projects = ResidentProjectSerializer(many=True, source="projects_of_day")
    charity_projects = CharityProjectSerializer(many=True, source="charity_of_year")
    result = TierSerializer(allow_null=True, help_text="这一天之前最近一次季度测算；没有或无权查看则为空")

    class Meta(FacilityLedgersSerializer.Meta):
        fields = [*FacilityLedgersSerializer.Meta.fields, "on", "projects", "charity_projects", "result"]


def result_of(row, runs: dict) -> dict | None:
    """The result of anything that has the columns of a verdict: `run_id`, `tier`, `prev_tier`, `flags`."""
    run = runs.get(row.run_id)
    if run is None or row.tier is None:
        return None
    return {
        "run": run.uuid,
        "quarter": run.quarter,
        "tier": tier_name(row.tier),
        "tier_label": tier_label(row.tier),
        "previous_tier": tier_name(row.prev_tier),
        "changed": _changed(row.prev_tier, row.tier),
        "sensitive": bool(row.flags & Verdict.SENSITIVE),
        "undetermined": bool(row.flags & Verdict.UNDETERMINED),
    }


def tier_name(tier: int) -> str | None:
    return None if tier == NO_TIER else Tier(tier).name.lower()


def _changed(before: int, after: int) -> str | None:
    if before in {NO_TIER, after}:
        return None
    return "up" if after > before else "down"
