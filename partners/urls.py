from django.urls import path

from partners import edit_views, money_urls
from partners.models import Partner, PartnerContact
from tenants.contact_pages import ContactPages

app_name = "partners"
_contacts = ContactPages(Partner, PartnerContact, parent="partner", space="partners", back="")
urlpatterns = [
    path("facilities/<uuid:uuid>/projects/add/", edit_views.project_add, name="project_add"),
    path("projects/<uuid:uuid>/edit/", edit_views.project_edit, name="project_edit"),
    *money_urls.urlpatterns,
    *_contacts.routes("partners"),
]
