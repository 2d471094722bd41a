from django.apps import AppConfig


class TenantsConfig(AppConfig):
    name = "tenants"
    verbose_name = "组织与权限"

    def ready(self):
        from tenants import session_limits  # noqa: F401  hears of each sign-in
