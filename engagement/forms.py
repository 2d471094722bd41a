"""Forms of the records. What a form does is in `tenants.editing`."""

from datetime import time

from django import forms

from engagement.models import (
    Activity,
    ActivityKind,
    ActivityPlan,
    Catchment,
    Certificate,
    Closure,
    Complaint,
    ComplaintKind,
    DisabledHome,
    HomeVisit,
    OpeningHours,
    Survey,
    TargetGroup,
    Upkeep,
    Weekday,
)
from facilities.models import Facility
from partners.models import Partner
from tenants.editing import EditForm
from tenants.rules import district_of

_WHOLE_NUMBER = {
    "invalid": "请填整数。",
    "min_value": "不能小于 %(limit_value)s。",
    "max_value": "不能大于 %(limit_value)s。",
}


def date_field(label: str, *, required: bool = True, help_text: str = "") -> forms.DateField:
    return forms.DateField(
        label=label, required=required, help_text=help_text, error_messages={"invalid": "请写成 2026-09-30 这样的日期。"},
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )  # fmt: skip


def whole(label: str, *, required: bool = True, low: int = 0, high: int = 1_000_000, **options) -> forms.IntegerField:
    return forms.IntegerField(
        label=label, required=required, min_value=low, max_value=high, error_messages=dict(_WHOLE_NUMBER),
        widget=forms.TextInput(attrs={"inputmode": "numeric"}), **options,
    )  # fmt: skip


def line(label: str, length: int, *, required: bool = True, help_text: str = "") -> forms.CharField:
    return forms.CharField(label=label, max_length=length, required=required, help_text=help_text)


class RecordForm(EditForm):
    """A form about one record of a facility. items: numbers and names of the functions, for those that name one."""

    def __init__(self, *args, facility: Facility, appointment, items: dict[int, str], **kwargs):
        super().__init__(*args, **kwargs)
        self.facility = facility
        if "item_number" in self.fields and isinstance(self.fields["item_number"], forms.TypedChoiceField):
            blank = self.fields["item_number"].blank
            self.fields["item_number"].choices = [
                ("", blank), *((each, f"{each} {name}") for each, name in sorted(items.items()))
            ]  # fmt: skip
        if "partner" in self.fields:
            found = Partner.objects.visible_to(appointment).filter(district_code=district_of(facility.division_code))
            self.fields["partner"].queryset = found.order_by("name_sort", "pk")


def item(label: str, blank: str, *, empty=None, required: bool = False) -> forms.TypedChoiceField:
    field = forms.TypedChoiceField(label=label, required=required, coerce=int, empty_value=empty)
    field.blank = blank
    return field


class ActivityForm(RecordForm):
    model = Activity
    sections = (
        ("活动", ("name", "held_on", "kind", "item_number", "target_group")),
        ("规模", ("sessions", "head_count", "partner", "remark")),
    )
    name = line("活动名称", 80)
    held_on = date_field("哪天办的")
    kind = forms.ChoiceField(
        label="类别", choices=[("", "请选择"), *ActivityKind.choices], help_text="频次按类别数，选最接近的一类。"
    )
    item_number = item("对应功能", "未填")
    target_group = forms.ChoiceField(label="对象", choices=TargetGroup.choices)
    sessions = whole("场次", low=1, high=50, initial=1, help_text="同一天同一类最多计 2 场。")
    head_count = whole("参加人次", required=False, high=100_000, help_text="没有数就留空。")
    partner = forms.ModelChoiceField(
        label="承办合伙人", queryset=Partner.objects.none(), required=False, empty_label="未填"
    )
    remark = line("备注", 200, required=False)


class PlanForm(RecordForm):
    model = ActivityPlan
    sections = (("活动计划", ("month", "published_on", "content")),)
    month = date_field("哪个月", help_text="选当月任意一天。")
    published_on = date_field(
        "哪天发布", required=False, help_text="当月最后一天前发布，才算更新（杭州 附件 二4）。还没发布就留空。"
    )
    content = forms.CharField(
        label="计划内容", max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 6})
    )

    def clean_month(self):
        return self.cleaned_data["month"].replace(day=1)


class HoursForm(RecordForm):
    model = OpeningHours
    attributes = {"last_day": "ends_on"}
    sections = (("开放时间", ("item_number", "weekday", "opens", "closes")), ("起止", ("starts_on", "last_day")))
    item_number = item("哪项功能", "整个设施", empty=0)
    weekday = forms.TypedChoiceField(label="星期", coerce=int, choices=Weekday.choices)
    opens = forms.TimeField(label="开门", widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}))
    closes = forms.TimeField(label="关门", widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}))
    starts_on = date_field("从哪天起")
    last_day = date_field("最后一天", required=False, help_text="一直有效就留空。")

    @classmethod
    def values_of(cls, row):
        values = super().values_of(row)
        return values | {"opens": _clock(row.opens_minute), "closes": _clock(row.closes_minute)}

    def column(self, name: str) -> str:
        return {"opens": "opens_minute", "closes": "closes_minute"}.get(name) or super().column(name)

    def told(self, name, value):
        return super().told(name, _clock(value) if name in {"opens", "closes"} and isinstance(value, int) else value)

    def record(self):
        values = super().record()
        opens, closes = values.pop("opens"), values.pop("closes")
        return values | {
            "opens_minute": opens.hour * 60 + opens.minute,
            "closes_minute": closes.hour * 60 + closes.minute,
        }

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("opens") and cleaned.get("closes") and cleaned["closes"] <= cleaned["opens"]:
            self.add_error("closes", "关门要晚于开门。")
        return cleaned


def _clock(minute: int) -> time:
    return time(minute // 60 % 24, minute % 60)


class ClosureForm(RecordForm):
    model = Closure
    attributes = {"last_day": "ends_on", "why": "reason"}  # `reason` is why somebody edits the record
    sections = (("停开", ("item_number", "starts_on", "last_day", "is_holiday", "why")),)
    item_number = item("哪项功能", "整个设施", empty=0)
    starts_on = date_field("从哪天起")
    last_day = date_field("最后一天")
    is_holiday = forms.BooleanField(label="法定节假日", required=False, help_text="含法定节假日的那一周不判开放时长。")
    why = line("原因", 120)


class HomeVisitForm(RecordForm):
    model = HomeVisit
    sections = (("上门服务", ("day", "service", "households")),)
    day = date_field("哪天")
    service = line("做了什么", 60, help_text="只写服务，不写姓名和住址。")
    households = whole("户数", low=1, high=5_000)


class UpkeepForm(RecordForm):
    model = Upkeep
    sections = (("维护", ("day", "equipment", "work", "done_by", "next_due_on")),)
    day = date_field("哪天")
    equipment = line("设备", 60)
    work = line("做了什么", 200)
    done_by = line("维护单位或人员", 60, required=False)
    next_due_on = date_field("下次维护", required=False)


class CertificateForm(RecordForm):
    model = Certificate
    sections = (("证照", ("item_number", "name", "number", "issued_on", "valid_until")),)
    item_number = item("对应功能", "请选择", required=True)
    name = line("证照名称", 80)
    number = line("编号", 60, required=False)
    issued_on = date_field("发证日期")
    valid_until = date_field("有效期至", required=False, help_text="最后一天；长期有效就留空。")


class ComplaintForm(RecordForm):
    model = Complaint
    sections = (
        ("事由", ("received_on", "kind", "item_number", "subject")),
        ("办理", ("due_on", "closed_on", "outcome")),
    )
    received_on = date_field("收到日期")
    kind = forms.ChoiceField(label="类别", choices=ComplaintKind.choices)
    item_number = item("对应功能", "未填")
    subject = line("事由", 200, help_text="不写个人姓名和电话。")
    due_on = date_field("办结期限")
    closed_on = date_field("办结日期", required=False)
    outcome = line("处理结果", 200, required=False)


class SurveyForm(RecordForm):
    model = Survey
    sections = (
        ("调查", ("title", "item_number", "first_day", "last_day")),
        ("纸质问卷合计", ("paper_valid", "paper_satisfied")),
    )
    title = line("名称", 80)
    item_number = item("服务项目", "整个设施")
    first_day = date_field("开始")
    last_day = date_field("结束")
    paper_valid = whole("有效份数", initial=0, help_text="没有用纸质问卷就填 0。")
    paper_satisfied = whole("其中满意", initial=0, help_text="“满意”和“很满意”的份数合计。")


class CatchmentForm(RecordForm):
    model = Catchment
    attributes = {"last_day": "ends_on"}
    sections = (
        ("覆盖人口", ("residents", "elders", "children", "low_income", "disabled", "origin")),
        ("起止", ("starts_on", "last_day")),
    )
    residents = whole("常住人口", low=1, high=10_000_000)
    elders = whole("60 岁以上", required=False, high=10_000_000)
    children = whole("0–12 岁", required=False, high=10_000_000)
    low_income = whole("困难群众", required=False, high=10_000_000)
    disabled = whole("持证残疾人", required=False, high=10_000_000)
    origin = line("数据来源", 80, required=False)
    starts_on = date_field("从哪天起")
    last_day = date_field("最后一天", required=False, help_text="一直有效就留空。")


class HomeForm(RecordForm):
    model = DisabledHome
    attributes = {"last_day": "ends_on"}
    sections = (("残疾人之家", ("name", "is_standardised", "starts_on", "last_day")),)
    name = line("名称", 80, help_text="登记在设施所在的街道名下。")
    is_standardised = forms.BooleanField(label="达到规范化要求", required=False)
    starts_on = date_field("从哪天起")
    last_day = date_field("最后一天", required=False)
