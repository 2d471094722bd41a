"""The dashboard, the map behind it, and the start of each role."""

import pytest

from assessments.queries.summaries import failing_in
from tenants.rules import Role, code_range
from tenants.scope import division_scope, opened_scope
from tests.people import GONGCHENQIAO, GONGSHU, HUSHU, SHANGCHENG, signed_in
from tests.portal.conftest import facilities, run_quarter

pytestmark = pytest.mark.django_db


def counts(client, query="") -> tuple[int, ...]:
    now = client.get(f"/dashboard/{query}").context["overview"].now
    return now.judged, now.demonstration, now.inclusive, now.unrated, now.undetermined


@pytest.mark.parametrize("rows", [1, 3])
def test_the_dashboard_takes_the_same_queries_whatever_the_rows(district, django_assert_num_queries, rows):
    with opened_scope(division_scope(GONGSHU)):
        facilities(rows)
        run_quarter()
    client = signed_in(Role.DISTRICT_ADMIN, GONGSHU)
    client.get("/dashboard/")
    with django_assert_num_queries(10):
        assert counts(client)[0] == rows


def test_each_level_counts_its_own_part(four):
    assert counts(signed_in(Role.DISTRICT_ADMIN, GONGSHU)) == (3, 1, 1, 1, 1)
    assert counts(signed_in(Role.STREET_CLERK, GONGCHENQIAO)) == (2, 1, 0, 1, 1)
    assert counts(signed_in(Role.COMMUNITY_REPORTER, 330105002051)) == (1, 0, 1, 0, 0)
    assert counts(signed_in(Role.CITY_OBSERVER, 330100000000)) == (3, 1, 1, 1, 1)


def test_the_numbers_are_set_against_the_quarter_before(four):
    context = signed_in(Role.DISTRICT_ADMIN, GONGSHU).get("/dashboard/").context
    assert context["changes"] == {"demonstration": 1, "inclusive": -2, "unrated": 1}
    assert [(quarter, c.judged) for quarter, c in context["overview"].over_time] == [("2026-Q2", 3), ("2026-Q3", 3)]
    moves = [(m.row.facility.name, m.row.standing.change) for m in context["lists"].movements]
    assert moves == [("待补幸福家园", -1), ("升级幸福家园", 1)]
    assert context["lists"].movements[1].reasons[0].startswith("阵地面积")
    earlier = signed_in(Role.DISTRICT_ADMIN, GONGSHU).get("/dashboard/?quarter=2026-Q2").context
    assert earlier["changes"] == {"demonstration": None, "inclusive": None, "unrated": None}


def test_the_tile_map_places_all_eighteen_streets_and_leads_to_their_lists(four):
    answer = signed_in(Role.DISTRICT_ADMIN, GONGSHU).get("/dashboard/")
    tiles = [tile for row in answer.context["overview"].tiles for tile in row if tile.code]
    assert (len(tiles), len({tile.code for tile in tiles})) == (18, 18)
    by_name = {tile.name: tile.counts for tile in tiles if tile.counts.judged}
    assert {name: (c.demonstration, c.inclusive, c.unrated) for name, c in by_name.items()} == {
        "拱宸桥": (1, 0, 1),
        "湖墅": (0, 1, 0),
    }
    assert f"?quarter=2026-Q3&amp;street={HUSHU}" in answer.content.decode()


def test_the_hurdles_count_who_fails_and_who_cannot_show(four):
    hurdles = dict(signed_in(Role.DISTRICT_ADMIN, GONGSHU).get("/dashboard/").context["overview"].hurdles)
    assert {h.title: (h.failed, h.unknown) for h in hurdles["示范型"] if h.failed or h.unknown} == {"阵地面积": (1, 1)}


def test_the_map_holds_the_points_of_the_scope_alone(four):
    assert points(Role.DISTRICT_ADMIN, GONGSHU) == {"升级幸福家园": "示范型", "差面积幸福家园": "普惠型"}
    assert points(Role.STREET_CLERK, GONGCHENQIAO) == {"升级幸福家园": "示范型"}
    assert points(Role.DISTRICT_ADMIN, SHANGCHENG) == {}


def points(role, code) -> dict[str, str]:
    data = signed_in(role, code).get("/dashboard/map.json").json()
    assert len(data["outlines"]["features"]) == 13
    return {point["name"]: point["label"] for point in data["points"]}


def test_a_draft_is_called_a_draft_and_a_measurement_no_decision(four):
    page = signed_in(Role.DISTRICT_ADMIN, GONGSHU).get("/dashboard/").content.decode()
    assert "拱墅标准：征求意见稿" in page
    assert "测算不等于认定" in page


def test_before_the_first_run_the_dashboard_says_what_comes(district):
    assert "还没有测算过" in signed_in(Role.DISTRICT_ADMIN, GONGSHU).get("/dashboard/").content.decode()


def test_each_role_starts_where_its_work_is(district):
    starts = {role: signed_in(role, GONGSHU).get("/").url for role in Role}
    assert starts == {
        Role.DISTRICT_ADMIN: "/dashboard/",
        Role.DISTRICT_REVIEWER: "/dashboard/",
        Role.STREET_CLERK: "/workbench/",
        Role.STREET_REVIEWER: "/workbench/",
        Role.COMMUNITY_REPORTER: "/workbench/",
        Role.DEPARTMENT_LIAISON: "/dashboard/",
        Role.ASSESSOR: "/my-visits/",
        Role.OPERATOR: "/workbench/",
        Role.CITY_OBSERVER: "/dashboard/",
        Role.SYSTEM_ADMIN: "/staff/",
        Role.SECURITY_ADMIN: "/security/",
        Role.AUDIT_ADMIN: "/acts/",
    }


def test_the_workbench_sorts_out_what_to_act_on_first(four, django_assert_num_queries):
    client = signed_in(Role.STREET_CLERK, GONGCHENQIAO)
    context = client.get("/workbench/").context
    names = {key: [row.facility.name for row in context[key]] for key in ("rows", "fallen", "undetermined", "nearest")}
    assert names == {
        "rows": ["升级幸福家园", "待补幸福家园"],
        "fallen": ["待补幸福家园"],
        "undetermined": ["待补幸福家园"],
        "nearest": [],
    }
    with django_assert_num_queries(12):
        client.get("/workbench/")


@pytest.mark.parametrize("scope", [(Role.DISTRICT_ADMIN, GONGSHU), (Role.CITY_OBSERVER, 330100000000)])
def test_the_number_beside_a_criterion_is_that_of_the_summaries_and_of_the_list_behind_it(four, scope):
    client = signed_in(*scope)
    hurdles = {h.key: h for _, found in client.get("/dashboard/").context["overview"].hurdles for h in found}
    with opened_scope(division_scope(scope[1])):
        added_up = {key: failing_in(code_range(scope[1]), "2026-Q3", key) for key in hurdles}
    assert added_up == {key: (hurdle.failed, hurdle.unknown) for key, hurdle in hurdles.items()}
    assert (hurdles["demonstration_area"].failed, hurdles["demonstration_area"].unknown) == (1, 1)
    page = client.get("/facilities/?fails=demonstration_area")
    assert page.context["page"].paginator.count == 1
    assert "2026 年第三季度测算时 1 座未达、1 座缺数据" in page.text
