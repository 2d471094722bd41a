"""The workbench: deadlines, the data to mend with what it does to tiers, strange numbers, streets, one-click reminders."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from facilities.models import Site, Space
from portal.maps import lies_in_district
from portal.queries.desk.due import due_items, urged
from portal.queries.desk.quality import DECIDES, HINT, SHARE, TIER, findings, ledgers
from portal.queries.desk.streets import progress
from portal.queries.desk.unusual import jumps
from portal.queries.runs import runs_for
from tenants.models import Act, Message
from tenants.queries import current_appointment
from tenants.rules import Role
from tenants.scope import Scope, division_scope, opened_scope, scope_of
from tests.assessments import registry as make
from tests.people import GONGCHENQIAO, GONGSHU, HUSHU, client_of, person, signed_in
from tests.portal.conftest import QIAOXI, TAIZHOULU, XIAWAN, run_quarter
from tests.portal.test_queries import queries

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 22)


def appointment_of(role=Role.STREET_CLERK, code=GONGCHENQIAO):
    with opened_scope(Scope()):
        return current_appointment(person(role, code))


def told(role=Role.STREET_CLERK, code=GONGCHENQIAO, day=DAY) -> list[tuple]:
    """(check, level, effect) of all findings that somebody sees."""
    appointment = appointment_of(role, code)
    with opened_scope(scope_of(appointment)):
        return [(one.check, one.level, one.effect) for one in findings(appointment, day)]


@pytest.fixture
def whole(district):
    """A facility in 拱宸桥 that is 示范型 and in order; its sites have coordinates in the district."""
    with opened_scope(division_scope(GONGSHU)):
        one = make.demonstration(1, code=TAIZHOULU)
        one.sites.update(longitude="120.13", latitude="30.32")
    return one


def changed(one, **rows):
    """Set columns of ledgers of a facility: `changed(f, sites={...})`."""
    with opened_scope(division_scope(GONGSHU)):
        for ledger, values in rows.items():
            getattr(one, ledger).update(**values)


# --- data quality: each check, and what the engine says of it ---


def test_nothing_is_wrong_with_a_facility_in_order(whole):
    assert told() == []


@pytest.mark.requirement("TIER-8", "REG-12")
def test_a_missing_area_document_says_which_tier_it_holds_back(whole):
    changed(whole, sites={"area_document": ""})
    assert told() == [("document", TIER, "处理后：未评 → 示范型")]


def test_a_document_for_too_small_an_area_gains_no_more_than_it_does(whole):
    changed(whole, sites={"area_document": "", "floor_area_m2": "700"})
    changed(whole, spaces={"usable_area_m2": "200"})
    assert told() == [("document", TIER, "处理后：未评 → 普惠型")]


def test_a_site_without_area_decides_whether_there_is_a_tier(whole):
    changed(whole, sites={"floor_area_m2": None})
    assert told() == [("area", DECIDES, "补齐才能判定等级")]


def test_spaces_without_usable_area_concern_shares_alone(whole):
    with opened_scope(division_scope(GONGSHU)):
        Space.objects.filter(facility=whole, name="1 号室").update(usable_area_m2=None)
    assert told() == [("usable", SHARE, "不直接改变等级")]


def test_rooms_larger_than_their_site_and_rooms_entered_twice(whole):
    with opened_scope(division_scope(GONGSHU)):
        site = whole.sites.get()
        make.space(whole, site, " 1 号 室", "300.01")
    assert sorted(told()) == [("overlap", SHARE, "不直接改变等级"), ("twice", SHARE, "不直接改变等级")]
    with opened_scope(division_scope(GONGSHU)):
        Space.objects.filter(facility=whole, name=" 1 号 室").update(
            usable_area_m2="300"
        )  # exactly as large as the site
    assert told() == [("twice", SHARE, "不直接改变等级")]


@pytest.mark.parametrize(
    ("ends_on", "expected"),
    [
        (DAY + timedelta(days=61), []),
        (DAY + timedelta(days=60), [("operator_soon", TIER, "到期不续：示范型 → 未入名录")]),
        (DAY + timedelta(days=1), [("operator_soon", TIER, "到期不续：示范型 → 未入名录")]),
        (DAY, [("operator", TIER, "处理后：未入名录 → 示范型")]),
    ],
)
def test_an_agreement_that_ends_costs_the_tier(whole, ends_on, expected):
    changed(whole, operators={"ends_on": ends_on})
    assert told() == expected


def test_projects_that_end_soon_tell_what_remains(whole):
    with opened_scope(division_scope(GONGSHU)):
        whole.projects.filter(name__in=["项目 1", "项目 2"]).update(ends_on=DAY + timedelta(days=30))
    assert told() == [("projects_soon", TIER, "到期不续：示范型 → 普惠型")]
    with opened_scope(division_scope(GONGSHU)):
        whole.projects.filter(name="项目 2").update(ends_on=None)
        whole.projects.filter(name="项目 1").update(ends_on=DAY)
    assert told() == [("projects", HINT, "不直接改变等级")]


def test_an_empty_ledger_is_missing_until_somebody_confirms_it(whole):
    with opened_scope(division_scope(GONGSHU)):
        whole.projects.all().delete()
    assert told() == [("empty", DECIDES, "补齐才能判定等级")]
    with opened_scope(division_scope(GONGSHU)):
        type(whole).objects.filter(pk=whole.pk).update(nil_ledgers=["projects"])
    assert told() == []


@pytest.mark.parametrize(
    ("place", "expected"),
    [(("120.13", "30.32"), []), (("120.13", "29.00"), ["outside"]), ((None, None), ["unplaced"])],
)
def test_coordinates_outside_the_district_are_noticed(whole, place, expected):
    longitude, latitude = place
    changed(whole, sites={"longitude": longitude, "latitude": latitude})
    assert [check for check, _, _ in told()] == expected


def test_an_unknown_district_has_no_outline_to_lie_outside_of():
    assert lies_in_district(110101000000, 120.0, 30.0) is None


def test_twins_of_a_street_are_noticed_by_name_and_by_address(whole):
    with opened_scope(division_scope(GONGSHU)):
        second, third = make.demonstration(2, code=QIAOXI), make.demonstration(3, code=XIAWAN)
        named = (
            (whole, "登云路一号幸福家园", "登云路 1 号"),
            (second, "登云路一号民生综合体幸福家园", ""),
            (third, "登云路一号幸福家园", "登云路 1 号"),
        )
        for one, name, address in named:
            type(one).objects.filter(pk=one.pk).update(name=name, address=address)
        Site.objects.update(longitude="120.13", latitude="30.32")
        assert told(Role.DISTRICT_ADMIN, GONGSHU) == []  # another street, and too long a name
        type(second).objects.filter(pk=second.pk).update(name="登云路一号家园幸福家园")
    assert told() == [("twin", HINT, "不直接改变等级")]
    changed(whole, coverages={})
    with opened_scope(division_scope(GONGSHU)):
        type(second).objects.filter(pk=second.pk).update(name="完全不同", address="登云路 1 号")
    assert told() == [("twin", HINT, "不直接改变等级")]


def test_closed_facilities_are_left_in_peace(whole):
    changed(whole, sites={"area_document": ""}, states={"lifecycle": "withdrawn"})
    assert told() == []


def test_what_moves_a_tier_stands_first(whole):
    changed(whole, sites={"area_document": "", "longitude": None, "latitude": None})
    with opened_scope(division_scope(GONGSHU)):
        Space.objects.filter(facility=whole, name="1 号室").update(usable_area_m2=None)
    assert [level for _, level, _ in told()] == [TIER, SHARE, HINT]


# --- deadlines and reminders ---


@pytest.fixture
def late(whole):
    """An agreement that ended yesterday, as the clock of the page has it."""
    changed(whole, operators={"ends_on": timezone.localdate()})
    return whole


def test_what_ends_within_sixty_days_is_due_on_its_last_day(whole):
    changed(whole, operators={"ends_on": DAY + timedelta(days=60)})
    with opened_scope(division_scope(GONGSHU)):
        whole.projects.filter(name__in=["项目 1", "项目 2"]).update(ends_on=DAY + timedelta(days=1))
    appointment = appointment_of()
    with opened_scope(scope_of(appointment)):
        found = [(item.title, item.detail, item.deadline, item.days_left) for item in due_items(appointment, DAY)]
    assert found == [
        ("入驻项目到期", "“项目 1”等 2 个", DAY, 0),
        ("综合运营协议到期", "专业服务机构“运河社工事务所”", DAY + timedelta(days=59), 59),
    ]


def test_one_click_sends_one_message_and_shows_it_as_sent(late):
    clerk, reporter = person(Role.STREET_CLERK, GONGCHENQIAO), person(Role.COMMUNITY_REPORTER, TAIZHOULU)
    person(Role.STREET_CLERK, HUSHU)
    officer = signed_in(Role.DISTRICT_ADMIN, GONGSHU)
    page = officer.get("/workbench/due/?late=1")
    [(item, act, is_today)] = page.context["page"].object_list
    assert (item.is_overdue, act, is_today) == (True, None, False)
    for _ in range(2):  # a second click sends nothing
        officer.post("/workbench/remind/", {"key": item.key, "back": "/workbench/due/?late=1"})
    with opened_scope(division_scope(GONGSHU)):
        assert sorted(Message.objects.values_list("user_id", flat=True)) == sorted([clerk.pk, reporter.pk])
        assert Act.objects.filter(verb="催办").count() == 1
    [(_, act, is_today)] = officer.get("/workbench/due/").context["page"].object_list
    assert (act.actor.display_name[:2], is_today) == ("某某", True)
    assert client_of(clerk).get("/inbox/").context["unread"] == 1


def test_a_street_sends_no_reminders_and_nobody_reminds_of_what_is_not_due(late):
    assert signed_in(Role.STREET_CLERK, GONGCHENQIAO).post("/workbench/remind/", {"key": "x"}).status_code == 403
    assert signed_in(Role.DISTRICT_ADMIN, GONGSHU).post("/workbench/remind/", {"key": "x"}).status_code == 404
    assert urged([]) == {}


# --- strange numbers and streets ---


def test_numbers_that_moved_by_more_than_five_percent_are_listed(whole):
    run_quarter("2026-Q3")
    appointment = appointment_of()

    def found():
        with opened_scope(scope_of(appointment)):
            return [(j.metric, j.before, j.after, j.percent) for j in jumps(appointment, runs_for(appointment), DAY)]

    assert found() == []
    changed(whole, sites={"floor_area_m2": "1260"})
    assert found() == []  # exactly 5 %
    changed(whole, sites={"floor_area_m2": "1260.01"})
    assert found() == [("floor_area_declared", "1,200 ㎡", "1,260.01 ㎡", 5)]
    with opened_scope(division_scope(GONGSHU)):
        make.space(whole, whole.sites.get(), "值班室", "1", "office")
    assert ("office_area", "0 ㎡", "1 ㎡", None) in found()


def test_streets_with_the_most_to_do_stand_first(whole):
    with opened_scope(division_scope(GONGSHU)):
        other = make.demonstration(2, code=XIAWAN)
        other.sites.update(area_document="", longitude="120.13", latitude="30.32")
    appointment = appointment_of(Role.DISTRICT_ADMIN, GONGSHU)
    with opened_scope(scope_of(appointment)):
        read = ledgers(appointment, DAY)
        names = {HUSHU: "湖墅街道", GONGCHENQIAO: "拱宸桥街道"}
        rows = progress(names, read.live.values(), findings(appointment, DAY, read=read), due_items(appointment, DAY))
    assert [(row.code, row.facilities, row.complete, row.findings) for row in rows if row.facilities] == [
        (HUSHU, 1, 0, 1), (GONGCHENQIAO, 1, 1, 0),
    ]  # fmt: skip


# --- pages ---

PAGES = ["/workbench/", "/workbench/quality/", "/workbench/due/", "/workbench/unusual/", "/workbench/streets/"]


def some(number: int) -> None:
    """Small facilities of 拱宸桥 with something wrong in each ledger."""
    with opened_scope(division_scope(GONGSHU)):
        for index in range(1, number + 1):
            one = make.facility(index, code=TAIZHOULU)
            at = make.site(one, document="")
            make.space(one, at, "甲", usable=None)
            make.operator(one, ends_on=timezone.localdate() + timedelta(days=9))
            make.project(one, "书屋", with_partner=False, ends_on=timezone.localdate() + timedelta(days=9))


@pytest.mark.parametrize("number", [1, 3, 300])
def test_the_number_of_queries_does_not_grow_with_the_facilities(district, number):
    some(number)
    client = signed_in(Role.DISTRICT_ADMIN, GONGSHU)
    counts = {page: queries(client, page) for page in PAGES}
    assert counts == {
        "/workbench/": 11, "/workbench/quality/": 8, "/workbench/due/": 9, "/workbench/unusual/": 5, "/workbench/streets/": 10,
    }  # fmt: skip


def test_lists_search_filter_order_page_and_export(district):
    some(60)
    client = signed_in(Role.DISTRICT_ADMIN, GONGSHU)
    page = client.get("/workbench/quality/").context["page"]
    assert (len(page), page.paginator.num_pages > 1) == (50, True)
    one = client.get("/workbench/quality/?q=第7幸福&kind=document").context["page"]
    assert [(f.check, f.facility.name) for f in one] == [("document", "第7幸福家园")]
    assert client.get("/workbench/quality/?street=330105002000").context["page"].paginator.count == 0
    assert "没有符合条件的内容" in client.get("/workbench/quality/?q=查无此事").content.decode()
    assert client.get("/workbench/quality/?kind=nonsense&sort=nonsense&street=1").status_code == 200
    sheet = load_workbook(BytesIO(client.get("/workbench/quality/?q=第7幸福&kind=document&export=1").content)).active
    assert [cell.value for cell in sheet[3]][1:4] == ["缺面积证明", "330105005-0007", "第7幸福家园"]
    assert "查找：第7幸福" in sheet["A1"].value
    dues = client.get("/workbench/due/?sort=facility&kind=agreement").context["page"]
    assert {row[0].source for row in dues} == {"agreement"}


def test_empty_lists_say_why(district):
    client = signed_in(Role.STREET_CLERK, GONGCHENQIAO)
    texts = {page: client.get(page).content.decode() for page in PAGES}
    assert "你这里还没有设施" in texts["/workbench/"]
    assert "没有发现数据问题" in texts["/workbench/quality/"]
    assert "没有要到期的事项" in texts["/workbench/due/"]
    assert "还没有可比的测算" in texts["/workbench/unusual/"]


def test_an_operator_sees_its_facility_and_no_results(whole):
    client = signed_in(Role.OPERATOR, GONGSHU, facility_ids=[whole.pk])
    assert "第1幸福家园" in client.get("/workbench/").content.decode()
    assert client.get("/workbench/quality/").status_code == 403


def test_every_mending_link_leads_to_a_page(district):
    some(1)
    client = signed_in(Role.STREET_CLERK, GONGCHENQIAO)
    found = client.get("/workbench/quality/").context["page"]
    assert {one.check: client.get(one.url).status_code for one in found} == {one.check: 200 for one in found}
