"""Upload, download and removal of a facility's files. The list is the tab 证明与资料 of the facility's page."""

import logging

from django.contrib import messages
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from facilities.models import Facility
from facilities.operations import attachments
from facilities.queries.attachments import attached
from facilities.uploads import store
from facilities.uploads.refusal import UploadRefused
from facilities.uploads.serving import sealed_off
from tenants.access import requires
from tenants.rules import Permission

MOST_AT_ONCE = 20
_logger = logging.getLogger(__name__)


@requires(Permission.EDIT_FACILITIES, in_parts=True)
@require_POST
def attach(request, uuid):
    """Take several files; one that is refused leaves the others in. Answers JSON to the page's script, else the page.

    The files are examined between two transactions: a slow one holds no lock and no connection.
    """
    files = request.FILES.getlist("files")
    subject = {"kind": request.POST.get("kind", ""), "about": request.POST.get("about", "")}
    with request.part():
        facility = get_object_or_404(Facility.objects.visible_to(request.appointment), uuid=uuid)
        refusal = _refusal(facility, subject)
    examined = [(file.name, refusal or _examined(file)) for file in files[:MOST_AT_ONCE]]
    with request.part():  # meanwhile the facility may have gone to another district
        facility = get_object_or_404(Facility.objects.visible_to(request.appointment), uuid=uuid)
        results = [_take(request, facility, subject, name, found) for name, found in examined]
    if not files:
        results = [{"name": "", "ok": False, "message": "先选要上传的文件。"}]
    if len(files) > MOST_AT_ONCE:
        results.append({"name": "", "ok": False, "message": f"一次最多 {MOST_AT_ONCE} 个，后面的没有上传。"})
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"files": results})
    for result in results:
        text = f"{result['name']}：{result['message']}" if result["name"] else result["message"]
        (messages.success if result["ok"] else messages.error)(request, text)
    return redirect("portal:facility_tab", uuid=uuid, tab="papers")


@requires(Permission.EDIT_FACILITIES)
@require_POST
def remove(request, uuid):
    attachment = get_object_or_404(attached(request.appointment).select_related("facility"), uuid=uuid)
    try:
        attachments.remove(
            attachment=attachment, by=request.user, reason=request.POST.get("reason", ""), now=timezone.now()
        )
        messages.success(request, f"已移除 {attachment.name}，修改记录里还查得到。")
    except attachments.AttachmentRefused as refused:
        messages.error(request, str(refused))
    return redirect("portal:facility_tab", uuid=attachment.facility.uuid, tab="papers")


@requires(Permission.VIEW_FACILITIES)
@require_GET
def download(request, uuid):
    """The file, as an attachment that no browser runs. What is gone or altered is said and not handed out."""
    attachment = get_object_or_404(attached(request.appointment), uuid=uuid)
    content = store.content_of(attachment.sha256)
    if content is None:
        _logger.error("attachment %s: file %s is gone or altered", attachment.pk, attachment.sha256)
        return render(request, "facilities/attachment_gone.html", {"attachment": attachment}, status=410)
    attachments.note_download(attachment=attachment, by=request.user)
    return sealed_off(content, attachment.media_type, attachment.name)


def _refusal(facility: Facility, subject: dict[str, str]) -> attachments.AttachmentRefused | None:
    try:
        attachments.check_subject(facility=facility, **subject)
    except attachments.AttachmentRefused as refused:
        return refused
    return None


def _examined(file) -> store.Stored | UploadRefused:
    """Touches no row. What is stored here and noted nowhere is swept away after a day."""
    try:
        return store.receive(file, file.name)
    except UploadRefused as refused:
        return refused


def _take(request, facility: Facility, subject: dict[str, str], name: str, found) -> dict:
    try:
        if isinstance(found, Exception):
            raise found
        attachment = attachments.record(facility=facility, stored=found, by=request.user, **subject)
    except (UploadRefused, attachments.AttachmentRefused) as refused:
        return {"name": name, "ok": False, "message": f"没有保存。{refused}"}
    return {"name": attachment.name, "ok": True, "message": "已保存。"}
