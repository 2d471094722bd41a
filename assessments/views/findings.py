"""Discrepancies: streets read and answer them, the district rules."""

from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from assessments import operations
from assessments.models import Discrepancy
from assessments.queries.checklist import titles
from assessments.queries.checks import discrepancies_listed, discrepancy_shown
from assessments.views.acting import done, text
from tenants.access import requires
from tenants.export_views import hand_out
from tenants.rules import Permission, may

_A_PAGE = 50


@requires(Permission.VIEW_RESULTS)
@require_GET
def findings(request):
    """What was found otherwise in the person's part of the district; those that wait first."""
    rows = discrepancies_listed(request.appointment, request.GET)
    page = Paginator(rows, _A_PAGE).get_page(request.GET.get("page"))
    items = titles(timezone.localdate())
    shown = [discrepancy_shown(row, items) for row in page]
    context = {"page": page, "rows": shown, "chosen": request.GET.get("state", "")}
    return render(request, "assessments/findings.html", context)


@requires(Permission.VIEW_RESULTS)
@require_GET
def export(request):
    return hand_out(request, "findings")


@requires(Permission.VIEW_RESULTS)
@require_GET
def finding(request, uuid):
    found = _finding(request, uuid)
    role = request.appointment.role
    now = timezone.now()
    context = {
        **discrepancy_shown(found, titles(timezone.localdate())),
        "may_answer": may(role, Permission.ANSWER_FINDINGS) and not found.ruling and now <= found.due_at,
        "may_rule": may(role, Permission.MANAGE_CHECKS) and not found.ruling,
        "in_time": now <= found.due_at,
    }
    return render(request, "assessments/finding.html", context)


@requires(Permission.ANSWER_FINDINGS)
@require_POST
def answer(request, uuid):
    found = _finding(request, uuid)

    def act() -> str:
        accepts = request.POST.get("accepts") == "yes"
        words = request.POST.get("text", "")
        operations.discrepancies.answer(
            discrepancy=found, accepts=accepts, text=words, by=request.user, now=timezone.now()
        )
        return "已报送街道意见。"

    return done(request, reverse("assessments:finding", args=[uuid]), act)


@requires(Permission.MANAGE_CHECKS)
@require_POST
def rule(request, uuid):
    found = _finding(request, uuid)

    def act() -> str:
        operations.discrepancies.rule(
            discrepancy=found, ruling=request.POST.get("ruling", ""), reason=text(request, "reason", "裁定理由", longest=500),
            by=request.user, now=timezone.now(),
        )  # fmt: skip
        return "已裁定。"

    return done(request, reverse("assessments:finding", args=[uuid]), act)


def _finding(request, uuid) -> Discrepancy:
    return get_object_or_404(Discrepancy.objects.visible_to(request.appointment).select_related("facility"), uuid=uuid)
