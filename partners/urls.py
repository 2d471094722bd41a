from partners.models import Partner, PartnerContact
from tenants.contact_pages import ContactPages

app_name = "partners"
_contacts = ContactPages(Partner, PartnerContact, parent="partner", space="partners", back="")
urlpatterns = [
    *_contacts.routes("partners"),
]
