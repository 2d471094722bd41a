"""The view that every resource derives from: declared permission, strict parameters, conditional answers."""

from datetime import date

from django.utils import timezone
from django.views.decorators.http import conditional_page
from drf_spectacular.utils import OpenApiParameter
from rest_framework import exceptions
from rest_framework.generics import GenericAPIView

from tenants.api.permissions import HasAccess
from tenants.rules import Permission

FIRST_YEAR, LAST_YEAR = 1949, 2100
ON = OpenApiParameter(
    "on", date, description="按哪一天的记录回答，如 2026-09-30；不写则为今天（北京时间）。", required=False
)


class ApiView(GenericAPIView):
    """A resource. `access` is the permission of the route; `access_by_method` what a method asks for besides.

    `parameters` names the query parameters that the view reads itself, beside those of its filters and paging; any other
    is refused, because a misspelt filter that is ignored answers with too much.
    """

    access: Permission
    access_by_method: dict[str, Permission] = {}
    non_atomic = False
    parameters: tuple[str, ...] = ()
    permission_classes = [HasAccess]
    filter_backends: list = []
    pagination_class = None

    @classmethod
    def as_view(cls, **initkwargs):
        view = conditional_page(super().as_view(**initkwargs))  # ETag, and 304 for If-None-Match
        view.permission, view.non_atomic = cls.access, cls.non_atomic
        return view

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        if unknown := set(request.query_params) - self.known_parameters():
            known = "、".join(sorted(self.known_parameters())) or "没有"
            raise exceptions.ValidationError(
                {name: [f"没有这个参数。可用的参数：{known}。"] for name in sorted(unknown)}
            )

    def known_parameters(self) -> set[str]:
        known = set(self.parameters)
        if filterset := getattr(self, "filterset_class", None):
            known.update(filterset.base_filters)
        if self.pagination_class:
            known.update({self.pagination_class.page_query_param, self.pagination_class.page_size_query_param})
        return known

    def finalize_response(self, request, response, *args, **kwargs):
        response = super().finalize_response(request, response, *args, **kwargs)
        response["Cache-Control"] = "private, no-cache"
        return response

    @property
    def appointment(self):
        return getattr(self.request, "appointment", None)

    def day(self) -> date:
        """The day that `?on=` names, else today in Beijing."""
        text = self.request.query_params.get("on")
        if text is None:
            return timezone.localdate()
        try:
            day = date.fromisoformat(text)
        except ValueError:
            raise exceptions.ValidationError({"on": ["请写成 2026-09-30 这样的日期。"]}) from None
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise exceptions.ValidationError({"on": [f"请写 {FIRST_YEAR}–{LAST_YEAR} 年的日期。"]})
        return day
