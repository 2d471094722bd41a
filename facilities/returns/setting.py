"""A district's own rules for its returns: what a new version would change, shown before it is published; dated rows, never overwritten."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction

from facilities.models import QuarterlyReturn, ReturnRow, ReturnRules, ReturnState
from facilities.returns.checking import jumps_over
from facilities.returns.drafts import ReturnRefused
from facilities.returns.queries import OPEN_STATES
from facilities.returns.rules import Rules, of_row, rules_in_force
from facilities.returns.shelves import is_shelf, shelf_of
from tenants.models import User
from tenants.operations import record_act
from tenants.quarters import Quarter
from tenants.rules import code_range
from tenants.scope import set_reason

FIELDS = ("route", "due_offset_days", "jump_percent", "remind_days", "escalate_after_days", "source")
_REASON = 4  # characters that a reason has at least


@dataclass(frozen=True, slots=True)
class Effect:
    """What changes, in words: before and after. `count`: how many returns it touches now, None where that is no number."""

    title: str
    before: str
    after: str
    count: str = ""


def versions(district: int) -> list[ReturnRules]:
    """All versions of a district, the newest first."""
    return list(ReturnRules.objects.filter(division_code=district).order_by("-starts_on"))


def preview(*, district: int, values: Mapping, starts_on: date, today: date) -> list[Effect]:
    """What a new version would change for the returns that are open now. Writes nothing. Four queries."""
    before, after = rules_in_force(district, starts_on), of_row(ReturnRules(**values))
    quarter = Quarter.of(starts_on)
    open_now = QuarterlyReturn.objects.within(code_range(district)).filter(state__in=OPEN_STATES)
    effects = []
    if before.route != after.route:
        waiting = QuarterlyReturn.objects.within(code_range(district)).filter(state=ReturnState.SUBMITTED).count()
        effects.append(
            Effect("流程", before.route.label, after.route.label, f"已报送、待街道审核的 {waiting} 份照旧由街道审核")
        )
    if before.due_offset_days != after.due_offset_days:
        moved = [one for one in open_now.only("quarter", "due_on", "division_code") if one.quarter >= str(quarter)]
        effects.append(
            Effect(
                f"{quarter.label}截止日", str(before.due_on(quarter)), str(after.due_on(quarter)),
                f"{len(moved)} 份还没报送的填报改成新的截止日",
            )
        )  # fmt: skip
    if before.jump_percent != after.jump_percent:
        old, new = (_asked(district, rules.jump_percent) for rules in (before, after))
        effects.append(
            Effect("变动多少要写原因", f"超过 {before.jump_percent} %", f"超过 {after.jump_percent} %",
                   f"现在的草稿里，要写原因的从 {old} 处变成 {new} 处")
        )  # fmt: skip
    if before.remind_days != after.remind_days:
        effects.append(Effect("提醒", _days(before, quarter), _days(after, quarter)))
    if before.escalate_after_days != after.escalate_after_days:
        late = open_now.filter(due_on__lt=today).count()
        effects.append(
            Effect("逾期上报", f"逾期 {before.escalate_after_days} 天", f"逾期 {after.escalate_after_days} 天",
                   f"现在逾期的 {late} 份")
        )  # fmt: skip
    return effects


def _days(rules: Rules, quarter: Quarter) -> str:
    due = rules.due_on(quarter)
    days = [due - timedelta(days=days) for days in rules.remind_days]
    return "、".join(f"{day.month} 月 {day.day} 日" for day in days) or "不提醒"


def _asked(district: int, percent: int) -> int:
    """How many changed numbers of the open drafts ask for a sentence."""
    rows = ReturnRow.objects.within(code_range(district)).filter(quarterly_return__state__in=OPEN_STATES)
    return sum(
        jumps_over(base.get(column, ""), cells[column], percent)
        for sheet, cells, base in rows.values_list("sheet", "cells", "base")
        if is_shelf(sheet)
        for column in shelf_of(sheet).watched & cells.keys()
    )


def publish(*, district: int, values: Mapping, starts_on: date, by: User, reason: str, today: date) -> ReturnRules:
    """Make a new version, in force from a day on; the one before ends there. Raises ReturnRefused.

    The deadline of returns of that quarter and later ones that have not been submitted moves with it.
    """
    reason = reason.strip()
    if len(reason) < _REASON:
        raise ReturnRefused(f"写明为什么改，至少 {_REASON} 个字。")
    if starts_on < today:
        raise ReturnRefused(f"生效日不能早于今天（{today}）：已经按旧规则办的不重来。")
    with transaction.atomic():
        set_reason(reason)
        newest = ReturnRules.objects.select_for_update().filter(division_code=district).order_by("starts_on").last()
        if newest is not None and newest.starts_on >= starts_on:
            raise ReturnRefused(f"已有一版从 {newest.starts_on} 起生效，新的一版要从那以后开始。")
        if newest is not None:
            newest.ends_on = starts_on
            newest.save(update_fields=["ends_on"])
        new = ReturnRules.objects.create(division_code=district, starts_on=starts_on, **values)
        moved = _move_deadlines(district, of_row(new), Quarter.of(starts_on))
        record_act(
            verb="改填报规则", by=by, division_code=district, subject=f"填报规则 {starts_on} 起", reason=reason,
            details={**{name: values[name] for name in FIELDS}, "returns_moved": moved},
        )  # fmt: skip
    return new


def _move_deadlines(district: int, rules: Rules, first: Quarter) -> int:
    """Give returns that can still be filled in their deadline under these rules; how many it moved."""
    found = QuarterlyReturn.objects.within(code_range(district)).filter(state__in=OPEN_STATES, quarter__gte=str(first))
    moved = 0
    for text in sorted(set(found.values_list("quarter", flat=True))):
        due_on = rules.due_on(Quarter.parse(text))
        moved += found.filter(quarter=text).exclude(due_on=due_on).update(due_on=due_on)
    return moved
