"""The auditor's pages: the state of the chain and its checks, changes of rows with their differences, exports."""

from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from tenants import audit_queries, queries
from tenants.access import requires
from tenants.audit_export import attachment
from tenants.audit_forms import ChangeFilter, ExportForm
from tenants.forms import ActFilter
from tenants.operations import record_act
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
    form = ChangeFilter(request.GET, tables=audit_queries.tables())
    found = form.narrow(audit_queries.changes_within(request.appointment))
    head = ("编号", "时间", "操作人", "账号", "变动", "台账", "行号", "区划代码", "途径", "理由", "改前", "改后")

    def line(change):
        return (
            change.number,
            _local(change.at),
            change.who,
            change.username,
            change.operation,
            change.table,
            change.row_id,
            change.division_code,
            change.source,
            change.reason,
            "；".join(f"{item.label}={item.before}" for item in change.differences),
            "；".join(f"{item.label}={item.after}" for item in change.differences),
        )

    return _export(request, "变动记录", head, found, lambda row: line(audit_queries.in_words(row)))


@for_auditors
@require_GET
def export_acts(request):
    seen = queries.acts_within(request.appointment)
    found = ActFilter(request.GET, verbs=queries.verbs_of(seen)).narrow(seen).order_by("-pk")
    head = ("编号", "时间", "操作人", "账号", "动作", "对象", "区划代码", "来自", "理由")

    def line(act):
        who = act.actor.display_name if act.actor else "系统"
        username = act.actor.username if act.actor else ""
        place = (act.division_code or "", act.address or "", act.reason)
        return (act.pk, _local(act.at), who, username, act.verb, act.subject, *place)

    return _export(request, "操作日志", head, found, line)


def _export(request, name: str, head, found, line) -> HttpResponse:
    """At most EXPORT_LIMIT rows, newest first; who exported how much is an act itself."""
    rows = list(found[: audit_queries.EXPORT_LIMIT + 1])
    if len(rows) > audit_queries.EXPORT_LIMIT:
        text = f"一次最多导出 {audit_queries.EXPORT_LIMIT} 条。请缩小日期范围再导出。"
        return render(request, "tenants/export_refused.html", {"text": text}, status=422)
    record_act(
        verb=f"导出{name}",
        by=request.user,
        division_code=request.appointment.division_code,
        subject=f"{len(rows)} 条",
        details={"filters": _query(request)},
    )
    return attachment(ExportForm(request.GET).chosen(), name, head, map(line, rows))


def _query(request) -> str:
    """The filters of the page, for its export links."""
    wanted = request.GET.copy()
    for name in ("page", "format"):
        wanted.pop(name, None)
    return wanted.urlencode()


def _local(instant) -> str:
    return timezone.localtime(instant).strftime("%Y-%m-%d %H:%M:%S")
