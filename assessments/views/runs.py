"""Pages of the quarterly runs: the list, one run, and the fragment that shows its progress."""

from datetime import date

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET, require_POST

from assessments import operations
from assessments.forms import StartForm
from assessments.models import Run, RunState
from assessments.queries import lists, summaries
from assessments.queries.rule_sets import versions_known
from assessments.rules.quarters import Quarter
from tenants.access import requires
from tenants.models import Division
from tenants.prepared import planned_once
from tenants.rules import DISTRICT_WIDTH, Permission, code_range, district_of, may

_A_PAGE, _CHANGES, _UNJUDGED, _QUARTERS = 20, 50, 50, 8


@requires(Permission.VIEW_RESULTS)
@require_GET
def runs(request):
    """All runs that the person may see, newest first."""
    found = Run.objects.visible_to(request.appointment).select_related("requested_by")
    chosen = {key: request.GET.get(key, "") for key in ("quarter", "state")}
    for key, value in chosen.items():
        if value:
            found = found.filter(**{key: value})
    with planned_once():
        page = Paginator(found.order_by("-quarter", "division_code", "-revision"), _A_PAGE).get_page(
            request.GET.get("page")
        )
        page.object_list = list(page.object_list)
    today = timezone.localdate()
    return render(
        request,
        "assessments/runs.html",
        {
            "page": page,
            "names": _names({run.division_code for run in page}),
            "quarters": _quarters(today),
            "states": RunState.choices,
            "chosen": chosen,
            "filtered": any(chosen.values()),
            "may_run": _may_run(request),
            "form": StartForm(initial={"quarter": str(Quarter.of(today).previous)}),
        },
    )


@requires(Permission.RUN_QUARTER)
@require_POST
def start(request):
    """Start a quarter, or compute it again; then show the run."""
    form = StartForm(request.POST)
    if not form.is_valid():
        messages.error(request, "；".join(text for texts in form.errors.values() for text in texts))
        return redirect("assessments:runs")
    try:
        run = operations.runs.start_quarter(
            quarter=form.cleaned_data["quarter"],
            district=district_of(request.appointment.division_code),
            by=request.user,
            reason=form.cleaned_data["reason"],
            today=timezone.localdate(),
            rerun=form.cleaned_data["based_on"] > 0,
            based_on=form.cleaned_data["based_on"],
        )
    except operations.runs.RunRefusedError as refusal:
        messages.error(request, str(refusal))
        return redirect("assessments:runs")
    return redirect("assessments:run", uuid=run.uuid)


@requires(Permission.VIEW_RESULTS)
@require_GET
def run(request, uuid):
    """One run: how it went, what it found in the person's part of the district, and what it rests on."""
    revisions = _revisions(request, uuid)
    found = next(revision for revision in revisions if revision.uuid == uuid)
    code = _part(request, found)
    codes = code_range(code)
    changes = lists.tier_changes([found], codes, limit=_CHANGES)
    unjudged = list(lists.unjudged(found, codes)[: _UNJUDGED + 1])
    return render(
        request,
        "assessments/run.html",
        {
            "run": found,
            "district": _district_name(request, found),
            "summary": summaries.summary(found, code),
            "changes": [(change.facility, change) for change in changes],
            "unjudged": unjudged[:_UNJUDGED],
            "more_unjudged": len(unjudged) > _UNJUDGED,
            "versions": list(versions_known(found.standard).values()),
            "revisions": revisions,
            "may_run": _may_run(request),
            "whole_district": code == found.division_code,
            "form": StartForm(initial={"quarter": found.quarter, "based_on": found.revision}),
        },
    )


@requires(Permission.VIEW_RESULTS)
@require_GET
def progress(request, uuid):
    """The card of the run's state, asked for every two seconds while it is under way."""
    found = _run(request, uuid)
    response = render(request, "assessments/run.html#progress", {"run": found, "polled": True})
    patch_vary_headers(response, ["HX-Request"])
    if found.state not in {RunState.QUEUED, RunState.RUNNING}:
        response["HX-Refresh"] = "true"  # the whole page has something new to show
    return response


def _run(request, uuid) -> Run:
    runs_seen = Run.objects.visible_to(request.appointment).select_related("requested_by", "compared_with")
    return get_object_or_404(runs_seen, uuid=uuid)


def _part(request, found: Run) -> int:
    """The part of the run's district that the person may see: their own division, or the district as a whole."""
    own = request.appointment.division_code
    return own if own in code_range(found.division_code) else found.division_code


def _may_run(request) -> bool:
    """Starting is for people of one district: the run is theirs."""
    codes = code_range(request.appointment.division_code)
    return may(request.appointment.role, Permission.RUN_QUARTER) and codes.hi - codes.lo == DISTRICT_WIDTH


def _revisions(request, uuid) -> list[Run]:
    """A run with all others of its quarter and district, newest first; 404 for one that the person may not see."""
    asked_for = Run.objects.filter(uuid=uuid, quarter=OuterRef("quarter"), division_code=OuterRef("division_code"))
    same = Run.objects.visible_to(request.appointment).filter(Exists(asked_for))
    found = list(same.select_related("requested_by", "compared_with").order_by("-requested_at"))
    if not any(run.uuid == uuid for run in found):
        raise Http404
    return found


def _district_name(request, found: Run) -> str:
    if found.division_code == request.appointment.division_code:
        return request.appointment.division_name
    return _names({found.division_code}).get(found.division_code, str(found.division_code))


def _names(codes: set[int]) -> dict[int, str]:
    return dict(Division.objects.filter(code__in=codes, valid_to=None).values_list("code", "name"))


def _quarters(today: date) -> list[Quarter]:
    """The quarters that have ended, newest first."""
    found = [Quarter.of(today).previous]
    while len(found) < _QUARTERS:
        found.append(found[-1].previous)
    return found
