"""热活度 on the pages: the facility's tab, the board, and the versions of a district."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from django.http import QueryDict
from django.utils import timezone
from openpyxl import load_workbook
from pypdf import PdfReader

from assessments.models import Rectification
from assessments.operations.follow_up import nightly
from assessments.queries.facts import COLLECTORS
from engagement.models import CountPeriod
from portal.pdf.bulletin import table
from portal.queries.bulletin import bulletin, months
from standards.models import StandardVersion
from standards.operations.vitality import ScaleRefused, drafted, publish_scale
from standards.queries.liveliness import vitality_version
from standards.rules import RuleError
from tenants.export_models import Export
from tenants.models import Act, Appointment
from tenants.operations.exports import make_export
from tenants.rules import Role, code_range
from tenants.scope import division_scope, opened_scope
from tests.assessments import registry as make
from tests.engagement import records
from tests.people import GONGSHU, HUSHU, SHANGCHENG, person, signed_in
from tests.portal.conftest import TAIZHOULU, TODAY, XIAWAN, run_quarter
from tests.standards import files


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


def test_the_page_of_the_tier_shows_each_frequency_as_the_run_judged_it(scored):
    page = main_of(signed_in(Role.DISTRICT_ADMIN, GONGSHU).get(f"/facilities/{scored[0].uuid}/"))
    listed = page.split("<h3>服务频次</h3>")[1].split("</table>")[0]
    assert listed.count("<tr>") == 11
    assert "每月更新活动计划" in listed
    assert "市标：每月更新活动计划" not in page, "no line still says that nobody keeps the record"


def test_a_street_is_named_in_its_heat_calendar(scored):
    with opened_scope(division_scope(GONGSHU)):
        records.visits(scored[1], date(2026, 9, 1), 40)
    page = main_of(signed_in(Role.STREET_CLERK, HUSHU).get("/vitality/"))
    assert ">湖墅街道</text>" in page


RECORDED = {metric for collector in COLLECTORS for metric in collector.metrics}


def test_every_frequency_of_the_city_lines_is_judged_by_the_service_standard():
    duties = {(each["clause"], each["quote"]) for each in files.standard("hangzhou-service-2025")["duty"]}
    counted = [each for each in files.standard("hangzhou-2025")["criterion"] if not set(each["metrics"]) & RECORDED]
    assert len(counted) == 8
    assert {(each["clause"], each["quote"]) for each in counted} <= duties


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


def test_the_list_of_anomalies_names_what_looks_wrong(scored):
    client = signed_in(Role.DISTRICT_ADMIN, GONGSHU)
    page = client.get("/vitality/?marked=1").context["page"]
    assert [(row.facility, row.marks) for row in page] == [(scored[0], ("活动拆分",))]
    book = load_workbook(BytesIO(client.get("/vitality/export/?marked=1").content)).active
    assert [row[10].value for row in book.iter_rows() if row[2].value == scored[0].name] == ["活动拆分"]
    assert scored[1].name not in [row[2].value for row in book.iter_rows()]


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


# --- the month's bulletin, and two side by side ---


def text_of(content: bytes) -> str:
    """The words of a PDF without the gaps that its letters are set with."""
    told = "".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)
    return told.replace("\x00", "").replace(" ", "").replace("\n", "")


@pytest.fixture
def district_month(scored):
    """October with visits, an activity, and a survey below the line, in one of the two streets."""
    with opened_scope(division_scope(GONGSHU)):
        busy, _ = scored
        for day, count in ((date(2026, 9, 30), 100), (date(2026, 10, 1), 150), (date(2026, 10, 31), 50)):
            records.visits(busy, day, count, source=1)
        records.visits(busy, date(2026, 10, 1), 999, source=3)  # an estimate of a day that a counter has counted
        records.activity(busy, date(2026, 10, 8), "sports", head_count=30, sessions=2)
        records.survey(busy, 799, 1000, last=date(2026, 10, 10), item_number=11)
        nightly.open_in(district=GONGSHU, today=date(2026, 10, 20), now=timezone.now())
    return scored


def bulletin_of(role, code, month=date(2026, 10, 1), today=date(2026, 11, 22)):
    user = person(role, code)
    with opened_scope(division_scope(code)):
        appointment = Appointment.objects.get(user=user)
        return bulletin(appointment, code_range(code), month, today)


def test_a_bulletin_says_what_the_month_brought_street_by_street(district_month):
    found = bulletin_of(Role.DISTRICT_ADMIN, GONGSHU)
    assert [(p.name, p.visits, p.before, p.change, p.sessions, p.heads) for p in found.places] == [
        ("拱宸桥街道", 200, 100, "+100.0%", 2, 30), ("湖墅街道", None, None, "没有可比", 0, 0),
    ]  # fmt: skip
    assert (found.opened, found.closed, found.live) == (1, 0, 1)
    assert found.orders[0][:3] == (district_month[0].name, "社区食堂", "79.9%")
    assert found.quarters == [], "nobody has a grade"
    assert ("每月更新活动计划" in [row[0] for row in found.duties], len(found.duties)) == (True, 10)


def test_orders_at_work_and_overdue_are_of_the_day_on_which_the_bulletin_is_made(district_month, tmp_path):
    with opened_scope(division_scope(GONGSHU)):
        due_on = date(2026, 11, 10)  # not overdue at the end of the month
        Rectification.objects.update(due_on=due_on)
    for today, overdue in ((due_on, 0), (due_on + timedelta(days=1), 1)):
        found = bulletin_of(Role.DISTRICT_ADMIN, GONGSHU, today=today)
        assert (found.live, found.overdue) == (1, overdue)
    user = person(Role.DISTRICT_ADMIN, GONGSHU)
    with opened_scope(division_scope(GONGSHU)):
        sheet = table(Appointment.objects.get(user=user), QueryDict("month=2026-10"), today)
        with sheet.writer(tmp_path / "bulletin.pdf") as file:
            file.add(sheet.lines(sheet.keys))
    paper = text_of((tmp_path / "bulletin.pdf").read_bytes())
    assert ("生成时在办1张，其中已逾期1张" in paper, "月末逾期" in paper) == (True, False)


def test_a_street_has_a_bulletin_of_its_own_facilities_and_no_other(district_month):
    found = bulletin_of(Role.STREET_REVIEWER, HUSHU)
    assert ([place.name for place in found.places], found.live) == ([district_month[1].name], 0)


def test_the_bulletin_is_made_by_a_task_and_fetched_as_pdf(district_month, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    client = signed_in(Role.DISTRICT_ADMIN, GONGSHU)
    assert "拱宸桥街道" in main_of(client.get("/vitality/bulletin/?month=2026-10"))
    month = months(timezone.localdate())[0]
    answer = client.post("/vitality/bulletin/", {"month": f"{month:%Y-%m}", "street": str(TAIZHOULU // 1000 * 1000)})
    assert answer.headers["Location"] == "/exports/"
    with opened_scope(division_scope(GONGSHU)):
        export = Export.objects.get()
    make_export(export_id=export.pk, division_code=GONGSHU)
    content = client.get(f"/exports/{export.uuid}/").content
    told = text_of(content)
    for words in (
        f"{month.year} 年 {month.month} 月月报",
        "服务频次（杭州 4+5+X 附件）",
        "热活度走势",
        "满意度整改",
        "79.9%",
        "示例口径",
    ):
        assert words.replace(" ", "") in told, words


def test_two_facilities_stand_side_by_side(scored):
    busy, quiet = scored
    client = signed_in(Role.DISTRICT_ADMIN, GONGSHU)
    assert "还没有选两座设施" in main_of(client.get("/vitality/compare/"))
    page = main_of(client.get(f"/vitality/compare/?one={busy.uuid}&two={quiet.uuid}"))
    for words in ("等级条件", "居民集聚率", "每月更新活动计划", "90%", "没有调查", "每百名居民", "30.00 人次/百人·月"):
        assert words in page, words
    stranger = signed_in(Role.STREET_CLERK, HUSHU)
    assert stranger.get(f"/vitality/compare/?one={busy.uuid}&two={quiet.uuid}").status_code == 404
    assert busy.name not in main_of(stranger.get("/vitality/compare/"))
    assert "选的是同一座设施" in main_of(client.get(f"/vitality/compare/?one={busy.uuid}&two={busy.uuid}"))
