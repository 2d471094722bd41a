"""How a district runs its returns: what holds, what held, and a page on which it sets its own, with what that changes."""

import re
from datetime import date

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from facilities.models import ReturnRoute
from facilities.returns import setting
from facilities.returns.drafts import ReturnRefused
from facilities.returns.rules import Rules, of_row, rules_in_force
from portal.queries.places import surroundings
from portal.views.returns.common import today
from tenants.access import requires
from tenants.quarters import Quarter
from tenants.rules import DISTRICT_WIDTH, Permission, district_of, may


class RulesForm(forms.Form):
    """A new version of the rules. Numbers that people say: days before the quarter's end are negative in the row."""

    route = forms.ChoiceField(label="流程", choices=ReturnRoute.choices, widget=forms.RadioSelect)
    due_offset_days = forms.IntegerField(
        label="截止日离季度最后一天几天", min_value=-60, max_value=90,
        error_messages={"required": "请填天数，例如 -10。", "invalid": "请填整数，例如 -10。"},
    )  # fmt: skip
    jump_percent = forms.IntegerField(
        label="变动超过百分之几要写原因", min_value=1, max_value=100,
        error_messages={"required": "请填 1–100。", "invalid": "请填 1–100 的整数。"},
    )  # fmt: skip
    remind_days = forms.CharField(label="截止前几天提醒", required=False, max_length=40)
    escalate_after_days = forms.IntegerField(
        label="逾期几天报给街道和区", min_value=1, max_value=90,
        error_messages={"required": "请填 1–90。", "invalid": "请填 1–90 的整数。"},
    )  # fmt: skip
    source = forms.CharField(
        label="依据",
        max_length=200,
        error_messages={"required": "请填哪份文件、谁定的。没有文件就写“区民政局内部约定”。"},
    )
    starts_on = forms.DateField(
        label="从哪天起", error_messages={"required": "请选日期。", "invalid": "日期写成 2027-01-01 的样子。"}
    )
    reason = forms.CharField(label="为什么改", max_length=200, required=False)

    def clean_remind_days(self) -> list[int]:
        parts = [part for part in re.split(r"[、，,\s]+", self.cleaned_data["remind_days"]) if part]
        if len(parts) > 8 or not all(part.isascii() and part.isdigit() and int(part) <= 60 for part in parts):
            raise forms.ValidationError("写成“7、3、1、0”的样子，每个不超过 60，最多 8 个。")
        return sorted({int(part) for part in parts}, reverse=True)

    @property
    def values(self) -> dict:
        return {name: self.cleaned_data[name] for name in setting.FIELDS}


@requires(Permission.VIEW_FACILITIES)
@require_GET
def return_rules(request: HttpRequest):
    """What holds today in one's district, and all its versions."""
    day = today()
    district = district_of(request.appointment.division_code)
    versions = [(row, of_row(row)) for row in setting.versions(district)]
    context = {
        "division_name": surroundings(district, []).name,
        "rules": rules_in_force(district, day),
        "quarter": Quarter.of(day),
        "due_on": rules_in_force(district, day).due_on(Quarter.of(day)),
        "versions": versions,
        "today": day,
        "may_edit": _sets(request),
    }
    return render(request, "portal/returns/rules.html", context)


@requires(Permission.RULE_ON_READINGS)
@require_http_methods(["GET", "POST"])
def return_rules_edit(request: HttpRequest):
    """Set new rules: act=preview says what they change, act=publish makes them the next version."""
    day = today()
    district = district_of(request.appointment.division_code)
    if not _sets(request):
        messages.error(request, "填报规则由区一级设定。")
        return redirect("portal:return_rules")
    form = RulesForm(request.POST) if request.method == "POST" else RulesForm(initial=_initial(district, day))
    effects, previewed = None, ""
    if request.method == "POST" and form.is_valid():
        chosen = {
            "district": district,
            "values": form.values,
            "starts_on": form.cleaned_data["starts_on"],
            "today": day,
        }
        if request.POST.get("act") == "publish" and request.POST.get("previewed") == _fingerprint(form):
            try:
                new = setting.publish(**chosen, by=request.user, reason=form.cleaned_data["reason"])
            except ReturnRefused as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, f"填报规则已定，{new.starts_on} 起用。")
                return redirect("portal:return_rules")
        effects, previewed = setting.preview(**chosen), _fingerprint(form)
    context = {
        "division_name": surroundings(district, []).name,
        "form": form,
        "effects": effects,
        "previewed": previewed,
        "is_changed_since": request.POST.get("act") == "publish" and not form.errors,
        "today": day,
    }
    return render(request, "portal/returns/rules_edit.html", context, status=422 if form.errors else 200)


def _sets(request: HttpRequest) -> bool:
    appointment = request.appointment
    return may(appointment.role, Permission.RULE_ON_READINGS) and appointment.division_code % DISTRICT_WIDTH == 0


def _initial(district: int, day: date) -> dict:
    rules: Rules = rules_in_force(district, day)
    said = {name: getattr(rules, name) for name in setting.FIELDS} | {
        "source": rules.source if rules.is_official else ""
    }
    days = "、".join(map(str, rules.remind_days))
    return said | {"remind_days": days, "starts_on": Quarter.of(day).next.first_day.isoformat()}


def _fingerprint(form: RulesForm) -> str:
    """What was previewed: publishing something else asks for another look."""
    return "|".join(str(form.cleaned_data.get(name)) for name in (*setting.FIELDS, "starts_on"))
