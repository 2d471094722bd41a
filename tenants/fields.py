"""Field types for personal data: sealed in the database, masked when shown, opened by an operation that leaves a trace.

    class ContactPerson(PersonalModel):
        phone = PersonalField("电话", check=telephone, mask=masked_telephone, index="phone_index")
        phone_index = BlindIndexField()

`row.phone = "138…"` is sealed when the row is saved; `str(row.phone)` is the masked text; `having(phone="138…")` looks it
up; `tenants.operations.personal.reveal` gives the text. Filters, ordering and `update()` on the field itself are refused.
"""

from collections.abc import Callable

from django.db import models
from django.db.models.query_utils import DeferredAttribute

from tenants import crypto, vault


class PersonalValue:
    """A value of a row: prints masked, never in full. `plain()` is for operations alone."""

    __slots__ = ("_field", "_row", "_stored")

    def __init__(self, row: models.Model, field: "PersonalField", stored: "bytes | str"):
        self._row, self._field, self._stored = row, field, stored

    def plain(self) -> str:
        """The text. Raises vault.KeyOutOfReach or crypto.Unreadable."""
        if isinstance(self._stored, str):
            return self._stored
        return self._row.opened(self._field, self._stored)  # type: ignore[attr-defined]  # a PersonalModel

    @property
    def stored(self) -> bytes:
        if isinstance(self._stored, str):
            raise TypeError(f"{self._field.name} is sealed when its row is saved; save() or bulk_create() it.")
        return self._stored

    def __str__(self):
        try:
            text = self.plain()
        except (vault.KeyOutOfReach, crypto.Unreadable):
            return "（不可读）"
        return self._field.mask(text) if self._field.mask else text

    def __repr__(self):
        return f"<personal {self._field.name}>"

    def __bool__(self):
        return bool(self._stored)

    def __eq__(self, other):
        return isinstance(other, PersonalValue) and self._stored == other._stored

    __hash__ = None  # type: ignore[assignment]


class _PersonalAttribute(DeferredAttribute):
    def __get__(self, instance, cls=None):
        if instance is None:
            return self
        stored = super().__get__(instance, cls)
        return None if stored is None else PersonalValue(instance, self.field, stored)  # type: ignore[arg-type]

    def __set__(self, instance, value):
        if isinstance(value, PersonalValue):
            value = value._stored
        if isinstance(value, memoryview):
            value = bytes(value)
        instance.__dict__[self.field.attname] = value or None


class PersonalField(models.BinaryField):
    """A text that names or reaches a person. `check` returns it in its one written form or raises ValueError."""

    descriptor_class = _PersonalAttribute

    def __init__(
        self,
        verbose_name: str | None = None,
        *,
        check: Callable[[str], str] | None = None,
        mask: Callable[[str], str] | None = None,
        index: str | None = None,
        **kwargs,
    ):
        self.check_text, self.mask, self.index = check, mask, index
        super().__init__(verbose_name, **{"null": True, "blank": True, **kwargs})

    def deconstruct(self):
        """For migrations it is a binary column and nothing more."""
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.BinaryField", args, kwargs

    @property
    def label(self) -> str:
        return f"{self.model._meta.label_lower}.{self.name}"

    def get_lookup(self, name):
        return super().get_lookup(name) if name == "isnull" else None

    def pre_save(self, model_instance, add):
        model_instance.seal_personal()
        return model_instance.__dict__.get(self.attname)

    def get_prep_value(self, value):
        if isinstance(value, PersonalValue):
            value = value.stored
        if isinstance(value, str):
            raise TypeError(f"{self.name} holds personal data: save it through its row.")
        return super().get_prep_value(value)

    def to_python(self, value):
        return value

    def value_from_object(self, obj):
        return obj.__dict__.get(self.attname)

    def value_to_string(self, obj):
        value = getattr(obj, self.attname)
        return "" if value is None else value.stored.hex()


class RowKeyField(models.BinaryField):
    """The wrapped key of a row; written together with the first value that is sealed under it."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{"null": True, "editable": False, **kwargs})

    def pre_save(self, model_instance, add):
        model_instance.seal_personal()
        return getattr(model_instance, self.attname)

    def deconstruct(self):
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.BinaryField", args, kwargs


class BlindIndexField(RowKeyField):
    """What an equality look-up of a personal field compares; written together with it."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{"db_index": True, **kwargs})
