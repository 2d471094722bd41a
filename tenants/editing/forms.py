"""Forms whose values can be told apart, shown as text and sent again: what conflicts and drafts need to know of a field."""

import copy
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, ClassVar

from django import forms
from django.db import models

REASON = "reason"
ONE_DAY = timedelta(days=1)


class EditForm(forms.Form):
    """A form for one row of a model. `sections` orders its fields under headings: (heading, (field, …)).

    `attributes` names the attribute of the row where it is not the field's own name.
    """

    model: ClassVar[type[models.Model]]
    sections: ClassVar[tuple[tuple[str, tuple[str, ...]], ...]]
    attributes: ClassVar[dict[str, str]] = {}

    reason = forms.CharField(
        label="修改理由", required=False, max_length=200, help_text="会和你的姓名、时间一起记入修改记录。",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip

    use_required_attribute = False  # what is missing is said by the page, in our words

    def __init__(self, *args, is_new: bool = False, **kwargs):
        super().__init__(*args, auto_id="id_%s", **kwargs)
        if is_new:
            del self.fields[REASON]
        for field in self.fields.values():
            field.error_messages["required"] = f"请填写{field.label}。"

    def told_sections(self):
        """(heading, bound fields) in the order of the page; the reason comes last."""
        for heading, names in self.sections:
            yield heading, [self[name] for name in names]

    @classmethod
    def values_of(cls, row) -> dict[str, Any]:
        """The row's values by field. Dated rows show their last day, and store the first day without."""
        names = [name for _, names in cls.sections for name in names]
        values = {name: getattr(row, cls.attributes.get(name, name), None) for name in names}
        if values.get("last_day"):
            values["last_day"] -= ONE_DAY
        return values

    def record(self) -> dict[str, Any]:
        """The cleaned values by attribute of the row."""
        values = {self.attributes.get(k, k): v for k, v in self.cleaned_data.items() if k != REASON}
        if values.get("ends_on") and "last_day" in self.fields:
            values["ends_on"] += ONE_DAY
        return values

    def column(self, name: str) -> str:
        return self.model._meta.get_field(self.attributes.get(name, name)).attname

    def clean(self):
        cleaned = super().clean() or {}
        begun, last = cleaned.get("starts_on"), cleaned.get("last_day")
        if begun and last and last < begun:
            self.add_error("last_day", f"最后一天要在起始日 {begun} 之后，或者就是那一天。")
        return cleaned

    # --- texts ---

    def raw(self, values: Mapping[str, Any]) -> dict[str, list[str]]:
        """Values as the form would send them."""
        return {name: raw_value(values.get(name)) for name in self.fields}

    def told(self, name: str, value: Any) -> str:
        """A value in the words of the page."""
        return told(self.fields[name], value)


def raw_value(value: Any) -> list[str]:
    if value is None or value is False:
        return []
    if value is True:
        return ["on"]
    if isinstance(value, list | tuple):
        return [str(one) for one in value]
    if isinstance(value, models.Model):
        return [str(value.pk)]
    if isinstance(value, date):
        return [value.isoformat()]
    return [str(value)] if value != "" else []


def told(field: forms.Field, value: Any) -> str:
    if isinstance(field, forms.BooleanField):
        return "是" if value else "否"
    if value is None or value == "" or value == []:
        return "空"
    labels = {} if isinstance(field, forms.ModelChoiceField) else dict(getattr(field, "choices", ()))
    if isinstance(value, list):
        return "、".join(str(labels.get(one, one)) for one in value)
    return str(labels.get(value, labels.get(str(value), value)))


def as_before(row: models.Model, before: dict[str, Any]) -> models.Model:
    """A copy of the row with the columns that the history kept put back."""
    past = copy.copy(row)
    for field in row._meta.concrete_fields:
        if field.attname in before and not field.generated:
            target = field.target_field if field.is_relation else field
            setattr(past, field.attname, target.to_python(before[field.attname]))
    return past
