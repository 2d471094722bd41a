"""Files that show what a payment or a construction subsidy is for: taken in, handed out, removed."""

import logging

from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from facilities.uploads import store
from facilities.uploads.refusal import UploadRefused
from facilities.uploads.serving import sealed_off
from partners.models import MoneyFile, Payment, Subsidy
from partners.money_views.acting import done, reason_in
from partners.operations import money_files as operations
from tenants.access import requires
from tenants.editing import EditRefused
from tenants.rules import Permission

MOST_AT_ONCE = 5
_logger = logging.getLogger(__name__)


@requires(Permission.KEEP_MONEY, in_parts=True)
@require_POST
def payment_files(request, uuid):
    """Evidence of a payment out of a fund."""
    return _taken(request, Payment, uuid, "payment")


@requires(Permission.KEEP_MONEY, in_parts=True)
@require_POST
def subsidy_files(request, uuid):
    """Evidence of a construction subsidy."""
    return _taken(request, Subsidy, uuid, "subsidy")


def _taken(request, model, uuid, kind: str):
    """The files are examined between two transactions: a slow one holds no lock and no connection."""
    back, files = reverse(f"partners:{kind}", args=[uuid]), request.FILES.getlist("files")
    with request.part():
        get_object_or_404(model.objects.visible_to(request.appointment), uuid=uuid)
    examined = [_examined(file) for file in files[:MOST_AT_ONCE]]

    def act() -> str:
        owner = get_object_or_404(model.objects.visible_to(request.appointment), uuid=uuid)
        title = request.POST.get("title", "").strip()
        if not files or len(files) > MOST_AT_ONCE:
            raise EditRefused(f"先选要上传的文件，一次最多 {MOST_AT_ONCE} 份。")
        if not title or len(title) > 60:
            raise EditRefused("请写是什么材料，最多 60 个字，如：发票、验收单。")
        for one in examined:
            if isinstance(one, UploadRefused):
                raise EditRefused(f"{one.problem}。{one.advice}。")
            operations.keep_money_file(stored=one, title=title, by=request.user, **{kind: owner})
        return f"已上传 {len(examined)} 份佐证文件。"

    with request.part():
        return done(request, back, act)


def _examined(file) -> store.Stored | UploadRefused:
    """Touches no row. What is stored here and noted nowhere is swept away after a day."""
    try:
        return store.receive(file, file.name)
    except UploadRefused as refused:
        return refused


def _file(request, uuid) -> MoneyFile:
    rows = MoneyFile.objects.visible_to(request.appointment).select_related("payment", "subsidy__facility")
    return get_object_or_404(rows, uuid=uuid)


@requires(Permission.VIEW_MONEY)
@require_GET
def money_file(request, uuid):
    """The file. One that was removed, is gone or was altered is said and not handed out."""
    one = _file(request, uuid)
    content = None if one.removed_at else store.content_of(one.sha256)
    if content is None:
        if not one.removed_at:
            _logger.error("money file %s: file %s is gone or altered", one.pk, one.sha256)
        return render(request, "partners/file_gone.html", {"file": one}, status=410)
    operations.note_download(file=one, by=request.user)
    return sealed_off(content, one.media_type, one.name)


@requires(Permission.KEEP_MONEY)
@require_POST
def money_file_remove(request, uuid):
    """Take a file away, with the reason, while nothing has been paid."""
    one = _file(request, uuid)
    kind, owner = ("payment", one.payment) if one.payment else ("subsidy", one.subsidy)

    def act() -> str:
        reason = reason_in(request, "移除理由")
        operations.remove_money_file(file=one, by=request.user, now=timezone.now(), reason=reason)
        return f"已移除“{one.title}”，修改记录里还查得到。"

    return done(request, reverse(f"partners:{kind}", args=[owner.uuid]), act)
