from django.urls import path

from partners import edit_views, money_urls
from partners.models import Partner, PartnerContact
from partners.views import agreements, applications, brands, calls, exemplars, panel, partner, rules, selections
from tenants.contact_pages import ContactPages

app_name = "partners"
_contacts = ContactPages(Partner, PartnerContact, parent="partner", space="partners", back="partners:partner")
urlpatterns = [
    path("facilities/<uuid:uuid>/projects/add/", edit_views.project_add, name="project_add"),
    path("projects/<uuid:uuid>/edit/", edit_views.project_edit, name="project_edit"),
    *money_urls.urlpatterns,
    path("partners/", partner.partners, name="partners"),
    path("partners/add/", edit_views.partner_add, name="partner_add"),
    path("partners/<uuid:uuid>/", partner.partner, name="partner"),
    path("partners/<uuid:uuid>/edit/", edit_views.partner_edit, name="partner_edit"),
    path("partners/<uuid:uuid>/credentials/", partner.credential_add, name="credential_add"),
    path("partners/contacts/<uuid:uuid>/identity/", partner.identity, name="identity"),
    path("partners/files/<uuid:uuid>/", partner.file, name="partner_file"),
    path("partners/<uuid:uuid>/merge/", partner.merge, name="merge"),
    path("partners/<uuid:uuid>/merge/do/", partner.merge_do, name="merge_do"),
    path("partners/merges/<uuid:uuid>/undo/", partner.merge_undo, name="merge_undo"),
    path("partners/brands/", brands.brands, name="brands"),
    path("partners/brands/add/", edit_views.brand_add, name="brand_add"),
    path("partners/brands/<uuid:uuid>/", brands.brand, name="brand"),
    path("partners/brands/<uuid:uuid>/edit/", edit_views.brand_edit, name="brand_edit"),
    path("partners/brands/<uuid:uuid>/act/", brands.brand_act, name="brand_act"),
    path("partners/calls/", calls.calls, name="calls"),
    path("partners/calls/add/", edit_views.call_add, name="call_add"),
    path("partners/calls/<uuid:uuid>/", calls.call, name="call"),
    path("partners/calls/<uuid:uuid>/edit/", edit_views.call_edit, name="call_edit"),
    path("partners/calls/<uuid:uuid>/act/", calls.call_act, name="call_act"),
    path("partners/calls/<uuid:uuid>/score/", panel.score, name="score"),
    path("partners/applications/<uuid:uuid>/sheet/", panel.score_sheet, name="score_sheet"),
    path("partners/calls/<uuid:uuid>/apply/", applications.application_add, name="application_add"),
    path("partners/applications/<uuid:uuid>/", applications.application, name="application"),
    path("partners/applications/<uuid:uuid>/act/", applications.application_act, name="application_act"),
    path("partners/applications/<uuid:uuid>/files/", applications.application_file, name="application_file"),
    path("partners/applications/<uuid:uuid>/agreement/", agreements.agreement_new, name="agreement_new"),
    path("a/<str:token>/", applications.apply, name="apply"),
    path("partners/agreements/", agreements.agreements, name="agreements"),
    path("partners/agreements/<uuid:uuid>/", agreements.agreement, name="agreement"),
    path("partners/agreements/<uuid:uuid>/paper/", agreements.agreement_paper, name="agreement_paper"),
    path("partners/agreements/<uuid:uuid>/act/", agreements.agreement_act, name="agreement_act"),
    path("partners/selections/", selections.selections, name="selections"),
    path("partners/selections/add/", selections.selection_add, name="selection_add"),
    path("partners/selections/<uuid:uuid>/", selections.selection, name="selection"),
    path("partners/selections/<uuid:uuid>/act/", selections.selection_act, name="selection_act"),
    path("partners/exemplars/", exemplars.exemplars, name="exemplars"),
    path("partners/exemplars/add/", edit_views.exemplar_add, name="exemplar_add"),
    path("partners/exemplars/<uuid:uuid>/", exemplars.exemplar, name="exemplar"),
    path("partners/exemplars/<uuid:uuid>/edit/", edit_views.exemplar_edit, name="exemplar_edit"),
    path("partners/exemplars/<uuid:uuid>/act/", exemplars.exemplar_act, name="exemplar_act"),
    path("partners/honours/", exemplars.honours, name="honours"),
    path("partners/rules/", rules.rules, name="rules"),
    path("partners/rules/set/", rules.rules_set, name="rules_set"),
    *_contacts.routes("partners"),
]
