"""A changelist of Django's admin for `bench.pages`: what the portal's list shows and filters, in the ordinary way of the admin."""

from django.contrib import admin
from django.urls import path
from django.utils import timezone

from assessments.queries.explain import rules_of
from facilities.models import ConstructionType, Facility, Lifecycle
from happyhome.error_pages import server_error as handler500  # noqa: F401
from happyhome.urls import urlpatterns as portal_urls
from portal.filters import ListFilter
from portal.queries.facility_list import judged_facilities, rows
from portal.queries.places import surroundings
from portal.queries.runs import runs_for
from portal.templatetags.ui import pips, tier_mark
from tenants.site import PortalAdminSite, ReadOnlyAdmin

CHOICES = ListFilter.choices()


def _filter(name: str, label: str):
    """A filter of the sidebar with the choices of the portal's list."""

    class Sidebar(admin.SimpleListFilter):
        title, parameter_name = label, name

        def lookups(self, request, model_admin):
            return CHOICES[name]

        def queryset(self, request, queryset):
            return queryset.filter(**{name: self.value()}) if self.value() else queryset

    return Sidebar


class StreetFilter(admin.SimpleListFilter):
    title, parameter_name = "街道", "street"

    def lookups(self, request, model_admin):
        return model_admin.names.inside.items()

    def queryset(self, request, queryset):
        return queryset


class CriterionFilter(admin.SimpleListFilter):
    title, parameter_name = "未达哪一条", "fails"

    def lookups(self, request, model_admin):
        return [(key, rules_of(run)[key].title) for run in model_admin.runs.now for key in run.criteria]

    def queryset(self, request, queryset):
        return queryset


class Site(PortalAdminSite):
    enable_nav_sidebar = True


site = Site(name="bench_admin")


@admin.register(Facility, site=site)
class ListAdmin(ReadOnlyAdmin):
    list_display = ["code", "name", "street", "community", "kind", "state", "grade", "lacks"]
    list_filter = [
        StreetFilter, _filter("tier", "等级"), _filter("type", "建设类型"), _filter("lifecycle", "状态"),
        _filter("changed", "比上季度"), CriterionFilter,
    ]  # fmt: skip
    search_fields = ["code", "name", "name_sort"]
    list_per_page = 50

    def get_queryset(self, request):
        self.runs = runs_for(request.appointment)
        self.names = surroundings(request.appointment.division_code, [])
        return judged_facilities(request.appointment, self.runs, timezone.localdate()).order_by("code")

    def get_changelist_instance(self, request):
        """The places and results of the lines, read once for the page."""
        changes = super().get_changelist_instance(request)
        self.rows = {row.facility.pk: row for row in rows(changes.result_list, self.runs.now)}
        return changes

    def street(self, facility):
        return self.rows[facility.pk].place.street

    def community(self, facility):
        return self.rows[facility.pk].place.community

    def kind(self, facility):
        return ConstructionType(facility.construction_type).label

    def state(self, facility):
        return Lifecycle(facility.lifecycle).label

    def grade(self, facility):
        standing = self.rows[facility.pk].standing
        return tier_mark(standing.tier) if standing else "未测算"

    def lacks(self, facility):
        standing = self.rows[facility.pk].standing
        return (pips(standing.outcomes) + standing.sentence + standing.next_step) if standing else ""


urlpatterns = [*portal_urls, path("bench-admin/", site.urls)]
