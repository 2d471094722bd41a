"""Agreements, space for service and figures of a facility that a re-organisation gives to another street or district."""

from datetime import date

import pytest
from django.db.models import Count, Sum

from partners.models import Agreement, Application, Exchange, ExchangeEntry, OperatingFigure, Partner, ResidentProject
from partners.operations import exchanges
from portal.operations.reorganise import ReorganisationRefused, preview, reorganise, undo
from portal.operations.reorganise.partners import facility_models
from standards.operations import load
from tenants.concordance import read_concordance
from tenants.rules import Role, street_of
from tenants.scope import division_scope, opened_scope
from tests.partners import life as tale
from tests.partners import money
from tests.people import client_of, person
from tests.portal import merger
from tests.portal.merger import DAY, DENGXINXIANG, TIANSHUI, TODAY, XIACHENG, YANZHI, concordance_of

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("PAR-7")]
BEGUN = date(2021, 1, 1)
TIANSHUI_STREET, OTHER_STREET = (TIANSHUI, "天水街道"), (330103099000, "灯芯街道")
OLD, NEW = (DENGXINXIANG, "灯芯巷社区"), (330103099001, "灯芯巷社区")


def lines() -> list[dict]:
    """灯芯巷社区 leaves 天水街道 for a new street of the same district; the street itself goes on."""
    return [
        {"kind": "open", "new": OTHER_STREET, "level": "street"},
        {"kind": "recode", "old": OLD, "new": NEW},
    ]


@pytest.fixture
def place():
    load()
    merger.divisions_of_2020()
    with opened_scope(division_scope(XIACHENG)):
        facility = merger.make.demonstration(1, code=DENGXINXIANG)
        staying = merger.make.facility(2, code=YANZHI)
        space = merger.make.space(facility, merger.make.site(facility, name="副楼"), "102 室", usable="120.50")
        partner = Partner.objects.create(
            division_code=TIANSHUI, name="橹声养老", kind="market", uscc="91330105MA27XKF03B"
        )
        project = merger.make.project(facility, "助浴", with_partner=False)
        ResidentProject.objects.filter(pk=project.pk).update(partner=partner)
        Agreement.objects.create(
            division_code=DENGXINXIANG, facility=facility, partner=partner, project=project, number="协 1", service="助浴",
            moves_in="service", hours="每天", duties="各尽其责", starts_on=BEGUN, ends_on=date(2028, 1, 1), state="running",
        )  # fmt: skip
        money.rent(district=XIACHENG, starts_on=date(2020, 1, 1))
        given = money.agreement(facility, partner, [space], starts_on=date(2026, 1, 1), ends_on=date(2027, 1, 1))
        exchanges.accrue(exchange=given, until=date(2026, 7, 1))
        OperatingFigure.objects.create(
            division_code=DENGXINXIANG,
            facility=facility,
            partner=partner,
            month=date(2026, 9, 1),
            item="staff",
            amount_fen=90_000,
        )
        return facility, staying, partner


def ledger() -> dict:
    with opened_scope(merger.EVERYWHERE):
        return ExchangeEntry.objects.aggregate(number=Count("pk"), sum=Sum("amount_fen"))


def change(folder):
    return read_concordance(concordance_of(folder, *lines()))


def test_the_tables_that_name_a_partner_of_a_facility_are_all_rehung():
    names = {model.__name__ for model in facility_models()}
    assert {"ResidentProject", "Agreement", "Exchange", "OperatingFigure", "CharityProject", "Activity"} <= names


def test_the_new_street_sees_agreements_and_ledgers_and_nothing_is_lost(place, tmp_path):
    _, _, partner = place
    before = ledger()
    assert preview(change(tmp_path), today=TODAY).partners_added == ["橹声养老"]
    assert ledger() == before
    reorganise(change(tmp_path), by=None, today=TODAY)
    new_street = street_of(NEW[0])
    with opened_scope(division_scope(new_street)):
        agreement = Agreement.objects.select_related("partner").get()
        copy = agreement.partner
        assert (copy.name, copy.uscc, copy.division_code) == ("橹声养老", partner.uscc, new_street)
        assert {Exchange.objects.get().partner_id, OperatingFigure.objects.get().partner_id} == {copy.pk}
        assert agreement.project.partner_id == copy.pk
        assert agreement.state == "running"
    assert ledger() == before
    clerk = client_of(person(Role.STREET_CLERK, new_street))
    uuid, exchange = agreement.uuid, _exchange()
    assert "橹声养老" in clerk.get("/partners/agreements/").content.decode()
    for address in (f"/partners/agreements/{uuid}/", f"/money/exchanges/{exchange}/", f"/partners/{copy.uuid}/"):
        assert clerk.get(address).status_code == 200, address
    assert "102 室" in clerk.get(f"/money/exchanges/{exchange}/").content.decode()
    former = client_of(person(Role.STREET_CLERK, TIANSHUI))
    assert former.get(f"/partners/agreements/{uuid}/").status_code == 404


def _exchange() -> str:
    with opened_scope(merger.EVERYWHERE):
        return str(Exchange.objects.get().uuid)


def test_an_undo_gives_all_back_to_the_partner_of_before(place, tmp_path):
    _, _, partner = place
    state, before = merger.whole_database(), ledger()
    reorganise(change(tmp_path), by=None, today=TODAY)
    undo(change(tmp_path), by=None)
    with opened_scope(merger.EVERYWHERE):
        assert {Agreement.objects.get().partner_id, Exchange.objects.get().partner_id} == {partner.pk}
    after = merger.whole_database()
    assert ({name for name in state if state[name] != after[name]} - VERSIONED, ledger()) == (set(), before)


# Their counter of versions counts the way there and back.
VERSIONED = {"partners_agreement", "partners_operatingfigure", "partners_residentproject", "facilities_facility"}


def test_an_application_that_is_not_settled_stands_in_the_way_and_one_that_is_does_not(place, tmp_path):
    facility, _, _ = place
    with opened_scope(division_scope(XIACHENG)):
        call = tale.Call.objects.create(
            division_code=TIANSHUI,
            title="征集",
            opens_on=DAY,
            closes_on=DAY,
            scoring=tale.SCORING,
            panel=tale.PANEL,
            state="open",
        )
        need = tale.Need.objects.create(division_code=TIANSHUI, call=call, facility=facility, text="助餐")
        tale.applied(call, need, DAY, kind="resident", uscc="")
    with pytest.raises(ReorganisationRefused, match="没办完"):
        reorganise(change(tmp_path), by=None, today=TODAY)
    with opened_scope(division_scope(XIACHENG)):
        Application.objects.update(state="withdrawn")
    reorganise(change(tmp_path), by=None, today=TODAY)
