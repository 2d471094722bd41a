"""Every morning: visits of the day and of yesterday, answers whose time is nearly over. A second run sends nothing."""

from datetime import date
from itertools import groupby

from django.urls import reverse

from assessments.models import CheckRound
from assessments.operations.telling import MANAGERS, STREET, moment
from assessments.queries.waiting import answers_due, visits_missed, visits_on
from tenants.models import MessageKind
from tenants.operations.messages import send, send_to_roles
from tenants.rules import code_range, street_of
from tenants.scope import country_scope, division_scope, opened_scope


def remind_everywhere(*, today: date) -> int:
    """District by district, where a round is under way; how many messages were new."""
    with opened_scope(country_scope("task remind_checks")):
        found = CheckRound.objects.filter(year__gte=today.year - 1).order_by().values_list("division_code", flat=True)
        districts = sorted(set(found))
    made = 0
    for district in districts:
        with opened_scope(division_scope(district, source="task remind_checks")):
            made += remind(district=district, today=today)
    return made


def remind(*, district: int, today: date) -> int:
    codes = code_range(district)
    made = 0
    for user, group in groupby(visits_on(codes, today), key=lambda visit: visit.user_id):
        visits = list(group)
        made += send(
            to=[user], kind=MessageKind.DUE, division_code=district, title=f"今天有 {len(visits)} 次抽检上门",
            text="按路线：" + "、".join(visit.facility.name for visit in visits), link=reverse("assessments:my_visits"),
            key=f"visits:{district}:{today}",
        )  # fmt: skip
    if missed := visits_missed(codes, today):
        made += send_to_roles(
            roles=MANAGERS, about=district, day=today, kind=MessageKind.DUE, key=f"missed:{district}:{today}",
            title=f"昨天有 {len(missed)} 次抽检上门没有交回", text="、".join(visit.facility.name for visit in missed),
            link=reverse("assessments:checks"),
        )  # fmt: skip
    rows = sorted(answers_due(codes, today), key=lambda row: street_of(row.division_code))
    for street, group in groupby(rows, key=lambda row: street_of(row.division_code)):
        waiting = list(group)
        made += send_to_roles(
            roles=STREET, about=street, day=today, kind=MessageKind.DUE, key=f"answers:{street}:{today}",
            title=f"还有 {len(waiting)} 处核实差异没有答复，最早 {moment(min(row.due_at for row in waiting))} 截止",
            text="、".join(sorted({row.facility.name for row in waiting})),
            link=f"{reverse('assessments:findings')}?state=open",
        )  # fmt: skip
    return made
