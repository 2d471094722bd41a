"""The filter above the lists of the workbench. What cannot be read filters nothing."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django import forms

from tenants.rules import code_range

Ordered = Mapping[str, tuple[str, Callable[[Any], Any]]]


class DeskFilter(forms.Form):
    q = forms.CharField(label="查找", required=False, max_length=60)
    kind = forms.ChoiceField(label="类别", required=False)
    street = forms.ChoiceField(label="街道", required=False)
    sort = forms.ChoiceField(label="顺序", required=False)

    def __init__(self, data, *, kinds: Mapping[str, str], streets: Sequence[tuple[int, str]], orders: Ordered):
        super().__init__(data)
        self.orders = orders
        self.fields["kind"].choices = [("", "全部"), *kinds.items()]
        self.fields["street"].choices = [("", "全部"), *((str(code), name) for code, name in streets)]
        self.fields["sort"].choices = [(key, words) for key, (words, _) in orders.items()]
        if not kinds:
            del self.fields["kind"]
        if len(streets) < 2:
            del self.fields["street"]
        self.is_valid()

    def narrow(self, rows: Sequence[Any], listing) -> list[Any]:
        wanted = self.cleaned_data
        text, kind, street = wanted.get("q", ""), wanted.get("kind"), wanted.get("street")
        codes = code_range(int(street)) if street else None
        found = [
            row
            for row in rows
            if (not text or text.lower() in listing.text_of(row).lower())
            and (not kind or listing.kind_of(row) == kind)
            and (codes is None or listing.code_of(row) in codes)
        ]
        return sorted(found, key=self.orders[wanted.get("sort") or ""][1])

    def told(self) -> list[str]:
        """The conditions in words, for an export."""
        return [
            f"{self.fields[name].label}：{dict(getattr(self.fields[name], 'choices', ())).get(value, value)}"
            for name, value in self.cleaned_data.items()
            if value and name != "sort"
        ]
