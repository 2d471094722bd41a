"""The form of a partner."""

from django import forms

from partners.models import Partner, PartnerKind
from partners.rules.codes import credit_code
from tenants.editing import EditForm


class PartnerForm(EditForm):
    model = Partner
    sections = (
        ("合伙人", ("name", "kind", "uscc")),
        ("更多", ("brand", "strengths")),
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
    brand = forms.CharField(
        label="品牌或集团", max_length=60, required=False, help_text="同一品牌写同样的名称，跨街道归到一起。"
    )
    strengths = forms.CharField(label="专长", max_length=200, required=False)

    def clean_uscc(self):
        text = self.cleaned_data["uscc"].strip()
        if not text:
            return ""
        try:
            return credit_code(text)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error
