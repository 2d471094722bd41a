"""The pages, files and API of the half-yearly follow-up, in the hands of a street and of the district."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from assessments.models import FollowUp, FollowUpRules, ItemDecision, Rectification
from assessments.operations.follow_up import nightly
from facilities.models import FacilityState
from standards.operations import load
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.assessments import registry as make
from tests.engagement import records
from tests.people import GONGCHENQIAO, GONGSHU, HUSHU, signed_in

TAIZHOULU = 330105005052
CANTEEN = 11


def inside():
    return opened_scope(division_scope(GONGSHU))


def text(answer):
    return answer.content.decode()


def survey(facility, satisfied, valid, ended: int):
    """A survey of the canteen that ended some days ago and ran for ten."""
    last = timezone.localdate() - timedelta(days=ended)
    return records.survey(
        facility, satisfied, valid, first=last - timedelta(days=9), last=last, item_number=CANTEEN, title="食堂满意度"
    )


def beat(day=None):
    nightly.open_in(district=GONGSHU, today=day or timezone.localdate(), now=timezone.now())


@pytest.fixture
def facility(db):
    call_command("load_divisions", verbosity=0)
    load()
    with inside():
        made = make.demonstration(1, code=TAIZHOULU)
        survey(made, 799, 1000, ended=60)
        beat(timezone.localdate() - timedelta(days=40))
        return made


@pytest.fixture
def order(facility):
    with inside():
        return Rectification.objects.get()


@pytest.fixture
def street(facility):
    return signed_in(Role.STREET_CLERK, GONGCHENQIAO)


@pytest.fixture
def district(facility):
    return signed_in(Role.DISTRICT_REVIEWER, GONGSHU)


def test_a_street_and_the_district_bring_a_service_at_79_9_per_cent_to_closing(facility, order, street, district):
    page = f"/rectifications/{order.uuid}/"
    seen = text(street.get(page))
    assert "79.9%" in seen
    assert "“对满意度低于80%的项目督促调整优化”" in seen
    answer = street.post(f"{page}report/", {"act": "plan", "measures": "换菜单、加一名厨师，月底前做完"}, follow=True)
    assert "已报送整改措施" in text(answer)
    with inside():
        low, good = survey(facility, 799, 1000, ended=5), survey(facility, 800, 1000, ended=2)
    street.post(f"{page}report/", {"act": "report", "survey": low.pk})
    assert "复测还低于线，不能销号。" in text(district.get(page))
    assert "还低于 80 %，不能销号" in text(district.post(f"{page}decide/", {"act": "close"}, follow=True))
    assert "请写明退回的理由" in text(district.post(f"{page}decide/", {"act": "send_back"}, follow=True))
    district.post(f"{page}decide/", {"act": "send_back", "reason": "复测还低于线"})
    street.post(f"{page}report/", {"act": "report", "survey": good.pk})
    assert "复核通过，已销号。" in text(district.post(f"{page}decide/", {"act": "close"}, follow=True))
    with inside():
        assert Rectification.objects.get().state == "closed"


def test_each_side_does_its_own_and_the_other_street_finds_nothing(order, street, district):
    page = f"/rectifications/{order.uuid}/"
    assert district.post(f"{page}report/", {"act": "plan", "measures": "换菜单、加一名厨师"}).status_code == 403
    assert street.post(f"{page}decide/", {"act": "void", "reason": "录错了份数"}).status_code == 403
    assert signed_in(Role.STREET_CLERK, HUSHU).get(page).status_code == 404
    assert "区里可以办的" not in text(street.get(page))


def test_lists_search_filter_order_export_and_say_why_they_are_empty(facility, order, street, district):
    assert "79.9%" in text(district.get("/rectifications/"))
    for query, found in (
        ("q=第1", True), ("q=别处", False), ("state=live", True), ("state=closed", False), ("overdue=1", True),
        ("street=330105005000", True), ("street=330105002000", False), ("half=1999-H1", False), ("sort=new", True),
    ):  # fmt: skip
        assert (facility.name in text(district.get(f"/rectifications/?{query}"))) is found, query
    assert "没有符合条件的" in text(district.get("/rectifications/?q=别处"))
    assert "没有要决定去留的项目" in text(district.get("/item-decisions/"))
    rows = list(load_workbook(BytesIO(district.get("/rectifications/export/").content)).active.values)
    assert rows[1][:8] == ("设施编号", "设施", "街道", "半年", "服务项目", "满意", "有效", "满意度")
    assert (rows[2][1], rows[2][4:8]) == (facility.name, ("社区食堂", 799, 1000, "79.9%"))
    assert facility.name in text(street.get("/follow-ups/?state=open"))


@pytest.mark.requirement("SAT-1", "SAT-3")
def test_the_district_concludes_on_the_page_of_the_five_sides(facility, street, district):
    with inside():
        one = FollowUp.objects.order_by("half").first()
    page = f"/follow-ups/{one.uuid}/"
    seen = text(district.get(page))
    for words in (
        "设施使用率",
        "服务设施建设",
        "资金使用规范",
        "人员队伍培育",
        "每半年核查设施使用率、群众满意度及问题整改情况",
    ):
        assert words in seen, words
    assert "完成核查" not in text(street.get(page))
    assert street.post(f"{page}conclude/", {"conclusion": "台账齐全，没有问题"}).status_code == 403
    assert "至少 10 个字" in text(district.post(f"{page}conclude/", {"conclusion": "好"}, follow=True))
    done = text(district.post(f"{page}conclude/", {"conclusion": "台账齐全，食堂正在整改"}, follow=True))
    assert "台账齐全，食堂正在整改" in done
    assert "下面是核查时的数据" in done


def test_a_district_sets_its_rules_with_a_basis(facility, district):
    assert "现在用的是工作口径，待区民政局确认。" in text(district.get("/follow-ups/rules/"))
    values = {"check_days": 20, "plan_days": 5, "mend_days": 30, "failures": 3, "failure_months": 18}
    values |= {"starts_on": timezone.localdate().isoformat(), "basis": "局长办公会纪要"}
    wrong = text(district.post("/follow-ups/rules/", values | {"mend_days": 400}, follow=True))
    assert "整改期限（天）应在 1 到 365 之间" in wrong
    assert "起适用。" in text(district.post("/follow-ups/rules/", values, follow=True))
    with inside():
        assert FollowUpRules.objects.get().failures == 3
    assert "现在用的是工作口径" not in text(district.get("/follow-ups/"))


def test_the_effect_is_on_the_page_before_an_item_is_withdrawn(facility, order, street, district):
    with inside():
        survey(facility, 799, 1000, ended=5)
        beat()
        decision = ItemDecision.objects.get()
    page = f"/item-decisions/{decision.uuid}/"
    seen = text(district.get(page))
    assert "9 项" in seen
    assert "8 项" in seen
    assert "作出决定" not in text(street.get(page))
    done = text(district.post(f"{page}decide/", {"choice": "withdrawn", "reason": "两次调查都低于线"}, follow=True))
    assert "起不再提供" in done
    with inside():
        assert Rectification.objects.get().state == "withdrawn"


def test_an_item_of_a_facility_that_is_suspended_since_is_decided_without_a_tier(facility, order, district):
    with inside():
        survey(facility, 799, 1000, ended=5)
        beat()
        decision = ItemDecision.objects.get()
        FacilityState.objects.filter(facility=facility).update(lifecycle="suspended")
    seen = text(district.get(f"/item-decisions/{decision.uuid}/"))
    assert "这座设施现在不参加测算（暂停、并入或撤销），退出不改变等级。" in seen
    assert "作出决定" in seen


def test_what_waits_stands_on_the_workbench_of_whoever_acts(facility, order, street, district):
    assert "去报措施" in text(street.get("/workbench/due/"))
    assert "使用率、满意度、问题整改" in text(district.get("/workbench/due/"))


def test_the_api_reads_follow_ups_and_orders(facility, order, street):
    listed = street.get("/api/v1/rectifications/?state=live").json()["results"]
    assert [(one["percent"], one["line_value"], one["line_parts"]) for one in listed] == [("79.9%", 4, 5)]
    assert street.get(f"/api/v1/rectifications/{order.uuid}/").json() == listed[0]
    follow_ups = street.get("/api/v1/follow-ups/?state=open").json()["results"]
    assert follow_ups[0]["facility"] == str(facility.uuid)
    assert street.get(f"/api/v1/follow-ups/{follow_ups[0]['uuid']}/").json() == follow_ups[0]
    assert street.get("/api/v1/follow-ups/?state=never").status_code == 400
    assert signed_in(Role.STREET_CLERK, HUSHU).get("/api/v1/rectifications/").json()["results"] == []


def test_a_list_asks_the_same_of_the_database_for_three_rows_as_for_one(facility, order, district):
    def asked() -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            district.get("/rectifications/")
        return [
            query["sql"][:60] for query in captured if "assessments_" in query["sql"] or "facilities_" in query["sql"]
        ]

    asked()
    before = asked()
    with inside():
        for number in (2, 3):
            survey(make.demonstration(number, code=TAIZHOULU), 1, 2, ended=60)
        beat()
    assert asked() == before
    assert len(before) == 5
