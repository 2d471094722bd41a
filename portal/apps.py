from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "portal"
    verbose_name = "跨应用页面"

    def ready(self):
        from partners.queries.sections import Section, add_section
        from portal.exports import FACILITIES
        from portal.pdf.bulletin import BULLETIN
        from portal.pdf.export import FACILITY_FILE
        from portal.queries.partner_work import activities
        from portal.queries.return_list import RETURNS
        from tenants.exports import provides_export

        provides_export(FACILITIES)
        provides_export(FACILITY_FILE)
        provides_export(RETURNS)
        provides_export(BULLETIN)
        add_section("partner", Section("activities", "活动", "portal/parts/partner_activities.html", activities))
