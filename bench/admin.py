"""A changelist of Django's admin that shows what the portal's list shows, for `bench.pages`: the ordinary way to write one."""

from django.contrib import admin
from django.urls import path

from facilities.models import ConstructionType, Facility, Lifecycle
from happyhome.urls import urlpatterns as portal_urls
from portal.templatetags.ui import pips, tier_mark
from portal.wording import TIER_NAMES
from tenants.models import Division
from tenants.rules import street_of
from tenants.site import PortalAdminSite, ReadOnlyAdmin

site = PortalAdminSite(name="bench_admin")


@admin.register(Facility, site=site)
class ListAdmin(ReadOnlyAdmin):
    """The columns of the portal's list: place, type, state, tier, and what is lacking for the next."""

    list_display = ["code", "name", "street", "community", "kind", "state", "tier", "lacking"]
    search_fields = ["code", "name"]
    list_per_page = 50

    def get_queryset(self, request):
        from django.utils import timezone

        from portal.queries.facility_list import judged_facilities
        from portal.queries.runs import runs_for

        self.runs = {run.pk: run for run in runs_for(request.appointment).now}
        self.names = dict(Division.objects.filter(valid_to=None).values_list("code", "name"))
        return judged_facilities(request.appointment, runs_for(request.appointment), timezone.localdate()).order_by(
            "code"
        )

    def street(self, facility):
        return self.names.get(street_of(facility.division_code))

    def community(self, facility):
        return self.names.get(facility.division_code)

    def kind(self, facility):
        return ConstructionType(facility.construction_type).label

    def state(self, facility):
        return Lifecycle(facility.lifecycle).label

    def tier(self, facility):
        return tier_mark(facility.tier) if facility.tier is not None else TIER_NAMES[None]

    def lacking(self, facility):
        from portal.queries.facility_list import _standing

        found = _standing(facility, self.runs)
        return (pips(found.outcomes) + found.sentence) if found else ""


urlpatterns = [*portal_urls, path("bench-admin/", site.urls)]
handler500 = "happyhome.error_pages.server_error"
