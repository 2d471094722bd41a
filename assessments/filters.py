"""The filters of lists of facilities, for pages and API alike (see `assessments.queries.listing`)."""

from collections.abc import Iterable

import django_filters
from django.db.models import F, Q, QuerySet

from assessments.models import NO_TIER, Run, Verdict
from facilities.models import ConstructionType, Facility, Lifecycle
from facilities.queries.listing import matching
from standards.rules import Tier
from tenants.filters import CodeFilter, within

TIERS = {tier.name.lower(): tier.value for tier in Tier}
TIER_CHOICES = [
    ("demonstration", "示范型"),
    ("inclusive", "普惠型"),
    ("unrated", "未入名录"),
    ("unjudged", "未测算"),
]
CHANGES = [("up", "上升"), ("down", "下降"), ("any", "有变动")]
YES_NO = [("1", "是"), ("0", "否")]
SORTS = {
    "name": "name_sort",
    "code": "code",
    "tier": "tier",
    "updated": "updated_at",
}


class FacilityFilter(django_filters.FilterSet):
    """Works on `facilities_with_verdicts`; `runs` are those that it was made with: bits are numbered by `Run.criteria`."""

    q = django_filters.CharFilter(method="search", label="名称、编号或拼音")
    street = CodeFilter(method="at_and_below", label="街道代码")
    community = CodeFilter(method="at_and_below", label="社区代码")
    type = django_filters.ChoiceFilter(
        field_name="construction_type", choices=ConstructionType.choices, label="建设类型"
    )
    lifecycle = django_filters.ChoiceFilter(choices=Lifecycle.choices, label="状态")
    tier = django_filters.ChoiceFilter(method="of_tier", choices=TIER_CHOICES, label="等级")
    changed = django_filters.ChoiceFilter(method="changed_tier", choices=CHANGES, label="比上季度")
    fails = django_filters.CharFilter(method="failing", label="没有达到的准则")
    lacks = django_filters.CharFilter(method="lacking", label="缺数据的准则")
    sensitive = django_filters.ChoiceFilter(method="flagged", choices=YES_NO, label="等级随读法而变")
    undetermined = django_filters.ChoiceFilter(method="flagged", choices=YES_NO, label="因缺数据而未定")
    sort = django_filters.ChoiceFilter(
        method="ordered",
        choices=[(sign + key, sign + key) for key in SORTS for sign in ("", "-")],
        label="排序，前加 - 为倒序",
    )

    class Meta:
        model = Facility
        fields: list[str] = []

    def __init__(self, *args, runs: Iterable[Run] = (), **kwargs):
        super().__init__(*args, **kwargs)
        self.runs = list(runs)

    def search(self, facilities, name, value: str):
        return matching(facilities, value)

    def at_and_below(self, facilities, name, value: int):
        return within(facilities, value)

    def of_tier(self, facilities, name, value: str):
        return facilities.filter(tier=None) if value == "unjudged" else facilities.filter(tier=TIERS[value])

    def changed_tier(self, facilities, name, value: str):
        known = facilities.filter(prev_tier__gt=NO_TIER)
        if value == "up":
            return known.filter(tier__gt=F("prev_tier"))
        if value == "down":
            return known.filter(tier__lt=F("prev_tier"))
        return known.exclude(tier=F("prev_tier"))

    def failing(self, facilities, name, value: str):
        return self._with_bit(facilities, "failed", value)

    def lacking(self, facilities, name, value: str):
        return self._with_bit(facilities, "unknown", value)

    def flagged(self, facilities, name, value: str):
        bit = {"sensitive": Verdict.SENSITIVE, "undetermined": Verdict.UNDETERMINED}[name]
        marked = facilities.alias(**{f"is_{name}": F("flags").bitand(bit)})
        return marked.filter(**{f"is_{name}": bit if value == "1" else 0})

    def ordered(self, facilities, name, value: str):
        return in_order(facilities, value)

    def filter_queryset(self, queryset) -> QuerySet[Facility]:
        if not self.form.cleaned_data.get("sort"):
            queryset = in_order(queryset, "code")
        return super().filter_queryset(queryset)

    def _with_bit(self, facilities, mask: str, criterion: str):
        """Where the bit of a criterion is set; runs under different versions number their criteria differently."""
        wanted = Q(pk__in=[])
        for position in {run.criteria.index(criterion) for run in self.runs if criterion in run.criteria}:
            runs = [run.pk for run in self.runs if criterion in run.criteria[position : position + 1]]
            name = f"{mask}_{position}"
            facilities = facilities.alias(**{name: F(mask).bitand(1 << position)})
            wanted |= Q(run_id__in=runs, **{f"{name}__gt": 0})
        return facilities.filter(wanted)


def in_order(facilities: QuerySet[Facility], key: str) -> QuerySet[Facility]:
    """Sorted by one of SORTS, downwards with `-`; what has no value comes last, and equal ones by their code."""
    field = F(SORTS[key.removeprefix("-")])
    first = field.desc(nulls_last=True) if key.startswith("-") else field.asc(nulls_last=True)
    return facilities.order_by(first, "code")
