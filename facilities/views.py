"""Pages of the import: past imports and upload, the check result with corrections in place, confirm, undo, abandon."""

from io import BytesIO
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from facilities.forms import BatchFilterForm, UploadForm
from facilities.imports.annotate import annotated
from facilities.imports.limits import UploadRefused
from facilities.imports.secrets import MASK
from facilities.imports.sheets import GROUPS
from facilities.imports.template import write_workbook
from facilities.models import BatchState, ImportBatch, Outcome
from facilities.operations import import_batch, import_undo
from facilities.operations.import_queue import enqueue, waits_for_queue
from facilities.queries import imports as queries
from tenants.access import requires
from tenants.digits import whole_number
from tenants.rules import Permission

_PAGE, _HISTORY = 30, 20
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TAB_LABELS = {**dict(Outcome.choices), "corrected": "已改", "all": "全部"}

guarded = requires(Permission.IMPORT_FACILITIES)


@requires(Permission.IMPORT_FACILITIES, in_parts=True)
@require_http_methods(["GET", "POST"])
def imports(request):
    """Past imports, and the upload of a new one, which is examined before the transaction."""
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    kept = None
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            kept = import_batch.keep(upload=file, name=file.name)
        except UploadRefused as refused:
            form.add_error("file", str(refused))
    with request.part():
        return _taken(request, kept) if kept else _imports(request, form)


def _taken(request, kept: import_batch.Kept) -> HttpResponse:
    batch = import_batch.note(kept=kept, by=request.user, division_code=request.appointment.division_code)
    enqueue(batch)
    return redirect("facilities:import_batch", uuid=batch.uuid)


def _imports(request, form: UploadForm) -> HttpResponse:
    filters = BatchFilterForm(request.GET)
    wanted = filters.cleaned_data if filters.is_valid() else {}
    found = queries.batches(request.appointment, state=wanted.get("state", ""), text=wanted.get("q", ""))
    page = Paginator(found, _HISTORY).get_page(request.GET.get("page"))
    context = {
        "form": form, "filters": filters, "page": page, "filtered": any(wanted.values()), "groups": GROUPS.items(),
    }  # fmt: skip
    return render(request, "facilities/imports.html", context, status=422 if form.errors else 200)


@guarded
@require_GET
def import_template(request):
    """The empty workbook to fill in: of facilities, or with `of` of partners or of money."""
    of = request.GET.get("of", "")
    group = of if of in GROUPS else "facilities"
    buffer = BytesIO()
    write_workbook(buffer, created=timezone.localtime().replace(tzinfo=None), group=group)
    return _attachment(buffer, f"大运河幸福家园{GROUPS[group]}台账模板.xlsx")


@guarded
@require_GET
def import_batch_page(request, uuid):
    """One import: progress while it works, else the result row by row."""
    batch = _batch(request, uuid)
    if request.htmx and request.GET.get("poll"):
        context = {"batch": batch, "queue_is_away": waits_for_queue(batch)}
        response = render(request, "facilities/import_batch.html#progress", context)
        if not batch.is_working or batch.error:
            response["HX-Refresh"] = "true"
        return response
    context: dict[str, Any] = {"batch": batch, "now": timezone.now()}
    if batch.is_working:
        context["queue_is_away"] = waits_for_queue(batch)
    if not batch.is_working and batch.state != BatchState.REFUSED:
        context |= _result(request, batch)
    return render(request, "facilities/import_batch.html", context)


@guarded
@require_POST
def import_correct(request, uuid):
    """Corrections in place: typed ones, one click on a suggestion, all alike, or taking one back; then check again."""
    batch = _batch(request, uuid)
    try:
        changed = _corrections(request, batch)
        if changed:
            import_batch.check(batch_id=batch.pk, day=timezone.localdate())
            messages.success(request, f"已重新检查，改了 {changed} 行。还没有写入任何数据。")
        else:
            messages.info(request, "没有改动。在红框里改好内容，再点“重新检查修改处”。")
    except import_batch.ImportRefused as refused:
        messages.warning(request, str(refused))
    return _back(request, batch)


@guarded
@require_POST
def import_confirm(request, uuid):
    batch = _batch(request, uuid)
    try:
        with_doubtful = request.POST.get("with_doubtful") == "1"
        import_batch.request_apply(batch=batch, by=request.user, with_doubtful=with_doubtful)
    except import_batch.ImportRefused as refused:
        messages.warning(request, str(refused))
    else:
        enqueue(batch)
    return redirect("facilities:import_batch", uuid=uuid)


@guarded
@require_POST
def import_undo_page(request, uuid):
    batch = _batch(request, uuid)
    try:
        import_undo.request_undo(batch=batch, by=request.user, now=timezone.now())
    except import_batch.ImportRefused as refused:
        messages.warning(request, str(refused))
    else:
        enqueue(batch)
    return redirect("facilities:import_batch", uuid=uuid)


@guarded
@require_POST
def import_abandon(request, uuid):
    batch = _batch(request, uuid)
    try:
        import_batch.abandon(batch=batch, by=request.user)
        messages.success(request, f"已放弃 {batch.file_name}，没有写入任何数据。")
    except import_batch.ImportRefused as refused:
        messages.warning(request, str(refused))
        return redirect("facilities:import_batch", uuid=uuid)
    return redirect("facilities:imports")


@guarded
@require_POST
def import_retry(request, uuid):
    """Hand the waiting step to the background service again."""
    batch = _batch(request, uuid)
    if batch.is_working:
        import_batch.clear_error(batch=batch)
        enqueue(batch)
    return redirect("facilities:import_batch", uuid=uuid)


@guarded
@require_GET
def import_annotated(request, uuid):
    """The user's own workbook with comments and colours where something is wrong."""
    batch = _batch(request, uuid)
    name = batch.file_name.rpartition(".")[0] or batch.file_name
    return _attachment(BytesIO(annotated(batch)), f"{name}（标注）.xlsx")


@guarded
@require_GET
def import_original(request, uuid):
    """The file as it was uploaded."""
    batch = _batch(request, uuid)
    if not batch.path.exists():
        messages.warning(request, "原表已经不在服务器上了，结果还在。")
        return redirect("facilities:import_batch", uuid=uuid)
    return FileResponse(batch.path.open("rb"), as_attachment=True, filename=batch.file_name)


def _batch(request, uuid) -> ImportBatch:
    found = ImportBatch.objects.visible_to(request.appointment).select_related("uploaded_by", "applied_by", "undone_by")
    return get_object_or_404(found, uuid=uuid)


def _result(request, batch: ImportBatch) -> dict[str, Any]:
    counts = {outcome: batch.counts.get(outcome, 0) for outcome in Outcome}
    counts |= {"corrected": queries.rows_under(batch, "corrected").count(), "all": batch.row_count}
    tab = request.GET.get("tab")
    if tab not in counts:
        tab = next((key for key in ("error", "confirm", "new", "update") if counts[key]), "all")
    paginator = Paginator(queries.rows_under(batch, tab), _PAGE)
    paginator.count = counts[tab]  # known already
    page = paginator.get_page(request.GET.get("page"))
    as_grid = tab in {"error", "confirm", "corrected"}
    return {
        "tabs": [
            (key, _TAB_LABELS[key], counts[key]) for key in queries.TABS if counts[key] or key in {"error", "all"}
        ],
        "tab": tab,
        "page": page,
        "grids": queries.grids(list(page), queries.alike(batch)) if as_grid else None,
        "effects": queries.effects(batch),
        "ready": counts[Outcome.NEW] + counts[Outcome.UPDATE],
        "counts": counts,
    }


def _corrections(request, batch: ImportBatch) -> int:
    """Do what the pressed button says: `fix`, `alike` and `revert` carry row:column; otherwise the typed texts."""
    for action in ("fix", "alike", "revert"):
        written, _, column = request.POST.get(action, "").partition(":")
        row_id = whole_number(written)
        if row_id is None:
            continue
        row = get_object_or_404(batch.rows, pk=row_id)
        if action == "revert":
            return import_batch.revert(batch=batch, row=row, column=column)
        finding = next((f for f in row.findings if f["column"] == column and f["fix"] is not None), None)
        if finding is None:
            return 0
        if action == "alike":
            return import_batch.correct_alike(batch=batch, row=row, column=column)
        return import_batch.correct(batch=batch, corrections={row.pk: {column: finding["fix"]}})
    typed: dict[int, dict[str, str]] = {}
    for name, text in request.POST.items():
        prefix, _, rest = name.partition("-")
        written, _, column = rest.partition("-")
        row_id = whole_number(written)
        if prefix == "cell" and row_id is not None:
            typed.setdefault(row_id, {})[column] = text
    changed = {
        row.pk: {c: t for c, t in typed[row.pk].items() if t not in {MASK, row.text_of(c)}}
        for row in batch.rows.filter(pk__in=typed)
    }
    return import_batch.correct(batch=batch, corrections={pk: cells for pk, cells in changed.items() if cells})


def _back(request, batch: ImportBatch):
    response = redirect("facilities:import_batch", uuid=batch.uuid)
    tab = request.POST.get("tab", "")
    if tab in queries.TABS:
        response["Location"] += f"?tab={tab}"
    return response


def _attachment(buffer: BytesIO, name: str) -> HttpResponse:
    response = HttpResponse(buffer.getvalue(), content_type=_XLSX)
    response["Content-Disposition"] = FileResponse(BytesIO(), as_attachment=True, filename=name)["Content-Disposition"]
    return response
