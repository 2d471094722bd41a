"""What ends with an agreement: tiers that fall, those that do not, and who is told 90, 60 and 30 days before."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from partners.models import Agreement, ResidentProject
from portal.operations.endings import tell
from portal.queries.endings import endings
from tenants.message_models import Message
from tenants.models import Appointment
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.assessments import registry as make
from tests.people import GONGCHENQIAO, GONGSHU, person, signed_in
from tests.portal.conftest import MISHI

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("PAR-7")]
TODAY = date(2026, 11, 22)
OFFICER = Appointment(role=Role.DISTRICT_ADMIN, division_code=GONGSHU)


def agreement(project: ResidentProject, ends_on: date, **values) -> Agreement:
    return Agreement.objects.create(
        division_code=project.division_code, facility=project.facility, partner=project.partner, project=project,
        number=f"协 {project.pk}", service=project.name, starts_on=date(2026, 1, 1), ends_on=ends_on, moves_in="body", hours="每天",
        duties="各尽其责", state="running", **values,
    )  # fmt: skip


@pytest.fixture
def demonstration(district):
    """A facility that meets every gate with exactly eight projects, and its projects with a partner."""
    with opened_scope(division_scope(GONGSHU)):
        facility = make.demonstration(1, code=MISHI)
        projects = list(ResidentProject.objects.filter(facility=facility, partner__isnull=False).order_by("pk"))
        yield facility, projects


def test_the_tier_falls_with_the_project_that_it_needs_and_nothing_is_written(demonstration):
    facility, projects = demonstration
    agreement(projects[0], date(2026, 12, 1))
    [one] = endings(OFFICER, TODAY)
    assert (one.last_day, one.effect.before.tier, one.effect.falls) == (date(2026, 11, 30), 2, True)
    assert one.sentence == f"协议 11-30 结束，{facility.name}失去示范型"
    assert ResidentProject.objects.get(pk=projects[0].pk).ends_on == projects[0].ends_on


def test_one_project_more_and_the_tier_stays(demonstration):
    facility, projects = demonstration
    make.project(facility, "再多一个")
    agreement(projects[0], date(2026, 12, 1))
    [one] = endings(OFFICER, TODAY)
    assert (one.effect.before.tier, one.effect.falls, "等级不变" in one.sentence) == (2, False, True)


def test_of_two_that_end_the_second_takes_the_tier_with_it(demonstration):
    facility, projects = demonstration
    make.project(facility, "再多一个")
    agreement(projects[0], date(2026, 12, 1))
    agreement(projects[1], date(2026, 12, 11))
    told = [(one.last_day.day, one.effect.falls, len(one.together)) for one in endings(OFFICER, TODAY)]
    assert told == [(30, False, 0), (10, True, 1)]


@pytest.mark.parametrize(("state", "shown"), [("drafted", True), ("signed", False)])
def test_what_is_renewed_is_no_ending_once_the_renewal_is_signed(demonstration, state, shown):
    _, projects = demonstration
    old = agreement(projects[0], date(2026, 12, 1))
    Agreement.objects.create(
        division_code=old.division_code, facility=old.facility, partner=old.partner, number="续", service=old.service, renews=old,
        starts_on=old.ends_on, ends_on=date(2027, 12, 1), moves_in="body", hours="每天", duties="各尽其责", state=state,
    )  # fmt: skip
    assert bool(endings(OFFICER, TODAY)) is shown


@pytest.mark.parametrize(("days", "told"), [(91, None), (90, 90), (61, 90), (60, 60), (31, 60), (30, 30), (0, 30)])
def test_street_and_district_are_told_once_within_each_span(demonstration, days, told):
    _, projects = demonstration
    last_day = TODAY + timedelta(days=days)
    agreement(projects[0], last_day + timedelta(days=1))
    people = {person(Role.DISTRICT_ADMIN, GONGSHU).pk, person(Role.STREET_CLERK, MISHI // 1000 * 1000).pk}
    elsewhere = person(Role.STREET_CLERK, 330105002000).pk
    tell(district=GONGSHU, today=TODAY)
    assert tell(district=GONGSHU, today=TODAY) == 0
    found = Message.objects.filter(key__startswith="ending:")
    assert elsewhere not in set(found.values_list("user_id", flat=True))
    if told is None:
        assert not found.exists()
    else:
        assert people <= set(found.values_list("user_id", flat=True))
        assert {message.key.rsplit(":", 1)[-1] for message in found} == {str(told)}


def test_the_pages_show_it_and_the_workbench_asks_for_it(demonstration):
    facility, projects = demonstration
    one = agreement(projects[0], timezone.localdate() + timedelta(days=20))
    officer = signed_in(Role.DISTRICT_ADMIN, GONGSHU)
    assert "失去示范型" in officer.get("/partners/endings/").content.decode()
    page = officer.get(f"/partners/endings/{one.uuid}/").content.decode()
    assert ("失去示范型" in page, "全部退出" in page, facility.name in page) == (True, True, True)
    assert officer.get("/partners/endings/", {"export": "1"}).content[:2] == b"PK"
    assert "合伙协议到期" in officer.get("/workbench/due/").content.decode()
    stranger = signed_in(Role.STREET_CLERK, 330105002000 if MISHI // 1000 != 330105002 else GONGCHENQIAO)
    assert stranger.get(f"/partners/endings/{one.uuid}/").status_code == 404
