"""Who speaks for a partner."""

from django.db import models
from django.utils import timezone

from tenants.contacts import Contact
from tenants.fields import BlindIndexField, PersonalField
from tenants.identity import citizen_id, masked_citizen_id


def checked_citizen_id(text: str) -> str:
    """The 18 characters of a citizen's number. Raises ValueError, in Chinese."""
    return citizen_id(text, today=timezone.localdate())


class PartnerContact(Contact):
    """A contact person of a partner, for the officers of the division that registered the partner.

    citizen_id: of resident partners, whom no credit code names.
    """

    partner = models.ForeignKey("partners.Partner", models.CASCADE, related_name="contacts", verbose_name="合伙人")
    citizen_id = PersonalField(
        "公民身份号码", check=checked_citizen_id, mask=masked_citizen_id, index="citizen_id_index"
    )
    citizen_id_index = BlindIndexField()

    class Meta:
        verbose_name = verbose_name_plural = "合伙人联系人"
        ordering = ["pk"]
