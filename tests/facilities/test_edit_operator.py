"""The form of who runs a facility as a whole, as its siblings'."""

from datetime import date
from uuid import uuid4

import pytest

from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.facilities.test_edit import clerk, facility
from tests.people import GONGSHU, HUSHU, client_of, signed_in

__all__ = ["clerk", "facility"]
pytestmark = pytest.mark.django_db


def test_who_runs_it_is_registered_corrected_and_renewed(facility, clerk):
    client = client_of(clerk)
    first = {"kind": "organisation", "name": "运河社工事务所", "starts_on": "2025-03-01", "last_day": "2026-12-31"}
    address = f"/facilities/{facility.uuid}/operators/add/"
    assert client.post(address, first).status_code == 302
    again = client.post(address, first | {"token": str(uuid4())})
    assert (again.status_code, "已经登记了这家综合运营方" in again.content.decode()) == (422, True)
    with opened_scope(division_scope(GONGSHU)):
        operator = facility.operators.get()
        assert operator.ends_on == date(2027, 1, 1)
    address = f"/operators/{operator.uuid}/edit/"
    page = client.get(address).content.decode()
    assert ("续签了" in page, "引入专业服务机构或落实专人负责综合运营" in page) == (True, True)
    renewed = first | {"agreement": "协议 2027-1", "last_day": "2027-12-31", "version": 1, "reason": "续签"}
    assert client.post(address, renewed).status_code == 302
    assert client.post(address, renewed | {"name": "另一家", "token": str(uuid4())}).status_code == 409
    assert signed_in(Role.STREET_CLERK, HUSHU).get(address).status_code == 404
    with opened_scope(division_scope(GONGSHU)):
        operator.refresh_from_db()
    assert (operator.ends_on, operator.agreement, operator.version) == (date(2028, 1, 1), "协议 2027-1", 2)
    page = client.get(f"/facilities/{facility.uuid}/projects/").content.decode()
    assert ("登记综合运营" in page, f"/operators/{operator.uuid}/edit/" in page) == (True, True)
