"""Facilities by API: the list with its filters, one with all its ledgers, past days, and nobody else's rows."""

from datetime import date

import pytest
from freezegun import freeze_time

from facilities.models import Coverage, FacilityLineage, FacilityState, OfferedFunction, Operator, Site, Space
from partners.models import CharityProject, ResidentProject
from standards.operations import load
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.api.conftest import (
    CITY,
    GONGCHEN,
    GONGSHU,
    HUAGUANG,
    LIULANG,
    MISHI,
    QINGBO,
    SHANGCHENG,
    TAIZHOU,
    ApiClient,
)
from tests.assessments import registry as make
from tests.people import client_of, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def _in_november():
    with freeze_time("2026-11-22 10:00:00+08:00"):
        yield


def numbers(answer):
    """The facilities listed, by their number."""
    assert answer.status_code == 200, answer.content.decode()
    return [int(row["code"].rpartition("-")[2]) for row in answer.json()["results"]]


def test_a_row_of_the_list(admin, registry):
    answer = admin.get("/api/v1/facilities/?community=330105005052").json()
    run = admin.get("/api/v1/runs/?quarter=2026-Q3").json()["results"][0]["uuid"]
    assert answer == {
        "count": 1,
        "page": 1,
        "page_size": 50,
        "pages": 1,
        "results": [
            {
                "uuid": str(registry[3].uuid),
                "code": "330105005-0003",
                "name": "第3幸福家园",
                "address": "",
                "division": {"code": "330105005052", "name": "台州路社区"},
                "street": {"code": "330105005000", "name": "拱宸桥街道"},
                "construction_type": "area",
                "construction_type_label": "片区化",
                "lifecycle": "open",
                "lifecycle_label": "运行",
                "is_demo": False,
                "result": {
                    "run": run,
                    "quarter": "2026-Q3",
                    "tier": "inclusive",
                    "tier_label": "普惠型",
                    "previous_tier": "inclusive",
                    "changed": None,
                    "sensitive": True,
                    "undetermined": False,
                },
            }
        ],
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [1, 2, 3]),
        ("q=第2", [2]),
        ("q=330105005", [3]),
        ("q=jiayuan", [1, 2, 3]),
        ("q=di3xing", [3]),
        ("q=xfjy", [1, 2, 3]),
        ("q=zzz", []),
        ("street=330105001000", [1, 2]),
        ("community=330105005052", [3]),
        ("type=area", [3]),
        ("lifecycle=suspended", []),
        ("tier=demonstration", [1]),
        ("tier=inclusive", [3]),
        ("tier=unrated", [2]),
        ("tier=unjudged", []),
        ("changed=up", [1]),
        ("changed=down", []),
        ("changed=any", [1]),
        ("quarter=2026-Q2&changed=any", []),
        ("quarter=2026-Q2&tier=inclusive", [1, 3]),
        ("quarter=2025-Q4&tier=unjudged", [1, 2, 3]),
        ("fails=demonstration_area", [2, 3]),
        ("fails=inclusive_area", []),
        ("fails=nothing_of_that_name", []),
        ("lacks=demonstration_base_functions", [2]),
        ("sensitive=1&tier=inclusive", [3]),
        ("undetermined=1", [2]),
        ("undetermined=0", [1, 3]),
        ("sort=-code", [3, 2, 1]),
        ("sort=-tier", [1, 3, 2]),
        ("sort=tier&page_size=2", [2, 3]),
        ("sort=name&page_size=2&page=2", [3]),
        ("street=330102901000", []),
        ("tier=inclusive&street=330105001000", []),
    ],
)
def test_filters_search_and_order(admin, registry, query, found):
    assert numbers(admin.get(f"/api/v1/facilities/?{query}")) == found


@pytest.mark.parametrize("query", ["tier=gold", "type=x", "changed=1", "sort=area", "street=33", "quarter=2026Q3"])
def test_a_value_that_makes_no_sense_is_refused(admin, registry, query):
    answer = admin.get(f"/api/v1/facilities/?{query}")
    assert (answer.status_code, list(answer.json()["error"]["fields"])) == (400, [query.split("=")[0]])


@pytest.fixture
def furnished(_in_november, divisions):
    """One facility with a row in every ledger, and a history: 片区化 and 筹建 until July 2026."""
    with opened_scope(division_scope(CITY)):
        one = make.facility(7, code=TAIZHOU, lifecycle="planned", construction="area", address="台州路 1 号")
        one.states.update(ends_on=date(2026, 7, 1))
        make.own(FacilityState, one, construction_type="integrated", lifecycle="open", starts_on=date(2026, 7, 1))
        at = make.site(one, area="999.99", longitude="120.138000", latitude="30.321000")
        room = make.own(
            Space,
            one,
            site=at,
            name="多功能厅",
            floor_area_m2="120.5",
            usable_area_m2="100",
            used_by="market",
            is_open_24h=True,
        )
        make.own(Site, one, name="老点位", floor_area_m2="80", ends_on=date(2026, 1, 1))
        make.own(OfferedFunction, one, item_number=11, space=room, evidence="食堂照片")
        make.own(OfferedFunction, one, local_name="运河讲堂", starts_on=date(2026, 10, 1))
        make.own(Operator, one, kind="person", name="专人甲", agreement="任命书")
        make.own(Coverage, one, community_code=TAIZHOU)
        project = {"serves_elders": True, "fee_nature": "low", "item_number": 11, "space": room}
        make.project(one, "长者食堂", partner="邻里公司", **project)
        make.charity(one, received=[(date(2026, 3, 1), 4_000_000), (date(2026, 10, 8), 1_000_000)])
        other = make.facility(8, code=TAIZHOU)
        FacilityLineage.objects.create(
            facility=other, division_code=TAIZHOU, successor=one, kind="merge", effective_on=date(2026, 7, 1)
        )
        return {"one": one, "other": other, "partner": one.projects.get().partner}


def test_one_facility_with_all_its_ledgers(furnished, admin):
    since = {"starts_on": "2025-01-01", "ends_on": None}
    one, other = furnished["one"], furnished["other"]
    assert admin.get(f"/api/v1/facilities/{one.uuid}/?on=2026-09-30").json() == {
        "uuid": str(one.uuid),
        "code": "330105005-0007",
        "name": "第7幸福家园",
        "address": "台州路 1 号",
        "division": {"code": "330105005052", "name": "台州路社区"},
        "street": {"code": "330105005000", "name": "拱宸桥街道"},
        "construction_type": "integrated",
        "construction_type_label": "集成式",
        "lifecycle": "open",
        "lifecycle_label": "运行",
        "is_demo": False,
        "premises_form": "",
        "hub_street": "",
        "city_type": "",
        "city_form": "",
        "region_type": "",
        "version": 1,
        "updated_at": "2026-11-22T10:00:00+08:00",
        "nil_ledgers": [],
        "covered_communities": [{"code": "330105005052", "name": "台州路社区"}],
        "sites": [
            {
                "name": "主点位",
                "address": "",
                "floor_area_m2": "999.99",
                "area_document": "不动产权第 1 号",
                "longitude": "120.138000",
                "latitude": "30.321000",
                "source_crs": "CGCS2000",
                **since,
                "spaces": [
                    {
                        "name": "多功能厅",
                        "floor_area_m2": "120.50",
                        "usable_area_m2": "100.00",
                        "used_by": "market",
                        "used_by_label": "市场化",
                        "is_open_24h": True,
                        "is_multifunction": False,
                        **since,
                    }
                ],
            }
        ],
        "functions": [
            {"item_number": 11, "name": "", "space": "多功能厅", "evidence": "食堂照片", **since},
        ],
        "operators": [
            {"kind": "person", "kind_label": "落实专人", "name": "专人甲", "agreement": "任命书", **since},
        ],
        "went_to": [],
        "came_from": [
            {
                "uuid": str(other.uuid),
                "code": "330105005-0008",
                "name": "第8幸福家园",
                "kind": "merge",
                "effective_on": "2026-07-01",
            }
        ],
        "on": "2026-09-30",
        "projects": [
            {
                "name": "长者食堂",
                "run_by": "market",
                "run_by_label": "市场主体",
                "partner": {
                    "uuid": str(furnished["partner"].uuid),
                    "name": "邻里公司",
                    "kind": "market",
                    "kind_label": "市场合伙人",
                    "uscc": "",
                    "brand": "",
                },
                "item_number": 11,
                "space": "多功能厅",
                "fee_nature": "low",
                "fee_nature_label": "低偿",
                "serves_elders": True,
                "serves_children": False,
                **since,
            }
        ],
        "charity_projects": [
            {
                "year": 2026,
                "name": "邻里互助",
                "kind": "charity",
                "kind_label": "慈善创投",
                "contract_fen": 6000000,
                "received_fen": 4000000,
            }
        ],
        "result": None,
    }


def test_past_days_are_read_as_they_were(furnished, admin):
    address = f"/api/v1/facilities/{furnished['one'].uuid}/"
    then, now = admin.get(f"{address}?on=2025-12-31").json(), admin.get(address).json()
    assert (then["construction_type"], then["lifecycle"], now["construction_type"]) == ("area", "planned", "integrated")
    assert [site["name"] for site in then["sites"]] == ["主点位", "老点位"]
    assert [site["name"] for site in now["sites"]] == ["主点位"]
    assert [function["name"] for function in now["functions"]] == ["", "运河讲堂"]
    assert (then["charity_projects"], now["charity_projects"][0]["received_fen"]) == ([], 5000000)
    assert (then["came_from"], len(now["came_from"]), now["on"]) == ([], 1, "2026-11-22")
    assert numbers(admin.get("/api/v1/facilities/?on=2025-12-31&type=area")) == [7]
    assert numbers(admin.get("/api/v1/facilities/?on=2024-12-31")) == []


def test_the_result_of_a_day_is_that_of_the_last_quarter_closed_by_then(admin, registry):
    def shown(day):
        return admin.get(f"/api/v1/facilities/{registry[1].uuid}/?on={day}").json()["result"]

    assert [(shown(day) or {}).get("quarter") for day in ("2026-06-29", "2026-06-30", "2026-09-29", "2026-09-30")] == [
        None,
        "2026-Q2",
        "2026-Q2",
        "2026-Q3",
    ]
    assert (shown("2026-09-29")["tier"], shown("2026-09-30")["tier"]) == ("inclusive", "demonstration")


# --- nobody else's ----------------------------------------------------------------------------------------------------

WHO = {
    "city": (Role.CITY_OBSERVER, CITY, [1, 2, 3, 4]),
    "district": (Role.DISTRICT_REVIEWER, GONGSHU, [1, 2, 3]),
    "other district": (Role.DISTRICT_ADMIN, SHANGCHENG, [4]),
    "street": (Role.STREET_CLERK, MISHI, [1, 2]),
    "other street": (Role.STREET_REVIEWER, GONGCHEN, [3]),
    "street of the other district": (Role.STREET_CLERK, QINGBO, [4]),
    "community": (Role.COMMUNITY_REPORTER, HUAGUANG, [1, 2]),
    "neighbouring community": (Role.COMMUNITY_REPORTER, LIULANG, [4]),
    "operator without a grant": (Role.OPERATOR, GONGSHU, []),
}


@pytest.mark.parametrize("who", WHO)
def test_lists_counts_and_filters_know_only_ones_own(program, registry, who):
    role, code, own = WHO[who]
    client = program(role, code)
    answer = client.get("/api/v1/facilities/?sort=code")
    assert sorted(numbers(answer)) == own
    assert answer.json()["count"] == len(own)
    for query in (
        "q=幸福",
        "street=330105001000",
        "street=330102901000",
        "type=integrated",
        "fails=demonstration_area",
    ):
        found = client.get(f"/api/v1/facilities/?{query}")
        assert set(numbers(found)) <= set(own)
        assert found.json()["count"] == len(numbers(found))


@pytest.mark.parametrize("who", WHO)
def test_what_is_out_of_scope_answers_like_what_never_existed(program, registry, who):
    role, code, own = WHO[who]
    client = program(role, code)
    never = "00000000-0000-4000-8000-000000000000"
    for tail in ("", "?on=2026-06-30"):
        nothing = client.get(f"/api/v1/facilities/{never}/{tail}")
        assert nothing.status_code == 404
        for number, facility in registry.items():
            answer = client.get(f"/api/v1/facilities/{facility.uuid}/{tail}")
            if number in own:
                assert answer.json()["code"] == facility.code
            else:
                assert (answer.status_code, answer.content) == (404, nothing.content)


def test_an_operator_sees_the_facility_granted_and_no_results(program, registry):
    operator = program(Role.OPERATOR, GONGSHU, facility_ids=[registry[1].pk])
    answer = operator.get("/api/v1/facilities/")
    assert [(row["name"], row["result"]) for row in answer.json()["results"]] == [("第1幸福家园", None)]
    detail = operator.get(f"/api/v1/facilities/{registry[1].uuid}/").json()
    assert (len(detail["projects"]), detail["result"]) == (11, None)
    assert numbers(operator.get("/api/v1/facilities/?tier=demonstration")) == []
    assert numbers(operator.get("/api/v1/facilities/?fails=demonstration_area")) == []


def test_without_signing_in_there_is_nothing(registry):
    for address in ("/api/v1/facilities/", f"/api/v1/facilities/{registry[1].uuid}/"):
        assert ApiClient().get(address).status_code == 401


# --- cost -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rows", "queries"), [(1, 8), (3, 8)])
def test_a_list_costs_the_same_for_any_number_of_rows(admin, registry, rows, queries, django_assert_num_queries):
    with django_assert_num_queries(queries):
        assert len(numbers(admin.get(f"/api/v1/facilities/?page_size={rows}"))) == rows


@pytest.mark.parametrize(("rows", "queries"), [(1, 16), (3, 16)])
def test_one_facility_costs_the_same_for_any_number_of_its_rows(
    admin, divisions, rows, queries, django_assert_num_queries
):
    load()
    with opened_scope(division_scope(CITY)):
        one = make.facility(1, code=TAIZHOU)
        for number in range(rows):
            at = make.site(one, name=f"点位 {number}")
            make.space(one, at, "大厅")
            make.functions(one, items=(number + 1,))
            make.own(Operator, one, kind="person", name=f"某{number}")
            make.coverage(one, TAIZHOU + number)
            make.own(ResidentProject, one, name=f"项目 {number}", run_by="public")
            make.own(CharityProject, one, name=f"创投 {number}", year=2026, kind="charity")
    with django_assert_num_queries(queries):
        assert len(admin.get(f"/api/v1/facilities/{one.uuid}/").json()["sites"]) == rows


# --- the same as the page ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    ["", "q=第2", "tier=inclusive", "changed=up", "fails=demonstration_area", "street=330105001000", "sensitive=1"],
)
def test_the_list_is_that_of_the_page(registry, divisions, query):
    user = person(Role.DISTRICT_ADMIN, GONGSHU)
    listed = {row["name"] for row in client_of(user).get(f"/api/v1/facilities/?{query}").json()["results"]}
    page = client_of(user).get(f"/facilities/?{query}").content.decode()
    table = page[page.index("<tbody") : page.index("</tbody>")]
    assert {facility.name for facility in registry.values() if facility.name in table} == listed != set()
