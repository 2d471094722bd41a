"""The money ledgers over the API, read only: funds, their entries, space for service, operating figures. Amounts in 分."""

from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from partners.api.listed import Listed, by, one_of, since, told, until, uuid_of
from partners.models import Exchange, ExchangeEntry, ExchangeEntryKind, Fund, FundEntry, OperatingFigure
from partners.queries.exchanges import exchanges
from partners.queries.funds import funds
from partners.rules.ledger import HELD
from tenants.api.paging import Pages
from tenants.api.views import ApiView
from tenants.rules import Permission

TAGS = ["资金"]
_HELD = {int(account) for account in HELD}
_FUND = OpenApiParameter("fund", str, description="基金的 uuid；不写则为范围内的所有基金")
_YEAR = OpenApiParameter("year", int, description="哪一年，如 2026；不写则为今年")
_FACILITY = OpenApiParameter("facility", str, description="设施的 uuid；不写则为范围内的所有设施")


class FundSerializer(serializers.ModelSerializer):
    kind_label = serializers.CharField(source="get_kind_display", read_only=True)
    held_fen = serializers.IntegerField(read_only=True, help_text="结余，含物资估价，单位：分")
    income_fen = serializers.IntegerField(read_only=True, help_text="当年收入，单位：分")

    class Meta:
        model = Fund
        fields = [
            "uuid", "name", "kind", "kind_label", "manager", "purpose", "rules_document", "starts_on", "ends_on", "held_fen",
            "income_fen",
        ]  # fmt: skip


class FundEntrySerializer(serializers.ModelSerializer):
    fund = serializers.UUIDField(source="fund.uuid", read_only=True)
    facility = serializers.UUIDField(source="facility.uuid", read_only=True, allow_null=True, default=None)
    kind_label = serializers.CharField(source="get_kind_display", read_only=True)
    reverses = serializers.UUIDField(source="reverses.uuid", read_only=True, allow_null=True, default=None)
    change_fen = serializers.SerializerMethodField()

    class Meta:
        model = FundEntry
        fields = [
            "uuid", "fund", "number", "day", "kind", "kind_label", "source", "counterparty", "summary", "voucher", "facility",
            "reverses", "change_fen",
        ]  # fmt: skip

    @extend_schema_field(int)
    def get_change_fen(self, entry) -> int:
        """What the entry changed in the fund's holdings."""
        return sum(line.amount_fen for line in entry.lines.all() if line.account in _HELD)


class ExchangeSerializer(serializers.ModelSerializer):
    facility = serializers.UUIDField(source="facility.uuid", read_only=True)
    partner = serializers.UUIDField(source="partner.uuid", read_only=True)
    terms_label = serializers.CharField(source="get_terms_display", read_only=True)
    space_fen = serializers.IntegerField(read_only=True, help_text="已记账的空间价值，单位：分")
    service_fen = serializers.IntegerField(read_only=True, help_text="服务价值，单位：分")
    open_fen = serializers.IntegerField(read_only=True, help_text="未抵扣，单位：分；结清后为 0")

    class Meta:
        model = Exchange
        fields = [
            "uuid", "number", "facility", "partner", "terms", "terms_label", "starts_on", "ends_on", "hour_fen", "head_fen",
            "tolerance_permille", "rent_fen", "space_fen", "service_fen", "open_fen", "settled_on",
        ]  # fmt: skip


class ExchangeEntrySerializer(serializers.ModelSerializer):
    exchange = serializers.UUIDField(source="exchange.uuid", read_only=True)
    kind_label = serializers.CharField(source="get_kind_display", read_only=True)
    space = serializers.CharField(source="space.space.name", read_only=True, allow_null=True, default=None)
    reverses = serializers.UUIDField(source="reverses.uuid", read_only=True, allow_null=True, default=None)

    class Meta:
        model = ExchangeEntry
        fields = [
            "uuid", "exchange", "day", "kind", "kind_label", "amount_fen", "space", "minutes", "heads", "summary", "evidence",
            "reverses",
        ]  # fmt: skip
        extra_kwargs = {"amount_fen": {"help_text": "单位：分；空间价值为正，服务为负"}}


class OperatingFigureSerializer(serializers.ModelSerializer):
    facility = serializers.UUIDField(source="facility.uuid", read_only=True)
    partner = serializers.UUIDField(source="partner.uuid", read_only=True, allow_null=True, default=None)
    item_label = serializers.CharField(source="get_item_display", read_only=True)

    class Meta:
        model = OperatingFigure
        fields = ["uuid", "facility", "partner", "month", "item", "item_label", "amount_fen", "heads"]


class MoneyList(ApiView):
    access = Permission.VIEW_MONEY
    pagination_class = Pages

    def listed(self, rows):
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.serializer_class(page, many=True).data)

    def year(self) -> int:
        text = self.request.query_params.get("year")
        if text is None:
            return timezone.localdate().year
        if not (text.isascii() and text.isdigit() and 1949 <= int(text[:5]) <= 2100):
            raise ValidationError({"year": ["请写四位年份，如 2026。"]})
        return int(text)

    def of(self, name: str) -> dict[str, UUID]:
        """The filter for an object that the address names by its uuid; none without it."""
        text = self.request.query_params.get(name)
        if text is None:
            return {}
        try:
            return {f"{name}__uuid": UUID(text)}
        except ValueError:
            raise ValidationError({name: ["请写 uuid。"]}) from None


class FundList(MoneyList):
    serializer_class = FundSerializer

    def rows(self):
        return funds(self.appointment, timezone.localdate().year).order_by("name", "pk")

    @extend_schema(
        summary="基金",
        tags=TAGS,
        operation_id="funds_list",
        responses=FundSerializer(many=True),
        description="按名称。",
    )
    def get(self, request):
        return self.listed(self.rows())


class FundEntryList(MoneyList):
    serializer_class = FundEntrySerializer
    parameters = ("fund", "year")

    def rows(self):
        found = FundEntry.objects.visible_to(self.appointment).filter(day__year=self.year(), **self.of("fund"))
        return found.select_related("fund", "facility", "reverses").prefetch_related("lines").order_by("fund", "number")

    @extend_schema(
        summary="基金凭证", tags=TAGS, operation_id="fund_entries_list",
        responses=FundEntrySerializer(many=True), parameters=[_FUND, _YEAR],
        description="一年的凭证，按凭证号。只增不改；冲正的凭证用 reverses 指向原凭证。",
    )  # fmt: skip
    def get(self, request):
        return self.listed(self.rows())


class ExchangeList(MoneyList):
    serializer_class = ExchangeSerializer
    parameters = ("facility",)

    def rows(self):
        return exchanges(self.appointment).filter(**self.of("facility")).order_by("ends_on", "pk")

    @extend_schema(
        summary="空间协议", tags=TAGS, operation_id="exchanges_list", responses=ExchangeSerializer(many=True), parameters=[_FACILITY],
        description="空间换服务和租金减免，按到期日。",
    )  # fmt: skip
    def get(self, request):
        return self.listed(self.rows())


@told("空间换服务台账", "exchange_entries_list", "逐条分录，只增不改；冲正用 reverses 指向原分录。", TAGS)
class ExchangeEntryList(Listed):
    access = Permission.VIEW_MONEY
    serializer_class = ExchangeEntrySerializer
    asked = {
        "exchange": uuid_of("空间协议", "exchange"),
        "kind": one_of("类别", "kind", ExchangeEntryKind.values),
        "from": since("日期", "day"),
        "to": until("日期", "day"),
    }
    orders = by("day")

    def rows(self):
        found = ExchangeEntry.objects.visible_to(self.appointment)
        return found.select_related("exchange", "space__space", "reverses")


class OperatingFigureList(MoneyList):
    serializer_class = OperatingFigureSerializer
    parameters = ("facility", "year")

    def rows(self):
        found = OperatingFigure.objects.visible_to(self.appointment).filter(
            month__year=self.year(), **self.of("facility")
        )
        return found.select_related("facility", "partner").order_by("month", "facility__code", "item", "pk")

    @extend_schema(
        summary="运营收支", tags=TAGS, operation_id="operating_figures_list", responses=OperatingFigureSerializer(many=True),
        parameters=[_FACILITY, _YEAR], description="一年里逐月逐项的收入和支出。",
    )  # fmt: skip
    def get(self, request):
        return self.listed(self.rows())
