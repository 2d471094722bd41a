"""Facilities: the list that the portal shows too, and one with all its ledgers as they stood on a day."""

from datetime import date

from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.generics import get_object_or_404
from rest_framework.response import Response

from assessments.api.serializers import FacilityDetailSerializer, FacilityRowSerializer, result_of
from assessments.filters import FacilityFilter
from assessments.queries.listing import facilities_with_verdicts, runs_shown
from assessments.rules.quarters import Quarter
from facilities.models import Facility
from facilities.queries.ledgers import Ledgers, ledgers
from partners.queries import charity_projects, projects_on
from standards.queries import function_names
from tenants.api.paging import Pages
from tenants.api.views import FIRST_YEAR, LAST_YEAR, ON, ApiView
from tenants.queries import division_names
from tenants.rules import Permission, street_of

QUARTER = OpenApiParameter("quarter", str, description="看哪个季度的测算，如 2026-Q3；不写则为已结束的最近一个季度。")
TAGS = ["设施"]


class FacilityFilterBackend(DjangoFilterBackend):
    """Tells the filter which runs the rows carry."""

    def get_filterset_kwargs(self, request, queryset, view):
        return {**super().get_filterset_kwargs(request, queryset, view), "runs": view.runs}


class FacilityRows(ApiView):
    """What lists of facilities have in common: `day` and `runs` decide what a row shows."""

    access = Permission.VIEW_FACILITIES
    serializer_class = FacilityRowSerializer
    filter_backends = [FacilityFilterBackend]
    filterset_class = FacilityFilter
    pagination_class = Pages
    queryset = Facility.objects.none()

    def rows(self, facilities) -> Response:
        page = self.paginate_queryset(self.filter_queryset(facilities))
        context = {"names": names_around(page, self.day()), "runs": {run.pk: run for run in self.runs}}
        return self.get_paginated_response(FacilityRowSerializer(page, many=True, context=context).data)


class FacilityList(FacilityRows):
    parameters = ("on", "quarter")

    @extend_schema(
        summary="设施列表",
        description="筛选与设施台账页相同。带 on 时只列出那一天有类型与状态记录的设施。",
        tags=TAGS,
        parameters=[ON, QUARTER],
        operation_id="facilities_list",
        responses=FacilityRowSerializer(many=True),
    )
    def get(self, request):
        self.runs = runs_shown(self.appointment, self.day(), quarter_asked(request))
        facilities = facilities_with_verdicts(self.day(), self.runs).visible_to(self.appointment)
        if "on" in request.query_params:
            facilities = facilities.exclude(lifecycle=None)
        return self.rows(facilities)


class FacilityDetail(ApiView):
    access = Permission.VIEW_FACILITIES
    serializer_class = FacilityDetailSerializer
    parameters = ("on",)

    @extend_schema(
        summary="一个设施：点位、空间、功能、运营、项目、公益创投",
        description="带 on 时，各本台账按那一天有效的记录回答；名称、地址等不分日期的栏目按现在的记录。",
        tags=TAGS,
        parameters=[ON],
        operation_id="facilities_read",
    )
    def get(self, request, uuid):
        day = self.day()
        runs = runs_shown(self.appointment, day)
        found = facilities_with_verdicts(day, runs).visible_to(self.appointment)
        facility = get_object_or_404(found, uuid=uuid)
        facility.ledgers = _shown(ledgers(facility, day))
        facility.projects_of_day = projects_on(facility, day)
        facility.charity_of_year = charity_projects(facility, day)
        facility.result = result_of(facility, {run.pk: run for run in runs})
        communities = [row.community_code for row in facility.ledgers.coverages]
        context = {"names": names_around([facility], day, *communities)}
        return Response(FacilityDetailSerializer(facility, context=context).data)


def quarter_asked(request) -> str | None:
    text = request.query_params.get("quarter")
    return None if text is None else quarter_of(text)


def quarter_of(text: str) -> str:
    """The quarter that a text names, written as it is stored."""
    try:
        return str(parsed_quarter(text))
    except ValueError as error:
        raise ValidationError({"quarter": [str(error)]}) from None


def parsed_quarter(text: str) -> Quarter:
    """Raises ValueError with the words for the user."""
    try:
        quarter = Quarter.parse(text)
    except ValueError:
        raise ValueError("请写成 2026-Q3 这样的季度。") from None
    if not FIRST_YEAR <= quarter.year <= LAST_YEAR:
        raise ValueError(f"请写 {FIRST_YEAR}–{LAST_YEAR} 年的季度。")
    return quarter


def names_around(facilities, day: date, *more: int) -> dict[int, str]:
    """Names of the divisions that some facilities stand in, of their streets, and of `more`: one query."""
    codes = {facility.division_code for facility in facilities}
    return division_names({*codes, *map(street_of, codes), *more}, day)


def _shown(rows: Ledgers) -> Ledgers:
    names = function_names(rows.day)
    for function in rows.functions:
        function.shown_name = function.local_name or names.get(function.item_number, "")
    return rows
