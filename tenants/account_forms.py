"""Forms on which people look after their own account."""

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from tenants.rules import PERMISSION_LABELS, may

_CURRENT, _NEW = {"autocomplete": "current-password"}, {"autocomplete": "new-password"}


class NewPassword(forms.Form):
    """A new password, twice. For the user whose rules decide."""

    new = forms.CharField(
        label="新密码",
        strip=False,
        max_length=128,
        error_messages={"required": "请填写新密码。"},
        widget=forms.PasswordInput(attrs=_NEW),
    )
    again = forms.CharField(
        label="再填一遍",
        strip=False,
        max_length=128,
        error_messages={"required": "请把新密码再填一遍。"},
        widget=forms.PasswordInput(attrs=_NEW),
    )

    def __init__(self, data=None, *, user):
        super().__init__(data)
        self.user = user

    def clean(self):
        cleaned = super().clean() or self.cleaned_data
        new, again = cleaned.get("new"), cleaned.get("again")
        if new and again and new != again:
            self.add_error("again", "两次填的不一样。")
        elif new:
            try:
                validate_password(new, self.user)
            except ValidationError as error:
                self.add_error("new", error)
        return cleaned


class ReleasedPassword(NewPassword):
    """The invited person's password where a second administrator must have released the account."""

    code = forms.CharField(
        label="放行码",
        max_length=20,
        error_messages={"required": "请填写放行码。"},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    field_order = ["code", "new", "again"]


class PasswordChange(NewPassword):
    current = forms.CharField(
        label="现在的密码",
        strip=False,
        max_length=128,
        error_messages={"required": "请填写现在的密码。"},
        widget=forms.PasswordInput(attrs=_CURRENT),
    )
    field_order = ("current", "new", "again")

    def clean_current(self):
        current = self.cleaned_data["current"]
        if not self.user.check_password(current):
            raise ValidationError("现在的密码不对。")
        return current


class TokenForm(forms.Form):
    """A key for the API: what for, how long, and which of one's own permissions it carries."""

    name = forms.CharField(label="用途", max_length=60, error_messages={"required": "请写明用途。"})
    days = forms.TypedChoiceField(
        label="有效期", coerce=int, choices=[(1, "1 天"), (7, "7 天"), (30, "30 天"), (90, "90 天")], initial=30
    )
    permissions = forms.MultipleChoiceField(
        label="能做的事",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请至少选一项。", "invalid_choice": "你没有这项权限。"},
    )

    def __init__(self, data=None, *, role):
        super().__init__(data)
        held = [permission for permission in PERMISSION_LABELS if may(role, permission)]
        choices = [(permission.value, PERMISSION_LABELS[permission]) for permission in held]
        self.fields["permissions"].choices = choices  # type: ignore[attr-defined]
