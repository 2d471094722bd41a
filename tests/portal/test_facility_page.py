"""The page of a facility: its explanation, its ledgers on any day, and who may read them."""

from datetime import date

import pytest

from facilities.models import Space
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.assessments import registry as make
from tests.people import GONGCHENQIAO, GONGSHU, HUSHU, SHANGCHENG, signed_in
from tests.portal.conftest import MISHI, run_quarter

pytestmark = pytest.mark.django_db
TABS = ("history", "spaces", "functions", "projects", "charity", "papers", "changes")


def text(answer) -> str:
    return answer.content.decode()


def pages(facility) -> list[str]:
    return [f"/facilities/{facility.uuid}/", *(f"/facilities/{facility.uuid}/{tab}/" for tab in TABS)]


@pytest.fixture
def officer(district):
    return signed_in(Role.DISTRICT_ADMIN, GONGSHU)


@pytest.mark.parametrize("rows", [1, 3])
def test_a_tab_takes_the_same_queries_whatever_its_rows(officer, django_assert_num_queries, rows):
    with opened_scope(division_scope(GONGSHU)):
        one = make.facility(1, code=MISHI)
        for number in range(rows):
            at = make.site(one, name=f"点位 {number}")
            make.space(one, at, f"{number} 号室")
            make.functions(one, items=[number + 1], local=[f"特色 {number}"])
            make.project(one, f"项目 {number}")
            make.charity(one, f"创投 {number}", received=[(date(2026, 3, 1), 100)])
        run_quarter()
    for page in pages(one):
        officer.get(page)
    # Of each, five are the session, the person, their role with the scope, and the savepoint of the test (two).
    expected = {
        "": 12,
        "history": 10,
        "spaces": 11,
        "functions": 11,
        "projects": 11,
        "charity": 9,
        "papers": 12,
        "changes": 10,
    }
    for page, (tab, queries) in zip(pages(one), expected.items(), strict=True):
        with django_assert_num_queries(queries, info=tab):
            assert officer.get(page).status_code == 200


def test_the_explanation_gives_value_threshold_shortfall_and_clause(four):
    answer = signed_in(Role.STREET_CLERK, HUSHU).get(f"/facilities/{four['small'].uuid}/")
    told = answer.context["result"].explanation
    area = told.gates[0]
    assert (area.title, area.value) == ("阵地面积", "999.99 ㎡")
    assert [(cell.tier_label, cell.threshold, cell.shortfall) for cell in area.cells] == [
        ("普惠型", "≥ 600 ㎡", ""),
        ("示范型", "≥ 1,000 ㎡", "差 0.01 ㎡"),
    ]
    page = text(answer)
    assert "差 0.01 ㎡" in page
    assert "征求意见稿" in page
    assert "测算，不是认定" in page
    assert "示范型。集成式阵地面积不少于1000平方米" in page  # the whole clause, in its popover
    assert "/standards/documents/gongshu-2025/" in page


def test_a_missing_fact_is_awaited_and_not_failed(four):
    page = text(signed_in(Role.DISTRICT_ADMIN, GONGSHU).get(f"/facilities/{four['missing'].uuid}/"))
    assert "缺数据，等级还没定死。" in page
    assert "未评" in page


def test_a_past_quarter_can_be_read_again(four):
    client = signed_in(Role.DISTRICT_ADMIN, GONGSHU)
    address = f"/facilities/{four['risen'].uuid}/"
    results = [client.get(address + query).context["result"] for query in ("", "?quarter=2026-Q2", "?quarter=2000-Q1")]
    assert [result.point.tier for result in results] == [2, 1, 2]
    assert [point.tier for point in client.get(f"{address}history/").context["points"]] == [2, 1]


def test_a_ledger_can_be_read_as_of_a_past_day(officer):
    with opened_scope(division_scope(GONGSHU)):
        one = make.facility(1, code=MISHI)
        at = make.site(one)
        make.space(one, at, "旧厅", ends_on=date(2026, 7, 1))
        make.space(one, at, "新厅", starts_on=date(2026, 7, 1))
    names = {}
    for day in ("2026-06-30", "2026-07-01", "9999-12-31", "昨天"):
        answer = officer.get(f"/facilities/{one.uuid}/spaces/", {"day": day})
        names[day] = [space.name for row in answer.context["rows"] for space in row.spaces]
    assert names == {"2026-06-30": ["旧厅"], "2026-07-01": ["新厅"], "9999-12-31": ["新厅"], "昨天": ["新厅"]}


def test_shares_are_computed_from_the_spaces_or_not_at_all(officer):
    with opened_scope(division_scope(GONGSHU)):
        one = make.demonstration(1, code=MISHI)
    address = f"/facilities/{one.uuid}/spaces/"
    shares = {share.label: share.percent for share in officer.get(address).context["shares"]}
    assert {label: str(percent) for label, percent in shares.items()} == {
        "多功能融合": "66.7", "市场化": "33.3", "社会化": "33.3", "24 小时": "33.3", "办公": "0.0",
    }  # fmt: skip
    with opened_scope(division_scope(GONGSHU)):
        Space.objects.filter(facility=one, name="1 号室").update(usable_area_m2=None)
    assert {share.percent for share in officer.get(address).context["shares"]} == {None}


def test_the_tabs_say_what_is_there_and_what_is_missing(officer):
    with opened_scope(division_scope(GONGSHU)):
        one = make.demonstration(1, code=MISHI)
        make.site(one, document="", name="分点位")
    base = f"/facilities/{one.uuid}"
    functions = officer.get(f"{base}/functions/").context["functions"]
    assert ([row.local_name for row in functions.local], functions.count) == (["新市民融入"], 10)
    assert [domain for domain, offered in functions.domains if not offered] == []
    projects = officer.get(f"{base}/projects/").context["projects"]
    assert (len(projects.rows), projects.market_social, str(projects.percent)) == (11, 10, "90.9")
    year = officer.get(f"{base}/charity/").context["years"][0]
    assert (year.year, len(year.rows), year.received_fen) == (2026, 3, 18_000_000)
    papers = officer.get(f"{base}/papers/").context["papers"]
    assert [(paper.kind, paper.of, paper.name) for paper in papers][:2] == [
        ("综合运营", "运河社工事务所", ""),
        ("面积证明", "分点位", ""),
    ]
    changes = text(officer.get(f"{base}/changes/"))
    assert "<b>新增点位</b>" in changes
    assert "“分点位”" in changes


def test_an_operator_whose_agreement_has_ended_is_told_apart_from_one_that_nobody_recorded(officer):
    with opened_scope(division_scope(GONGSHU)):
        over, silent = make.facility(1, code=MISHI), make.facility(2, code=MISHI)
        make.operator(over, ends_on=date(2026, 7, 1))
    pages = [officer.get(f"/facilities/{one.uuid}/projects/").content.decode() for one in (over, silent)]
    assert ["到 2026-07-01 止，之后没有登记新的，按没有综合运营方计" in page for page in pages] == [True, False]
    assert ["没有登记，也没有确认为空" in page for page in pages] == [False, True]


def test_a_change_names_the_field_before_and_after(officer):
    with opened_scope(division_scope(GONGSHU)):
        one = make.facility(1, code=MISHI)
        one.name = "新名字"
        one.save()
    change = officer.get(f"/facilities/{one.uuid}/changes/").context["page"].deeds[0].others[0]
    assert (change.operation, change.ledger, change.fields) == ("修改", "设施", (("名称", "第1幸福家园", "新名字"),))


def test_outside_the_scope_there_is_nothing(four):
    address = f"/facilities/{four['risen'].uuid}/"
    seen = {
        (role, code): signed_in(role, code).get(address).status_code
        for role, code in [
            (Role.STREET_CLERK, GONGCHENQIAO),
            (Role.STREET_CLERK, HUSHU),
            (Role.DISTRICT_ADMIN, SHANGCHENG),
            (Role.CITY_OBSERVER, 330100000000),
        ]
    }
    assert list(seen.values()) == [200, 404, 404, 200]
    assert signed_in(Role.DISTRICT_ADMIN, GONGSHU).get(f"{address}nonsense/").status_code == 404


def test_an_operator_reads_the_ledgers_of_their_facility_and_no_result(four):
    client = signed_in(Role.OPERATOR, GONGSHU, facility_ids=[four["risen"].pk])
    assert client.get("/").url == "/workbench/"
    page = client.get(f"/facilities/{four['risen'].uuid}/")
    assert "你的角色看不到测算结果" in text(page)
    assert page.context["points"] == []
    assert client.get(f"/facilities/{four['risen'].uuid}/spaces/").status_code == 200
    assert client.get(f"/facilities/{four['small'].uuid}/spaces/").status_code == 404
