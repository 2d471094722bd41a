"""Rules for new passwords, as Django's validators. The figures are settings; docs/decisions/passwords.md gives the reasons."""

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.core.exceptions import ValidationError
from pypinyin import lazy_pinyin

_CLASSES = (str.islower, str.isupper, str.isdigit, lambda character: not character.isalnum())
_SHORTEST_NAME = 3  # a shorter name occurs in words by chance


class LengthRule:
    def validate(self, password, user=None):
        if len(password) < settings.PASSWORD_MIN_LENGTH:
            raise ValidationError(f"密码至少 {settings.PASSWORD_MIN_LENGTH} 位。")

    def get_help_text(self):
        return f"至少 {settings.PASSWORD_MIN_LENGTH} 位"


class ClassesRule:
    def validate(self, password, user=None):
        if sum(any(map(belongs, password)) for belongs in _CLASSES) < settings.PASSWORD_MIN_CLASSES:
            raise ValidationError(f"大写字母、小写字母、数字、其他符号，至少用 {settings.PASSWORD_MIN_CLASSES} 类。")

    def get_help_text(self):
        return f"大写字母、小写字母、数字、其他符号至少 {settings.PASSWORD_MIN_CLASSES} 类"


class NameRule:
    """Neither the account nor the person's name, in characters or in pinyin, forwards or backwards."""

    def validate(self, password, user=None):
        folded = password.casefold()
        for name in _names(user) if user is not None else ():
            if name in folded or name[::-1] in folded:
                raise ValidationError("密码里不能有账号或姓名（包括拼音）。")

    def get_help_text(self):
        return "不含账号和姓名"


class HistoryRule:
    """Not the present password and none of the last few."""

    def validate(self, password, user=None):
        if user is None or user.pk is None:
            return
        former = user.former_passwords.values_list("encoded", flat=True)[: max(settings.PASSWORD_HISTORY - 1, 0)]
        known = [user.password, *former] if settings.PASSWORD_HISTORY else []
        if any(check_password(password, encoded) for encoded in known):
            raise ValidationError(f"不能再用最近 {settings.PASSWORD_HISTORY} 次的密码。")

    def get_help_text(self):
        return f"不同于最近 {settings.PASSWORD_HISTORY} 次的密码"


def _names(user) -> set[str]:
    """Names as they might stand in a password."""
    shown = user.display_name.partition("（")[0].strip()
    words = {user.username, shown, "".join(lazy_pinyin(shown))}
    return {word.casefold() for word in words if len(word) >= _SHORTEST_NAME or (word == shown and len(word) > 1)}


def hints() -> list[str]:
    """What a new password must be, for the page."""
    return [rule().get_help_text() for rule in (LengthRule, ClassesRule, NameRule, HistoryRule)]
