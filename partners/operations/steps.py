"""One step of a partner's life: whether it may be taken now and by whom; the new state; the entry in the log of acts."""

from datetime import date

from django.db import models

from partners.queries.life import life, rules_in_force
from partners.rules.life import Step
from tenants.models import Appointment, User
from tenants.operations import record_act
from tenants.rules import Permission, may
from tenants.scope import set_reason

SHORTEST_REASON = 4


class PartnerRefused(ValueError):
    """Why something cannot be done now, in words for the person who asked, with how to mend it."""


def require(condition: object, message: str) -> None:
    if not condition:
        raise PartnerRefused(message)


def locked(row: models.Model, of: str, key: str, *, by: Appointment | None, reason: str = "") -> tuple:
    """The row, locked, and the step. Raises PartnerRefused if it is not this step's turn, or not this person's."""
    fresh = type(row)._base_manager.select_for_update(of=("self",), no_key=True).get(pk=row.pk)
    step = life().step(of, key)
    require(step is not None, "没有这一步，请从页面上的按钮办理。")
    require(fresh.state in step.origins, f"现在是“{fresh.get_state_display()}”，不能办“{step.label}”。刷新页面看看。")
    if by is not None:
        require(may(by.role, Permission(step.permission)), f"“{step.label}”要由有权限的人办：{_whose(step)}。")
        held_by = getattr(fresh, f"{step.not_by}_by_id", None) if step.not_by else None
        require(held_by is None or held_by != by.user_id, f"“{step.label}”要由另一个人办，不能是办前一步的本人。")
    if step.needs_reason:
        require(len(reason.strip()) >= SHORTEST_REASON, f"办“{step.label}”请写明理由，至少 {SHORTEST_REASON} 个字。")
    return fresh, step


def take(fresh, step: Step, *, by: Appointment | None, today: date, reason: str = "", **details) -> None:
    """Write the step: state, deadline of what follows, whatever else was set on the row, and the act."""
    before, fresh.state = fresh.state, step.to
    fresh.due_on = rules_in_force(fresh.division_code, today).after(today, step.days) if step.days else None
    set_reason(reason.strip())
    fresh.save()
    note(
        step.act, fresh, by and by.user, reason=reason.strip(), step=step.key, **{"from": before, "to": step.to},
        due_on=fresh.due_on and fresh.due_on.isoformat(), **details,
    )  # fmt: skip


def note(verb: str, row, by: User | None, *, reason: str = "", **details) -> None:
    record_act(
        verb=verb, by=by, division_code=row.division_code, subject=str(row), subject_uuid=row.uuid, reason=reason,
        details=details,
    )  # fmt: skip


def _whose(step: Step) -> str:
    return "街道审核员或区里" if step.permission == Permission.DECIDE_PARTNERS else "街道或区里办合伙人的人"
