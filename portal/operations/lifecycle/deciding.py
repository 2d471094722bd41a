"""Proposing, confirming, giving up and taking back what was decided about a facility."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse

from facilities.models import Decision, DecisionKind, DecisionState, Facility
from facilities.operations.facility import RecordRefused
from portal.operations.lifecycle.steps import carry_out
from portal.operations.lifecycle.written import take_back
from tenants.models import Division, MessageKind, User
from tenants.operations import record_act
from tenants.operations.messages import send_to_roles
from tenants.rules import Role
from tenants.scope import set_reason

UNDO_PERIOD = timedelta(hours=24)
CONFIRMERS = (Role.STREET_CLERK, Role.STREET_REVIEWER, Role.DISTRICT_ADMIN)


def needs_a_second(decision: Decision) -> bool:
    """Whether somebody else than the proposer must confirm (`SECOND_CONFIRMATION`)."""
    return decision.kind in settings.SECOND_CONFIRMATION


def propose(
    *, kind: DecisionKind, facility: Facility | None, division_code: int, effective_on: date, reason: str, by: User,
    at: datetime, answers: dict[str, Any], grounds: Sequence[str] = (), document: str = "",
) -> Decision:  # fmt: skip
    """Note down what somebody means to do. Nothing happens to the facility; an older proposal of theirs gives way."""
    with transaction.atomic():
        older = Decision.objects.filter(facility=facility, kind=kind, proposed_by=by, state=DecisionState.PROPOSED)
        older.update(state=DecisionState.ABANDONED)
        return Decision.objects.create(
            kind=kind, facility=facility, division_code=division_code, effective_on=effective_on, reason=reason,
            proposed_by=by, proposed_at=at, answers=answers, grounds=list(grounds), document=document,
        )  # fmt: skip


def confirm(*, decision: Decision, by: User, at: datetime, today: date) -> Decision:
    """Carry a proposal out, or hand it to a second person where the settings want one. Once, however often it is clicked.

    Raises RecordRefused with words for the user.
    """
    with transaction.atomic():
        decision = Decision.objects.select_for_update(of=("self",)).select_related("facility").get(pk=decision.pk)
        if decision.state not in {DecisionState.PROPOSED, DecisionState.WAITING}:
            return decision
        if needs_a_second(decision) and decision.state == DecisionState.PROPOSED:
            return _hand_on(decision, by=by, today=today)
        if needs_a_second(decision) and decision.proposed_by_id == by.pk:
            raise RecordRefused("这件事要由另一个人确认，提出人自己不能确认。")
        set_reason(decision.reason)
        try:
            with transaction.atomic():
                facility, written = carry_out(decision, by=by, today=today)
        except IntegrityError as error:
            raise RecordRefused("台账在这期间变了，不能照原样办理。请回到上一步重新核对。") from error
        decision.facility, decision.written = facility, written.as_json()
        decision.division_code = facility.division_code
        decision.state, decision.confirmed_by, decision.confirmed_at = DecisionState.DONE, by, at
        decision.save()
        _act(f"设施变更：{decision.get_kind_display()}", decision, by, decision.reason)
        return decision


def _hand_on(decision: Decision, *, by: User, today: date) -> Decision:
    decision.state = DecisionState.WAITING
    decision.save(update_fields=["state"])
    name = decision.facility.name if decision.facility else decision.answers.get("name", "")
    send_to_roles(
        roles=CONFIRMERS, about=decision.division_code, day=today, kind=MessageKind.REVIEW,
        title=f"{name}：{decision.get_kind_display()}，请确认", text=f"{by} 提出，{decision.effective_on} 生效。说明：{decision.reason}",
        link=reverse("portal:decision", args=[decision.uuid]), key=f"decision:{decision.uuid}",
    )  # fmt: skip
    return decision


def abandon(*, decision: Decision, by: User) -> None:
    """Give a proposal up. Whoever may confirm may also refuse it."""
    waiting = Decision.objects.filter(pk=decision.pk, state__in=[DecisionState.PROPOSED, DecisionState.WAITING])
    if waiting.update(state=DecisionState.ABANDONED):
        _act(f"放弃变更：{decision.get_kind_display()}", decision, by, "")


def undoable_until(decision: Decision) -> datetime | None:
    return decision.confirmed_at + UNDO_PERIOD if decision.state == DecisionState.DONE else None


def undo(*, decision: Decision, by: User, at: datetime) -> Decision:
    """Take back what was carried out, within a day and as long as nobody has gone on. Raises RecordRefused."""
    with transaction.atomic():
        decision = Decision.objects.select_for_update(of=("self",)).select_related("facility").get(pk=decision.pk)
        until = undoable_until(decision)
        if until is None:
            return decision
        if at >= until:
            raise RecordRefused("已超过 24 小时，不能整体撤回。请办理新的变更。")
        done = Decision.objects.filter(facility=decision.facility, state=DecisionState.DONE)
        if done.filter(confirmed_at__gt=decision.confirmed_at).exists():
            raise RecordRefused("之后这座设施又办过别的变更。请先撤回那一件。")
        set_reason(f"撤回：{decision.reason}")
        _refuse_a_closed_place(decision)
        facility = decision.facility
        name, uuid, code = f"{facility.code} {facility.name}", facility.uuid, facility.division_code
        if decision.kind == DecisionKind.NEW:
            Decision.objects.filter(pk=decision.pk).update(facility=None, state=DecisionState.ABANDONED)
        take_back(decision.written)
        restored = None if decision.kind == DecisionKind.NEW else Facility.objects.get(pk=facility.pk)
        values = {"state": DecisionState.UNDONE, "undone_by": by, "undone_at": at, "facility": restored}
        Decision.objects.filter(pk=decision.pk).update(**values)
        record_act(
            verb=f"撤回变更：{decision.get_kind_display()}", by=by, division_code=code, subject=name, subject_uuid=uuid
        )
        return Decision.objects.get(pk=decision.pk)


def _refuse_a_closed_place(decision: Decision) -> None:
    """A facility that moved is not moved back into a division that a re-organisation has ended since."""
    codes = {
        before["division_code"] for _, _, before in decision.written.get("changed", []) if "division_code" in before
    }
    if Division.objects.in_force().filter(code__in=codes).count() < len(codes):
        raise RecordRefused("原来所在的区划已经撤销，不能搬回去。请办理新的变更。")


def _act(verb: str, decision: Decision, by: User, reason: str) -> None:
    facility = decision.facility
    record_act(
        verb=verb, by=by, division_code=decision.division_code, reason=reason,
        subject=f"{facility.code} {facility.name}" if facility else decision.answers.get("name", ""),
        subject_uuid=facility.uuid if facility else decision.uuid,
        details={"decision": str(decision.uuid), "grounds": decision.grounds, "effective_on": decision.effective_on.isoformat()},
    )  # fmt: skip
