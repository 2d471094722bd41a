"""Writes: files that show what a payment or a construction subsidy is for. The file was checked and stored before."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from facilities.uploads.store import Stored
from partners.models import MoneyFile, Payment, PaymentState, Subsidy
from partners.operations.funds import MoneyRefused
from tenants.models import User
from tenants.operations import record_act
from tenants.scope import set_reason

_OPEN = (PaymentState.PROPOSED, PaymentState.RELEASED)


def keep_money_file(
    *, stored: Stored, title: str, by: User | None, payment: Payment | None = None, subsidy: Subsidy | None = None
) -> MoneyFile:  # fmt: skip
    """Note a stored file beside the payment or the subsidy that it belongs to."""
    owner = payment or subsidy
    if payment is not None and payment.state not in _OPEN:
        raise MoneyRefused(f"这笔放款{payment.get_state_display()}，不再收文件。")
    with transaction.atomic():
        made = MoneyFile.objects.create(
            division_code=owner.division_code, payment=payment, subsidy=subsidy, title=title, name=stored.name, size=stored.size,
            sha256=stored.sha256, received_sha256=stored.received_sha256, media_type=stored.kind.media_type, uploaded_by=by,
        )  # fmt: skip
        _act("上传资金佐证", made, by)
    return made


def remove_money_file(*, file: MoneyFile, by: User | None, now: datetime, reason: str) -> MoneyFile:
    """Take a file away before the money has gone out. Its row and its reason stay."""
    with transaction.atomic():
        one = MoneyFile.objects.select_for_update(of=("self",), no_key=True).get(pk=file.pk)
        if one.removed_at is not None:
            raise MoneyRefused("这份文件已经移除了。")
        if Payment.objects.filter(Q(files=one) | Q(subsidy__files=one), state=PaymentState.RELEASED).exists():
            raise MoneyRefused("已经放款，佐证文件不能再移除。")
        set_reason(reason)
        one.removed_by, one.removed_at, one.removed_reason = by, now, reason
        one.save(update_fields=["removed_by", "removed_at", "removed_reason"])
        _act("移除资金佐证", one, by, reason)
    return one


def files_of(payment: Payment) -> int:
    """How many files stand for a payment: its own and those of the subsidy that it pays."""
    held = MoneyFile.objects.filter(removed_at=None)
    return held.filter(Q(payment=payment) | Q(subsidy__payment=payment)).count()


def note_download(*, file: MoneyFile, by: User | None) -> None:
    _act("下载资金佐证", file, by)


def _act(verb: str, file: MoneyFile, by: User | None, reason: str = "") -> None:
    owner = file.payment or file.subsidy
    record_act(
        verb=verb, by=by, division_code=file.division_code, subject=f"{owner}：{file.title}"[:120], subject_uuid=owner.uuid,
        reason=reason, details={"name": file.name, "sha256": file.sha256},
    )  # fmt: skip
