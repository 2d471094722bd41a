"""What no document sets about entry and exit: shown with its source, set by the district from a day on."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

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
from tenants.scoped import DatedModel


def labels_of(model: type[DatedModel], names: Sequence[str]) -> dict[str, str]:
    """Name → label on the page, with the unit in Chinese brackets."""
    told = {name: str(model._meta.get_field(name).verbose_name) for name in names}
    return {name: label.replace("(", "（").replace(")", "）") for name, label in told.items()}


LABELS = labels_of(EntryRules, NUMBERS)
_MOST = {"pass_points": 100, "satisfaction_percent": 100, "panel_size": 20}


def rules_page(request: HttpRequest, model: type[DatedModel], found: Any, labels: Mapping[str, str]) -> dict[str, Any]:
    """What the page of a district's settings shows: those of today, whoever may set them, what was set before."""
    history = model.objects.visible_to(request.appointment).order_by("-starts_on")[:20]
    return {
        "rules": found, "numbers": [(name, label, found[name]) for name, label in labels.items()], "history": list(history),
        "may_set": may(request.appointment.role, Permission.ADMINISTER), "today": timezone.localdate(),
    }  # fmt: skip


def numbers_in(
    request: HttpRequest, set_them: Callable, labels: Mapping[str, str], most: Mapping[str, int], *, back: str
):
    """Take the numbers of the form from a day on."""

    def act() -> str:
        made = set_them(
            district=district_of(request.appointment.division_code), starts_on=day(request, "starts_on", "从哪天起"),
            source=words(request, "source", "依据", longest=200, least=4), by=request.user, today=timezone.localdate(),
            **{name: whole(request, name, label, most=most.get(name, 365)) for name, label in labels.items()},
        )  # fmt: skip
        return f"已登记，{made.starts_on} 起按新规则办。"

    return done(request, back, act)


@requires(Permission.VIEW_FACILITIES)
@require_GET
def rules(request: HttpRequest):
    found = rules_in_force(request.appointment.division_code, timezone.localdate())
    context = rules_page(request, EntryRules, found, LABELS)
    return render(request, "partners/rules.html", {**context, "steps": life().steps})


@requires(Permission.ADMINISTER)
@require_POST
def rules_set(request: HttpRequest):
    return numbers_in(request, set_rules, LABELS, _MOST, back=reverse("partners:rules"))
