from datetime import datetime, time, timedelta

from django import forms
from django.db.models import Q
from django.utils import timezone

from tenants.models import RowChange

_DAY_ERROR = {"invalid": "请按 2026-11-23 的样子填写日期。"}


class ChangeFilter(forms.Form):
    """Filters of the row history; what cannot be read is left out and said so beside the field."""

    q = forms.CharField(label="查找", required=False, max_length=60)
    operation = forms.ChoiceField(label="变动", required=False, choices=[("", "全部"), *RowChange.Operation.choices])
    row = forms.IntegerField(label="行号", required=False, min_value=1)
    since = forms.DateField(
        label="从", required=False, widget=forms.DateInput(attrs={"type": "date"}), error_messages=_DAY_ERROR
    )
    until = forms.DateField(
        label="到", required=False, widget=forms.DateInput(attrs={"type": "date"}), error_messages=_DAY_ERROR
    )

    def __init__(self, data, *, tables):
        super().__init__(data)
        self.fields["table"] = forms.ChoiceField(label="台账", required=False, choices=[("", "全部"), *tables])

    def narrow(self, changes):
        self.is_valid()
        wanted = self.cleaned_data
        if text := wanted.get("q"):
            changes = changes.filter(
                Q(user__display_name__icontains=text)
                | Q(user__username__icontains=text)
                | Q(reason__icontains=text)
                | Q(source__icontains=text)
            )
        if table := wanted.get("table"):
            changes = changes.filter(table_name=table)
        if operation := wanted.get("operation"):
            changes = changes.filter(operation=operation)
        if row := wanted.get("row"):
            changes = changes.filter(row_id=row)
        if since := wanted.get("since"):
            changes = changes.filter(at__gte=_midnight(since))
        if until := wanted.get("until"):
            changes = changes.filter(at__lt=_midnight(until + timedelta(days=1)))
        return changes


class ExportForm(forms.Form):
    format = forms.ChoiceField(choices=[("xlsx", "Excel"), ("csv", "CSV")], required=False)

    def chosen(self) -> str:
        return (self.cleaned_data.get("format") if self.is_valid() else "") or "xlsx"


def _midnight(day):
    return timezone.make_aware(datetime.combine(day, time()))
