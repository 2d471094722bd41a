"""Django's admin, for looking things up: under the same scope as every page, and read only."""

from django.contrib import admin
from django.shortcuts import redirect

from tenants.access import permission_of, requires
from tenants.rules import Permission, may


class PortalAdminSite(admin.AdminSite):
    """Only what our apps register here is shown. Every route demands `ADMINISTER` for a division; no superuser needed."""

    site_header = site_title = "大运河幸福家园管理平台"
    index_title = "数据查阅"
    enable_nav_sidebar = False

    def has_permission(self, request):
        appointment = getattr(request, "appointment", None)
        return may(appointment and appointment.role, Permission.ADMINISTER)

    @requires(Permission.PUBLIC)
    def login(self, request, extra_context=None):
        return redirect("tenants:login")

    def get_urls(self):
        routes = super().get_urls()
        for route in _flat(routes):
            if permission_of(route.callback) is None:
                requires(Permission.ADMINISTER)(route.callback)
        return routes


def _flat(routes):
    for route in routes:
        yield from _flat(route.url_patterns) if hasattr(route, "url_patterns") else [route]


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows of the scope, nothing to change: what changes a row is an operation with its rules and its log entry."""

    def has_module_permission(self, request):
        return self.admin_site.has_permission(request)

    def has_view_permission(self, request, obj=None):
        return self.admin_site.has_permission(request)

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def get_queryset(self, request):
        return self.model.objects.visible_to(request.appointment).order_by(*self.get_ordering(request))


portal_admin = PortalAdminSite(name="admin")
