"""Pages of standards: what each says, to whom, and in how many queries."""

import pytest

from standards.models import InterpretationRuling
from tenants.rules import Permission, Role, may
from tenants.scope import division_scope, opened_scope
from tests.people import GONGCHENQIAO, GONGSHU, SHANGCHENG, client_of, person, signed_in

pytestmark = pytest.mark.django_db

RULING = {"option": "domains_7", "effective_from": "2026-07-01", "reason": "会议纪要"}
PAGES = [
    "/standards/",
    "/standards/documents/gongshu-2025/",
    "/standards/documents/hangzhou-2025-57/",
    "/standards/versions/gongshu/2025-draft/",
    "/standards/versions/hangzhou/2025/",
    "/standards/versions/catalogue-gongshu/2025-draft/",
    "/standards/versions/catalogue-hangzhou/2025/",
    "/standards/versions/crosswalk/2025.1/",
    "/standards/versions/metrics/2025.1/",
    "/standards/versions/interpretations/2025.1/",
    "/standards/versions/hangzhou-service/2025/",
    "/standards/versions/hangzhou-follow-up/2025/",
    "/standards/versions/vitality/provisional-2025.1/",
    "/standards/readings/",
    "/standards/readings/G-1/",
    "/standards/readings/G-5/",
]


def text(answer):
    return answer.content.decode()


@pytest.fixture
def officer(loaded):
    return person(Role.DISTRICT_ADMIN, GONGSHU)


@pytest.mark.parametrize("role", [role for role in Role if may(role, Permission.VIEW_STANDARDS)])
def test_every_role_that_reads_standards_reads_every_page(loaded, role):
    client = signed_in(role, GONGSHU)
    assert [client.get(page).status_code for page in PAGES] == [200] * len(PAGES)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_takes_at_most_twelve_queries(officer, django_assert_max_num_queries, page):
    client = client_of(officer)
    client.get(page)
    with django_assert_max_num_queries(12):
        client.get(page)


def test_the_pages_stand_before_anything_is_loaded(db):
    client = signed_in(Role.DISTRICT_ADMIN, GONGSHU)
    assert "还没有载入文件" in text(client.get("/standards/"))
    assert "还没有载入读法登记" in text(client.get("/standards/readings/"))
    assert client.get("/standards/readings/G-1/").status_code == 404
    assert client.get("/standards/documents/gongshu-2025/").status_code == 404


@pytest.mark.requirement("DOC-1")
def test_the_draft_is_called_a_draft_wherever_it_appears(officer):
    client = client_of(officer)
    assert "征求意见稿" in text(client.get("/standards/"))
    version = text(client.get("/standards/versions/gongshu/2025-draft/"))
    assert "依据征求意见稿。" in version
    assert "只作测算，不是认定" in version
    assert "依据征求意见稿。" not in text(client.get("/standards/versions/hangzhou/2025/"))


@pytest.mark.requirement("DOC-4")
def test_a_document_shows_every_clause_with_its_criteria_and_defects(officer):
    page = text(client_of(officer).get("/standards/documents/gongshu-2025/"))
    assert 'id="三(一)1"' in page
    assert 'id="附件-33"' in page
    assert page.count("示范型：") == 6
    assert "校注：「详见附件2」全文只有一个未编号的附件" in page


@pytest.mark.requirement("TIER-1", "TIER-2")
def test_a_version_shows_condition_clause_and_quotation_of_each_criterion(officer):
    page = text(client_of(officer).get("/standards/versions/gongshu/2025-draft/"))
    assert "集成式 ≥ 1,000 ㎡，片区化、街区化 ≥ 1,500 ㎡" in page
    assert "市场主体或社会组织运营的项目 ÷ 全部运营项目" in page
    assert "片区化 2–3 个" in page
    assert "“24小时服务空间应占可用面积的10%以上”" in page
    assert "/standards/documents/gongshu-2025/#%E4%B8%89(%E4%B8%80)1" in page


def test_a_version_of_duties_shows_threshold_count_and_quotation_of_each(officer):
    client = client_of(officer)
    service = text(client.get("/standards/versions/hangzhou-service/2025/"))
    assert "服务频次" in service
    assert '<h2>要求</h2><span class="sub">10 条</span>' in service
    follow_up = text(client.get("/standards/versions/hangzhou-follow-up/2025/"))
    assert '<h2>要求</h2><span class="sub">3 条</span>' in follow_up
    for words in (
        "服务项目满意度",
        "80 %",
        "低于 80 %，督促调整优化",
        "服务设施建设、服务项目开展、资金使用规范",
        "“对满意度低于80%的项目督促调整优化”",
    ):
        assert words in follow_up, words
    assert "/standards/documents/hangzhou-2025-57/#" in follow_up


def test_the_scale_of_vitality_shows_every_indicator_and_that_it_is_no_official_one(officer):
    page = text(client_of(officer).get("/standards/versions/vitality/provisional-2025.1/"))
    assert "13 个，附件 2 没有公布，是示例口径" in page
    assert ('href="/vitality/scale/"' in page, "示例口径，不是官方指标。" in page, "征求意见稿</span>" in page) == (
        True,
        True,
        False,
    )
    assert "示例口径</span>" in page


def test_a_note_older_than_the_follow_up_leads_to_it(officer):
    client = client_of(officer)
    page = text(client.get("/standards/versions/hangzhou/2025/"))
    link = '<a href="/standards/versions/hangzhou-follow-up/2025/">民生服务综合体半年核查（杭州 附件 四3）</a>判。'
    assert f"半年核查建成后补，见读法 G-13。这是发布时写的；现在按{link}" in page
    assert page.count("现在按") == 1
    assert "电子地图建成后补" in page
    assert "现在按<a" not in text(client.get("/standards/versions/gongshu/2025-draft/"))


@pytest.mark.requirement("DOC-4")
def test_a_reference_leads_to_its_place_in_the_document(officer):
    client = client_of(officer)
    answer = client.get("/standards/clauses/杭州 附件 一(一)1/")
    assert (answer.status_code, answer["Location"]) == (
        302,
        "/standards/documents/hangzhou-2025-57/#%E9%99%84%E4%BB%B6-%E4%B8%80(%E4%B8%80)1",
    )
    assert client.get("/standards/clauses/杭州 九/").status_code == 404


@pytest.mark.requirement("STD-16")
def test_the_catalogues_show_what_counts_as_what(officer):
    client = client_of(officer)
    assert "养老服务、体育健身、文化休闲" in text(client.get("/standards/versions/catalogue-gongshu/2025-draft/"))
    assert "101 养老服务、112 文化休闲" in text(client.get("/standards/versions/crosswalk/2025.1/"))
    assert "“每周开放不少于28小时”" in text(client.get("/standards/versions/catalogue-hangzhou/2025/"))


def test_a_reading_says_what_each_option_would_change(officer):
    page = text(client_of(officer).get("/standards/readings/G-1/"))
    assert (
        "示范型：基础功能：基础功能（清单 1–30 号） ≥ 7 项（示范型门槛） → 基础功能覆盖领域 ≥ 7 项（示范型门槛）"
        in page
    )
    gate = text(client_of(officer).get("/standards/readings/S-3/"))
    assert "公益创投或慈善创投项目 ≥ 3 个（应做事项） → 公益创投或慈善创投项目 ≥ 3 个（示范型、普惠型门槛）" in gate


def test_an_officer_rules_and_everybody_in_the_district_reads_it(officer):
    client = client_of(officer)
    answer = client.post("/standards/readings/G-1/rule/", RULING, follow=True)
    assert "已裁定 G-1：数覆盖了 7 大领域中的几个，自 2026-07-01 起。" in text(answer)
    street = text(signed_in(Role.STREET_CLERK, GONGCHENQIAO).get("/standards/readings/"))
    assert "本区裁定" in street
    assert "本区裁定" not in text(signed_in(Role.DISTRICT_ADMIN, SHANGCHENG).get("/standards/readings/"))
    history = text(client.get("/standards/readings/G-1/"))
    assert "会议纪要" in history
    assert officer.display_name in history


def test_an_upcoming_ruling_is_announced(officer):
    client = client_of(officer)
    client.post("/standards/readings/G-1/rule/", {**RULING, "effective_from": "2099-01-01"})
    page = text(client.get("/standards/readings/"))
    assert "2099-01-01 起另有裁定" in page
    assert "本区裁定" not in page


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"option": ""}, "请选一种读法。"),
        ({"option": "eight"}, "请从列出的读法中选一种。"),
        ({"effective_from": "明天"}, "日期写成 2026-10-01 这样。"),
        ({"reason": ""}, "请写明理由，例如会议纪要的名称和日期。"),
    ],
)
def test_a_form_with_an_error_says_what_to_do_and_rules_nothing(officer, changes, message):
    answer = client_of(officer).post("/standards/readings/G-1/rule/", {**RULING, **changes})
    assert answer.status_code == 422
    assert message in text(answer)
    with opened_scope(division_scope(GONGSHU)):
        assert InterpretationRuling.objects.count() == 0


@pytest.mark.requirement("ORG-12")
@pytest.mark.parametrize("role", [role for role in Role if role is not Role.DISTRICT_ADMIN])
def test_nobody_else_can_rule_and_nobody_else_sees_the_form(loaded, role):
    client = signed_in(role, GONGSHU)
    assert "裁定这种读法" not in text(client.get("/standards/readings/G-1/"))
    assert client.post("/standards/readings/G-1/rule/", RULING).status_code == 403


def test_what_is_not_open_to_a_ruling_has_no_form(officer):
    assert "裁定这种读法" not in text(client_of(officer).get("/standards/readings/G-5/"))
    assert client_of(officer).post("/standards/readings/G-5/rule/", RULING).status_code == 422


def test_those_who_see_no_rulings_are_told_so(officer):
    client_of(officer).post("/standards/readings/G-1/rule/", RULING)
    assessor = text(signed_in(Role.ASSESSOR, GONGSHU).get("/standards/readings/"))
    assert "你的账号看不到区里的裁定" in assessor
    assert "本区裁定" not in assessor
    assert "你的账号看不到区里的裁定" not in text(signed_in(Role.STREET_CLERK, GONGSHU).get("/standards/readings/"))
