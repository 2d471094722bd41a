"""The form of a charity project with its “1+1” pair (杭州 二(三)8): who gives the service and who gives the money."""

from django import forms

from facilities.models import Facility
from partners.models import CharityProject
from partners.money_forms import MoneyForm, choice, line, money


class CharityProjectForm(MoneyForm):
    model = CharityProject
    amounts = {"contract": "contract_fen"}
    sections = (("项目", ("year", "name", "kind", "contract")), ("“1+1”结对", ("partner", "funder")))
    year = forms.IntegerField(
        label="年度", min_value=2015, max_value=2100, widget=forms.TextInput(attrs={"inputmode": "numeric", "maxlength": 4}),
        error_messages={"invalid": "请填四位年份，如 2026。", "min_value": "请填 2015 年以后。", "max_value": "请填 2100 年以前。"},
    )  # fmt: skip
    name = line("项目", 80)
    kind = choice("类别", CharityProject._meta.get_field("kind").choices)
    contract = money("合同额", required=False, low="0")
    partner = forms.ModelChoiceField(
        label="服务方",
        queryset=None,
        required=False,
        empty_label="未填",
        help_text="提供服务的慈善组织、社会组织，先在合伙人里登记。",
    )
    funder = line(
        "资金方", 80, required=False, help_text="出资的基金、企业或慈善组织。服务方和资金方都填了，才是一个“1+1”项目。"
    )

    def __init__(self, *args, facility: Facility, **kwargs):
        super().__init__(*args, place=facility, **kwargs)

    def fill(self):
        self._partner_field(self.place.division_code)
