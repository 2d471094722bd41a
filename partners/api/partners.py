"""Partners over the API, read only: who they are, how they come, what is agreed, who was selected. No personal data.

Drafts are no data for other programs: calls and rounds that are being drafted and cases that are not released stay out.
"""

from django.db.models import Prefetch
from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from partners.api.listed import Listed, by, one_of, since, text_in, told, until, uuid_of
from partners.api.serializers import PartnerSerializer
from partners.models import (
    Agreement,
    AgreementPrice,
    AgreementState,
    Application,
    ApplicationState,
    Brand,
    Call,
    CallState,
    Exemplar,
    ExemplarState,
    Need,
    Nomination,
    PartnerKind,
    RoundState,
    SelectionRound,
)
from partners.queries.brands import brands, named_brand, with_counts
from partners.queries.partner import registered
from tenants.rules import Permission

TAGS = ["合伙人"]
FACILITY, PARTNER = uuid_of("设施", "facility"), uuid_of("合伙人", "partner")


def _uuid(source: str):
    return serializers.UUIDField(source=f"{source}.uuid", read_only=True, allow_null=True, default=None)


def _name(source: str):
    return serializers.CharField(source=f"{source}.name", read_only=True, allow_null=True, default=None)


def _label(field: str):
    return serializers.CharField(source=f"get_{field}_display", read_only=True)


class PartnerRowSerializer(PartnerSerializer):
    class Meta(PartnerSerializer.Meta):
        fields = [*PartnerSerializer.Meta.fields, "division_code", "strengths"]


@told("合伙人", "partners_list", "本级和上级登记的合伙人；并入别家的不列。", TAGS)
class PartnerList(Listed):
    access = Permission.VIEW_FACILITIES
    serializer_class = PartnerRowSerializer
    asked = {
        "q": text_in("name", "name_sort", "uscc", "strengths"),
        "kind": one_of("类别", "kind", PartnerKind.values),
        "brand": uuid_of("品牌", "brands__brand"),
    }
    orders = {"name": ("name_sort",), "-name": ("-name_sort",), "new": ("-pk",)}

    def rows(self):
        return registered(self.appointment).annotate(brand_name=named_brand(timezone.localdate())).distinct()


class BrandSerializer(serializers.ModelSerializer):
    lead, lead_name = _uuid("lead"), _name("lead")
    partners_now = serializers.IntegerField(read_only=True, help_text="今天的成员数，只计看得到的")
    facilities_now = serializers.IntegerField(read_only=True, help_text="今天服务的设施数，只计看得到的")
    streets_now = serializers.IntegerField(read_only=True, help_text="今天服务的街道数，只计看得到的")

    class Meta:
        model = Brand
        fields = ["uuid", "name", "uscc", "lead", "lead_name", "partners_now", "facilities_now", "streets_now"]


@told("品牌", "brands_list", "跨街道的品牌或集团。", TAGS)
class BrandList(Listed):
    access = Permission.VIEW_FACILITIES
    serializer_class = BrandSerializer
    asked = {"q": text_in("name", "uscc")}
    orders = by("name")

    def rows(self):
        return brands(self.appointment)

    def dressed(self, page):
        return with_counts(page, self.appointment, timezone.localdate())


class NeedSerializer(serializers.Serializer):
    facility = _uuid("facility")
    item_number = serializers.IntegerField(read_only=True, allow_null=True)
    text = serializers.CharField(read_only=True)


class CallSerializer(serializers.ModelSerializer):
    state_label = _label("state")
    needs = NeedSerializer(many=True, read_only=True)

    class Meta:
        model = Call
        fields = [
            "uuid", "title", "division_code", "text", "opens_on", "closes_on", "link_is_open", "state", "state_label", "needs",
        ]  # fmt: skip


@told("征集", "calls_list", "公开过的征集和每座设施的需求；起草中的不列。", TAGS)
class CallList(Listed):
    access = Permission.VIEW_FACILITIES
    serializer_class = CallSerializer
    asked = {
        "q": text_in("title"),
        "state": one_of("状态", "state", [one for one in CallState.values if one != CallState.DRAFT]),
        "closes_from": since("截止", "closes_on"),
        "closes_to": until("截止", "closes_on"),
    }
    orders = by("opens_on") | by("closes_on")

    def rows(self):
        found = Call.objects.visible_to(self.appointment).exclude(state=CallState.DRAFT)
        return found.prefetch_related(Prefetch("needs", Need.objects.select_related("facility").order_by("pk")))


class ApplicationSerializer(serializers.ModelSerializer):
    call, partner = _uuid("call"), _uuid("partner")
    facility = _uuid("need.facility")
    item_number = serializers.IntegerField(source="need.item_number", read_only=True, allow_null=True)
    state_label, kind_label = _label("state"), _label("kind")

    class Meta:
        model = Application
        fields = [
            "uuid", "number", "call", "facility", "item_number", "partner", "kind", "kind_label", "state", "state_label", "due_on",
            "points", "channel",
        ]  # fmt: skip
        extra_kwargs = {"points": {"help_text": "评审平均分，单位：0.01 分；还没有评完为空"}}


@told("入驻申请", "applications_list", "申请的进度和得分。申请人、联系人、方案不从接口给出。", TAGS)
class ApplicationList(Listed):
    access = Permission.MANAGE_PARTNERS
    serializer_class = ApplicationSerializer
    asked = {
        "call": uuid_of("征集", "call"),
        "state": one_of("进度", "state", ApplicationState.values),
        "due_to": until("办理期限", "due_on"),
    }
    orders = by("number") | by("due_on")

    def rows(self):
        found = Application.objects.visible_to(self.appointment).select_related("call", "partner", "need__facility")
        return found.defer("contact_name", "contact_phone", "row_key")


class AgreementPriceSerializer(serializers.ModelSerializer):
    class Meta:
        model = AgreementPrice
        fields = ["name", "fee_nature", "price_fen", "unit"]
        extra_kwargs = {"price_fen": {"help_text": "单位：分；免费为 0"}}


class AgreementSerializer(serializers.ModelSerializer):
    facility, facility_name = _uuid("facility"), _name("facility")
    partner, partner_name = _uuid("partner"), _name("partner")
    state_label, moves_in_label = _label("state"), _label("moves_in")
    prices = AgreementPriceSerializer(many=True, read_only=True)

    class Meta:
        model = Agreement
        fields = [
            "uuid", "number", "facility", "facility_name", "partner", "partner_name", "service", "item_number", "moves_in",
            "moves_in_label", "run_as", "hours", "state", "state_label", "signed_on", "starts_on", "ends_on", "left_on", "due_on",
            "prices",
        ]  # fmt: skip


@told("合伙协议", "agreements_list", "ends_on 是不再有效的第一天。", TAGS)
class AgreementList(Listed):
    access = Permission.VIEW_FACILITIES
    serializer_class = AgreementSerializer
    asked = {
        "q": text_in("number", "service", "facility__name", "partner__name"),
        "facility": FACILITY,
        "partner": PARTNER,
        "state": one_of("进度", "state", AgreementState.values),
        "ends_from": since("到期", "ends_on"),
        "ends_to": until("到期", "ends_on"),
    }
    orders = by("ends_on") | by("starts_on") | by("number")

    def rows(self):
        found = Agreement.objects.visible_to(self.appointment).select_related("facility", "partner")
        return found.prefetch_related(Prefetch("prices", AgreementPrice.objects.order_by("pk")))


class SelectedSerializer(serializers.Serializer):
    partner, partner_name = _uuid("partner"), _name("partner")


class SelectionSerializer(serializers.ModelSerializer):
    state_label = _label("state")
    selected = serializers.SerializerMethodField()

    class Meta:
        model = SelectionRound
        fields = [
            "uuid", "title", "division_code", "opens_on", "closes_on", "basis", "state", "state_label", "valid_from", "valid_to",
            "selected",
        ]  # fmt: skip

    @extend_schema_field(SelectedSerializer(many=True))
    def get_selected(self, found) -> list:
        """Who was selected, once the result is published."""
        shown = found.chosen if found.state == RoundState.DONE else []
        return SelectedSerializer(shown, many=True).data


@told("遴选", "selections_list", "遴选和公布的入选合伙人；valid_from、valid_to 是优先资格的起止。", TAGS)
class SelectionList(Listed):
    access = Permission.VIEW_FACILITIES
    serializer_class = SelectionSerializer
    asked = {
        "q": text_in("title"),
        "state": one_of("状态", "state", [one for one in RoundState.values if one != RoundState.DRAFT]),
    }
    orders = by("opens_on") | by("closes_on")

    def rows(self):
        chosen = Nomination.objects.visible_to(self.appointment).filter(is_selected=True).select_related("partner")
        found = SelectionRound.objects.visible_to(self.appointment).exclude(state=RoundState.DRAFT)
        return found.prefetch_related(Prefetch("nominations", chosen.order_by("pk"), to_attr="chosen"))


class ExemplarSerializer(serializers.ModelSerializer):
    facility, facility_name = _uuid("facility"), _name("facility")
    partner, partner_name = _uuid("partner"), _name("partner")

    class Meta:
        model = Exemplar
        fields = [
            "uuid", "title", "facility", "facility_name", "partner", "partner_name", "practice", "effect", "lesson", "released_at",
        ]  # fmt: skip


@told("典型", "exemplars_list", "已发布的典型案例。", TAGS)
class ExemplarList(Listed):
    access = Permission.VIEW_FACILITIES
    serializer_class = ExemplarSerializer
    asked = {"q": text_in("title"), "facility": FACILITY, "partner": PARTNER}
    orders = {"-released_at": ("-released_at",), "released_at": ("released_at",), "title": ("title",)}

    def rows(self):
        found = Exemplar.objects.visible_to(self.appointment).filter(state=ExemplarState.RELEASED)
        return found.select_related("facility", "partner")
