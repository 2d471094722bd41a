"""The page of one facility. Its tabs are plain links; the ledgers can be read as of any past day."""

from datetime import date
from uuid import UUID

from django.http import Http404, HttpRequest
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from assessments.rules.quarters import Quarter
from engagement.queries.ledgers import BOOKS
from facilities.models import AttachmentKind, Facility
from facilities.queries import attachments
from portal.pdf.export import FACILITY_FILE, day_of
from portal.queries import changes, judged, ledgers, lively
from portal.queries import facility as facilities
from portal.queries import functions as catalogue
from tenants.access import requires
from tenants.export_views import hand_out
from tenants.rules import Permission, may

TABS = {
    "vitality": "热活度",
    "service": "活动与频次",
    "history": "历史",
    "spaces": "点位与空间",
    "functions": "功能",
    "projects": "运营与项目",
    "charity": "公益创投",
    "papers": "证明与资料",
    "changes": "修改记录",
}
DATED = {"spaces", "functions", "projects", "papers"}


@requires(Permission.VIEW_FACILITIES)
@require_GET
def facility(request: HttpRequest, uuid: UUID):
    """等级与依据: every criterion with its value, threshold, clause and source; what is lacking; the cheapest path."""
    today = timezone.localdate()
    head = _head(request, uuid, today)
    context = _context(request, head, "", today)
    context["result"] = judged.result_of(context["points"], request.GET.get("quarter"))
    return render(request, "portal/facility/tier.html", context)


@requires(Permission.VIEW_FACILITIES)
@require_GET
def facility_tab(request: HttpRequest, uuid: UUID, tab: str):
    """One ledger, the history or the changes of a facility."""
    if tab not in TABS:
        raise Http404
    today = timezone.localdate()
    day = _day(request, today)
    head = _head(request, uuid, today)
    context = _context(request, head, tab, day) | _rows(request, head, tab, day)
    return render(request, f"portal/facility/{tab}.html", context)


@requires(Permission.VIEW_FACILITIES)
@require_GET
def facility_file(request: HttpRequest, uuid: UUID):
    """The whole file of a facility as PDF: the newest result with its clauses, and the ledgers of a day."""
    one = _head(request, uuid, timezone.localdate()).facility
    query = request.GET.copy()
    query["uuid"] = str(uuid)
    return hand_out(request, FACILITY_FILE.key, file_name=f"{one.code}_{one.name}_档案", query=query)


def _head(request: HttpRequest, uuid: UUID, day: date) -> facilities.Head:
    try:
        return facilities.facility_head(request.appointment, uuid, day)
    except Facility.DoesNotExist:
        raise Http404 from None


def _day(request: HttpRequest, today: date) -> date:
    return day_of(request.GET, today)


def _context(request: HttpRequest, head: facilities.Head, tab: str, day: date) -> dict:
    may_see = may(request.appointment.role, Permission.VIEW_RESULTS)
    points = judged.history(head.facility) if may_see else []
    return {
        "head": head,
        "division_name": head.division_name,
        "facility": head.facility,
        "tab": tab,
        "tabs": TABS,
        "tab_title": TABS.get(tab, "等级与依据"),
        "day": day,
        "today": timezone.localdate(),
        "is_dated": tab in DATED,
        "may_see_results": may_see,
        "may_edit": may(request.appointment.role, Permission.EDIT_FACILITIES),
        "points": points,
        "latest": points[0] if points else None,
    }


def _rows(request: HttpRequest, head: facilities.Head, tab: str, day: date) -> dict:
    one = head.facility
    match tab:
        case "vitality":
            return _vitality(request, one)
        case "service":
            return _service(one, day)
        case "history":
            return {"states": facilities.states(one), "lineage": facilities.lineage(one)}
        case "spaces":
            rows = ledgers.sites_with_spaces(one, day)
            return {"rows": rows, "shares": ledgers.shares(rows), "covered": facilities.covered_communities(one, day)}
        case "functions":
            return {"functions": catalogue.functions(one, day)}
        case "projects":
            operators, last_operator = ledgers.operators(one, day)
            return {
                "operators": operators,
                "last_operator": last_operator,
                "projects": ledgers.projects(one, day),
                "items": catalogue.item_names(one, day),
            }
        case "charity":
            return {"years": ledgers.charity_years(one)}
        case "papers":
            names = catalogue.item_names(one, day)
            return {"papers": ledgers.papers(one, day, names)} | _attachments(request, one, names)
        case _:
            return {"page": changes.changes(one, request.GET.get("page"))}


def _vitality(request: HttpRequest, one: Facility) -> dict:
    """Nothing for those who may not see results."""
    if not may(request.appointment.role, Permission.VIEW_RESULTS):
        return {"score": None, "history": []}
    score, history = lively.scores_of(one, request.GET.get("quarter"))
    if score is None:
        return {"score": None, "history": []}
    quarter = Quarter.parse(score.quarter)
    return {"score": score, "history": history, "first_day": quarter.first_day, "last_day": quarter.last_day}


def _service(one: Facility, day: date) -> dict:
    running = lively.is_open(one, day)
    lines = lively.calendar(one, day, timezone.localdate()) if running else []
    return {
        "running": running,
        "lines": lines,
        "looming": [line for line in lines if line.forecast],
        "books": BOOKS.values(),
    }


def _attachments(request: HttpRequest, one: Facility, names: dict[int, str]) -> dict:
    may_edit = may(request.appointment.role, Permission.EDIT_FACILITIES)
    subjects = attachments.subjects(one, names)
    return {
        "attachments": attachments.of_facility(one, subjects, may_edit=may_edit),
        "attachment_kinds": AttachmentKind.choices,
        "attachment_subjects": list(subjects.items()) if may_edit else [],
    }
