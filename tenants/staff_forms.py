"""Forms on which a district looks after its accounts. Choices are those the acting person may give."""

from datetime import timedelta

from django import forms
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db.models import Q

from tenants import queries, sso
from tenants.account_queries import State, in_state
from tenants.models import DivisionLevel, User
from tenants.operations.accounts import Newcomer
from tenants.rules import ROLE_LABELS, Role, appointable, code_range, may_appoint

_DAY = {"invalid": "请按 2026-11-23 的样子填写日期。", "required": "请填写日期。"}
SORTS = {
    "name": ("姓名", ("user__display_name", "user_id")),
    "role": ("角色", ("role", "user_id")),
    "division": ("区划", ("division_code", "user_id")),
    "newest": ("最近任职", ("-starts_on", "-pk")),
    "login": ("最近登录", ("-user__last_login", "user_id")),
}


def day_field(label, **more):
    return forms.DateField(
        label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), error_messages=_DAY, **more
    )


def reason_field():
    return forms.CharField(
        label="理由",
        min_length=4,
        max_length=200,
        error_messages={"required": "请写明理由。", "min_length": "理由至少写 4 个字。"},
    )


class ReasonForm(forms.Form):
    reason = reason_field()


class PeopleFilter(forms.Form):
    """Filters of the list of people; what cannot be read is left out."""

    q = forms.CharField(label="查找", required=False, max_length=60)
    role = forms.ChoiceField(
        label="角色",
        required=False,
        choices=[("", "全部"), *((role.value, label) for role, label in ROLE_LABELS.items())],
    )
    state = forms.ChoiceField(label="状态", required=False, choices=[("", "全部"), *State.choices])
    sort = forms.ChoiceField(label="排序", required=False, choices=[(key, label) for key, (label, _) in SORTS.items()])

    def __init__(self, data, *, appointment):
        super().__init__(data)
        streets = queries.divisions_below(appointment.division_code, DivisionLevel.STREET)
        self.fields["street"] = forms.ChoiceField(
            label="街道", required=False, choices=[("", "全部"), *((row.code, row.name) for row in streets)]
        )

    @property
    def wanted(self) -> dict:
        self.is_valid()
        return self.cleaned_data

    def narrow(self, people, day):
        """Those of `people` whom the filters name, as they are on a day, in the order chosen."""
        wanted = self.wanted
        if text := wanted.get("q"):
            people = people.filter(Q(user__display_name__icontains=text) | Q(user__username__icontains=text))
        if role := wanted.get("role"):
            people = people.filter(role=role)
        if street := wanted.get("street"):
            codes = code_range(int(street))
            people = people.filter(division_code__gte=codes.lo, division_code__lt=codes.hi)
        if state := wanted.get("state"):
            people = in_state(people, state, day)
        return people.order_by(*SORTS[wanted.get("sort") or "name"][1])


class AppointmentForm(forms.Form):
    """A role for a division between two dates. People name the last day; the row keeps the first day without."""

    role = forms.ChoiceField(
        label="角色", error_messages={"required": "请选角色。", "invalid_choice": "不能任命这个角色。"}
    )
    division = forms.ChoiceField(
        label="范围", error_messages={"required": "请选范围。", "invalid_choice": "不在你的管辖范围内。"}
    )
    starts_on = day_field("起")
    last_day = day_field("最后一天", required=False)

    def __init__(self, data=None, *, by, initial=None):
        super().__init__(data, initial=initial)
        self.by = by
        roles = [role for role in ROLE_LABELS if role in appointable(Role(by.role))]
        roles = [role for role in roles if role is not Role.CITY_OBSERVER or by.division_code % 10**8 == 0]
        self.fields["role"].choices = [("", "请选择"), *((role.value, ROLE_LABELS[role]) for role in roles)]  # type: ignore[attr-defined]
        self.fields["division"].choices = [("", "请选择"), *_divisions(by.division_code)]  # type: ignore[attr-defined]

    def clean(self):
        cleaned = super().clean() or self.cleaned_data
        starts, last = cleaned.get("starts_on"), cleaned.get("last_day")
        if starts and last and last < starts:
            self.add_error("last_day", "最后一天早于起始日。")
        role, code = cleaned.get("role"), cleaned.get("division")
        if role and code and not may_appoint(Role(self.by.role), self.by.division_code, Role(role), int(code)):
            self.add_error("role", "不能任命这个角色。")
        return cleaned

    @property
    def term(self) -> dict:
        last = self.cleaned_data["last_day"]
        return {
            "role": Role(self.cleaned_data["role"]),
            "division_code": int(self.cleaned_data["division"]),
            "starts_on": self.cleaned_data["starts_on"],
            "ends_on": last + timedelta(1) if last else None,
        }


class InviteForm(AppointmentForm):
    username = forms.CharField(
        label="账号",
        max_length=150,
        validators=[UnicodeUsernameValidator()],
        error_messages={"required": "请填写账号。"},
    )
    display_name = forms.CharField(label="姓名", max_length=40, error_messages={"required": "请填写姓名。"})
    field_order = ("username", "display_name", "role", "division", "starts_on", "last_day")

    def clean_username(self):
        username = self.cleaned_data["username"]
        if User.objects.filter(username__iexact=username).exists():
            raise forms.ValidationError("这个账号已经有人用了。")
        return username

    @property
    def newcomer(self) -> Newcomer:
        return Newcomer(self.cleaned_data["username"], self.cleaned_data["display_name"], **self.term)


class HandOverForm(forms.Form):
    successor = forms.ModelChoiceField(
        label="接手人",
        empty_label="请选择",
        queryset=User.objects.none(),
        to_field_name="uuid",
        error_messages={"required": "请选接手人。"},
    )
    on = day_field("从哪天起")
    reason = reason_field()

    def __init__(self, data=None, *, people, initial=None):
        super().__init__(data, initial=initial)
        self.fields["successor"].queryset = User.objects.filter(pk__in=people, is_active=True).order_by("display_name")  # type: ignore[attr-defined]


class IdentityForm(forms.Form):
    """Under which subject an outside login knows the person; empty takes the entry away."""

    provider = forms.ChoiceField(label="登录方式")
    subject = forms.CharField(label="对方的用户标识", max_length=200, required=False)

    def __init__(self, data=None):
        super().__init__(data)
        self.fields["provider"].choices = [(entry.name, entry.label) for entry in sso.providers().values()]  # type: ignore[attr-defined]


class SecurityForm(forms.Form):
    """The district's own rules: stricter than the installation's, never laxer."""

    roles = forms.MultipleChoiceField(
        label="须用两步验证的角色",
        required=False,
        choices=[(role.value, label) for role, label in ROLE_LABELS.items()],
        widget=forms.CheckboxSelectMultiple,
    )
    max_age_days = forms.IntegerField(label="密码最长使用天数", min_value=1)
    idle_minutes = forms.IntegerField(label="无操作多少分钟后退出", min_value=1)
    starts_on = day_field("从哪天起")
    reason = reason_field()

    def __init__(self, data=None, *, initial, most_days, most_minutes, today):
        super().__init__(data, initial=initial)
        self.most = {"max_age_days": (most_days, "天"), "idle_minutes": (most_minutes, "分钟")}
        self.today = today

    def clean(self):
        cleaned = super().clean() or self.cleaned_data
        for name, (most, unit) in self.most.items():
            if cleaned.get(name, 0) > most:
                self.add_error(name, f"不能超过 {most} {unit}。")
        if cleaned.get("starts_on") and cleaned["starts_on"] < self.today:
            self.add_error("starts_on", "不能早于今天。")
        return cleaned


def _divisions(code: int) -> list[tuple[int, str]]:
    """Divisions at and below a code, in the order of codes, with the street before the community's name."""
    found = list(queries.divisions_at_and_below(code))
    names = {row.code: row.name for row in found}
    return [(row.code, _full_name(row, names)) for row in found]


def _full_name(row, names) -> str:
    street = names.get(row.code // 1000 * 1000) if row.level == DivisionLevel.COMMUNITY else None
    return f"{street} {row.name}" if street else row.name
