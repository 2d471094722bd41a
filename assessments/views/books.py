"""Results by workbook, for assessors: the template of their visits, and what they filled in."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_POST

from assessments import operations
from assessments.exports import calendars
from assessments.models import OperationState, Visit, VisitState
from assessments.operations import results_book, results_photos
from facilities.uploads.refusal import UploadRefused
from tenants.access import requires
from tenants.rules import Permission

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@requires(Permission.RECORD_VISITS)
@require_GET
def template(request):
    """One row a visit and item; nothing that was reported."""
    answer = HttpResponse(results_book.template(_open(request), user_id=request.user.pk), content_type=_XLSX)
    answer["Content-Disposition"] = content_disposition_header(True, "抽检结果.xlsx") or "attachment"
    return answer


@requires(Permission.RECORD_VISITS)
@require_GET
def calendar(request):
    """My open visits for the calendar of a phone or desktop."""
    answer = HttpResponse(
        calendars.calendar(_open(request), now=timezone.now()), content_type="text/calendar; charset=utf-8"
    )
    answer["Content-Disposition"] = content_disposition_header(True, "抽检上门.ics") or "attachment"
    return answer


@requires(Permission.RECORD_VISITS, in_parts=True)
@require_POST
def upload(request):
    """Take a filled workbook in, all or nothing; photos by name from the ZIP beside it, each for itself.

    The photos are examined between two transactions.
    """
    file = request.FILES.get("file")
    if file is None:
        messages.error(request, "请先选一份填好的抽检结果表。")
        return redirect("assessments:my_visits")
    try:
        with request.part():
            filled = results_book.read(file, file.name, _open(request), user_id=request.user.pk)
        photos = results_photos.match(request.FILES.get("photos"), filled.photos)
    except UploadRefused as refusal:
        messages.error(request, f"{refusal.problem}。{refusal.advice}。")
    except results_book.BookRefusedError as refusal:
        messages.error(request, f"{len(refusal.wrong)} 处要改，什么也没有写入。{refusal}")
    else:
        records = [*filled.records, *photos.records]
        with request.part():
            taken = operations.recording.receive(
                operations=records, by=request.user, district=request.appointment.division_code, now=timezone.now()
            )
        waiting = sum(state != OperationState.APPLIED for state, _ in taken.results.values())
        messages.success(
            request,
            f"已收到 {len(filled.records)} 项。" + (f"其中 {waiting} 项不能直接生效，由区里处理。" if waiting else ""),
        )
        is_whole = not (photos.missing or photos.spare or photos.refused)
        for said in photos.words():
            (messages.success if is_whole else messages.warning)(request, said)
    return redirect("assessments:my_visits")


def _open(request) -> list[Visit]:
    rows = Visit.objects.filter(user=request.user, state__in=[VisitState.PLANNED, VisitState.HANDED_IN])
    return list(rows.select_related("facility").order_by("day", "position", "pk"))
