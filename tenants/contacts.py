"""People whom staff may have to reach: what contact persons of facilities and of partners share."""

from django.db import models

from tenants.fields import BlindIndexField, PersonalField
from tenants.identity import masked_telephone, telephone
from tenants.personal import PersonalModel


class Contact(PersonalModel):
    """A person, their position and telephone. The name is shown to whoever sees the row, the number only on request."""

    facility_path = None  # people who hold single facilities read no personal data

    name = PersonalField("姓名", check=str.strip)
    position = models.CharField("职务", max_length=40, blank=True)
    phone = PersonalField("电话", check=telephone, mask=masked_telephone, index="phone_index")
    phone_index = BlindIndexField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True

    def __str__(self):
        return str(self.name or "（已删除）")
