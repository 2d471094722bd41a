"""Forms on which people look after their own account."""

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

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
