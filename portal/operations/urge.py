"""One-click reminders (一键催办): a message to those who serve the place, and an entry in the log that shows it as sent."""

from datetime import date
from uuid import UUID

from django.db import transaction

from portal.queries.desk.due import URGED, Due
from tenants.models import MessageKind, User
from tenants.operations import record_act
from tenants.operations.messages import send_to_roles
from tenants.rules import Role

DOERS = (Role.STREET_CLERK, Role.STREET_REVIEWER, Role.COMMUNITY_REPORTER)


def urge(*, item: Due, by: User, today: date) -> int:
    """Remind the street and the community of a thing that is due; how many people got it. Once a day and thing.

    A second click, or a colleague's, sends nothing and is no second entry in the log.
    """
    late = f"已超过 {-item.days_left} 天" if item.is_overdue else f"还有 {item.days_left} 天"
    with transaction.atomic():
        sent = send_to_roles(
            roles=DOERS, about=item.division_code, day=today, kind=MessageKind.URGE,
            title=f"{item.facility_name}：{item.title}，{late}", link=item.url, key=f"urge:{item.key}:{today}",
            text=f"{item.detail}。截止 {item.deadline}。{by} 催办。",
        )  # fmt: skip
        if sent:
            record_act(
                verb=URGED, by=by, division_code=item.division_code, subject=f"{item.facility_name}：{item.title}",
                subject_uuid=UUID(item.facility_uuid) if item.facility_uuid else None, details={"due": item.key, "people": sent},
            )  # fmt: skip
    return sent
