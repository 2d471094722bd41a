"""Single entries of partners and projects, and what the database promises about them."""

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from facilities.models import ConstructionType, Space
from facilities.operations import record_site, record_space, register_facility
from partners.models import PartnerKind, RunBy
from partners.operations import record_charity_project, record_project, record_receipt, register_partner
from tenants.models import Act
from tenants.scope import division_scope, opened_scope

CITY, GONGSHU, QIAOXI, SHANGCHENG = 330100000000, 330105000000, 330105005054, 330102901001
OPENED = date(2025, 3, 1)


@pytest.fixture
def city(db):
    with opened_scope(division_scope(CITY)):
        yield


def a_facility(code, name="云橹"):
    return register_facility(
        name=name, division_code=code, construction_type=ConstructionType.INTEGRATED, opened_on=OPENED, by=None
    )


@pytest.fixture
def facility(city):
    return a_facility(QIAOXI)


@pytest.fixture
def partner(city):
    return register_partner(name="橹声餐饮", kind=PartnerKind.MARKET, division_code=GONGSHU, by=None)


def refused(act):
    """The database refuses what `act` writes, at once or when the transaction ends."""

    @transaction.atomic
    def to_the_end():
        act()
        connection.check_constraints()

    with pytest.raises(IntegrityError):
        to_the_end()


def test_a_project_runs_with_a_partner_of_its_district(facility, partner):
    project = record_project(
        facility=facility, name="食堂", run_by=RunBy.MARKET, starts_on=OPENED, partner=partner, by=None
    )
    assert (project.partner, Act.objects.filter(verb="登记入驻项目").count()) == (partner, 1)


@pytest.mark.requirement("PAR-1")
def test_a_partner_of_another_district_is_refused(city, partner):
    other = a_facility(SHANGCHENG)
    refused(
        lambda: record_project(
            facility=other, name="食堂", run_by=RunBy.MARKET, starts_on=OPENED, partner=partner, by=None
        )
    )


def test_a_space_of_another_facility_is_refused(facility):
    other = a_facility(QIAOXI, "橘灯")
    site = record_site(facility=other, name="主楼", starts_on=OPENED, by=None)
    space: Space = record_space(site=site, name="食堂", used_by="market", starts_on=OPENED, by=None)
    refused(
        lambda: record_project(
            facility=facility, name="食堂", run_by=RunBy.MARKET, starts_on=OPENED, space=space, by=None
        )
    )


def test_a_voucher_counts_once_in_a_district_and_freely_in_two(facility):
    def receipt(place):
        project = record_charity_project(facility=place, year=2026, name=f"项目{place.pk}", kind="public", by=None)
        return record_receipt(project=project, received_on=date(2026, 4, 1), amount_fen=1, voucher="凭-1", by=None)

    receipt(facility)
    receipt(a_facility(SHANGCHENG))
    refused(lambda: receipt(a_facility(QIAOXI, "橘灯")))


@pytest.mark.parametrize("amount_fen", [0, -1])
def test_money_that_arrived_is_positive(facility, amount_fen):
    project = record_charity_project(facility=facility, year=2026, name="互助", kind="public", by=None)
    refused(lambda: record_receipt(project=project, received_on=OPENED, amount_fen=amount_fen, voucher="凭", by=None))
