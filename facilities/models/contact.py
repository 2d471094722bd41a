"""Who is in charge of a facility, and how to reach them."""

from django.db import models

from facilities.models.facility import Facility
from tenants.contacts import Contact


class ContactPerson(Contact):
    """A person in charge (负责人) of a facility. Name and telephone are sealed (`tenants.personal`)."""

    facility = models.ForeignKey(Facility, models.CASCADE, related_name="contacts", verbose_name="设施")

    class Meta:
        verbose_name = verbose_name_plural = "设施联系人"
        ordering = ["pk"]
