"""The form of an agreement, and its price list written one a line."""

import re
from decimal import Decimal

from django import forms

from facilities.edit_forms import day
from facilities.models import Facility, Space
from partners.models import FeeNature, MovesIn, RunAs
from partners.operations import Price
from tenants.editing.forms import ONE_DAY

_NATURES = {"免费": FeeNature.FREE, "低收费": FeeNature.LOW, "低偿": FeeNature.LOW, "市场价": FeeNature.MARKET}
_PRICE = re.compile(
    r"^(?P<name>.*?\S)\s+(?P<nature>免费|低收费|低偿|市场价)"
    r"(?:\s+(?P<yuan>\d{1,6}(?:\.\d{1,2})?)\s*元?\s*[/／]?\s*(?P<unit>\S+))?$"
)


def price_lines(text: str) -> list[Price]:
    """The lines of a price list: 助浴 低收费 30 元/次. Raises ValidationError for one that cannot be read."""
    found = []
    for number, line in enumerate((one.strip() for one in text.splitlines() if one.strip()), 1):
        match = _PRICE.match(line)
        if match is None:
            raise forms.ValidationError(
                f"第 {number} 行“{line[:20]}”读不懂。写成“助浴 低收费 30 元/次”或“量血压 免费”。"
            )
        nature = _NATURES[match["nature"]]
        fen = int(Decimal(match["yuan"] or "0") * 100)
        if (nature == FeeNature.FREE) != (fen == 0):
            raise forms.ValidationError(f"第 {number} 行：免费的不写单价，收费的要写单价。")
        found.append(Price(match["name"], nature, fen, match["unit"] or "次"))
    if len({price.name for price in found}) < len(found):
        raise forms.ValidationError("有两行项目同名，请合并或改名。")
    return found


class AgreementForm(forms.Form):
    """An agreement on paper: term, space, hours, prices, duties."""

    number = forms.CharField(label="协议编号", max_length=40)
    service = forms.CharField(label="服务项目", max_length=60, help_text="落地后用这个名称登记入驻项目。")
    item_number = forms.TypedChoiceField(label="对应功能", required=False, coerce=int, empty_value=None)
    space = forms.ModelChoiceField(
        label="空间", queryset=Space.objects.none(), required=False, empty_label="不占固定空间"
    )
    moves_in = forms.ChoiceField(label="入驻方式", choices=MovesIn.choices)
    run_as = forms.ChoiceField(label="运营模式", choices=[("", "未定"), *RunAs.choices], required=False)
    starts_on = day("从哪天起")
    last_day = day("最后一天", help_text="协议期的最后一天。")
    hours = forms.CharField(label="服务时间", max_length=120)
    prices = forms.CharField(
        label="价目", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 5}),
        help_text="一行一项，如“助浴 低收费 30 元/次”“量血压 免费”。",
    )  # fmt: skip
    duties = forms.CharField(label="双方责任", max_length=1000, widget=forms.Textarea(attrs={"rows": 5}))
    terms = forms.CharField(label="其他约定", max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3}))
    serves_elders = forms.BooleanField(label="服务老人", required=False)
    serves_children = forms.BooleanField(label="服务儿童", required=False)

    use_required_attribute = False

    def __init__(self, data=None, *, facility: Facility, items: dict[int, str], **kwargs):
        super().__init__(data, **kwargs)
        self.fields["space"].queryset = Space.objects.filter(facility=facility).order_by("name", "starts_on")
        self.fields["space"].label_from_instance = lambda space: space.name
        self.fields["item_number"].choices = [("", "未定"), *((n, f"{n} {name}") for n, name in sorted(items.items()))]
        for field in self.fields.values():
            field.error_messages["required"] = f"请填写{field.label}。"

    def clean_prices(self):
        return price_lines(self.cleaned_data["prices"])

    def clean(self):
        cleaned = super().clean()
        begun, last = cleaned.get("starts_on"), cleaned.get("last_day")
        if begun and last and last < begun:
            self.add_error("last_day", f"最后一天要在起始日 {begun} 之后，或者就是那一天。")
        return cleaned

    def values(self) -> dict:
        """What the operation takes; the price list apart."""
        told = {name: value for name, value in self.cleaned_data.items() if name not in {"prices", "last_day"}}
        return {**told, "ends_on": self.cleaned_data["last_day"] + ONE_DAY}
