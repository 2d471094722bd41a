"""The form of a brand group."""

from django import forms

from partners.edit_forms.partner import credit_code_or_nothing
from partners.models import Brand, Partner
from partners.queries.partner import registered
from tenants.editing import EditForm


class BrandForm(EditForm):
    model = Brand
    sections = (("品牌或集团", ("name", "uscc", "lead")),)

    name = forms.CharField(label="名称", max_length=60)
    uscc = forms.CharField(
        label="集团统一社会信用代码", max_length=30, required=False, help_text="18 位。没有总公司就空着。"
    )
    lead = forms.ModelChoiceField(
        label="牵头单位", queryset=Partner.objects.none(), required=False, empty_label="没有",
        help_text="代表整个品牌的那一家合伙人。",
    )  # fmt: skip

    def __init__(self, *args, appointment, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["lead"].queryset = registered(appointment).order_by("name_sort", "pk")

    def clean_uscc(self):
        return credit_code_or_nothing(self.cleaned_data["uscc"])
