"""Plans over years and their items over the API, read only: what is promised for a year, done, expected by now."""

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers

from partners.api.money import TAGS, MoneyList
from partners.models import Plan, PlanItem, PlanState
from partners.queries.plans import YearOf, contents_of, lines, plans

_OPEN = (PlanState.PUBLISHED, PlanState.SUPERSEDED)
_PLAN = OpenApiParameter("plan", str, description="规划的 uuid；不写则为范围内的现行规划")
_YEAR = OpenApiParameter("year", int, description="哪一年，如 2026；不写则为今年")


class PlanSerializer(serializers.ModelSerializer):
    state_label = serializers.CharField(source="get_state_display", read_only=True)
    items = serializers.IntegerField(source="items_n", read_only=True, help_text="事项数")

    class Meta:
        model = Plan
        fields = [
            "uuid", "series", "revision", "title", "first_year", "last_year", "basis", "wider_plan", "state", "state_label", "reason",
            "decided_at", "items",
        ]  # fmt: skip


class PlanItemSerializer(serializers.ModelSerializer):
    """Amounts of money in 分. Null: nothing promised for the year, or not for the reader, or not known."""

    plan = serializers.UUIDField(source="plan.uuid", read_only=True)
    measure_label = serializers.CharField(source="get_measure_display", read_only=True)
    target = serializers.SerializerMethodField()
    due_on = serializers.SerializerMethodField()
    done = serializers.SerializerMethodField()
    expected = serializers.SerializerMethodField()
    deviation = serializers.SerializerMethodField()
    progress = serializers.SerializerMethodField()
    source = serializers.SerializerMethodField()

    class Meta:
        model = PlanItem
        fields = [
            "uuid", "plan", "line", "number", "title", "measure", "measure_label", "unit", "construction", "item_number",
            "street_code", "department", "target", "due_on", "done", "expected", "deviation", "progress", "source",
        ]  # fmt: skip

    def _of(self, item) -> YearOf:
        return item.of_year

    @extend_schema_field(serializers.IntegerField(allow_null=True, help_text="当年目标；钱以分计"))
    def get_target(self, item):
        return self._of(item).goal and self._of(item).goal.target

    @extend_schema_field(serializers.DateField(allow_null=True))
    def get_due_on(self, item):
        return self._of(item).goal and self._of(item).goal.due_on

    @extend_schema_field(serializers.IntegerField(allow_null=True, help_text="完成数；钱以分计"))
    def get_done(self, item):
        return self._of(item).progress and self._of(item).progress.done

    @extend_schema_field(serializers.IntegerField(allow_null=True, help_text="到今天应完成"))
    def get_expected(self, item):
        return self._of(item).progress and self._of(item).progress.expected

    @extend_schema_field(serializers.IntegerField(allow_null=True, help_text="完成数减应完成数"))
    def get_deviation(self, item):
        return self._of(item).progress and self._of(item).progress.deviation

    @extend_schema_field(
        serializers.CharField(help_text="已完成、正常、偏慢、滞后、未到年份、待确认；空：没有目标或由区里汇总")
    )
    def get_progress(self, item):
        return self._of(item).label

    @extend_schema_field(serializers.CharField(help_text="完成数从哪里来"))
    def get_source(self, item):
        return self._of(item).source


class PlanList(MoneyList):
    serializer_class = PlanSerializer

    def rows(self):
        return plans(self.appointment).filter(state__in=_OPEN).order_by("-first_year", "series", "-revision")

    @extend_schema(
        summary="规划", tags=TAGS, operation_id="plans_list", responses=PlanSerializer(many=True),
        description="公布过的各版本，新的在前；起草中的不列。",
    )  # fmt: skip
    def get(self, request):
        return self.listed(self.rows())


class PlanItemList(MoneyList):
    serializer_class = PlanItemSerializer
    parameters = ("plan", "year")

    def rows(self):
        found = PlanItem.objects.visible_to(self.appointment).select_related("plan")
        if self.request.query_params.get("plan") is None:
            return found.filter(plan__state=PlanState.PUBLISHED).order_by("plan", "number", "pk")
        return found.filter(plan__state__in=_OPEN, **self.of("plan")).order_by("plan", "number", "pk")

    def listed(self, rows):
        """The page's items, each with its year. Two statements for each plan on the page."""
        year, today = self.year(), timezone.localdate()
        page = self.paginate_queryset(rows)
        for plan in {item.plan_id: item.plan for item in page}.values():
            mine = [item for item in page if item.plan_id == plan.pk]
            for line in lines(contents_of(plan, today), mine, [year], today, appointment=self.appointment):
                line.item.of_year = line.years[year]
        return self.get_paginated_response(self.serializer_class(page, many=True).data)

    @extend_schema(
        summary="规划事项", tags=TAGS, operation_id="plan_items_list", responses=PlanItemSerializer(many=True),
        parameters=[_PLAN, _YEAR],
        description="一年里每个事项的目标、完成、应完成和偏差。完成数从台账算；别的街道负责的事项只给目标。",
    )  # fmt: skip
    def get(self, request):
        return self.listed(self.rows())
