from django.urls import path

from tenants import views
from tenants.api.token import TokenLogin

app_name = "tenants"
urlpatterns = [
    path("login/", views.login, name="login"),
    path("logout/", views.logout, name="logout"),
    path("acts/", views.acts, name="acts"),
    path("api/v1/token/", TokenLogin.as_view(), name="token"),
]
