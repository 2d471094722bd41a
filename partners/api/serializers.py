from rest_framework import serializers

from partners.models import CharityProject, Partner, ResidentProject


class PartnerSerializer(serializers.ModelSerializer):
    kind_label = serializers.CharField(source="get_kind_display", read_only=True)

    brand = serializers.CharField(
        source="brand_name", read_only=True, default="", help_text="品牌或集团的名称，没有则为空"
    )

    class Meta:
        model = Partner
        fields = ["uuid", "name", "kind", "kind_label", "uscc", "brand"]


class ResidentProjectSerializer(serializers.ModelSerializer):
    run_by_label = serializers.CharField(source="get_run_by_display", read_only=True)
    fee_nature_label = serializers.CharField(source="get_fee_nature_display", read_only=True)
    partner = PartnerSerializer(read_only=True, allow_null=True)
    space = serializers.CharField(source="space.name", default=None, allow_null=True, read_only=True)

    class Meta:
        model = ResidentProject
        fields = [
            "name", "run_by", "run_by_label", "partner", "item_number", "space", "fee_nature", "fee_nature_label",
            "serves_elders", "serves_children", "starts_on", "ends_on",
        ]  # fmt: skip


class CharityProjectSerializer(serializers.ModelSerializer):
    kind_label = serializers.CharField(source="get_kind_display", read_only=True)
    received_fen = serializers.IntegerField(read_only=True, help_text="当年截至当日到账的合计，单位：分")

    class Meta:
        model = CharityProject
        fields = ["year", "name", "kind", "kind_label", "contract_fen", "received_fen"]
