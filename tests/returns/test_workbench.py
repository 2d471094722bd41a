"""Returns on the workbench: to fill in for the clerk, to check for the street, to accept for the district."""

from facilities.returns import flow
from portal.queries.desk.due import due_items
from tenants.queries import current_appointment
from tenants.scope import Scope, opened_scope, scope_of
from tests.returns.conftest import NOW, TODAY, edit, save, submit


def waiting(person) -> list[tuple[str, str, str]]:
    """(title, detail, action) of the returns that wait for somebody."""
    with opened_scope(Scope()):
        appointment = current_appointment(person)
    with opened_scope(scope_of(appointment)):
        items = due_items(appointment, TODAY)
    return [(item.title, item.detail, item.action) for item in items if item.source == "return"]


def test_a_return_is_due_at_the_desk_that_acts_next(one, facility, clerk, reviewer, officer):
    title = "2026 年第四季度填报"
    assert waiting(clerk) == [(title, "待填报，没有改动", "去填报")]
    save(one, edit(one, "facility", facility.name, "address", "桥弄街 1 号"), by=clerk)
    assert waiting(clerk) == [(title, "待填报，改了 1 行", "去填报")]
    submit(one, by=clerk)
    assert waiting(clerk) == []
    assert waiting(reviewer) == [(title, "待街道审核，报送了 1 处改动", "去审核")]
    flow.pass_on(one=one, by=reviewer, now=NOW)
    assert (waiting(reviewer), waiting(officer)) == ([], [(title, "待区受理，报送了 1 处改动", "去审核")])
    flow.accept(one=one, by=officer, now=NOW, day=TODAY)
    assert waiting(officer) == []
