"""The pages of the runs, in the browser's terms: who sees what, what a click does, what is shown when nothing is there."""

from datetime import date

import pytest

from assessments.models import Run, RunState
from assessments.operations import runs
from tenants.models import Division
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.assessments import registry as make
from tests.assessments.test_run import Q2, Q3, TODAY
from tests.people import GONGSHU, SHANGCHENG, signed_in


def computed(quarter=Q3, **fields):
    """A computed run, made in the district's own scope."""
    with opened_scope(division_scope(GONGSHU)):
        run = runs.start_quarter(
            **{"quarter": quarter, "district": GONGSHU, "by": None, "reason": "", "today": TODAY, **fields}
        )
        runs.compute_run(run_id=run.pk, district=GONGSHU)
        run.refresh_from_db()
    return run


@pytest.fixture
def district(standards):
    Division.objects.get_or_create(code=GONGSHU, defaults={"name": "拱墅区", "level": "district"})
    with opened_scope(division_scope(GONGSHU)):
        one, two = make.demonstration(1, code=330105005052), make.demonstration(2, code=330105002051)
        one.sites.update(floor_area_m2=700)
        make.facility(3, code=330105002051, lifecycle="suspended")
    computed(Q2)
    with opened_scope(division_scope(GONGSHU)):
        one.sites.update(floor_area_m2=1200)
    return one, two


def text(response):
    assert response.status_code == 200
    return response.content.decode()


def test_an_empty_list_says_what_will_happen(standards):
    page = text(signed_in(Role.DISTRICT_ADMIN, GONGSHU).get("/runs/"))
    assert "还没有测算过" in page
    assert "测算这个季度" in page


def test_the_list_shows_runs_and_filters_them(district):
    computed(Q3)
    client = signed_in(Role.DISTRICT_ADMIN, GONGSHU)
    assert text(client.get("/runs/")).count('<th scope="row">') == 2
    assert text(client.get("/runs/?quarter=2026-Q3")).count('<th scope="row">') == 1
    assert "没有符合条件的测算" in text(client.get("/runs/?state=failed"))


def test_a_run_shows_totals_changes_with_reasons_and_what_was_not_judged(district):
    run = computed(Q3)
    page = text(signed_in(Role.DISTRICT_REVIEWER, GONGSHU).get(f"/runs/{run.uuid}/"))
    for shown in (
        "依据征求意见稿",
        "阵地面积：700 ㎡ → 1,200 ㎡",
        "第1幸福家园",
        "暂停服务",
        run.result_hash,
        "重新测算",
    ):
        assert shown in page, shown
    assert "公布" not in page.split("<main")[1].split("</main>")[0]


def test_a_community_sees_its_own_part_only(district):
    run = computed(Q3)
    page = text(signed_in(Role.COMMUNITY_REPORTER, 330105002051).get(f"/runs/{run.uuid}/"))
    assert "第1幸福家园" not in page
    assert "第3幸福家园" in page
    assert run.result_hash not in page
    assert 'data-dialog="again"' not in page


def test_another_district_does_not_find_the_run(district):
    run = computed(Q3)
    client = signed_in(Role.DISTRICT_ADMIN, SHANGCHENG)
    assert client.get(f"/runs/{run.uuid}/").status_code == 404
    assert client.get(f"/runs/{run.uuid}/progress/").status_code == 404
    assert str(run.uuid) not in text(client.get("/runs/"))


def test_starting_a_quarter_leads_to_its_page_which_asks_for_progress(district):
    client = signed_in(Role.DISTRICT_ADMIN, GONGSHU)
    response = client.post("/runs/start/", {"quarter": "2026-Q3", "reason": "季度例行"})
    with opened_scope(division_scope(GONGSHU)):
        run = Run.objects.get(quarter="2026-Q3")
    assert (response.status_code, response["Location"]) == (302, f"/runs/{run.uuid}/")
    assert (run.state, run.reason, run.requested_by.display_name[:2]) == (RunState.QUEUED, "季度例行", "某某")
    assert 'hx-trigger="every 2s"' in text(client.get(f"/runs/{run.uuid}/"))
    fragment = client.get(f"/runs/{run.uuid}/progress/")
    assert "<html" not in text(fragment)
    assert ("HX-Request" in fragment["Vary"], fragment.headers.get("HX-Refresh")) == (True, None)


def test_a_finished_run_refreshes_the_page(district):
    run = computed(Q3)
    response = signed_in(Role.DISTRICT_ADMIN, GONGSHU).get(f"/runs/{run.uuid}/progress/")
    assert response["HX-Refresh"] == "true"


def test_a_rerun_asks_for_a_reason_and_makes_one_revision(district):
    run = computed(Q3)
    client = signed_in(Role.DISTRICT_ADMIN, GONGSHU)
    refused = client.post("/runs/start/", {"quarter": "2026-Q3", "reason": "", "based_on": run.revision}, follow=True)
    assert "请写明为什么要重新测算" in text(refused)
    for _ in range(3):
        client.post("/runs/start/", {"quarter": "2026-Q3", "reason": "补录面积证明", "based_on": run.revision})
    with opened_scope(division_scope(GONGSHU)):
        assert sorted(Run.objects.filter(quarter="2026-Q3").values_list("revision", "reason")) == [
            (1, ""),
            (2, "补录面积证明"),
        ]


def test_what_cannot_be_started_says_why(district):
    client = signed_in(Role.DISTRICT_ADMIN, GONGSHU)
    assert "才结束" in text(client.post("/runs/start/", {"quarter": "2099-Q1"}, follow=True))
    assert "2026-Q3 这样的形式" in text(client.post("/runs/start/", {"quarter": "上季度"}, follow=True))


def test_a_street_clerk_cannot_start_a_run(district):
    client = signed_in(Role.STREET_CLERK, 330105005000)
    assert client.post("/runs/start/", {"quarter": "2026-Q3"}).status_code == 403
    assert "测算这个季度" not in text(client.get("/runs/"))


@pytest.mark.parametrize("size", [1, 3])
def test_a_run_page_takes_the_same_queries_whatever_the_size(standards, size, django_assert_num_queries):
    with opened_scope(division_scope(GONGSHU)):
        for number in range(size):
            made = make.demonstration(number + 1)
            made.sites.update(floor_area_m2=700)
    computed(Q2)
    with opened_scope(division_scope(GONGSHU)):
        make.Site.objects.update(floor_area_m2=1200, ends_on=date(2027, 1, 1))
    run = computed(Q3)
    client = signed_in(Role.DISTRICT_ADMIN, GONGSHU)
    client.get(f"/runs/{run.uuid}/")
    with django_assert_num_queries(
        11
    ):  # 5 of them for the session, the person, the scope and the savepoint of the test
        client.get(f"/runs/{run.uuid}/")
