"""The first step of each decision about a facility: what is to happen, from which day, and why."""

from datetime import date
from typing import ClassVar

from django import forms

from facilities.edit_forms import area, day
from facilities.grounds import Basis, basis_on
from facilities.models import ConstructionType, Decision, DecisionKind, Facility, Lifecycle
from tenants.editing import EditForm
from tenants.models import Division
from tenants.rules import code_range

Places = list[tuple[str, str]]
_WHEN = ("时间与依据", ("effective_on", "document"))


class DecisionForm(EditForm):
    """`basis`: the sentence of the document that names grounds for this kind, where there is one."""

    model = Decision
    kind: ClassVar[DecisionKind]
    sections = (_WHEN,)

    effective_on = day("从哪天起生效", help_text="这一天起按新的情况测算，之前的台账不变。")
    document = forms.CharField(
        label="决定文件", max_length=120, required=False, help_text="会议纪要、批复等的名称与编号，没有就留空。"
    )
    reason = forms.CharField(
        label="说明", max_length=200, help_text="一句话写清为什么这样办，会和你的姓名、时间一起记入操作日志。",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip

    def __init__(self, *args, facility: Facility | None, communities: Places, others: Places, today: date, **kwargs):
        super().__init__(*args, **kwargs)
        self.facility = facility
        self.basis: Basis | None = basis_on(self.kind, today)
        choices = {"community": communities, "covered": communities, "successor": others}
        for name, values in choices.items():
            if field := self.fields.get(name):
                field.choices = values if isinstance(field, forms.MultipleChoiceField) else [("", "请选择"), *values]
        if (field := self.fields.get("grounds")) and self.basis:
            field.choices = list(self.basis.grounds.items())
            field.help_text = f"{self.basis.reference}：“{self.basis.quote}”。至少选一项。"

    def answers(self) -> dict:
        """What was filled in, as texts: kept with the decision."""
        raw = self.raw(self.cleaned_data)
        lists = {name for name, field in self.fields.items() if isinstance(field, forms.MultipleChoiceField)}
        left_out = {"effective_on", "document", "reason", "grounds"}
        return {
            name: texts if name in lists else (texts[0] if texts else "")
            for name, texts in raw.items()
            if name not in left_out
        }

    def _needs(self, name: str, wanted: bool, words: str) -> None:
        if wanted and not self.cleaned_data.get(name) and name not in self.errors:
            self.add_error(name, words)


def _chosen(label: str, *, help_text: str = "") -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, required=False, widget=forms.CheckboxSelectMultiple, help_text=help_text
    )  # fmt: skip


class _Typed(forms.Form):
    construction_type = forms.ChoiceField(label="建设类型", choices=[("", "请选择"), *ConstructionType.choices])
    hub_street = forms.CharField(
        label="枢纽街巷", max_length=60, required=False, help_text="街区化要填（拱墅 三(三)2）：以哪条街巷为枢纽。"
    )
    covered = _chosen("覆盖社区", help_text="片区化要选（拱墅 三(三)1）：覆盖 2–3 个社区。")

    def clean(self):
        cleaned = super().clean()
        kind = cleaned.get("construction_type")
        known = self.facility.hub_street if self.facility else ""
        self._needs(
            "hub_street", kind == ConstructionType.STREETBLOCK and not known, "街区化设施请填写枢纽街巷，如：桥弄街。"
        )
        self._needs("covered", kind == ConstructionType.AREA, "片区化设施请选择它覆盖的社区。")
        return cleaned


class _Placed(forms.Form):
    community = forms.ChoiceField(label="所在社区")
    address = forms.CharField(label="地址", max_length=120, required=False)
    site = forms.CharField(label="点位", max_length=60, help_text="如：主楼。以后可以再加点位和空间。")
    floor_area_m2 = area("建筑面积", "等级按有证明的建筑面积测算（拱墅 三(一)1）。")
    area_document = forms.CharField(
        label="面积证明", max_length=120, required=False, help_text="权属证或测绘报告的名称与编号。没有证明，面积不计入等级。"
    )  # fmt: skip


class _Grounded(forms.Form):
    grounds = _chosen("理由")

    def clean(self):
        cleaned = super().clean()
        self._needs("grounds", True, "请至少选一项理由。")
        return cleaned


class NewForm(_Typed, _Placed, DecisionForm):
    kind = DecisionKind.NEW
    sections = (
        ("名称与位置", ("name", "community", "address")),
        ("类型", ("construction_type", "hub_street", "covered")),
        ("第一个点位", ("site", "floor_area_m2", "area_document")),
        ("状态与时间", ("lifecycle", "effective_on", "document")),
    )
    name = forms.CharField(label="名称", max_length=60)
    lifecycle = forms.ChoiceField(
        label="状态", choices=[(value, Lifecycle(value).label) for value in (Lifecycle.OPEN, Lifecycle.PLANNED)],
        help_text="筹建中的设施不参加测算。",
    )  # fmt: skip


class RetypeForm(_Typed, DecisionForm):
    kind = DecisionKind.RETYPE
    sections = (("新的类型", ("construction_type", "hub_street", "covered")), _WHEN)


class MoveForm(_Placed, DecisionForm):
    kind = DecisionKind.MOVE
    sections = (("搬到哪里", ("community", "address", "site", "floor_area_m2", "area_document")), _WHEN)


class MergeForm(_Grounded, DecisionForm):
    kind = DecisionKind.MERGE
    sections = (("并入哪里", ("successor", "takes_over")), ("理由", ("grounds",)), _WHEN)
    successor = forms.ChoiceField(label="承接设施", help_text="功能更优、继续运行的那一座。")
    takes_over = forms.MultipleChoiceField(
        label="一并转过去的内容", required=False, widget=forms.CheckboxSelectMultiple,
        choices=[("sites", "点位和空间"), ("functions", "功能"), ("projects", "入驻项目、合伙协议和价目")],
        help_text="没选的，从生效日起结束。承接设施已有的功能和同名项目不重复登记。空间协议一律到期结清，要接着用的另订。",
    )  # fmt: skip


class SuspendForm(DecisionForm):
    kind = DecisionKind.SUSPEND


class ReopenForm(DecisionForm):
    kind = DecisionKind.REOPEN


class WithdrawForm(_Grounded, DecisionForm):
    kind = DecisionKind.WITHDRAW
    sections = (("理由", ("grounds",)), _WHEN)


class KeepForm(_Grounded, DecisionForm):
    kind = DecisionKind.KEEP
    sections = (("理由", ("grounds",)), _WHEN)


FORMS: dict[DecisionKind, type[DecisionForm]] = {
    form.kind: form
    for form in (NewForm, RetypeForm, MoveForm, MergeForm, SuspendForm, ReopenForm, WithdrawForm, KeepForm)
}


def communities_within(code: int) -> Places:
    """The communities of a division, or the division itself where it has none."""
    codes = code_range(code)
    found = (
        Division.objects.in_force().filter(code__gte=codes.lo, code__lt=codes.hi, level="community").order_by("code")
    )
    return [(str(code), name) for code, name in found.values_list("code", "name")]
