"""Who is told of a step: whoever has to act next, and whoever submitted it of the outcome (inbox of `tenants`)."""

from datetime import date
from functools import partial

from django.urls import reverse

from facilities.models import EventKind, QuarterlyReturn, ReturnState
from tenants.models import MessageKind
from tenants.operations.messages import send, send_to_roles
from tenants.quarters import Quarter
from tenants.rules import Role

_CLERKS = (Role.STREET_CLERK, Role.COMMUNITY_REPORTER)
_STREET, _DISTRICT = (Role.STREET_REVIEWER,), (Role.DISTRICT_ADMIN, Role.DISTRICT_REVIEWER)


def tell(one: QuarterlyReturn, kind: EventKind, *, day: date, reason: str = "", mark: str = "") -> int:
    """Send the messages that a step asks for; how many. The same step of the same edition tells nobody twice."""
    name = f"{one.facility.name} {Quarter.parse(one.quarter).label}填报"
    key = f"return:{one.uuid}:{kind}:{mark or one.serial}"
    form, review = (reverse(f"portal:{page}", args=[one.uuid]) for page in ("return_form", "return_review"))
    tell_roles = partial(send_to_roles, about=one.division_code, day=day, key=key)
    match kind:
        case EventKind.SUBMITTED:
            roles = _STREET if one.state == ReturnState.SUBMITTED else _DISTRICT
            return tell_roles(roles=roles, kind=MessageKind.REVIEW, title=f"待审核：{name}", link=review)
        case EventKind.CHECKED:
            return tell_roles(roles=_DISTRICT, kind=MessageKind.REVIEW, title=f"待受理：{name}", link=review)
        case EventKind.RETURNED:
            return _submitter(one, f"已退回：{name}", reason, form, key, MessageKind.REVIEW)
        case EventKind.ACCEPTED:
            return _submitter(one, f"已受理：{name}", "", review, key, MessageKind.NOTICE)
        case EventKind.REMINDED:
            return tell_roles(roles=_CLERKS, kind=MessageKind.DUE, title=f"{name}{reason}", link=form)
        case EventKind.ESCALATED:
            return tell_roles(
                roles=(*_STREET, *_DISTRICT),
                kind=MessageKind.URGE,
                title=f"逾期未报：{name}，{reason}",
                link=review,
            )
    return 0


def _submitter(one: QuarterlyReturn, title: str, text: str, link: str, key: str, kind: MessageKind) -> int:
    if one.submitted_by_id is None:
        return 0
    return send(
        to=[one.submitted_by_id], kind=kind, title=title, text=text, link=link, key=key, division_code=one.division_code
    )
