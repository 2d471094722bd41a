from django.urls import path

from facilities import attachment_views, edit_views, views
from facilities.models import ContactPerson, Facility
from tenants.contact_pages import ContactPages

app_name = "facilities"
_contacts = ContactPages(Facility, ContactPerson, parent="facility", space="facilities", back="portal:facility")
urlpatterns = [
    path("imports/", views.imports, name="imports"),
    path("imports/template/", views.import_template, name="import_template"),
    path("imports/<uuid:uuid>/", views.import_batch_page, name="import_batch"),
    path("imports/<uuid:uuid>/correct/", views.import_correct, name="import_correct"),
    path("imports/<uuid:uuid>/confirm/", views.import_confirm, name="import_confirm"),
    path("imports/<uuid:uuid>/undo/", views.import_undo_page, name="import_undo"),
    path("imports/<uuid:uuid>/abandon/", views.import_abandon, name="import_abandon"),
    path("imports/<uuid:uuid>/retry/", views.import_retry, name="import_retry"),
    path("imports/<uuid:uuid>/annotated/", views.import_annotated, name="import_annotated"),
    path("imports/<uuid:uuid>/original/", views.import_original, name="import_original"),
    path("facilities/<uuid:uuid>/edit/", edit_views.edit, name="edit"),
    path("facilities/<uuid:uuid>/sites/add/", edit_views.site_add, name="site_add"),
    path("facilities/<uuid:uuid>/spaces/add/", edit_views.space_add, name="space_add"),
    path("sites/<uuid:uuid>/edit/", edit_views.site_edit, name="site_edit"),
    path("facilities/<uuid:uuid>/operators/add/", edit_views.operator_add, name="operator_add"),
    path("operators/<uuid:uuid>/edit/", edit_views.operator_edit, name="operator_edit"),
    path("spaces/<uuid:uuid>/edit/", edit_views.space_edit, name="space_edit"),
    path("attachments/facility/<uuid:uuid>/", attachment_views.attach, name="attach"),
    path("attachments/<uuid:uuid>/", attachment_views.download, name="attachment"),
    path("attachments/<uuid:uuid>/remove/", attachment_views.remove, name="attachment_remove"),
    *_contacts.routes("facilities"),
]
