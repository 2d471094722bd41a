from django.urls import path

from portal.views.components import components
from portal.views.home import home

app_name = "portal"
urlpatterns = [
    path("", home, name="home"),
    path("facilities/", home, name="facilities"),
    path("components/", components, name="components"),
]
