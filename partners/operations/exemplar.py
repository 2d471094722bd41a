"""Writes: exemplars from draft to release. They stand apart from tiers: nothing here reads or writes a judgement."""

from datetime import datetime

from django.db import transaction

from partners.models import Exemplar, ExemplarState
from partners.operations.steps import note, require
from tenants.editing import EditRefused, write_row
from tenants.models import Appointment, User
from tenants.scope import set_reason


@transaction.atomic
def write_exemplar(*, division_code: int, by: User | None, **values) -> Exemplar:
    made = Exemplar.objects.create(division_code=division_code, written_by=by, **values)
    note("起草典型案例", made, by)
    return made


def edit_exemplar(*, exemplar: Exemplar, version: int, by: User | None, reason: str = "", **values):
    """Correct a draft. What waits for review or is released must come back first."""
    if exemplar.state != ExemplarState.DRAFT:
        raise EditRefused("送审或发布以后不能直接改。请先退回起草。")
    return write_row(
        row=exemplar, version=version, values=values, by=by, verb="修改典型案例", reason=reason, subject=exemplar.title,
        subject_uuid=exemplar.uuid,
    )  # fmt: skip


def _locked(exemplar: Exemplar, *states: str) -> Exemplar:
    fresh = Exemplar.objects.select_for_update(of=("self",), no_key=True).get(pk=exemplar.pk)
    require(fresh.state in states, f"现在是“{fresh.get_state_display()}”，不能办这一步。刷新页面看看。")
    return fresh


@transaction.atomic
def send_to_review(*, exemplar: Exemplar, by: Appointment) -> Exemplar:
    fresh = _locked(exemplar, ExemplarState.DRAFT)
    fresh.state = ExemplarState.REVIEW
    fresh.save(update_fields=["state"])
    note("典型案例送审", fresh, by.user)
    return fresh


@transaction.atomic
def release(*, exemplar: Exemplar, by: Appointment, now: datetime) -> Exemplar:
    """By somebody who has not written it."""
    fresh = _locked(exemplar, ExemplarState.REVIEW)
    require(fresh.written_by_id != by.user_id, "不能发布自己写的案例，请另一个人审核发布。")
    fresh.state, fresh.released_by, fresh.released_at = ExemplarState.RELEASED, by.user, now
    fresh.save(update_fields=["state", "released_by", "released_at"])
    note("发布典型案例", fresh, by.user)
    return fresh


@transaction.atomic
def take_back(*, exemplar: Exemplar, by: Appointment, reason: str) -> Exemplar:
    """From review back to its author; from the honours page altogether."""
    require(len(reason.strip()) >= 4, "写明理由，至少 4 个字。")
    fresh = _locked(exemplar, ExemplarState.REVIEW, ExemplarState.RELEASED)
    set_reason(reason.strip())
    fresh.state = ExemplarState.DRAFT if fresh.state == ExemplarState.REVIEW else ExemplarState.WITHDRAWN
    fresh.save(update_fields=["state"])
    note(
        "退回典型案例" if fresh.state == ExemplarState.DRAFT else "撤下典型案例", fresh, by.user, reason=reason.strip()
    )
    return fresh
