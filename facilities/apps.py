from django.apps import AppConfig


class FacilitiesConfig(AppConfig):
    name = "facilities"
    verbose_name = "设施台账"

    def ready(self):
        from facilities.imports.examination import examine
        from facilities.imports.specs import register_sheets
        from facilities.queries.imports import waiting_imports
        from facilities.returns.registry import add_shelves
        from tenants.open_work import provides_open_work
        from tenants.workbooks import examines_workbooks

        register_sheets()
        add_shelves()
        provides_open_work(waiting_imports)
        examines_workbooks(examine)
