"""Excel both ways: returns downloaded as the import's workbook, and the changed file taken back into the drafts."""

import json
from io import BytesIO

from django import forms
from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from facilities.imports.limits import UploadRefused
from facilities.models import QuarterlyReturn
from facilities.returns import drafts, queries, workbook
from facilities.returns.drafts import Edit, ReturnRefused
from portal.views.returns.common import today
from tenants.access import requires
from tenants.rules import Permission

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MOST = 200  # returns in one file


class WorkbookForm(forms.Form):
    file = forms.FileField(label="改过的 Excel", error_messages={"required": "请选择文件。"})


def _open(request: HttpRequest):
    found = QuarterlyReturn.objects.visible_to(request.appointment).select_related("facility")
    return found.filter(state__in=queries.OPEN_STATES).defer("content", "changes").order_by("facility__code")


@requires(Permission.EDIT_FACILITIES)
@require_GET
def returns_workbook(request: HttpRequest):
    """The open returns of a quarter, or one of them, as a workbook."""
    found, wanted = _open(request), request.GET.get("return", "")
    if wanted:
        found = [one for one in found if str(one.uuid) == wanted]
    elif quarter := request.GET.get("quarter"):
        found = found.filter(quarter=quarter)
    chosen = list(found[: _MOST + 1])
    if len(chosen) > _MOST:
        messages.error(request, f"没有下载：正在填的超过 {_MOST} 份，一个文件放不下。请选一个季度，或逐座下载。")
        return redirect("portal:returns")
    if not chosen:
        messages.info(request, "没有正在填的填报，不用下载。")
        return redirect("portal:returns")
    buffer = BytesIO()
    now = timezone.now()
    workbook.write(buffer, chosen, day=today(), created=timezone.localtime(now).replace(tzinfo=None))
    buffer.seek(0)
    name = chosen[0].facility.name if len(chosen) == 1 else f"{len(chosen)} 座设施"
    return FileResponse(
        buffer, as_attachment=True, filename=f"{chosen[0].quarter} 季度填报 {name}.xlsx", content_type=_XLSX
    )


@requires(Permission.EDIT_FACILITIES, in_parts=True)
@require_http_methods(["GET", "POST"])
def returns_upload(request: HttpRequest):
    """A changed file: what it changes goes into the drafts, rows changed on both sides are shown to be chosen."""
    form = WorkbookForm(request.POST, request.FILES) if request.method == "POST" else WorkbookForm()
    sheets = None
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            sheets = workbook.keep(file, file.name)
        except UploadRefused as refused:
            form.add_error("file", str(refused))
    with request.part():
        if sheets is None:
            status = 422 if form.errors else 200
            return render(request, "portal/returns/upload.html", {"form": form}, status=status)
        return _taken(request, sheets)


def _taken(request: HttpRequest, sheets: list) -> HttpResponse:
    found = list(_open(request))
    uploaded = workbook.compare(sheets, found, day=today())
    done = []
    for one in found:
        if edits := uploaded.edits.get(one.pk):
            saved = drafts.save(one=one, edits=edits, by=request.user, now=timezone.now(), day=today())
            done.append((one, len(saved.kept)))
            uploaded.problems += [
                f"{one.facility.name}：“{c.theirs}”刚被改过，没有改成“{c.edit.text}”。" for c in saved.conflicts
            ]
    clashes = [
        {"clash": clash, "edits": json.dumps([[e.sheet, e.key, e.column, e.was, e.text] for e in clash.edits])}
        for clash in uploaded.clashes
    ]
    context = {"form": WorkbookForm(), "done": done, "uploaded": uploaded, "clashes": clashes}
    return render(request, "portal/returns/upload.html", context)


@requires(Permission.EDIT_FACILITIES)
@require_POST
def returns_choose(request: HttpRequest):
    """Rows changed on both sides, as chosen: those of the file are saved, the others stay as they are online."""
    kept, by_uuid = 0, {str(one.uuid): one for one in _open(request)}
    rows = request.POST.get("rows", "")
    for number in range(
        min(int(rows), workbook.MOST_ROWS) if rows.isascii() and rows.isdigit() and len(rows) < 9 else 0
    ):
        one = by_uuid.get(request.POST.get(f"return-{number}", ""))
        if one is None or request.POST.get(f"use-{number}") != "file":
            continue
        try:
            edits = [Edit(*map(str, parts)) for parts in json.loads(request.POST.get(f"edits-{number}", "[]"))]
            saved = drafts.save(one=one, edits=edits, by=request.user, now=timezone.now(), day=today())
        except (ReturnRefused, ValueError, TypeError, RecursionError) as refusal:
            messages.error(request, f"{one.facility.name}：{refusal}")
            continue
        kept += len(saved.kept)
        for conflict in saved.conflicts:
            messages.warning(
                request, f"{one.facility.name}：“{conflict.theirs}”刚被{conflict.by}改过，请到填报里再选。"
            )
    messages.success(request, f"按表里的改了 {kept} 格，其余保留网上的。")
    return redirect("portal:returns")
