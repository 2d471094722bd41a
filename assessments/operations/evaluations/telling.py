"""Who is told of a step of a self-evaluation: whoever acts next, and its street of what became of it."""

from datetime import datetime
from functools import partial

from django.urls import reverse
from django.utils.timezone import localdate

from assessments.models import EvaluationStep, SelfEvaluation
from tenants.models import Division, MessageKind
from tenants.operations.messages import send_to_roles
from tenants.rules import Role

_STREET = (Role.STREET_CLERK, Role.STREET_REVIEWER)
_DISTRICT = (Role.DISTRICT_ADMIN, Role.DISTRICT_REVIEWER)


def tell(
    evaluation: SelfEvaluation, kind: EvaluationStep, *, name: str, now: datetime, reason: str = "", mark: str = ""
) -> int:
    """Send the messages that a step asks for; how many. The same step of the same version tells nobody twice."""
    street = Division.objects.filter(code=evaluation.division_code).order_by("-valid_from").first()
    named = f"{street.name if street else evaluation.division_code} {name}"
    link = reverse("assessments:evaluation", args=[evaluation.uuid])
    key = f"evaluation:{evaluation.uuid}:{kind}:{mark or evaluation.version}"
    send = partial(send_to_roles, about=evaluation.division_code, day=localdate(now), at=now, link=link, key=key)
    match kind:
        case EvaluationStep.OPENED:
            return send(
                roles=_STREET, kind=MessageKind.DUE, title=f"{name}已开放，{evaluation.due_on} 前报区民政局备案"
            )
        case EvaluationStep.FILED:
            return send(roles=_DISTRICT, kind=MessageKind.REVIEW, title=f"待受理：{named}")
        case EvaluationStep.RETURNED:
            return send(roles=_STREET, kind=MessageKind.REVIEW, title=f"已退回：{name}", text=reason)
        case EvaluationStep.REGISTERED:
            return send(roles=_STREET, kind=MessageKind.NOTICE, title=f"已备案：{name}，备案号 {reason}")
        case EvaluationStep.REMINDED:
            return send(roles=_STREET, kind=MessageKind.DUE, title=f"{name}{reason}")
        case EvaluationStep.ESCALATED:
            return send(roles=_DISTRICT, kind=MessageKind.URGE, title=f"逾期未报：{named}，{reason}")
    return 0
