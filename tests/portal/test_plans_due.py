"""What of the year's plan is not done stands on the workbench and is told once when it comes near and once when it is late."""

from datetime import date

import pytest
from django.db import transaction

from partners.operations import plans
from portal.operations.plans import tell
from portal.queries.desk.due import due_items
from tenants.message_models import Message
from tenants.queries import current_appointment
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.partners.test_plans import NOW, draft, item
from tests.people import GONGCHENQIAO, GONGSHU, HUSHU, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan():
    """An item of 拱宸桥 that is due on 30 November, and one of the district that is due at the end of the year."""
    with opened_scope(division_scope(GONGSHU)):
        made = draft()
        item(made, 1, title="街道义诊", street_code=GONGCHENQIAO, due_month=11)
        item(made, 2, title="全区培训")
        plans.submit(plan=made, by=None, now=NOW)
        return plans.approve(plan=made, by=None, now=NOW)


def due(user, code: int, day: date) -> list[str]:
    with transaction.atomic():
        appointment = current_appointment(user)
    with opened_scope(division_scope(code)):
        found = due_items(appointment, day)
        return [one.detail.split("，")[0] for one in found if one.source == "plan"]


@pytest.mark.parametrize(("day", "told"), [
    (date(2026, 10, 30), []), (date(2026, 10, 31), ["街道义诊"]), (date(2026, 11, 30), ["街道义诊"]),
    (date(2026, 12, 1), ["街道义诊", "全区培训"]),
])  # fmt: skip
def test_thirty_days_before_its_last_day_an_item_stands_on_the_workbench(plan, day, told):
    assert due(person(Role.DISTRICT_ADMIN, GONGSHU), GONGSHU, day) == told


def test_a_street_reads_its_own_items_and_what_is_done_leaves_the_workbench(plan):
    day = date(2026, 12, 1)
    own, other = person(Role.STREET_CLERK, GONGCHENQIAO), person(Role.STREET_CLERK, HUSHU)
    assert [due(own, GONGCHENQIAO, day), due(other, HUSHU, day)] == [["街道义诊"], []]
    with opened_scope(division_scope(GONGSHU)):
        plans.record_done(
            item=plan.items.get(number=1),
            day=date(2026, 6, 1),
            amount=20,
            summary="义诊",
            evidence="签到表",
            by=None,
            today=day,
        )
    assert due(own, GONGCHENQIAO, day) == []


def test_each_stage_is_told_once_to_whom_it_concerns(plan):
    clerk, admin = person(Role.STREET_CLERK, GONGCHENQIAO), person(Role.DISTRICT_ADMIN, GONGSHU)
    with opened_scope(division_scope(GONGSHU)):
        counts = [
            tell(district=GONGSHU, today=day)
            for day in (
                date(2026, 10, 30),
                date(2026, 10, 31),
                date(2026, 11, 15),
                date(2026, 12, 1),
                date(2026, 12, 2),
            )
        ]
    assert counts == [0, 2, 0, 3, 0]
    for who, titles in ((clerk, 2), (admin, 3)):
        with opened_scope(division_scope(GONGSHU, user_id=who.pk)):
            found = Message.objects.filter(user=who)
            assert found.count() == titles
            assert "年度计划“街道义诊”11-30 截止（还有 30 天）" in found.values_list("title", flat=True)
