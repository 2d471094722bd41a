from django.apps import AppConfig


class FacilitiesConfig(AppConfig):
    name = "facilities"
    verbose_name = "设施台账"

    def ready(self):
        from facilities.imports.specs import register_sheets

        register_sheets()
