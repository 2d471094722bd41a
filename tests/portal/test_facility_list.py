"""The facility list: what it finds, for whom, in how many queries, and its export."""

from io import BytesIO

import pytest
from openpyxl import load_workbook

from portal.queries import facility_list
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.assessments import registry as make
from tests.people import GONGCHENQIAO, GONGSHU, HUSHU, SHANGCHENG, signed_in
from tests.portal.conftest import MISHI, facilities, run_quarter

pytestmark = pytest.mark.django_db


def found(client, query: str = "") -> list[str]:
    """The names that the list shows, in its order, without 幸福家园."""
    page = client.get(f"/facilities/{query}").context["page"]
    return [row.facility.name.removesuffix("幸福家园") for row in page.object_list]


@pytest.fixture
def officer(four):
    return signed_in(Role.DISTRICT_ADMIN, GONGSHU)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_takes_seven_queries_whatever_the_rows(district, django_assert_num_queries, rows):
    with opened_scope(division_scope(GONGSHU)):
        facilities(rows)
        run_quarter()
    client = signed_in(Role.DISTRICT_ADMIN, GONGSHU)
    client.get("/facilities/")
    with django_assert_num_queries(7):
        assert len(found(client)) == rows


FILTERS = {
    "": {"升级", "待补", "差面积", "筹建中"},
    "?q=升级": {"升级"},
    "?q=chamianji": {"差面积"},
    "?q=cmj": {"差面积"},
    "?q=330105002": {"差面积", "筹建中"},
    "?q=３３０１０５００２": {"差面积", "筹建中"},
    "?q=湖墅": {"差面积", "筹建中"},
    "?q=台州路": {"升级"},
    "?street=330105005000": {"升级", "待补"},
    "?street=abc": {"升级", "待补", "差面积", "筹建中"},
    "?type=streetblock": {"待补"},
    "?lifecycle=planned": {"筹建中"},
    "?tier=demonstration": {"升级"},
    "?tier=inclusive": {"差面积"},
    "?tier=unrated": {"待补"},
    "?tier=unjudged": {"筹建中"},
    "?fails=demonstration_area": {"差面积"},
    "?lacks=demonstration_area": {"待补"},
    "?undetermined=1": {"待补"},
    "?changed=up": {"升级"},
    "?changed=down": {"待补"},
    "?changed=any": {"升级", "待补"},
    "?changed=up&street=330105002000": set(),
    "?quarter=2026-Q2&tier=demonstration": set(),
    "?quarter=2026-Q2&tier=inclusive": {"升级", "差面积", "待补"},
    "?quarter=1999-Q9&tier=demonstration": {"升级"},
    "?tier=nonsense&fails=nonsense": set(),
}


def test_filters_find_exactly_what_they_say(officer):
    assert {query: set(found(officer, query)) for query in FILTERS} == FILTERS


def test_the_nearest_to_the_next_tier_stand_first_and_the_highest_last(officer):
    assert found(officer, "?sort=lacking") == ["差面积", "待补", "升级", "筹建中"]
    assert found(officer, "?sort=-tier") == ["升级", "差面积", "待补", "筹建中"]
    assert found(officer, "?sort=name") == ["差面积", "筹建中", "待补", "升级"]


def test_a_line_says_how_far_and_what_to_do(officer):
    page = officer.get("/facilities/?q=差面积").context["page"]
    standing = page.object_list[0].standing
    assert (standing.tier, standing.sentence, standing.failed) == (1, "升示范型还差 1 项", ("阵地面积",))
    missing = officer.get("/facilities/?q=待补").context["page"].object_list[0].standing
    assert (missing.tier, missing.sentence) == (None, "到普惠型有 1 项待确认")
    assert missing.next_step == "先补数据：阵地面积"


PARTS = {
    (Role.STREET_CLERK, GONGCHENQIAO): {"升级", "待补"},
    (Role.STREET_REVIEWER, HUSHU): {"差面积", "筹建中"},
    (Role.COMMUNITY_REPORTER, 330105005052): {"升级"},
    (Role.CITY_OBSERVER, 330100000000): {"升级", "待补", "差面积", "筹建中"},
    (Role.DISTRICT_ADMIN, SHANGCHENG): set(),
}


def test_everybody_sees_their_part_in_list_and_export(four):
    clients = {key: signed_in(*key) for key in PARTS}
    assert {key: set(found(client)) for key, client in clients.items()} == PARTS
    exports = {key: {line[1].removesuffix("幸福家园") for line in exported(one)} for key, one in clients.items()}
    assert exports == PARTS


def exported(client, query: str = "") -> list[tuple]:
    answer = client.get(f"/facilities/export/{query}")
    sheet = load_workbook(BytesIO(answer.content)).active
    return [tuple(cell.value or "" for cell in row) for row in sheet.iter_rows(min_row=5)]


def test_the_export_holds_what_the_screen_shows(officer, four):
    assert exported(officer, "?tier=inclusive") == [
        (
            four["small"].code, "差面积幸福家园", "湖墅街道", "卖鱼桥社区", "集成式", "运行",
            "普惠型", "普惠型", "升示范型还差 1 项", "阵地面积", "", "",
        )
    ]  # fmt: skip
    answer = officer.get("/facilities/export/?tier=inclusive")
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''%E8%AE%BE")
    head = load_workbook(BytesIO(answer.content)).active["A2"].value
    assert head.endswith("条件：等级：普惠型；等级是测算结果，不是认定。")


def test_a_fragment_is_the_rows_alone_and_says_that_it_varies(officer):
    whole, rows = officer.get("/facilities/"), officer.get("/facilities/", headers={"HX-Request": "true"})
    assert ["HX-Request" in answer["Vary"] for answer in (whole, rows)] == [True, True]
    assert "<html" in whole.content.decode()
    assert "<html" not in rows.content.decode()
    assert rows.content.decode().count("<tbody") == 1


def test_pages_end_where_nobody_turns_them(district, monkeypatch):
    with opened_scope(division_scope(GONGSHU)):
        for number in range(1, 56):
            make.facility(number, code=MISHI)
    client = signed_in(Role.DISTRICT_ADMIN, GONGSHU)
    assert (len(found(client)), len(found(client, "?page=2")), len(found(client, "?page=99"))) == (50, 5, 5)
    monkeypatch.setattr(facility_list, "COUNT_LIMIT", 52)
    page = client.get("/facilities/").context["page"]
    assert (page.paginator.count, page.paginator.is_capped, page.paginator.num_pages) == (52, True, 2)


def test_nothing_found_keeps_the_filter_and_offers_a_way_out(officer):
    text = officer.get("/facilities/?q=没有这一座").content.decode()
    assert "没有符合条件的设施" in text
    assert 'value="没有这一座"' in text
    assert "重置条件" in text


def test_an_empty_district_says_what_to_do_first(district):
    assert "用 Excel 一次导入" in signed_in(Role.DISTRICT_ADMIN, GONGSHU).get("/facilities/").content.decode()
    observer = signed_in(Role.DEPARTMENT_LIAISON, GONGSHU).get("/facilities/").content.decode()
    assert "由街道或区民政局导入后" in observer
