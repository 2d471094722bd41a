"""Communities that split, merge or get another name; files with faults; who may carry it out."""

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from assessments.models import Verdict
from facilities.models import Coverage, Facility
from portal.operations.reorganise import ReorganisationRefused, reorganise, undo
from portal.operations.reorganise.perform import common_range
from standards.operations import load
from tenants import queries
from tenants.concordance import ConcordanceError, read_concordance
from tenants.models import Appointment, Division
from tenants.rules import CodeRange, Role
from tenants.scope import division_scope, opened_scope, scope_of
from tests.people import client_of, person
from tests.portal import merger
from tests.portal.merger import DAY, DENGXINXIANG, TIANSHUI, TODAY, XIACHENG, YANZHI, concordance_of
from tests.portal.test_reorganise import quarter

pytestmark = pytest.mark.django_db
OLD, OTHER = (DENGXINXIANG, "灯芯巷社区"), (YANZHI, "胭脂新村社区")
NORTH, SOUTH = (330103003101, "灯芯巷北社区"), (330103003102, "灯芯巷南社区")


@pytest.fixture
def street():
    """Two facilities in 灯芯巷社区 and one in 胭脂新村社区, judged in the third quarter."""
    load()
    merger.divisions_of_2020()
    with opened_scope(division_scope(XIACHENG)):
        made = [
            merger.make.demonstration(1, code=DENGXINXIANG),
            merger.make.demonstration(2, code=DENGXINXIANG),
            merger.make.demonstration(3, code=YANZHI),
        ]
        merger.make.coverage(made[0], DENGXINXIANG, YANZHI)
    quarter(XIACHENG)
    return made


def codes(facilities):
    with opened_scope(merger.EVERYWHERE):
        found = dict(Facility.objects.values_list("pk", "division_code"))
    return [found[facility.pk] for facility in facilities]


def carry_out(folder, *lines):
    return reorganise(read_concordance(concordance_of(folder, *lines)), by=None, today=TODAY)


def judged_under(code) -> set[int]:
    with opened_scope(division_scope(code)):
        return set(Verdict.objects.values_list("facility_id", flat=True))


def split(**rules):
    return [
        {"kind": "split", "old": OLD, "new": NORTH, "facilities": rules.get("north", "")},
        {"kind": "split", "old": OLD, "new": SOUTH, "facilities": rules.get("south", "")},
    ]


def test_a_split_sends_each_facility_where_the_file_says(street, tmp_path):
    reporter = person(Role.COMMUNITY_REPORTER, DENGXINXIANG)
    state = merger.whole_database()
    effects = carry_out(tmp_path, *split(north=street[0].code, south="*"))
    assert codes(street) == [NORTH[0], SOUTH[0], YANZHI]
    assert (Division.objects.get(code=DENGXINXIANG).valid_to, effects.plan.gone) == (DAY, {DENGXINXIANG})
    with opened_scope(merger.EVERYWHERE):
        assert Appointment.objects.get(user=reporter).division_code == SOUTH[0]
        covered = Coverage.objects.filter(facility=street[0]).in_force(TODAY).values_list("community_code", flat=True)
        assert set(covered) == {SOUTH[0], YANZHI}
    # each part reads what was found for its own facilities, and not for the other's
    assert (judged_under(NORTH[0]), judged_under(SOUTH[0])) == ({street[0].pk}, {street[1].pk})
    assert judged_under(TIANSHUI) == {facility.pk for facility in street}
    undo(read_concordance(tmp_path / "change.csv"), by=None)
    assert merger.whole_database() == state


def test_what_a_split_leaves_open_blocks_and_is_listed(street, tmp_path):
    state = merger.whole_database()
    lines = split(north=street[0].code)
    with pytest.raises(ReorganisationRefused) as refused:
        carry_out(tmp_path, *lines)
    assert refused.value.reasons == [
        f"设施 {street[1].code} {street[1].name}:灯芯巷社区({DENGXINXIANG})之后去哪里,对照表没有写"
    ]
    assert merger.whole_database() == state


def test_staff_of_a_division_without_one_heir_see_a_clear_page(street, tmp_path):
    reporter = person(Role.COMMUNITY_REPORTER, DENGXINXIANG)
    client = client_of(reporter)
    assert client.get("/facilities/").status_code == 200
    effects = carry_out(tmp_path, *split(north=street[0].code, south=street[1].code))
    assert effects.appointments_ended == [str(reporter)]
    answer = client.get("/facilities/")
    assert answer.status_code == 403
    text = answer.content.decode()
    assert f"你原来任职的灯芯巷社区已于 {DAY} 撤销，由灯芯巷北社区、灯芯巷南社区承接" in text
    assert "只供查阅，不能再改；你还没有新的任职" in text


def test_a_part_that_keeps_the_code_goes_on_under_it(street, tmp_path):
    carry_out(
        tmp_path,
        {"kind": "split", "old": OLD, "new": OLD, "facilities": "*"},
        {"kind": "split", "old": OLD, "new": NORTH, "facilities": street[1].code},
    )
    assert codes(street) == [DENGXINXIANG, NORTH[0], YANZHI]
    assert judged_under(NORTH[0]) == {street[1].pk}
    begun = Division.objects.filter(code=DENGXINXIANG).order_by("pk").values_list("valid_from", "valid_to")
    assert list(begun) == [(None, DAY), (DAY, None)]


def test_two_communities_become_one(street, tmp_path):
    state = merger.whole_database()
    whole = (330103003103, "灯芯胭脂社区")
    carry_out(tmp_path, {"kind": "merge", "old": OLD, "new": whole}, {"kind": "merge", "old": OTHER, "new": whole})
    assert set(codes(street)) == {whole[0]}
    assert judged_under(whole[0]) == {facility.pk for facility in street}
    with opened_scope(division_scope(XIACHENG)):  # before the day two communities were covered, since then one
        rows = Coverage.objects.filter(facility=street[0])
        assert (rows.in_force(DAY.replace(month=9)).count(), rows.in_force(DAY).count()) == (2, 1)
    undo(read_concordance(tmp_path / "change.csv"), by=None)
    assert merger.whole_database() == state


def test_one_community_joins_another_that_goes_on(street, tmp_path):
    carry_out(tmp_path, {"kind": "merge", "old": OTHER, "new": OLD}, {"kind": "same", "old": OLD, "new": OLD})
    assert set(codes(street)) == {DENGXINXIANG}
    assert judged_under(DENGXINXIANG) == {facility.pk for facility in street}
    assert Division.objects.filter(code=DENGXINXIANG).count() == 1


def test_a_new_name_moves_nothing(street, tmp_path):
    state = merger.whole_database()
    before = codes(street)
    effects = carry_out(tmp_path, {"kind": "rename", "old": OLD, "new": (DENGXINXIANG, "灯芯巷口社区")})
    assert (codes(street), sum(effects.moved.values())) == (before, 0)
    with opened_scope(division_scope(XIACHENG)):
        assert queries.division_names([DENGXINXIANG]) == {DENGXINXIANG: "灯芯巷口社区"}
        assert queries.division_names([DENGXINXIANG], DAY.replace(month=9)) == {DENGXINXIANG: "灯芯巷社区"}
    undo(read_concordance(tmp_path / "change.csv"), by=None)
    assert merger.whole_database() == state


def test_a_community_is_closed_only_when_nothing_is_left_in_it(street, tmp_path):
    with pytest.raises(ReorganisationRefused, match=r"设施 330103003-0001|330103003051-0001"):
        carry_out(tmp_path, {"kind": "close", "old": OLD})
    empty = (330103003053, "环北新村社区")
    reporter = person(Role.COMMUNITY_REPORTER, empty[0])
    carry_out(tmp_path, {"kind": "close", "old": empty})
    with transaction.atomic():
        assert queries.current_appointment(reporter) is None
    assert "没有承接的区划" in client_of(reporter).get("/facilities/").content.decode()


def test_a_division_reads_no_past_that_was_not_its_own(street, tmp_path):
    """The code of a part that lives on stays closed to the part that left, also for what is written from then on."""
    carry_out(
        tmp_path,
        {"kind": "split", "old": OLD, "new": OLD, "facilities": "*"},
        {"kind": "split", "old": OLD, "new": NORTH, "facilities": street[1].code},
    )
    reporter = person(Role.COMMUNITY_REPORTER, NORTH[0])
    with transaction.atomic():
        appointment = queries.current_appointment(reporter)
    with opened_scope(scope_of(appointment)):
        assert not queries.acts_within(appointment).filter(division_code=DENGXINXIANG).exists()
        assert set(Facility.objects.values_list("pk", flat=True)) == {street[1].pk}


BROKEN = {
    "unknown code": [{"kind": "recode", "old": (330103003099, "某社区"), "new": NORTH}],
    "another name": [{"kind": "recode", "old": (DENGXINXIANG, "灯心巷社区"), "new": NORTH}],
    "code in use": [{"kind": "recode", "old": OLD, "new": OTHER}],
    "children not named": [
        {"kind": "recode", "level": "street", "old": (TIANSHUI, "天水街道"), "new": (330103031000, "天水街道")}
    ],
    "facility not there": [
        {"kind": "split", "old": OLD, "new": NORTH, "facilities": "330105001-77"},
        {"kind": "split", "old": OLD, "new": SOUTH, "facilities": "*"},
    ],
    "day not come": [{"kind": "recode", "old": OLD, "new": NORTH, "day": "2099-01-01"}],
    "not a file of ours": [{"kind": "改代码", "old": OLD, "new": NORTH}],
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_file_changes_nothing(street, tmp_path, fault):
    state = merger.whole_database()
    path = concordance_of(tmp_path, *BROKEN[fault])
    for option in ([], ["--preview"], ["--undo"]):
        with pytest.raises(CommandError, match="什么也没有改"):
            call_command("reorganise", path, *option)
    with pytest.raises(ConcordanceError, match=r"change\.csv:\d+: "):
        reorganise(read_concordance(path), by=None, today=TODAY)
    assert merger.whole_database() == state


def test_a_fault_half_way_changes_nothing(street, tmp_path, monkeypatch):
    """The last step fails: what was done before it is rolled back with it."""
    from portal.operations.reorganise import perform

    state = merger.whole_database()

    def fail(*args):
        raise RuntimeError("half way")

    monkeypatch.setattr(perform, "_record", fail)
    with pytest.raises(RuntimeError, match="half way"):
        carry_out(tmp_path, *split(north=street[0].code, south="*"))
    assert merger.whole_database() == state


def test_the_scope_is_the_smallest_that_holds_every_code():
    assert common_range({DENGXINXIANG, YANZHI}) == CodeRange(330103000000, 330104000000)
    assert common_range({DENGXINXIANG, 330105012000}) == CodeRange(330100000000, 330200000000)
    assert common_range({DENGXINXIANG, 330205012000}) == CodeRange(10**11, 10**12)
