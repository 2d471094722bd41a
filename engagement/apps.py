from django.apps import AppConfig


class EngagementConfig(AppConfig):
    name = "engagement"
    verbose_name = "活动与到访"

    def ready(self):
        from engagement.imports import register_sheets

        register_sheets()
