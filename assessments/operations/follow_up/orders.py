"""The course of a rectification order: opened by the portal, planned and reported by the street, closed by the district."""

from collections.abc import Callable
from datetime import date, datetime
from functools import wraps
from typing import Any

from django.db import transaction

from assessments.models import Rectification, RectificationState, RectificationStep, StepKind
from assessments.operations.checks import CheckRefusedError, require
from assessments.operations.follow_up.telling import tell
from assessments.queries.follow_up.settings import settings_in_force
from assessments.queries.follow_up.surveys import Found, result
from assessments.rules.follow_up import MOVES
from assessments.rules.half_year import HalfYear
from engagement.models import Survey
from tenants.models import User
from tenants.operations import record_act
from tenants.scope import set_reason

LEAST_WORDS = 4


def open_order(*, found: Found, today: date, now: datetime) -> Rectification:
    """Open an order for a survey below the line. Call it where none is at work for this item."""
    survey, standard = found.survey, found.standard
    assert standard is not None
    rules = settings_in_force(survey.division_code, today)
    value, parts = standard.line
    order = Rectification.objects.create(
        facility_id=survey.facility_id, division_code=survey.division_code, half=str(HalfYear.of(survey.last_day)),
        item_number=found.item, survey=survey, satisfied=found.satisfied, valid=found.valid, standard=standard.version,
        line_value=value, line_parts=parts, opened_on=today, due_on=rules.plan_due(today), mend_by=rules.mend_due(today),
    )  # fmt: skip
    reason = (
        f"“{survey.title}”满意度 {found.percent_text}（{found.satisfied} / {found.valid}），低于 {standard.line_text}"
    )
    note(order, StepKind.OPENED, by=None, now=now, reason=reason, survey=survey, below=True)
    tell(order, StepKind.OPENED, day=today, text=reason)
    return order


def note(order: Rectification, kind: StepKind, *, by: User | None, now: datetime, **fields: Any) -> RectificationStep:
    """Add a step to the course, and an entry to the audit log."""
    step = RectificationStep.objects.create(
        rectification=order, facility_id=order.facility_id, division_code=order.division_code, kind=kind, done_by=by,
        done_at=now, **fields,
    )  # fmt: skip
    record_act(
        verb=f"整改单{StepKind(kind).label}", by=by, division_code=order.division_code,
        subject=f"{order.facility.code} {order.facility.name}：整改单", subject_uuid=order.uuid,
        reason=str(fields.get("reason", ""))[:500], details={"state": order.state, "item": order.item_number},
    )  # fmt: skip
    return step


def _moves(name: str) -> Callable:
    """An operation that is one move of the table: the order locked, its state checked, the next state set."""
    move = MOVES[name]

    def decorate(operation: Callable) -> Callable:
        @wraps(operation)
        @transaction.atomic
        def moved(*, order: Rectification, by: User | None, today: date, now: datetime, reason: str = "", **values):
            found = Rectification.objects.select_for_update(of=("self",), no_key=True)
            order = found.select_related("facility").get(pk=order.pk)
            require(order.state in move.to, f"这张整改单现在是“{order.get_state_display()}”，不能{move.label}。")
            reason = reason.strip()
            require(
                not move.needs_reason or len(reason) >= LEAST_WORDS,
                f"请写明{move.label}的理由，至少 {LEAST_WORDS} 个字。",
            )
            set_reason(reason)
            order.state = RectificationState(move.to[order.state])
            if not order.is_live:
                order.ended_at = now
            operation(order=order, by=by, today=today, now=now, reason=reason, **values)
            return order

        return moved

    return decorate


@_moves("plan")
def plan(*, order: Rectification, by, today, now, reason, measures: str) -> None:
    """The street says what it will do, by when the order asks for it or later: lateness is seen, not refused."""
    measures = measures.strip()
    require(len(measures) >= 10, "请写明措施：做什么、谁负责、什么时候做完，至少 10 个字。")
    order.measures, order.due_on = measures[:1000], order.mend_by
    order.save()
    note(order, StepKind.PLANNED, by=by, now=now, reason=order.measures)
    tell(order, StepKind.PLANNED, day=today)


@_moves("report")
def report(*, order: Rectification, by, today, now, reason, survey: Survey) -> None:
    """The street reports the re-survey. One that is still below the line may be reported: then it cannot be closed."""
    found = check_resurvey(order, survey, today)
    rules = settings_in_force(order.division_code, today)
    order.resurvey, order.due_on = survey, rules.plan_due(today)
    order.save()
    words = f"“{survey.title}”复测满意度 {found.percent_text}（{found.satisfied} / {found.valid}）"
    note(order, StepKind.REPORTED, by=by, now=now, reason=words, survey=survey, below=found.is_below)
    tell(order, StepKind.REPORTED, day=today, text=words)


def check_resurvey(order: Rectification, survey: Survey, today: date) -> Found:
    """The result of a survey that can serve as re-survey; refused with words where it cannot."""
    same = survey.facility_id == order.facility_id and (survey.item_number or 0) == order.item_number
    require(same, "复测要调查同一座设施的同一个服务项目。")
    require(survey.first_day > order.opened_on, f"复测要在整改单开出（{order.opened_on}）以后才开始。")
    require(survey.last_day < today, f"复测到 {survey.last_day} 才结束，结束后再报送。")
    found = result(survey)
    require(found.valid > 0, "这次复测还没有有效答卷。")
    return found


@_moves("send_back")
def send_back(*, order: Rectification, by, today, now, reason) -> None:
    """The district sends measures or a re-survey back; the street gets the days of a plan again, if fewer are left."""
    again = settings_in_force(order.division_code, today).plan_due(today)
    if order.state == RectificationState.OPEN:
        order.due_on = again
    else:
        order.mend_by = max(order.mend_by, again)
        order.due_on, order.resurvey = order.mend_by, None
    order.save()
    note(order, StepKind.RETURNED, by=by, now=now, reason=reason)
    tell(order, StepKind.RETURNED, day=today, text=reason)


@_moves("extend")
def extend(*, order: Rectification, by, today, now, reason, until: date) -> None:
    """A later deadline for what the state asks for; while mending it is the order's own."""
    require(until > order.due_on and until > today, f"新的期限要晚于 {max(order.due_on, today)}。")
    before, order.due_on = order.due_on, until
    order.mend_by = max(order.mend_by, until)
    order.save()
    note(order, StepKind.EXTENDED, by=by, now=now, reason=f"{before} → {until}：{reason}")
    tell(order, StepKind.EXTENDED, day=today, text=reason)


@_moves("close")
def close(*, order: Rectification, by, today, now, reason) -> None:
    """The closing check: the re-survey is counted again now, and must not lie below the line (杭州 附件 四3)."""
    assert order.resurvey is not None
    found = check_resurvey(order, order.resurvey, today)
    if found.standard is None or found.is_below:
        raise CheckRefusedError(
            f"复测满意度 {found.percent_text}（{found.satisfied} / {found.valid}），还低于"
            f" {found.standard.line_text if found.standard else '线'}，不能销号。可以退回继续整改，或评议项目去留。"
        )
    order.save()
    words = f"复测 {found.percent_text}（{found.satisfied} / {found.valid}），不低于 {found.standard.line_text}"
    small = f"，样本不足 {found.standard.small_sample} 份" if found.is_small else ""
    note(order, StepKind.CLOSED, by=by, now=now, reason=f"{words}{small}{f'。{reason}' if reason else ''}")
    tell(order, StepKind.CLOSED, day=today, text=words)


@_moves("void")
def void(*, order: Rectification, by, today, now, reason) -> None:
    """Opened by mistake, such as a survey entered wrong: it ends, and stays on record."""
    order.save()
    note(order, StepKind.VOIDED, by=by, now=now, reason=reason)
    tell(order, StepKind.VOIDED, day=today, text=reason)


@_moves("withdraw_item")
def end_with_item(*, order: Rectification, by, today, now, reason) -> None:
    """The item is withdrawn (`items.decide`): nothing is left to put right."""
    order.save()
    note(order, StepKind.ITEM_WITHDRAWN, by=by, now=now, reason=reason)
    tell(order, StepKind.ITEM_WITHDRAWN, day=today, text=reason)
