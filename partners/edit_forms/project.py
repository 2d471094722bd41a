"""The form of a project that runs in a facility."""

from django import forms

from facilities.edit_forms import LAST_DAY, day
from facilities.models import Facility, Space
from partners.models import FeeNature, Partner, ResidentProject, RunBy
from tenants.editing import EditForm
from tenants.rules import district_of


class ProjectForm(EditForm):
    model = ResidentProject
    attributes = {"last_day": "ends_on"}
    sections = (
        ("项目", ("name", "run_by", "partner", "item_number", "space", "fee_nature")),
        ("服务对象", ("serves_elders", "serves_children")),
        ("起止", ("starts_on", "last_day")),
    )

    name = forms.CharField(label="项目", max_length=60)
    run_by = forms.ChoiceField(
        label="运营主体", choices=[("", "请选择"), *RunBy.choices], help_text="市场主体和社会组织计入入驻占比。"
    )
    partner = forms.ModelChoiceField(
        label="合伙人", queryset=Partner.objects.none(), required=False, empty_label="未填"
    )
    item_number = forms.TypedChoiceField(label="对应功能", required=False, coerce=int, empty_value=None)
    space = forms.ModelChoiceField(label="空间", queryset=Space.objects.none(), required=False, empty_label="未填")
    fee_nature = forms.ChoiceField(label="收费", required=False, choices=[("", "未填"), *FeeNature.choices])
    serves_elders = forms.BooleanField(label="服务老人", required=False)
    serves_children = forms.BooleanField(label="服务儿童", required=False)
    starts_on = day("从哪天起")
    last_day = day("最后一天", required=False, help_text=LAST_DAY)

    def __init__(self, *args, facility: Facility, appointment, items: dict[int, str], **kwargs):
        super().__init__(*args, **kwargs)
        partners = Partner.objects.visible_to(appointment).filter(
            merged_into=None, district_code=district_of(facility.division_code)
        )
        self.fields["partner"].queryset = partners.order_by("name_sort", "pk")
        spaces = Space.objects.filter(facility=facility).order_by("name", "starts_on")
        self.fields["space"].queryset = spaces
        self.fields["space"].label_from_instance = lambda space: space.name
        self.fields["item_number"].choices = [("", "未填"), *((n, f"{n} {name}") for n, name in sorted(items.items()))]
