from django.urls import path

from tenants import account_views, audit_views, views

app_name = "tenants"
urlpatterns = [
    path("login/", views.login, name="login"),
    path("login/code/", views.code, name="code"),
    path("logout/", views.logout, name="logout"),
    path("account/", account_views.overview, name="account"),
    path("account/password/", account_views.password, name="password"),
    path("account/logins/", account_views.logins, name="logins"),
    path("account/second-factor/", account_views.second_factor, name="second_factor"),
    path("account/second-factor/codes/", account_views.recovery_codes, name="recovery_codes"),
    path("account/sessions/end/", account_views.end_others, name="sessions_end"),
    path("account/sessions/<uuid:uuid>/end/", account_views.end_one, name="session_end"),
    path("acts/", views.acts, name="acts"),
    path("acts/export/", audit_views.export_acts, name="acts_export"),
    path("audit/", audit_views.overview, name="audit"),
    path("audit/check/", audit_views.check, name="audit_check"),
    path("audit/head/", audit_views.head, name="audit_head"),
    path("audit/changes/", audit_views.changes, name="changes"),
    path("audit/changes/export/", audit_views.export_changes, name="changes_export"),
]
