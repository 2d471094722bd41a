"""Forms of the way in: the call, and what an applicant says."""

from django import forms

from facilities.edit_forms import day
from partners.models import Call, Need, PartnerKind
from partners.rules import scoring
from partners.rules.codes import credit_code
from tenants.editing import EditForm
from tenants.identity import telephone

_KINDS = (
    (PartnerKind.MARKET, "企业或个体工商户（市场合伙人）"),
    (PartnerKind.PUBLIC_BENEFIT, "社会组织（公益合伙人）"),
    (PartnerKind.RESIDENT, "居民（居民合伙人）"),
)


def _criteria(text: str) -> str:
    try:
        scoring.checked(text)
    except ValueError as error:
        raise forms.ValidationError(str(error)) from error
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())


class CallForm(EditForm):
    model = Call
    sections = (
        ("征集什么", ("title", "text", "opens_on", "closes_on", "link_is_open")),
        ("怎么评", ("scoring", "panel", "scores_by")),
    )

    title = forms.CharField(label="标题", max_length=80)
    text = forms.CharField(label="说明", max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 4}))
    opens_on = day("开始收申请")
    closes_on = day("截止", help_text="最后一天，当天还收。")
    link_is_open = forms.BooleanField(label="接受网上申请（不用账号，凭链接）", required=False, initial=True)
    scoring = forms.CharField(
        label="评分标准", max_length=600, widget=forms.Textarea(attrs={"rows": 5}),
        help_text="一行一项，写名称和满分，加起来 100 分。征集开始后不能再改。",
    )  # fmt: skip
    panel = forms.CharField(
        label="没有账号的评审人", max_length=600, required=False, widget=forms.Textarea(attrs={"rows": 4}),
        help_text="一行一人，评分表签字后由工作人员录入。有账号的评审人存好草稿以后在征集页上选，由本人评。",
    )  # fmt: skip
    scores_by = day(
        "评分截止",
        help_text="最后一天。有账号的评审人评到这一天；都评完或过了这一天，才看得到各人的分。",
        required=False,
    )

    def clean_scoring(self):
        return _criteria(self.cleaned_data["scoring"])

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("opens_on") and cleaned.get("closes_on") and cleaned["closes_on"] < cleaned["opens_on"]:
            self.add_error("closes_on", "截止日不能早于开始日。")
        if cleaned.get("scores_by") and cleaned.get("closes_on") and cleaned["scores_by"] < cleaned["closes_on"]:
            self.add_error("scores_by", f"评分截止不能早于征集截止日 {cleaned['closes_on']}。")
        return cleaned


class ApplicationForm(forms.Form):
    """What an applicant says, on the public page and at the counter alike."""

    need = forms.ModelChoiceField(
        label="申请哪项服务",
        queryset=Need.objects.none(),
        empty_label="请选择",
        error_messages={"required": "请选择。"},
    )
    name = forms.CharField(label="单位名称或姓名", max_length=80, error_messages={"required": "请填写单位名称或姓名。"})
    kind = forms.ChoiceField(label="你是", choices=[("", "请选择"), *_KINDS], error_messages={"required": "请选择。"})
    uscc = forms.CharField(
        label="统一社会信用代码", max_length=30, required=False, help_text="营业执照或登记证书上的 18 位。居民不填。"
    )
    proposal = forms.CharField(
        label="服务方案", max_length=2000, widget=forms.Textarea(attrs={"rows": 6}), help_text="做什么、谁来做、一周几次、服务多少人。",
        error_messages={"required": "请填写服务方案。"},
    )  # fmt: skip
    prices = forms.CharField(
        label="收费", max_length=300, required=False, help_text="免费、低收费还是市场价，各项多少钱。"
    )
    contact_name = forms.CharField(label="联系人", max_length=40, error_messages={"required": "请填写联系人。"})
    contact_phone = forms.CharField(
        label="联系电话", max_length=30, error_messages={"required": "请填写联系电话。"},
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )  # fmt: skip

    def __init__(self, data=None, *, needs, **kwargs):
        super().__init__(data, **kwargs)
        self.fields["need"].queryset = needs
        self.fields["need"].label_from_instance = lambda need: f"{need.facility.name}：{need.text}"

    def clean_uscc(self):
        text = self.cleaned_data["uscc"].strip()
        if not text:
            return ""
        try:
            return credit_code(text)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error

    def clean_contact_phone(self):
        try:
            return telephone(self.cleaned_data["contact_phone"])
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("kind") in {PartnerKind.MARKET, PartnerKind.PUBLIC_BENEFIT} and cleaned.get("uscc") == "":
            self.add_error("uscc", "单位申请请填写统一社会信用代码。")
        return cleaned
