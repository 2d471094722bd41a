"""The law by API: documents, standards, versions with criteria and items, and the readings of a district."""

from datetime import date

import pytest

from standards.operations import load
from standards.operations.rulings import rule_on_reading
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.api.conftest import CITY, GONGCHEN, GONGSHU, SHANGCHENG
from tests.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _standards(db):
    load()


def test_documents_clause_by_clause(admin):
    listed = admin.get("/api/v1/documents/").json()
    assert [(each["key"], each["status"], each["status_label"]) for each in listed] == [
        ("gongshu-2025", "draft", "征求意见稿"),
        ("hangzhou-2025-57", "formal", "正式"),
    ]
    document = admin.get("/api/v1/documents/gongshu-2025/").json()
    clauses = {clause["number"]: clause for clause in document["clauses"]}
    assert clauses["三(一)1"]["parent"] == "三(一)"
    assert "集成式阵地面积不少于1000平方米" in clauses["三(一)1"]["text"]
    assert len(document["defects"]) == 4


def test_standards_and_their_versions(admin):
    standards = {each["key"]: each for each in admin.get("/api/v1/standards/").json()}
    assert sorted(standards) == [
        "catalogue-gongshu",
        "catalogue-hangzhou",
        "crosswalk",
        "gongshu",
        "hangzhou",
        "hangzhou-follow-up",
        "hangzhou-service",
        "interpretations",
        "metrics",
        "vitality",
    ]
    one = admin.get("/api/v1/standards/gongshu/").json()
    assert one == standards["gongshu"]
    assert len(one["versions"][0].pop("content_sha256")) == 64
    assert one == {
        "key": "gongshu",
        "name": "大运河幸福家园建设标准（拱墅）",
        "kind": "criteria",
        "kind_label": "评定标准",
        "division_code": "330105000000",
        "versions": [
            {
                "number": "2025-draft",
                "status": "draft",
                "status_label": "征求意见稿",
                "document": "gongshu-2025",
                "effective_from": "2025-05-01",
                "effective_to": None,
                "effective_note": "征求意见稿没有施行日期，从征求意见开始之日(2025-05-01)起试算。",
            }
        ],
    }
    catalogues = admin.get("/api/v1/standards/?kind=catalogue").json()
    assert [each["key"] for each in catalogues] == ["catalogue-gongshu", "catalogue-hangzhou"]


def test_a_criterion_with_its_thresholds_clause_and_quote(admin):
    version = admin.get("/api/v1/standards/gongshu/versions/2025-draft/").json()
    assert (version["standard"], version["items"], version["links"]) == ("gongshu", [], [])
    criteria = {criterion["key"]: criterion for criterion in version["criteria"]}
    area = {"upper": None, "parts": 1}
    assert criteria["demonstration_area"] == {
        "key": "demonstration_area",
        "title": "示范型：阵地面积",
        "kind": "gate",
        "tiers": ["demonstration"],
        "operator": "at_least",
        "metrics": ["floor_area_documented"],
        "denominators": [],
        "unit": "㎡",
        "thresholds": [
            {"construction_type": "integrated", "text": "1,000 ㎡", "amount": 100000, **area},
            {"construction_type": "area", "text": "1,500 ㎡", "amount": 150000, **area},
            {"construction_type": "streetblock", "text": "1,500 ㎡", "amount": 150000, **area},
        ],
        "fixable": False,
        "document": "gongshu-2025",
        "clause": "拱墅 三(一)1",
        "quote": "集成式阵地面积不少于1000平方米,片区化或街区化阵地面积不少于1500平方米",
        "severity": "不够就不能测算为示范型",
        "interpretations": ["G-19"],
    }
    share = criteria["demonstration_project_share"]["thresholds"][0]
    assert (share["text"], share["amount"], share["parts"]) == ("80 %", 4, 5)


def test_items_of_a_catalogue_and_links_of_the_crosswalk(admin):
    items = admin.get("/api/v1/standards/catalogue-gongshu/versions/2025-draft/").json()["items"]
    assert (len(items), items[0]) == (
        33,
        {
            "number": 1,
            "name": "居家养老服务中心",
            "category": "养老",
            "domain": "养老育幼",
            "is_base": True,
            "service": None,
            "serves": "elders",
            "clause": "拱墅 附件 1",
        },
    )
    links = admin.get("/api/v1/standards/crosswalk/versions/2025.1/").json()["links"]
    assert links[:3] == [
        {"item_number": 1, "city_number": 101},
        {"item_number": 2, "city_number": 101},
        {"item_number": 2, "city_number": 112},
    ]


@pytest.mark.parametrize(
    "address", ["standards/none/", "standards/gongshu/versions/none/", "documents/none/", "standards/none/versions/1/"]
)
def test_what_is_not_there(admin, address):
    assert admin.get(f"/api/v1/{address}").status_code == 404


@pytest.fixture
def ruling(divisions):
    with opened_scope(division_scope(GONGSHU)):
        return rule_on_reading(
            by=person(Role.DISTRICT_ADMIN, GONGSHU),
            district_code=GONGSHU,
            interpretation="G-2",
            option="area",
            effective_from=date(2026, 4, 1),
            reason="会议纪要第 3 号",
        )


def reading(client, query=""):
    answer = client.get(f"/api/v1/interpretations/{query}").json()
    return next(entry for entry in answer if entry["key"] == "G-2")


def test_a_reading_and_the_ruling_of_the_district(program, ruling):
    clerk = program(Role.STREET_CLERK, GONGCHEN)
    entry = reading(clerk)
    assert entry.pop("ruling").pop("ruled_at").endswith("+08:00")
    assert entry == {
        "key": "G-2",
        "title": "占比的分子和分母",
        "clauses": ["拱墅 三(一)1", "拱墅 三(一)2"],
        "question": "「占比不低于80%」是项目数之比，还是面积之比？",
        "why": "原文没有写分母。前半句数的是项目，所以默认按项目数。",
        "reading": "",
        "options": [
            {
                "key": "projects",
                "label": "市场主体或社会组织运营的项目数 ÷ 全部运营项目数",
                "is_default": True,
            },
            {
                "key": "area",
                "label": "市场主体或社会组织项目所用面积 ÷ 全部项目所用面积",
                "is_default": False,
            },
        ],
        "chosen": "area",
    }
    assert (reading(clerk, "?on=2026-03-31")["chosen"], reading(clerk, "?on=2026-03-31")["ruling"]) == (
        "projects",
        None,
    )


def test_a_ruling_is_of_its_district_alone(program, ruling):
    other = program(Role.DISTRICT_ADMIN, SHANGCHENG)
    assert reading(other)["ruling"] is None
    assert other.get(f"/api/v1/interpretations/?district={GONGSHU}").status_code == 404
    city = program(Role.CITY_OBSERVER, CITY)
    assert reading(city, f"?district={GONGSHU}")["ruling"]["reason"] == "会议纪要第 3 号"
    assert reading(city, f"?district={SHANGCHENG}")["chosen"] == "projects"
    refused = city.get("/api/v1/interpretations/?district=330105001000")
    assert list(refused.json()["error"]["fields"]) == ["district"]


@pytest.mark.parametrize(
    ("address", "queries"),
    [
        ("documents/", 5),
        ("documents/gongshu-2025/", 6),
        ("standards/", 6),
        ("standards/gongshu/", 6),
        ("standards/catalogue-gongshu/versions/2025-draft/", 7),
        ("interpretations/", 6),
    ],
)
def test_the_number_of_queries(admin, address, queries, django_assert_num_queries):
    with django_assert_num_queries(queries):
        assert admin.get(f"/api/v1/{address}").status_code == 200
