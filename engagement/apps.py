from django.apps import AppConfig


class EngagementConfig(AppConfig):
    name = "engagement"
    verbose_name = "活动与到访"

    def ready(self):
        from engagement.exports import kinds
        from engagement.imports import register_sheets
        from engagement.queries.income import apart
        from partners.queries.operating import compare_with
        from tenants.exports import provides_export

        register_sheets()
        compare_with(apart)
        for kind in kinds():
            provides_export(kind)
