"""热活度 on the pages: the facility's tab, the board, and the versions of a district."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from openpyxl import load_workbook

from engagement.models import CountPeriod
from standards.models import StandardVersion
from standards.operations.vitality import ScaleRefused, drafted, publish_scale
from standards.queries.liveliness import vitality_version
from standards.rules import RuleError
from tenants.models import Act
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.assessments import registry as make
from tests.engagement import records
from tests.people import GONGSHU, HUSHU, SHANGCHENG, person, signed_in
from tests.portal.conftest import TAIZHOULU, TODAY, XIAWAN, run_quarter


@pytest.fixture
def scored(district):
    """Two facilities in two streets over two quarters; the first one has visitors and answers."""
    with opened_scope(division_scope(GONGSHU)):
        busy, quiet = make.demonstration(1, code=TAIZHOULU), make.demonstration(2, code=XIAWAN)
        records.people(busy, 10_000)
        for month in range(4, 10):
            records.visits(busy, date(2026, month, 1), 3_000, period=CountPeriod.MONTH)
        records.survey(busy, 90, 100)
        for _ in range(10):
            records.activity(busy, date(2026, 7, 5), "culture")
    run_quarter("2026-Q2")
    run_quarter("2026-Q3")
    return busy, quiet


def main_of(answer):
    return answer.content.decode().split("<main")[1].split("</main>")[0]


def test_the_tab_tells_every_indicator_its_source_and_what_looks_wrong(scored):
    page = main_of(signed_in(Role.DISTRICT_ADMIN, GONGSHU).get(f"/facilities/{scored[0].uuid}/vitality/"))
    for shown in (
        "示例口径",
        "居民集聚率",
        "30.00 人次/百人·月",
        "活动拆分",
        "不评级",
        "没有数据",
        "/lively/visits/?facility=",
    ):
        assert shown in page, shown


def test_wherever_a_score_is_shown_it_says_that_it_is_no_official_one(scored):
    client = signed_in(Role.DISTRICT_ADMIN, GONGSHU)
    pages = [f"/facilities/{scored[0].uuid}/vitality/", "/vitality/", "/vitality/scale/", "/vitality/scale/edit/"]
    for address in pages:
        assert "示例口径，不是官方指标。" in main_of(client.get(address)), address
    book = load_workbook(BytesIO(client.get("/vitality/export/").content)).active
    assert "不是官方指标" in book["A1"].value


def test_a_street_ranks_its_own_facilities_and_no_other(scored):
    page = main_of(signed_in(Role.STREET_CLERK, HUSHU).get("/vitality/"))
    assert scored[1].name in page
    assert scored[0].name not in page


def test_the_board_filters_sorts_and_goes_back_in_time(scored):
    client = signed_in(Role.DISTRICT_ADMIN, GONGSHU)
    page = main_of(client.get("/vitality/?sort=score"))
    assert page.index(scored[1].name) < page.index(scored[0].name)
    assert scored[0].name not in main_of(client.get(f"/vitality/?street={HUSHU}"))
    assert "2026 年第二季度" in main_of(client.get("/vitality/?quarter=2026-Q2"))
    assert client.get("/vitality/?street=x&sort=y&page=z&quarter=never").status_code == 200


def test_before_the_first_run_the_board_says_so(district):
    assert "还没有热活度得分" in main_of(signed_in(Role.DISTRICT_ADMIN, GONGSHU).get("/vitality/"))


def test_pages_in_few_statements(scored, django_assert_max_num_queries):
    client = signed_in(Role.DISTRICT_ADMIN, GONGSHU)
    client.get("/vitality/")
    with django_assert_max_num_queries(24):
        client.get("/vitality/")
    with django_assert_max_num_queries(24):
        client.get(f"/facilities/{scored[0].uuid}/vitality/")
    with django_assert_max_num_queries(36):
        client.get(f"/facilities/{scored[0].uuid}/service/")


# --- versions ---


def sent(client, **changes):
    page = client.get("/vitality/scale/edit/").context["typed"]
    data = {
        f"{name}-{row['indicator'].key}": row[name] for row in page["rows"] for name in ("weight", "floor", "target")
    }
    data |= {f"grade-{n}": least for n, (_, least) in enumerate(page["grades"])}
    data |= {f"param-{key}": value for key, _, value in page["params"]}
    return data | {"coverage": page["coverage"], "effective_from": "2030-01-01", "act": "preview"} | changes


def test_a_preview_shows_last_quarter_and_publishes_nothing(scored):
    client = signed_in(Role.DISTRICT_ADMIN, GONGSHU)
    page = main_of(client.post("/vitality/scale/edit/", sent(client, **{"weight-A1": "2", "weight-C1": "22"})))
    assert "2026 年第三季度会是这样" in page
    assert "发布这个版本" in page
    assert not StandardVersion.objects.filter(standard__key=f"vitality-{GONGSHU}").exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"weight-A1": "13"}, "各指标权重合计 101，应当正好 100"),
        ({"weight-A1": "zwölf"}, "A1：权重是 0 到 100 的整数"),
        ({"floor-A1": "40"}, "A1：满分线要高于起评线"),
        ({"target-A1": "hoch"}, "“hoch”不是数字"),
        ({"coverage": "101"}, "评级所需的覆盖权重"),
        ({"param-least_sample": "0"}, "参数 least_sample 要填大于 0 的整数"),
        ({"act": "publish"}, "写明调整的理由"),
        ({"act": "publish", "reason": "按年度工作会议调整", "effective_from": "2020-01-01"}, "生效日要晚于今天"),
    ],
)
def test_what_cannot_be_published_is_said_and_what_was_typed_stays(scored, changes, words):
    client = signed_in(Role.DISTRICT_ADMIN, GONGSHU)
    answer = client.post("/vitality/scale/edit/", sent(client, **changes))
    assert answer.status_code == 422
    assert words in main_of(answer)
    for name, value in changes.items():
        if name not in {"act"}:
            assert f'value="{value}"' in main_of(answer)


@pytest.mark.requirement("HOT-1")
def test_a_published_version_holds_for_its_district_from_its_day_on(scored):
    client = signed_in(Role.DISTRICT_ADMIN, GONGSHU)
    changes = {"weight-A1": "2", "weight-C1": "22", "act": "publish", "reason": "按年度工作会议调整"}
    assert client.post("/vitality/scale/edit/", sent(client, **changes)).status_code == 302
    before, after = date(2029, 12, 31), date(2030, 1, 1)
    assert str(vitality_version(GONGSHU, before)) == "vitality@provisional-2025.1"
    assert str(vitality_version(TAIZHOULU, after)) == f"vitality-{GONGSHU}@20300101"
    assert str(vitality_version(SHANGCHENG, after)) == "vitality@provisional-2025.1"
    with opened_scope(division_scope(GONGSHU)):
        assert Act.objects.filter(verb="发布热活度版本").count() == 1


def test_only_the_district_makes_a_version(scored):
    assert signed_in(Role.STREET_CLERK, HUSHU).get("/vitality/scale/edit/").status_code == 403
    assert "调整并预览" not in main_of(signed_in(Role.STREET_CLERK, HUSHU).get("/vitality/scale/"))


def test_versions_follow_each_other_and_are_never_edited(district):
    by = person(Role.DISTRICT_ADMIN, GONGSHU)
    base = vitality_version(GONGSHU, TODAY).data
    with opened_scope(division_scope(GONGSHU)):
        for day in (date(2027, 1, 1), date(2027, 4, 1)):
            data = drafted(base, district=GONGSHU, effective_from=day, changes={"params": {"least_sample": 40}})
            publish_scale(data=data, by=by, reason="按年度工作会议调整", today=TODAY)
        with pytest.raises(ScaleRefused, match="已有版本从 2027-04-01 起生效"):
            publish_scale(data=data, by=by, reason="按年度工作会议调整", today=TODAY)
        with pytest.raises(RuleError):
            drafted(base, district=GONGSHU, effective_from=TODAY, changes={"indicator": {"A1": {"weight": 99}}})
    rows = StandardVersion.objects.filter(standard__key=f"vitality-{GONGSHU}").order_by("effective_from")
    assert [row.effective_to for row in rows] == [date(2027, 4, 1), None]
    assert rows[0].effective_from - timedelta(days=1) > TODAY
