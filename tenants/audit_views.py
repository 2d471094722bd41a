"""The auditor's pages: the state of the chain and its checks, changes of rows with their differences, exports."""

from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from tenants import audit_queries, queries
from tenants.access import requires
from tenants.audit_forms import ChangeFilter
from tenants.export_views import hand_out
from tenants.operations.audit import request_check
from tenants.rules import Permission
from tenants.sealing import Anchor
from tenants.tasks import send_check

PAGE_SIZE, CHECKS_SHOWN = 50, 10

for_auditors = requires(Permission.VIEW_ACTS)


@for_auditors
@require_GET
def overview(request):
    """Is the log sound: the chain, its head to be kept elsewhere, past checks. A fragment while one is running."""
    checks = list(audit_queries.checks_within(request.appointment)[:CHECKS_SHOWN])
    context = {
        "state": audit_queries.chain_state(timezone.now()),
        "checks": checks,
        "is_working": any(not check.is_done for check in checks),
    }
    template = "tenants/audit.html#checks" if request.htmx else "tenants/audit.html"
    answer = render(request, template, context)
    answer["Vary"] = "HX-Request"
    return answer


@for_auditors
@require_POST
def check(request):
    """Ask for a verification; the worker does it."""
    asked = request_check(by=request.user, division_code=request.appointment.division_code)
    transaction.on_commit(lambda: send_check(asked))
    return redirect("tenants:audit")


@for_auditors
@require_GET
def head(request):
    """The head of the chain as a file, for whoever keeps it outside."""
    last = audit_queries.chain_state(timezone.now()).last
    if last is None:
        return redirect("tenants:audit")
    answer = HttpResponse(Anchor(last.number, last.hash, last.sealed_at).line() + "\n", content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="audit-head-{last.number}.json"'
    return answer


@for_auditors
@require_GET
def changes(request):
    """What changed in the rows of this division, value by value."""
    form = ChangeFilter(request.GET, tables=audit_queries.tables())
    found = form.narrow(audit_queries.changes_within(request.appointment))
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    names = queries.division_names(change.division_code for change in page)
    rows = [(audit_queries.in_words(change), names.get(change.division_code, change.division_code)) for change in page]
    return render(request, "tenants/changes.html", {"form": form, "page": page, "rows": rows, "query": _query(request)})


@for_auditors
@require_GET
def export_changes(request):
    return hand_out(request, "changes")


@for_auditors
@require_GET
def export_acts(request):
    return hand_out(request, "acts")


def _query(request) -> str:
    """The filters of the page, for its export links."""
    wanted = request.GET.copy()
    for name in ("page", "format"):
        wanted.pop(name, None)
    return wanted.urlencode()
