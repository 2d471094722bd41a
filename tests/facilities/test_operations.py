"""Single entries: one transaction and one act each; promises that the database keeps."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F

from facilities.models import ConstructionType, FacilityLineage, Lifecycle, Site, Space
from facilities.operations import (
    RecordRefused,
    change_state,
    end_record,
    record_function,
    record_operator,
    record_site,
    record_space,
    register_facility,
)
from facilities.rules import name_sort
from tenants.models import Act
from tests.facilities.conftest import QIAOXI

pytestmark = pytest.mark.usefixtures("scope_of_gongshu")
OPENED = date(2025, 3, 1)


@pytest.fixture
def facility(officer):
    return register_facility(
        name="云橹幸福家园",
        division_code=QIAOXI,
        construction_type=ConstructionType.INTEGRATED,
        opened_on=OPENED,
        by=officer,
    )


@pytest.fixture
def site(facility, officer):
    return record_site(facility=facility, name="主楼", starts_on=OPENED, floor_area_m2=Decimal("999.99"), by=officer)


def refused_by_the_database():
    """The block breaks a promise of the database; deferred promises are asked for at its end."""

    class Refused:
        def __enter__(self):
            self.raises = pytest.raises(IntegrityError)
            self.atomic = transaction.atomic()
            self.raises.__enter__()
            self.atomic.__enter__()

        def __exit__(self, kind, error, trace):
            try:
                if kind is None:
                    connection.check_constraints()
            except IntegrityError as late:
                kind, error, trace = type(late), late, late.__traceback__
            try:
                self.atomic.__exit__(kind, error, trace)
            finally:
                done = self.raises.__exit__(kind, error, trace)
            return done

    return Refused()


def test_a_facility_gets_the_next_number_of_its_street_and_a_first_state(facility, officer):
    second = register_facility(
        name="橘灯幸福家园", division_code=QIAOXI, construction_type=ConstructionType.AREA, opened_on=OPENED, by=officer,
        covered=(QIAOXI, 330105005057),
    )  # fmt: skip
    assert (facility.code, second.code) == ("330105005-01", "330105005-02")
    assert facility.states.get().lifecycle == Lifecycle.OPEN
    assert second.coverages.count() == 2
    assert Act.objects.filter(verb="登记设施", actor=officer).count() == 2


@pytest.mark.requirement("REG-6")
def test_states_follow_one_another_without_gap(facility, officer):
    change_state(facility=facility, on=date(2026, 5, 10), lifecycle=Lifecycle.SUSPENDED, by=officer, reason="改造")
    change_state(facility=facility, on=date(2026, 2, 1), construction_type=ConstructionType.AREA, by=officer)
    assert list(
        facility.states.order_by("starts_on").values_list("construction_type", "lifecycle", "starts_on", "ends_on")
    ) == [
        ("integrated", "open", OPENED, date(2026, 2, 1)),
        ("area", "open", date(2026, 2, 1), date(2026, 5, 10)),
        ("integrated", "suspended", date(2026, 5, 10), None),
    ]
    connection.check_constraints()


def test_a_merger_needs_its_successor_and_keeps_the_lineage(facility, officer):
    with pytest.raises(RecordRefused, match="并入要填承接设施"):
        change_state(facility=facility, on=date(2026, 5, 1), lifecycle=Lifecycle.MERGED, by=officer)
    with pytest.raises(RecordRefused, match="不能并入自己"):
        change_state(facility=facility, on=date(2026, 5, 1), lifecycle=Lifecycle.MERGED, successor=facility, by=officer)
    other = register_facility(
        name="橘灯", division_code=QIAOXI, construction_type=ConstructionType.INTEGRATED, opened_on=OPENED, by=officer
    )
    change_state(facility=facility, on=date(2026, 5, 1), lifecycle=Lifecycle.MERGED, successor=other, by=officer)
    assert FacilityLineage.objects.get().kind == "merge"


@pytest.mark.parametrize(
    ("on", "lifecycle", "reason"), [(OPENED, "suspended", "一天只能有一次"), (date(2026, 1, 1), "open", "起已经是运行")]
)
def test_a_state_that_says_nothing_new_is_refused(facility, officer, on, lifecycle, reason):
    with pytest.raises(RecordRefused, match=reason):
        change_state(facility=facility, on=on, lifecycle=Lifecycle(lifecycle), by=officer)


def test_each_entry_leaves_one_act(facility, site, officer):
    record_space(site=site, name="食堂", used_by="market", starts_on=OPENED, usable_area_m2=Decimal("120"), by=officer)
    record_function(facility=facility, item_number=11, starts_on=OPENED, by=officer)
    operator = record_operator(facility=facility, kind="person", name="站长", starts_on=OPENED, by=officer)
    end_record(entry=operator, on=date(2026, 7, 1), by=officer)
    assert list(Act.objects.order_by("pk").values_list("verb", flat=True)) == [
        "登记设施", "登记点位", "登记空间", "登记功能", "登记综合运营", "结束综合运营",
    ]  # fmt: skip
    with pytest.raises(RecordRefused, match="结束要晚于起始日"):
        end_record(entry=operator, on=OPENED, by=officer)


@pytest.mark.requirement("ARE-7")
def test_a_space_lies_in_a_site_of_its_own_facility(facility, site, officer):
    other = register_facility(
        name="橘灯", division_code=QIAOXI, construction_type=ConstructionType.INTEGRATED, opened_on=OPENED, by=officer
    )
    with refused_by_the_database():
        Space.objects.create(
            facility=other,
            site=site,
            name="食堂",
            used_by="market",
            starts_on=OPENED,
            division_code=other.division_code,
        )


def test_two_states_of_one_day_are_refused(facility):
    with refused_by_the_database():
        facility.states.create(
            division_code=QIAOXI, starts_on=date(2026, 1, 1), construction_type="area", lifecycle="open"
        )


@pytest.mark.parametrize(
    "change",
    [
        {"floor_area_m2": Decimal("0")},
        {"floor_area_m2": Decimal("-1")},
        {"ends_on": F("starts_on")},
        {"longitude": Decimal("30.3"), "latitude": Decimal("60.1")},
    ],
)
def test_a_site_that_cannot_be_is_refused(site, change):
    with refused_by_the_database():
        Site.objects.filter(pk=site.pk).update(**change)


def test_a_function_is_an_item_or_a_local_one_never_both(facility, officer):
    with refused_by_the_database():
        record_function(facility=facility, item_number=11, local_name="新市民融入", starts_on=OPENED, by=officer)
    with refused_by_the_database():
        record_function(facility=facility, starts_on=OPENED, by=officer)


@pytest.mark.parametrize(
    ("name", "person", "sort"),
    [
        ("拱宸桥幸福家园", False, "gong chen qiao xing fu jia yuan"),
        ("长庆家园", False, "chang qing jia yuan"),
        ("朝晖", False, "zhao hui"),
        ("单晓红", True, "shan xiao hong"),
        ("曾家花园", True, "zeng jia hua yuan"),
        ("A座 24小时书房", False, "a zuo 2 4 xiao shi shu fang"),
    ],
)
def test_names_are_sorted_by_their_reading(name, person, sort):
    assert name_sort(name, person=person) == sort
