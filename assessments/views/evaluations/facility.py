"""One facility of a self-evaluation: the thirteen indicators, each confirmed or corrected with a reason and a file."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from assessments import operations
from assessments.exports.evaluations import grade_name, period_label
from assessments.models import EvaluatedFacility
from assessments.operations.checks import CheckRefusedError, require
from assessments.queries.evaluations import overview
from assessments.queries.evaluations.facility import items
from assessments.queries.evaluations.values import scale_of
from assessments.rules.evaluation import points
from facilities.models import Attachment, AttachmentKind
from facilities.operations import attachments
from facilities.queries.attachments import attached
from facilities.uploads import store
from facilities.uploads.refusal import UploadRefused
from tenants.access import requires
from tenants.rules import Permission, may


@requires(Permission.VIEW_EVALUATIONS)
@require_GET
def evaluated(request, uuid):
    """What the records say and what the street says, side by side, with both scores."""
    row = _row(request, uuid)
    found, scale = items(row), scale_of(row.evaluation)
    may_fill = may(request.appointment.role, Permission.FILL_EVALUATIONS) and row.evaluation.is_open
    street = row.evaluation.division_code
    context = {
        "row": row, "one": row.evaluation, "facility": row.facility, "items": found, "scale": scale,
        "name": overview.street_names([street]).get(street, street), "period": period_label(row.evaluation),
        "decided": sum(item.is_decided for item in found), "may_fill": may_fill,
        "recorded": points(row.recorded_score), "own": points(row.own_score), "above": points(row.own_score - row.recorded_score),
        "recorded_grade": grade_name(scale, row.recorded_grade), "own_grade": grade_name(scale, row.own_grade),
        "notes": overview.own_flags(row.evaluation).get(row.pk, ()),
        "files": _files(request, row) if may_fill else (), "following": _following(row, len(found)),
    }  # fmt: skip
    return render(request, "assessments/evaluations/facility.html", context)


@requires(Permission.FILL_EVALUATIONS, in_parts=True)
@require_POST
def decide(request, uuid):
    """act: confirm one (key) or the rest (no key), correct one, or undo. A file is examined between two transactions."""
    upload, stored = request.FILES.get("file"), None
    with request.part():
        _row(request, uuid)
    try:
        if upload is not None:
            stored = store.receive(upload, upload.name)
        with request.part():
            messages.success(request, _decided(request, _row(request, uuid), stored))
    except (CheckRefusedError, attachments.AttachmentRefused) as refusal:
        messages.error(request, str(refusal))
    except UploadRefused as refusal:
        messages.error(request, f"{refusal.problem}。{refusal.advice}。")
    key = request.POST.get("key", "")
    anchor = f"#{key}" if key.isalnum() and len(key) <= 8 else ""
    return redirect(f"{reverse('assessments:evaluated', args=[uuid])}{anchor}")


def _decided(request, row: EvaluatedFacility, stored) -> str:
    filling, act, key = operations.evaluations.filling, request.POST.get("act", ""), request.POST.get("key", "")
    common = {"evaluation": row.evaluation, "evaluated": row, "by": request.user}
    if act == "correct":
        filling.correct(
            **common, key=key, value=request.POST.get("value", ""), reason=request.POST.get("reason", ""),
            attachment=_evidence(request, row, stored), now=timezone.now(),
        )  # fmt: skip
        return "已更正，自评得分已重算。"
    if act == "undo":
        filling.take_back(**common, key=key)
        return "已撤回，这项要重新确认或更正。"
    require(act == "confirm", "请选确认、更正或撤回。")
    if key:
        filling.confirm(**common, keys=[key])
        return "已按台账确认。"
    return f"已按台账确认其余 {filling.confirm_rest(**common)} 项。"


def _evidence(request, row: EvaluatedFacility, stored) -> Attachment | None:
    """The file just uploaded, noted among the facility's papers; else the one chosen of those that are there."""
    if stored is not None:
        return attachments.record(facility=row.facility, kind=AttachmentKind.EVIDENCE, stored=stored, by=request.user)
    chosen = request.POST.get("attachment", "")
    return next((one for one in _files(request, row) if str(one.uuid) == chosen), None)


def _files(request, row: EvaluatedFacility) -> list[Attachment]:
    return list(attached(request.appointment).filter(facility=row.facility_id)[:50])


def _row(request, uuid) -> EvaluatedFacility:
    rows = EvaluatedFacility.objects.visible_to(request.appointment)
    return get_object_or_404(rows.select_related("facility", "evaluation__run__vitality"), uuid=uuid)


def _following(row: EvaluatedFacility, each: int) -> EvaluatedFacility | None:
    """The next facility of the same street that still has something to decide."""
    rows = (
        row.evaluation.facilities.select_related("facility").prefetch_related("corrections").order_by("facility__code")
    )
    left = [one for one in rows if one.pk != row.pk and len(one.confirmed) + len(one.corrections.all()) < each]
    return next((one for one in left if one.facility.code > row.facility.code), left[0] if left else None)
