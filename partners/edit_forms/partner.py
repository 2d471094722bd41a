"""The form of a partner."""

from django import forms

from partners.models import Partner, PartnerKind
from partners.rules.codes import credit_code
from tenants.editing import EditForm


def credit_code_or_nothing(text: str) -> str:
    """A unified social credit code in its one written form, or ''. Raises ValidationError."""
    if not text.strip():
        return ""
    try:
        return credit_code(text.strip())
    except ValueError as error:
        raise forms.ValidationError(str(error)) from error


class PartnerForm(EditForm):
    model = Partner
    sections = (
        ("合伙人", ("name", "kind", "uscc")),
        ("更多", ("strengths",)),
    )

    name = forms.CharField(label="名称", max_length=80)
    kind = forms.ChoiceField(
        label="类别", choices=[("", "请选择"), *PartnerKind.choices],
        help_text="企业、个体工商户选市场；社会组织选公益；热心居民选居民。",
    )  # fmt: skip
    uscc = forms.CharField(
        label="统一社会信用代码",
        max_length=30,
        required=False,
        help_text="18 位。居民合伙人不填，登记后在“证照与信用”里填身份号码。",
    )
    strengths = forms.CharField(label="专长", max_length=200, required=False)

    def clean_uscc(self):
        return credit_code_or_nothing(self.cleaned_data["uscc"])
