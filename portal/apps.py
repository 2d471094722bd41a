from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "portal"
    verbose_name = "跨应用页面"

    def ready(self):
        from portal.exports import FACILITIES
        from portal.pdf.bulletin import BULLETIN
        from portal.pdf.export import FACILITY_FILE
        from portal.queries.return_list import RETURNS
        from tenants.exports import provides_export

        provides_export(FACILITIES)
        provides_export(FACILITY_FILE)
        provides_export(RETURNS)
        provides_export(BULLETIN)
