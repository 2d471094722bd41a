"""The form of a return: opened, saved cell by cell, with the panel beside it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.timezone import localtime
from django.views.decorators.http import require_GET, require_POST

from facilities.models import Ledger, QuarterlyReturn
from facilities.returns import drafts, flow, queries
from facilities.returns.content import Content
from facilities.returns.drafts import REMARKS, ReturnRefused
from facilities.returns.rules import as_set
from portal.queries.return_form import Form, cell_id, form_of
from portal.queries.return_functions import picker
from portal.views.returns.common import check, edits, load, panel_of, ticks, today
from tenants.access import requires
from tenants.digits import whole_number
from tenants.quarters import Quarter
from tenants.rules import Permission


@requires(Permission.EDIT_FACILITIES)
@require_GET
def return_form(request: HttpRequest, uuid: UUID):
    """All seven sections on one page. A return that cannot be filled in now is shown as it is for review."""
    one = load(request, uuid)
    if not one.is_open:
        return redirect("portal:return_review", one.uuid)
    content, checked = check(request, one)
    form = _form(content, checked, queries.approved_before(one))
    context = {
        "one": one,
        "facility": one.facility,
        "quarter": Quarter.parse(one.quarter),
        "rules": as_set(content.read["rules"], today()),
        "form": form,
        "picker": picker(one.facility, content, Quarter.parse(one.quarter).last_day),
        "nil": _nil(content),
        "state": next((s for s in reversed(content.read["states"]) if s.starts_on <= today()), None),
        "remarks_id": "|".join(REMARKS),
        "panel": panel_of(one, checked, {}),
        "last_event": next((e for e in queries.course(one) if e.kind == "returned"), None) if one.state == "returned" else None,
        "today": today(),
    }  # fmt: skip
    response = render(request, "portal/returns/form.html", context)
    add_never_cache_headers(response)
    return response


@requires(Permission.EDIT_FACILITIES)
@require_POST
def return_save(request: HttpRequest, uuid: UUID):
    """Save some cells; answers what was kept, who was faster, what is to be said, and the panel."""
    one = load(request, uuid)
    scripted = "edits" in request.POST
    since = whole_number(request.POST.get("serial", ""))
    try:
        saved = drafts.save(
            one=one, edits=edits(request, None if scripted else _as_seen(one, since)), by=request.user,
            now=timezone.now(), day=today(), since=since,
        )  # fmt: skip
    except ReturnRefused as refusal:
        if scripted:
            return JsonResponse({"problem": str(refusal)}, status=409)
        messages.error(request, str(refusal))
        return redirect("portal:return_form", one.uuid)
    if not scripted:
        for conflict in saved.conflicts:
            messages.warning(request, f"“{conflict.theirs}”是{conflict.by}先填的，没有改成“{conflict.edit.text}”。")
        messages.success(request, f"已保存 {len(saved.kept)} 格。")
        return redirect("portal:return_form", one.uuid)
    content, checked = check(request, one, saved.content)
    form = _form(content, checked)
    shown = panel_of(one, checked, ticks(request))
    return JsonResponse(_answer(request, one, saved, form, shown))


@requires(Permission.EDIT_FACILITIES)
@require_POST
def return_panel(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The panel with the ticked steps done: 如果这样做."""
    one = load(request, uuid)
    _, checked = check(request, one)
    shown = panel_of(one, checked, ticks(request))
    response = render(request, "portal/returns/panel.html", {"one": one, "panel": shown})
    response["Vary"] = "HX-Request"
    return response


def _form(content: Content, checked, approved: QuarterlyReturn | None = None) -> Form:
    """approved: the return before, whose numbers are shown beside those of this one."""
    return form_of(content, checked, approved.content if approved else {}, content.read["comments"])


def _as_seen(one: QuarterlyReturn, since: int | None):
    """Without the script a form sends every field: one whose row was saved elsewhere meanwhile counts as not seen."""
    content, _ = flow.checked(one, day=today())

    def text(address: tuple[str, str, str], sent: str) -> str:
        sheet, key, column = address
        if address == REMARKS:
            return one.remarks
        line = content.line(sheet, key)
        if line is None:
            return ""
        is_later = since is not None and line.draft is not None and line.draft.serial > since
        return "\x00" if is_later and line.text(column) != sent else line.text(column)

    return text


def _nil(content: Content) -> dict:
    """确认为空的台账: the cell of the facility's row, as a choice for each ledger."""
    [line] = content.lines["facility"]
    said = {part for part in line.text("nil_ledgers").split("、") if part}
    counted = {
        "空间": "space",
        "功能": "function",
        "综合运营": "operator",
        "入驻运营项目": "project",
        "公益创投项目": "charity",
    }
    rows = [(label, label in said, len(content.lines.get(counted[label], []))) for label in Ledger.labels]
    return {"id": cell_id("facility", line.key, "nil_ledgers"), "text": line.text("nil_ledgers"), "rows": rows}


def _answer(request: HttpRequest, one: QuarterlyReturn, saved: drafts.Saved, form: Form, shown) -> dict:
    rows = [row for part in form.parts for row in (*part.fields, *(r for grid in part.grids for r in grid.rows))]
    return {
        "serial": saved.serial,
        "at": f"{localtime():%H:%M}",
        "kept": [[cell_id(e.sheet, e.key, e.column), e.text] for e in saved.kept],
        "conflicts": [
            {"cell": cell_id(c.edit.sheet, c.edit.key, c.edit.column), "mine": c.edit.text, "theirs": c.theirs, "by": c.by,
             "at": f"{localtime(c.at):%H:%M}" if c.at else ""}
            for c in saved.conflicts
        ],
        "others": [
            [cell_id(line.shelf.sheet_key, line.key, column), line.text(column)]
            for line in saved.others for column in line.shelf.columns
        ],
        "marks": [[cell.id, cell.mark, cell.is_changed] for row in rows for cell in row.cells if cell.mark or cell.is_changed],
        "rows": {
            row.dom: render_to_string("portal/returns/messages.html", {"row": row}, request)
            for row in rows if row.found or row.comments
        },
        "parts": [[part.section.key, part.state, part.words] for part in form.parts],
        "is_clean": form.is_clean,
        "panel": render_to_string("portal/returns/panel.html", {"one": one, "panel": shown}, request),
    }  # fmt: skip
