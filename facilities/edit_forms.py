"""Forms for what is registered of a facility: its basics, a site, a space, who runs it."""

from django import forms

from facilities.models import Facility, Ledger, Operator, Site, Space, SpaceUse
from tenants.editing import EditForm

AREA = {"max_digits": 9, "decimal_places": 2, "min_value": 0.01, "required": False}
AREA_ERRORS = {
    "invalid": "请填写数字，如 1032.50。", "max_decimal_places": "最多两位小数。", "max_digits": "数字太大，请核对单位是平方米。",
    "max_whole_digits": "数字太大，请核对单位是平方米。", "min_value": "面积要大于 0。不清楚就留空。",
}  # fmt: skip
DATE_ERRORS = {"invalid": "请写成 2026-09-30 这样的日期。"}
LAST_DAY = "不再有这一条的，填最后一天；一直有效就留空。"


def choices_of(model, name: str) -> list[tuple[str, str]]:
    return [("", "未填"), *model._meta.get_field(name).choices]


def area(label: str, help_text: str = "") -> forms.DecimalField:
    return forms.DecimalField(
        label=label, help_text=help_text, error_messages=dict(AREA_ERRORS),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "data-unit": "㎡"}), **AREA,
    )  # fmt: skip


def day(label: str, *, required: bool = True, help_text: str = "") -> forms.DateField:
    return forms.DateField(
        label=label, required=required, help_text=help_text, error_messages=dict(DATE_ERRORS),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )  # fmt: skip


class FacilityForm(EditForm):
    model = Facility
    sections = (
        ("名称与地址", ("name", "address")),
        ("建筑与类型", ("premises_form", "region_type", "hub_street", "city_type", "city_form")),
        ("确认为空的台账", ("nil_ledgers",)),
    )

    name = forms.CharField(label="名称", max_length=60)
    address = forms.CharField(label="地址", max_length=120, required=False)
    premises_form = forms.ChoiceField(label="用房形态", required=False, choices=choices_of(Facility, "premises_form"))
    region_type = forms.ChoiceField(label="区域类型", required=False, choices=choices_of(Facility, "region_type"))
    hub_street = forms.CharField(
        label="枢纽街巷", max_length=60, required=False, help_text="街区化设施要填，如：桥弄街。"
    )
    city_type = forms.ChoiceField(label="市标类型", required=False, choices=choices_of(Facility, "city_type"))
    city_form = forms.ChoiceField(label="市标空间形式", required=False, choices=choices_of(Facility, "city_form"))
    nil_ledgers = forms.MultipleChoiceField(
        label="这些台账确实没有内容", required=False, choices=Ledger.choices, widget=forms.CheckboxSelectMultiple,
        help_text="台账是空的，又在这里确认，测算才按 0 计；不确认就算缺数据。",
    )  # fmt: skip


class SiteForm(EditForm):
    model = Site
    attributes = {"last_day": "ends_on"}
    sections = (
        ("点位", ("name", "address", "floor_area_m2", "area_document")),
        ("坐标", ("longitude", "latitude")),
        ("起止", ("starts_on", "last_day")),
    )

    name = forms.CharField(label="点位", max_length=60)
    address = forms.CharField(label="地址", max_length=120, required=False)
    floor_area_m2 = area("建筑面积", "等级按有证明的建筑面积测算。")
    area_document = forms.CharField(
        label="面积证明", max_length=120, required=False, help_text="权属证或测绘报告的名称与编号。"
    )
    longitude = forms.DecimalField(
        label="经度", required=False, min_value=73, max_value=136, max_digits=9, decimal_places=6,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )  # fmt: skip
    latitude = forms.DecimalField(
        label="纬度", required=False, min_value=3, max_value=54, max_digits=8, decimal_places=6,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )  # fmt: skip
    starts_on = day("从哪天起用")
    last_day = day("最后一天", required=False, help_text=LAST_DAY)

    def clean(self):
        cleaned = super().clean()
        if not self.errors and (cleaned.get("longitude") is None) != (cleaned.get("latitude") is None):
            empty = "longitude" if cleaned.get("longitude") is None else "latitude"
            self.add_error(empty, "经度和纬度要么都填，要么都不填。")
        return cleaned


class SpaceForm(EditForm):
    model = Space
    attributes = {"last_day": "ends_on"}
    sections = (
        ("空间", ("site", "name", "used_by", "usable_area_m2", "floor_area_m2")),
        ("特点", ("is_open_24h", "is_multifunction")),
        ("起止", ("starts_on", "last_day")),
    )

    site = forms.ModelChoiceField(label="点位", queryset=Site.objects.none(), empty_label="请选择")
    name = forms.CharField(label="空间", max_length=60)
    used_by = forms.ChoiceField(label="使用主体", choices=[("", "请选择"), *SpaceUse.choices])
    usable_area_m2 = area("可用面积", "各项占比按可用面积算。")
    floor_area_m2 = area("建筑面积")
    is_open_24h = forms.BooleanField(label="24 小时开放", required=False)
    is_multifunction = forms.BooleanField(label="多功能融合", required=False)
    starts_on = day("从哪天起用")
    last_day = day("最后一天", required=False, help_text=LAST_DAY)

    def __init__(self, *args, facility: Facility, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["site"].queryset = Site.objects.filter(facility=facility).order_by("name", "starts_on")
        self.fields["site"].label_from_instance = lambda site: site.name


class OperatorForm(EditForm):
    """Who runs the whole facility. The last day of an agreement is a form's; the row keeps the day after."""

    model = Operator
    attributes = {"last_day": "ends_on"}
    sections = (("综合运营", ("kind", "name", "agreement")), ("起止", ("starts_on", "last_day")))

    kind = forms.ChoiceField(
        label="方式", choices=[("", "请选择"), *(Operator._meta.get_field("kind").choices or ())],
        error_messages={"required": "请选择专业服务机构，或落实专人。"},
    )  # fmt: skip
    name = forms.CharField(
        label="名称", max_length=80, help_text="机构写营业执照或登记证上的全名，专人写姓名。",
        error_messages={"required": "请填写机构全名或姓名。"},
    )  # fmt: skip
    agreement = forms.CharField(
        label="协议或任命文件", max_length=120, required=False, help_text="协议名称和编号，如：运营协议 2026-3。"
    )
    starts_on = day("从哪天起")
    last_day = day("协议最后一天", required=False, help_text="到期不再续的填这一天；没有期限就留空。")
