from django.apps import AppConfig


class TenantsConfig(AppConfig):
    name = "tenants"
    verbose_name = "组织与权限"

    def ready(self):
        from tenants import (
            audit_exports,
            session_limits,  # noqa: F401  hears of each sign-in
        )
        from tenants.exports import provides_export

        provides_export(audit_exports.ACTS)
        provides_export(audit_exports.CHANGES)
