from datetime import datetime, time, timedelta

from django import forms
from django.db.models import Q
from django.utils import timezone


class LoginForm(forms.Form):
    username = forms.CharField(
        label="账号",
        max_length=150,
        error_messages={"required": "请填写账号。"},
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )
    password = forms.CharField(
        label="密码",
        strip=False,
        error_messages={"required": "请填写密码。"},
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if not self.is_bound:  # after an error the message comes first
            self.fields["username"].widget.attrs["autofocus"] = True


class CodeForm(forms.Form):
    """A code of the authenticator app, or a recovery code."""

    code = forms.CharField(
        label="验证码",
        max_length=30,
        error_messages={"required": "请填写验证码。"},
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )


class ActFilter(forms.Form):
    """Filters of the log of acts; what cannot be read is left out and said so beside the field."""

    q = forms.CharField(label="查找", required=False, max_length=60)
    since = forms.DateField(
        label="从",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"invalid": "请按 2026-11-23 的样子填写日期。"},
    )
    until = forms.DateField(
        label="到",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"invalid": "请按 2026-11-23 的样子填写日期。"},
    )

    def __init__(self, data, *, verbs):
        super().__init__(data)
        self.fields["verb"] = forms.ChoiceField(
            label="动作", required=False, choices=[("", "全部"), *((verb, verb) for verb in verbs)]
        )

    def narrow(self, acts):
        self.is_valid()
        wanted = self.cleaned_data
        if text := wanted.get("q"):
            acts = acts.filter(
                Q(subject__icontains=text)
                | Q(actor__display_name__icontains=text)
                | Q(actor__username__icontains=text)
                | Q(reason__icontains=text)
            )
        if verb := wanted.get("verb"):
            acts = acts.filter(verb=verb)
        if since := wanted.get("since"):
            acts = acts.filter(at__gte=_midnight(since))
        if until := wanted.get("until"):
            acts = acts.filter(at__lt=_midnight(until + timedelta(days=1)))
        return acts


def _midnight(day):
    return timezone.make_aware(datetime.combine(day, time()))
