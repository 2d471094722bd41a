"""What no document sets about entry and exit: shown with its source, set by the district from a day on."""

from django.http import HttpRequest
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from partners.models import EntryRules
from partners.operations.rules import set_rules
from partners.queries.life import NUMBERS, life, rules_in_force
from partners.views.acting import day, done, whole, words
from tenants.access import requires
from tenants.rules import Permission, district_of, may

LABELS = {
    name: str(EntryRules._meta.get_field(name).verbose_name).replace("(", "（").replace(")", "）") for name in NUMBERS
}
_MOST = {"pass_points": 100, "satisfaction_percent": 100, "panel_size": 20}


@requires(Permission.VIEW_FACILITIES)
@require_GET
def rules(request: HttpRequest):
    today = timezone.localdate()
    found = rules_in_force(request.appointment.division_code, today)
    history = EntryRules.objects.visible_to(request.appointment).order_by("-starts_on")[:20]
    context = {
        "rules": found, "numbers": [(name, LABELS[name], found[name]) for name in NUMBERS], "history": list(history),
        "may_set": may(request.appointment.role, Permission.ADMINISTER), "today": today, "steps": life().steps,
    }  # fmt: skip
    return render(request, "partners/rules.html", context)


@requires(Permission.ADMINISTER)
@require_POST
def rules_set(request: HttpRequest):
    def act() -> str:
        made = set_rules(
            district=district_of(request.appointment.division_code), starts_on=day(request, "starts_on", "从哪天起"),
            source=words(request, "source", "依据", longest=200, least=4), by=request.user, today=timezone.localdate(),
            **{name: whole(request, name, LABELS[name], most=_MOST.get(name, 365)) for name in NUMBERS},
        )  # fmt: skip
        return f"已登记，{made.starts_on} 起按新规则办。"

    return done(request, reverse("partners:rules"), act)
