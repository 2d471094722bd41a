"""A wrong standard or ruling after publication: the correction run, both versions side by side, and the reissue."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from assessments import operations
from assessments.models import Directory, DirectoryState, DocumentKind, PublishedDocument, RunState
from assessments.queries import corrections as queries
from assessments.views.acting import done, text
from tenants.access import requires
from tenants.rules import Permission


@requires(Permission.DECIDE_DIRECTORY)
@require_GET
def correction(request, uuid):
    """Of one published version: what its basis was and is, the correction run, and every tier that would move."""
    found = _visible(request, uuid)
    if found.state != DirectoryState.PUBLISHED:
        return _nothing_to_correct(request, found)
    run = queries.correction_run(found)
    rows, differing = [], 0
    if run and run.state == RunState.COMPUTED:
        rows = queries.side_by_side(found, operations.directories.rehearse(directory=found, run=run))
        differing = queries.facts_that_differ(found.run, run)
    later = found.round.directories.filter(revision__gt=found.revision).exclude(state=DirectoryState.DROPPED)
    context = {
        "directory": found,
        "changes": queries.basis_changes(found),
        "run": run,
        "rows": rows,
        "differing": differing,
        "later": later.order_by("-revision").first(),
        "notices": PublishedDocument.objects.filter(
            district=found.run.division_code, year=found.year, kind=DocumentKind.CORRECTION
        ).order_by("number"),
    }
    return render(request, "assessments/correction.html", context)


@requires(Permission.DECIDE_DIRECTORY)
@require_POST
def act(request, uuid):
    """Start the correction run, or propose the reissue from it."""
    found = _visible(request, uuid)
    if found.state != DirectoryState.PUBLISHED:
        return _nothing_to_correct(request, found)
    back = reverse("assessments:directory_correction", args=[uuid])
    if request.POST.get("act") == "run":
        return done(request, back, lambda: _run(request, found))
    if request.POST.get("act") != "propose":
        messages.error(request, "没有这个操作，请从页面上的按钮办理。")
        return redirect(back)
    run = queries.correction_run(found)
    if run is None or run.state != RunState.COMPUTED:
        messages.error(request, "更正测算还没有完成，完成后再拟定。")
        return redirect(back)
    made = []

    def propose() -> str:
        reason = text(request, "reason", "重发理由", longest=300)
        made.append(
            operations.directories.propose(
                round=found.round, run=run, by=request.user, now=timezone.now(), reason=reason
            )
        )
        return "已按更正测算拟定新的一版。原来的一版仍然公布，直到新的一版审核、复核、公示之后替代它。"

    answer = done(request, back, propose)
    return redirect("assessments:directory", uuid=made[0].uuid) if made else answer


def _run(request, found: Directory) -> str:
    reason = text(request, "reason", "更正理由", longest=200)
    operations.directories.start_correction_run(
        directory=found, reason=reason, by=request.user, today=timezone.localdate()
    )
    return "已开始更正测算，几秒到几分钟后在这里看到对照。原来的测算和已公布的名录都保留。"


def _visible(request, uuid) -> Directory:
    rows = Directory.objects.visible_to(request.appointment).select_related("run", "round", "published_by")
    return get_object_or_404(rows, uuid=uuid)


def _nothing_to_correct(request, found: Directory):
    messages.info(request, "这一版还没有公布，直接修改就行，不用更正。")
    return redirect("assessments:directory", uuid=found.uuid)
