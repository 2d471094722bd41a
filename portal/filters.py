"""The filters of the facility list of the portal: those of the API, and the order by distance from the next tier."""

import django_filters
from django.db.models import Case, F, Value, When

from assessments.filters import FacilityFilter, in_order

SORTS = [
    ("code", "编号"),
    ("name", "名称拼音"),
    ("-tier", "等级从高到低"),
    ("tier", "等级从低到高"),
    ("lacking", "离下一等级最近"),
    ("-lacking", "离下一等级最远"),
]


class ListFilter(FacilityFilter):
    """Works on `portal.queries.facility_list.judged_facilities`."""

    sort = django_filters.ChoiceFilter(method="ordered", choices=SORTS, label="排序")

    @classmethod
    def choices(cls) -> dict[str, list[tuple[str, str]]]:
        """Value and label of the fields with a fixed choice; the first order needs no value in the address."""
        found = {
            name: list(field.extra["choices"]) for name, field in cls.base_filters.items() if "choices" in field.extra
        }
        return found | {"sort": [("", SORTS[0][1]), *SORTS[1:]]}

    def ordered(self, facilities, name, value: str):
        """Those at the highest tier and those not judged come last when the nearest come first."""
        if value == "lacking":
            at_the_top = Case(When(lacking__gt=0, then=Value(0)), default=Value(1))
            return facilities.order_by(at_the_top, "lacking", "-tier", "code")
        if value == "-lacking":
            return facilities.order_by(F("lacking").desc(nulls_last=True), "code")
        return in_order(facilities, value)
