"""Changelists of Django's admin for `bench.pages`: what the portal's list shows and filters, in two ways.

`ListAdmin` is the admin at its best: it borrows the portal's own queries, one for the whole page each. `NewcomerAdmin` is what
the documentation of the admin leads to: each column is a method that looks up what it shows.
"""

from django.contrib import admin
from django.urls import path
from django.utils import timezone

from assessments.queries.explain import rules_of
from facilities.models import ConstructionType, Facility, Lifecycle
from happyhome.error_pages import server_error as handler500  # noqa: F401
from happyhome.urls import urlpatterns as portal_urls
from portal.filters import ListFilter
from portal.queries.facility_list import judged_facilities, rows
from portal.queries.gates import standing
from portal.queries.places import surroundings
from portal.queries.runs import runs_for
from portal.templatetags.ui import pips, tier_mark
from tenants.models import Division
from tenants.rules import street_of
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


newcomers_site = Site(name="newcomers_admin")


@admin.register(Facility, site=newcomers_site)
class NewcomerAdmin(ReadOnlyAdmin):
    list_display = ["code", "name", "street", "community", "kind", "state", "grade", "lacks"]
    list_filter = ["states__construction_type", "states__lifecycle"]
    search_fields = ["code", "name", "name_sort"]
    ordering = ["code"]
    list_per_page = 50

    def street(self, facility):
        return Division.objects.get(code=street_of(facility.division_code), valid_to=None).name

    def community(self, facility):
        found = Division.objects.filter(code=facility.division_code, valid_to=None).first()
        return found.name if found else ""

    def kind(self, facility):
        return self._state(facility).get_construction_type_display()

    def state(self, facility):
        return self._state(facility).get_lifecycle_display()

    def grade(self, facility):
        verdict = self._verdict(facility)
        return tier_mark(verdict.tier) if verdict else "未测算"

    def lacks(self, facility):
        verdict = self._verdict(facility)
        if verdict is None:
            return ""
        masks = {name: getattr(verdict, name) for name in ("tier", "prev_tier", "failed", "unknown", "flags")}
        found = standing(verdict.run, **masks)
        return pips(found.outcomes) + found.sentence + found.next_step

    @staticmethod
    def _state(facility):
        return facility.states.in_force(timezone.localdate()).get()

    @staticmethod
    def _verdict(facility):
        return facility.verdicts.select_related("run").order_by("-run__quarter").first()


urlpatterns = [*portal_urls, path("bench-admin/", site.urls), path("newcomers-admin/", newcomers_site.urls)]
