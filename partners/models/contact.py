"""Who speaks for a partner."""

from django.db import models

from tenants.contacts import Contact


class PartnerContact(Contact):
    """A contact person of a partner, for the officers of the division that registered the partner."""

    partner = models.ForeignKey("partners.Partner", models.CASCADE, related_name="contacts", verbose_name="合伙人")

    class Meta:
        verbose_name = verbose_name_plural = "合伙人联系人"
        ordering = ["pk"]
