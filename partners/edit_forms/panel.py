"""The form of a panel member: for each application that waits, points in the bounds of each criterion, a remark, standing back."""

from collections.abc import Sequence

from django import forms

from partners.models import Application, Score
from partners.operations import Given
from partners.rules.scoring import Line
from tenants.editing import EditForm

_NUMBER = {"inputmode": "numeric", "maxlength": "3", "autocomplete": "off", "class": "points"}


class PanelForm(EditForm):
    """Everything may be missing in a draft, and nothing when it is handed in. Fields are named after the application's id."""

    model = Score
    sections = ()

    def __init__(self, *args, applications: Sequence[Application], lines: Sequence[Line], **kwargs):
        super().__init__(*args, is_new=True, **kwargs)
        self.applications, self.lines = applications, lines
        for one in applications:
            for n, line in enumerate(lines):
                self.fields[f"p{one.pk}_{n}"] = _points(one, line)
            self.fields[f"x{one.pk}"] = forms.BooleanField(label=f"{one.name}：回避", required=False)
            self.fields[f"r{one.pk}"] = forms.CharField(
                label=f"{one.name}：意见",
                max_length=200,
                required=False,
                widget=forms.TextInput(attrs={"autocomplete": "off"}),
            )

    def rows(self):
        """(application, its (criterion, field) pairs, standing back, remark), for the page."""
        for one in self.applications:
            points = [(line, self[f"p{one.pk}_{n}"]) for n, line in enumerate(self.lines)]
            yield one, points, self[f"x{one.pk}"], self[f"r{one.pk}"]

    def clean(self):
        cleaned = super().clean()
        for one in self.applications:
            if cleaned.get(f"x{one.pk}"):
                self._stands_back(one, cleaned)
                continue
            for n, line in enumerate(self.lines):
                name = f"p{one.pk}_{n}"
                if cleaned.get(name) is None and name not in self.errors:
                    self.add_error(name, f"请打分，0 到 {line.most} 的整数；和申请人有关系的勾“回避”。")
        return cleaned

    def _stands_back(self, one: Application, cleaned: dict) -> None:
        for n in range(len(self.lines)):
            self.errors.pop(f"p{one.pk}_{n}", None)  # whoever stands back gives no points, whatever was typed before
        if len(cleaned.get(f"r{one.pk}", "").strip()) < 2:
            self.add_error(f"r{one.pk}", "请写明回避的原因，例如：申请人是我亲戚。")

    def given(self) -> list[Given]:
        told = self.cleaned_data
        return [
            Given(
                one,
                () if told[f"x{one.pk}"] else tuple(told[f"p{one.pk}_{n}"] for n in range(len(self.lines))),
                told[f"x{one.pk}"],
                told[f"r{one.pk}"],
            )
            for one in self.applications
        ]


def _points(one: Application, line: Line) -> forms.IntegerField:
    wrong = f"填 0 到 {line.most} 的整数。"
    return forms.IntegerField(
        label=f"{one.name}：{line.label}", min_value=0, max_value=line.most, required=False,
        error_messages={"invalid": wrong, "min_value": wrong, "max_value": f"这一项满分 {line.most}，{wrong}"},
        widget=forms.TextInput(attrs={**_NUMBER, "data-most": line.most}),
    )  # fmt: skip
