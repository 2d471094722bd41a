from django.contrib import admin

from facilities.models import Facility
from tenants.site import ReadOnlyAdmin, portal_admin


@admin.register(Facility, site=portal_admin)
class FacilityAdmin(ReadOnlyAdmin):
    list_display = ["code", "name", "division_code", "address", "updated_at"]
    search_fields = ["code", "name"]
    list_per_page = 50
