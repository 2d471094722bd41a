"""What no document says about money and plans: shown with its source, set by the district from a day on."""

from django.http import HttpRequest
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from partners.models import MoneyRules
from partners.operations.rules import set_money_rules
from partners.queries.settings import MONEY_NUMBERS, money_settings
from partners.views.rules import labels_of, numbers_in, rules_page
from tenants.access import requires
from tenants.rules import Permission

LABELS = labels_of(MoneyRules, MONEY_NUMBERS)
_MOST = {"tolerance_permille": 500, "on_pace_percent": 100, "slow_percent": 100, "files_needed": 20}


@requires(Permission.VIEW_MONEY)
@require_GET
def money_rules(request: HttpRequest):
    found = money_settings(request.appointment.division_code, timezone.localdate())
    return render(request, "partners/money/rules.html", rules_page(request, MoneyRules, found, LABELS))


@requires(Permission.ADMINISTER)
@require_POST
def money_rules_set(request: HttpRequest):
    return numbers_in(request, set_money_rules, LABELS, _MOST, back=reverse("partners:money_rules"))
