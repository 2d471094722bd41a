from django.apps import AppConfig


class PartnersConfig(AppConfig):
    name = "partners"
    verbose_name = "幸福合伙人"

    def ready(self):
        from facilities.uploads.store import keeps_files
        from partners.exports import KINDS
        from partners.imports import register_sheets
        from partners.operations import held_files
        from partners.queries.money_parts import join_in
        from partners.returns import add_shelves
        from tenants.exports import provides_export

        for kind in KINDS:
            provides_export(kind)
        register_sheets()
        join_in()
        add_shelves()
        keeps_files(held_files)
