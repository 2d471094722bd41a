"""What every model with personal data shares: a key of its own, the sealing of its fields, the look-up by blind index."""

import uuid
from typing import ClassVar, TypeVar

from django.db import models

from tenants import crypto, vault
from tenants.fields import PersonalField, RowKeyField
from tenants.scoped import ScopedModel, ScopedQuerySet

Person = TypeVar("Person", bound="PersonalModel")


class PersonalQuerySet(ScopedQuerySet[Person]):
    def having(self, **wanted: str):
        """Rows whose personal field equals a text: `having(phone="13800000000")`. Needs the field's blind index."""
        found = self
        for name, text in wanted.items():
            field = self.model._meta.get_field(name)
            if not isinstance(field, PersonalField) or field.index is None:
                raise TypeError(f"{name} has no blind index.")
            written = field.check_text(text) if field.check_text else text
            found = found.filter(**{f"{field.index}__in": vault.blind_indexes(written, label=field.label)})
        return found


class PersonalModel(ScopedModel):
    """A row about a person. Its history (`TrackHistory(…, omit=UNTRACKED)`) keeps ciphertext and neither key nor index."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    row_key = RowKeyField("行密钥")
    erased_at = models.DateTimeField("个人信息删除时间", null=True, blank=True, editable=False)

    objects: ClassVar[models.Manager] = PersonalQuerySet.as_manager()

    class Meta:
        abstract = True

    @classmethod
    def personal_fields(cls) -> list[PersonalField]:
        return [field for field in cls._meta.fields if isinstance(field, PersonalField)]

    @classmethod
    def untracked_columns(cls) -> tuple[str, ...]:
        """The columns that the row history must not keep: what opens the values, and what finds people by them."""
        return ("row_key", *(field.index for field in cls.personal_fields() if field.index))

    def save(self, *args, update_fields=None, **kwargs):
        if update_fields is not None:
            touched = [field for field in self.personal_fields() if field.name in update_fields]
            companions = {"row_key", *(field.index for field in touched if field.index)} if touched else set()
            update_fields = {*update_fields, *companions}
        super().save(*args, update_fields=update_fields, **kwargs)

    def seal_personal(self) -> None:
        """Seal what was assigned as text since the last time. Raises ValueError for a text that its field refuses."""
        for field in self.personal_fields():
            text = self.__dict__.get(field.attname)
            if isinstance(text, str):
                written = field.check_text(text) if field.check_text else text
                self.__dict__[field.attname] = vault.seal_value(
                    written, key=self._own_key(), subject=self.uuid, label=field.label
                )
                if field.index:
                    index = vault.blind_index(written, division_code=self.division_code, label=field.label)
                    setattr(self, field.index, index)
            elif text is None and field.index and field.attname in self.__dict__:
                setattr(self, field.index, None)

    def opened(self, field: PersonalField, sealed: bytes) -> str:
        if self.row_key is None:
            raise crypto.Unreadable("the key of this row was shredded")
        key = vault.unwrap_row_key(self.row_key, subject=self.uuid)
        return vault.open_value(sealed, key=key, subject=self.uuid, label=field.label)

    def _own_key(self) -> bytes:
        if self.row_key is not None:
            return vault.unwrap_row_key(self.row_key, subject=self.uuid)
        key = crypto.new_key()
        self.row_key = vault.wrap_row_key(key, subject=self.uuid, division_code=self.division_code)
        return key
