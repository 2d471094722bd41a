"""What a ruling on a reading needs to be filled in."""

from datetime import date

from django import forms

from standards.queries import Interpretation


class RulingForm(forms.Form):
    """A district rules on one interpretation. Options come from the register."""

    option = forms.ChoiceField(
        label="采用的读法",
        widget=forms.RadioSelect,
        error_messages={"required": "请选一种读法。", "invalid_choice": "请从列出的读法中选一种。"},
    )
    effective_from = forms.DateField(
        label="自何日起",
        help_text="这一天及以后的测算按新读法；已经算出的结果不变。",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "请填写自何日起，例如 2026-10-01。", "invalid": "日期写成 2026-10-01 这样。"},
    )
    reason = forms.CharField(
        label="理由",
        help_text="写明依据，例如会议纪要的名称和日期。会记入操作日志。",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "请写明理由，例如会议纪要的名称和日期。", "max_length": "理由请写在 500 字以内。"},
    )

    def __init__(self, *args, interpretation: Interpretation, present: str, today: date, **kwargs):
        kwargs.setdefault("initial", {"option": present, "effective_from": today})
        super().__init__(*args, **kwargs)
        self.fields["option"].choices = [(option.key, option.label) for option in interpretation.options]
