from django.apps import AppConfig


class TenantsConfig(AppConfig):
    name = "tenants"
    verbose_name = "组织与权限"

    def ready(self):
        from tenants import (
            audit_exports,
            people_exports,
            session_limits,  # noqa: F401  hears of each sign-in
        )
        from tenants.exports import provides_export

        for kind in (audit_exports.ACTS, audit_exports.CHANGES, people_exports.STAFF, people_exports.MESSAGES):
            provides_export(kind)
