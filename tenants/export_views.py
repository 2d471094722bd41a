"""Files of lists: a small one at once, a large one by a task; the page on which somebody watches their own."""

import tempfile
from pathlib import Path
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from tenants import exports
from tenants.access import allowed, requires
from tenants.export_models import Export, ExportState
from tenants.exports import TYPES, Kind, Table, kind_of, write_table
from tenants.operations.acts import record_act
from tenants.operations.exports import content_of, note_export, request_export
from tenants.rules import Permission
from tenants.scope import scope_of

PAGE_SIZE = 20
_NOT_ASKED = ("page", "format")  # of the page, not of the list

for_oneself = requires(Permission.SIGNED_IN)


def hand_out(request, key: str, *, file_name: str = "", query: QueryDict | None = None) -> HttpResponse:
    """The list of a page as a file, if it is small; else the page that offers to make it. The route asks the permission.

    query: what is asked for, where the address alone does not say it.
    """
    kind, query = _kind(request, key), request.GET if query is None else query
    table = kind.table(request.appointment, query, timezone.localdate())
    format = kind.format_in(query)
    is_large = len(table.keys) > exports.AT_ONCE if table.is_large is None else table.is_large
    if is_large and scope_of(request.appointment).codes:
        return redirect(f"{reverse('tenants:export_new', args=[key])}?{_query(query, format)}")
    table_query = _query(query)
    note_export(kind=kind, rows=len(table.keys), query=table_query, by=request.appointment)
    return _attachment(_written(table, format), file_name or kind.title, format)


@for_oneself
@require_http_methods(["GET", "POST"])
def new(request, kind):
    """How long the list is, and the button that has it made."""
    found = _kind(request, kind)
    format = found.format_in(request.GET)
    table = found.table(request.appointment, request.GET, timezone.localdate())
    if scope_of(request.appointment).codes is None:
        raise Http404
    if request.method == "POST":
        query = _query(request.GET)
        request_export(kind=found, query=query, format=format, by=request.appointment, now=timezone.now())
        return redirect("tenants:exports")
    context = {"kind": found, "rows": len(table.keys), "more": table.more, "most": exports.MOST}
    return render(request, "tenants/export_new.html", context)


@for_oneself
@never_cache
@require_GET
def overview(request):
    """One's own exports, newest first; a fragment while one is being made."""
    page = Paginator(Export.objects.visible_to(request.appointment), PAGE_SIZE).get_page(request.GET.get("page"))
    lines = [(export, kind_of(export.kind)) for export in page]
    context = {
        "page": page,
        "lines": lines,
        "is_working": any(export.is_at_work for export in page),
        "days": settings.EXPORT_DAYS,
    }
    template = "tenants/exports.html#list" if request.htmx else "tenants/exports.html"
    answer = render(request, template, context)
    answer["Vary"] = "HX-Request"
    return answer


@for_oneself
@require_GET
def download(request, uuid):
    """The file, to whoever asked for it, while their post still allows the list."""
    export = get_object_or_404(Export.objects.visible_to(request.appointment), uuid=uuid)
    kind = _kind(request, export.kind)
    content = content_of(export) if export.state == ExportState.DONE else None
    if content is None:
        return render(request, "tenants/export_gone.html", {"export": export}, status=410)
    record_act(
        verb="下载导出的文件", by=request.user, division_code=export.division_code, subject=kind.title,
        subject_uuid=export.uuid,
    )  # fmt: skip
    made = timezone.localtime(export.requested_at)
    return _attachment(content, f"{kind.title}_{made:%Y%m%d_%H%M}", export.format)


def _kind(request, key: str) -> Kind:
    kind = kind_of(key)
    if kind is None:
        raise Http404
    if not allowed(request, kind.permission):
        raise PermissionDenied
    return kind


def _query(asked: QueryDict, format: str = "") -> str:
    kept = [(name, value) for name, value in asked.items() if name not in _NOT_ASKED and value]
    return urlencode([*kept, ("format", format)] if format else kept)


def _written(table: Table, format: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"list.{format}"
        with write_table(path, table, format) as file:
            file.add(table.lines(table.keys))
        return path.read_bytes()


def _attachment(content: bytes, name: str, format: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=TYPES[format])
    answer["Content-Disposition"] = content_disposition_header(True, f"{name}.{format}") or "attachment"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    return answer
