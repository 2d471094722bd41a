"""Deciding over a facility: seen before it happens, done once, taken back; with the grounds that the document names."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from facilities.grounds import basis_on
from facilities.models import Decision, Facility, FacilityLineage, OfferedFunction, Operator, Site, Space
from partners.models import ResidentProject
from standards.queries import find_clause
from tenants.models import Act, Message, RowChange
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.assessments import registry as make
from tests.people import GONGCHENQIAO, GONGSHU, HUSHU, client_of, person, signed_in
from tests.portal.conftest import QIAOXI, TAIZHOULU, run_quarter

pytestmark = pytest.mark.django_db
LEDGERS = (Site, Space, OfferedFunction, ResidentProject, Operator)


@pytest.fixture
def two(district):
    """A 示范型 and a small one in 拱宸桥."""
    with opened_scope(division_scope(GONGSHU)):
        large = make.demonstration(1, code=TAIZHOULU)
        small = make.facility(2, code=QIAOXI)
        at = make.site(small, area="300")
        make.space(small, at, "书屋", "80")
        make.functions(small, items=(1, 33))
        make.project(small, "缝补")
        make.operator(small)
    return large, small


@pytest.fixture
def clerk(two):
    return signed_in(Role.STREET_CLERK, GONGCHENQIAO)


def today() -> date:
    return timezone.localdate()


def step_1(client, facility, kind, **fields):
    """The form of a decision, sent; the address of its second step."""
    address = f"/facilities/{facility.uuid}/lifecycle/{kind}/" if facility else "/facilities/new/"
    assert client.get(address).status_code == 200
    told = {"effective_on": today().isoformat(), "reason": "测试", "version": "0", "token": str(uuid4()), **fields}
    answer = client.post(address, told)
    assert answer.status_code == 302, answer.content.decode()[-6000:]
    return client.get(answer.url).url


def done(client, page: str, act: str = "confirm"):
    return client.post(f"{page}act/", {"act": act}, follow=True)


def in_force(facility) -> dict[str, int]:
    with opened_scope(division_scope(GONGSHU)):
        return {m.__name__: m.objects.filter(facility=facility).in_force(today()).count() for m in LEDGERS}


def lifecycle_of(facility) -> str:
    with opened_scope(division_scope(GONGSHU)):
        return facility.states.order_by("-starts_on").first().lifecycle


def everything() -> list:
    """All rows of the ledgers with their dates, to see whether something was left behind."""
    with opened_scope(division_scope(GONGSHU)):
        dated = ("facility_id", "starts_on", "ends_on")
        rows = [(m.__name__, *row) for m in LEDGERS for row in m.objects.order_by("pk").values_list(*dated)]
        return rows + list(Facility.objects.order_by("pk").values_list("name", "division_code", "address"))


# --- grounds are the document's own words ---


@pytest.mark.requirement("REG-6")
def test_the_grounds_are_those_that_the_document_names(district):
    sentence = find_clause("杭州 二(一)3").text
    found = {kind: basis_on(kind, date(2026, 11, 22)) for kind in ("withdraw", "merge", "keep")}
    assert all(basis.quote in sentence for basis in found.values())
    assert all(ground in basis.quote for basis in found.values() for ground in basis.grounds.values())
    assert {kind: list(basis.grounds.values()) for kind, basis in found.items()} == {
        "withdraw": ["位置偏远", "长期闲置", "利用率极低"],
        "merge": ["功能单一", "规模较小", "服务能力弱"],
        "keep": ["地理位置好", "人气较旺", "利用率较高"],
    }
    assert basis_on("suspend", date(2026, 11, 22)) is None
    assert basis_on("withdraw", date(2020, 1, 1)) == found["withdraw"]


def test_without_a_ground_nothing_is_withdrawn(two, clerk):
    address = f"/facilities/{two[1].uuid}/lifecycle/withdraw/"
    answer = clerk.post(address, {"effective_on": "2026-11-22", "reason": "闲置", "token": str(uuid4())})
    assert (answer.status_code, answer.context["form"].errors["grounds"]) == (422, ["请至少选一项理由。"])


# --- shown before it happens ---


def test_what_would_happen_is_seen_and_leaves_nothing_behind(two, clerk):
    large, _ = two
    before = everything()
    page = step_1(clerk, large, "withdraw", grounds=["idle"])
    seen = clerk.get(page).context["seen"]
    assert [(one.before, one.after) for one in seen.tiers] == [("示范型", "不参加测算（已撤销）")]
    assert (seen.projects, len(seen.partners), seen.agreements) == (11, 10, ("专业服务机构“运河社工事务所”",))
    assert [(t.label, t.before, t.after) for t in seen.totals][:2] == [
        ("点位", "1 个", "0 个"),
        ("建筑面积", "1,200 ㎡", "未填"),
    ]
    assert everything() == before
    with opened_scope(division_scope(GONGSHU)):
        assert Act.objects.filter(verb__contains="撤销").count() == 0
        assert RowChange.objects.filter(after__lifecycle="withdrawn").count() == 0


def test_what_cannot_be_done_says_why(two, clerk):
    page = step_1(clerk, two[1], "withdraw", grounds=["idle"], effective_on="2025-01-01")
    context = clerk.get(page).context
    assert "2025-01-01 已经有一次变更" in context["seen"].problem
    assert "现在还办不了" in clerk.get(page).content.decode()


# --- each kind ---


@pytest.mark.requirement("REG-6")
def test_a_withdrawal_ends_the_ledgers_and_keeps_the_past(two, clerk):
    _, small = two
    page = step_1(clerk, small, "withdraw", grounds=["remote", "idle"], document="街办〔2026〕3 号")
    done(clerk, page)
    assert lifecycle_of(small) == "withdrawn"
    assert set(in_force(small).values()) == {0}
    with opened_scope(division_scope(GONGSHU)):
        assert Site.objects.filter(facility=small).in_force(today() - timedelta(days=1)).count() == 1
        act = Act.objects.get(verb="设施变更：撤销")
    assert (act.reason, act.details["grounds"]) == ("测试", ["remote", "idle"])


@pytest.mark.requirement("REG-6")
def test_a_merger_keeps_lineage_and_adds_up(two, clerk):
    large, small = two
    taken = ["sites", "functions", "projects"]
    page = step_1(clerk, small, "merge", grounds=["small"], successor=str(large.uuid), takes_over=taken)
    seen = clerk.get(page).context["seen"]
    assert {t.label: (t.before, t.after) for t in seen.totals} == {
        "点位": ("1 个", "2 个"), "建筑面积": ("1,200 ㎡", "1,500 ㎡"), "空间": ("3 个", "4 个"),
        "可用面积": ("900 ㎡", "980 ㎡"), "功能": ("10 项", "11 项"), "入驻项目": ("11 个", "12 个"),
    }  # fmt: skip
    done(clerk, page)
    assert in_force(large) == {"Site": 2, "Space": 4, "OfferedFunction": 11, "ResidentProject": 12, "Operator": 1}
    assert set(in_force(small).values()) == {0}
    with opened_scope(division_scope(GONGSHU)):
        assert FacilityLineage.objects.get().successor == large
        assert Space.objects.get(facility=large, name="书屋").site.name == "主点位（原第2幸福家园）"


def test_a_merger_without_anything_taken_over_ends_it_there(two, clerk):
    large, small = two
    before = in_force(large)
    done(clerk, step_1(clerk, small, "merge", grounds=["small"], successor=str(large.uuid)))
    assert (in_force(large), set(in_force(small).values())) == (before, {0})


def test_suspended_and_reopened(two, clerk):
    large, _ = two
    done(clerk, step_1(clerk, large, "suspend", effective_on=(today() - timedelta(days=3)).isoformat()))
    assert (lifecycle_of(large), in_force(large)["Site"]) == ("suspended", 1)
    page = step_1(clerk, large, "reopen")
    assert [(c.before, c.after) for c in clerk.get(page).context["seen"].tiers] == [("不参加测算（暂停）", "示范型")]
    done(clerk, page)
    assert lifecycle_of(large) == "open"


@pytest.mark.requirement("REG-1", "REG-2")
def test_another_type_asks_for_what_the_clause_asks_for(two, clerk):
    large, _ = two
    address = f"/facilities/{large.uuid}/lifecycle/retype/"
    told = {"effective_on": today().isoformat(), "reason": "改造", "token": str(uuid4())}
    assert "covered" in clerk.post(address, {**told, "construction_type": "area"}).context["form"].errors
    assert "hub_street" in clerk.post(address, {**told, "construction_type": "streetblock"}).context["form"].errors
    page = step_1(clerk, large, "retype", construction_type="area", covered=[str(TAIZHOULU), str(QIAOXI)])
    assert [(c.before, c.after) for c in clerk.get(page).context["seen"].tiers] == [
        ("示范型", "普惠型")
    ]  # 1,200 of 1,500 ㎡
    done(clerk, page)
    with opened_scope(division_scope(GONGSHU)):
        assert sorted(large.coverages.in_force(today()).values_list("community_code", flat=True)) == [TAIZHOULU, QIAOXI]


def test_a_move_ends_the_old_site_and_goes_to_the_new_community(two, clerk):
    large, _ = two
    page = step_1(clerk, large, "move", community=str(QIAOXI), address="桥弄街 9 号", site="新楼", floor_area_m2="1500")
    assert [(c.before, c.after) for c in clerk.get(page).context["seen"].tiers] == [
        ("示范型", "未评")
    ]  # no document yet
    done(clerk, page)
    with opened_scope(division_scope(GONGSHU)):
        moved = Facility.objects.get(pk=large.pk)
        assert (moved.division_code, moved.address) == (QIAOXI, "桥弄街 9 号")
        sites = Site.objects.filter(facility=large).in_force(today())
        assert list(sites.values_list("name", "division_code")) == [("新楼", QIAOXI)]
        assert set(ResidentProject.objects.filter(facility=large).values_list("division_code", flat=True)) == {QIAOXI}


@pytest.mark.requirement("REG-6")
def test_keeping_and_upgrading_is_on_record_and_changes_nothing(two, clerk):
    large, _ = two
    before = everything()
    done(clerk, step_1(clerk, large, "keep", grounds=["busy"]))
    assert everything() == before
    with opened_scope(division_scope(GONGSHU)):
        assert Act.objects.filter(verb="设施变更：保留升级").count() == 1


NEW = {
    "name": "运河湾幸福家园", "community": str(TAIZHOULU), "construction_type": "integrated", "lifecycle": "open", "site": "主楼",
    "floor_area_m2": "1000", "area_document": "不动产权第 9 号", "address": "登云路 9 号",
}  # fmt: skip


def test_a_new_facility_is_registered_with_its_first_site(two, clerk):
    page = step_1(clerk, None, "new", **NEW)
    assert [(c.before, c.after) for c in clerk.get(page).context["seen"].tiers] == [("还没有", "未评")]
    with opened_scope(division_scope(GONGSHU)):
        assert Facility.objects.filter(name="运河湾幸福家园").count() == 0
    for _ in range(2):
        done(clerk, page)
    with opened_scope(division_scope(GONGSHU)):
        made = Facility.objects.get(name="运河湾幸福家园")
        assert (made.code, made.sites.get().area_document) == ("330105005-03", "不动产权第 9 号")
    answer = clerk.post("/facilities/new/", {**NEW, "effective_on": "2026-11-22", "reason": "x", "token": str(uuid4())})
    assert "已经有同名设施" in answer.content.decode()


# --- once, by two, and taken back ---


@pytest.mark.parametrize("kind", ["withdraw", "merge", "suspend", "retype", "move", "keep", "new"])
def test_what_was_done_can_be_taken_back(two, clerk, kind):
    large, small = two
    fields = {
        "withdraw": {"grounds": ["idle"]},
        "merge": {"grounds": ["small"], "successor": str(large.uuid), "takes_over": ["sites", "functions", "projects"]},
        "retype": {"construction_type": "area", "covered": [str(TAIZHOULU), str(QIAOXI)]},
        "move": {"community": str(TAIZHOULU), "site": "新楼"},
        "keep": {"grounds": ["busy"]},
        "new": NEW,
    }  # fmt: skip
    before = everything()
    page = step_1(clerk, None if kind == "new" else small, kind, **fields.get(kind, {}))
    done(clerk, page)
    assert (everything() != before) is (kind not in {"keep", "suspend", "retype"})
    answer = done(clerk, page, "undo")
    assert "已撤回" in answer.content.decode()
    assert everything() == before
    assert lifecycle_of(small) == "open"
    with opened_scope(division_scope(GONGSHU)):
        assert FacilityLineage.objects.count() == 0
        assert Decision.objects.get().state == "undone"


def test_after_a_day_or_after_another_step_nothing_is_taken_back(two, clerk):
    _, small = two
    page = step_1(clerk, small, "suspend", effective_on=(today() - timedelta(days=2)).isoformat())
    done(clerk, page)
    done(clerk, step_1(clerk, small, "reopen"))
    assert "请先撤回那一件" in done(clerk, page, "undo").content.decode()
    with opened_scope(division_scope(GONGSHU)):
        Decision.objects.update(confirmed_at=timezone.now() - timedelta(hours=24))
    assert "已超过 24 小时" in done(clerk, page, "undo").content.decode()


def test_what_somebody_has_worked_on_since_is_not_taken_back(two, clerk):
    large, small = two
    page = step_1(clerk, small, "merge", grounds=["small"], successor=str(large.uuid), takes_over=["sites"])
    done(clerk, page)
    with opened_scope(division_scope(GONGSHU)):
        Site.objects.filter(facility=large, name__contains="原").update(floor_area_m2="301")
    assert "不能整体撤回" in done(clerk, page, "undo").content.decode()
    assert lifecycle_of(small) == "merged"


def test_a_judged_new_facility_stays(two, clerk):
    page = step_1(clerk, None, "new", **{**NEW, "effective_on": "2026-01-01"})
    done(clerk, page)
    run_quarter("2026-Q3")
    assert "不能整体撤回" in done(clerk, page, "undo").content.decode()


def test_a_second_person_confirms_where_the_settings_want_it(two, settings):
    settings.SECOND_CONFIRMATION = ["withdraw"]
    _, small = two
    first, second = person(Role.STREET_CLERK, GONGCHENQIAO), person(Role.STREET_REVIEWER, GONGCHENQIAO)
    page = step_1(client_of(first), small, "withdraw", grounds=["idle"])
    done(client_of(first), page)
    assert lifecycle_of(small) == "open"
    assert "自己不能确认" in done(client_of(first), page).content.decode()
    with opened_scope(division_scope(GONGSHU)):
        assert second.pk in Message.objects.values_list("user_id", flat=True)
    done(client_of(second), page)
    assert lifecycle_of(small) == "withdrawn"


def test_giving_up_changes_nothing_and_can_be_done_once(two, clerk):
    page = step_1(clerk, two[1], "suspend")
    done(clerk, page, "abandon")
    done(clerk, page)
    assert lifecycle_of(two[1]) == "open"


def test_only_what_fits_the_state_can_be_chosen(two, clerk):
    _, small = two
    choices = clerk.get(f"/facilities/{small.uuid}/lifecycle/").context["choices"]
    assert [kind for kind, *_ in choices] == ["retype", "move", "merge", "suspend", "withdraw", "keep"]
    assert clerk.get(f"/facilities/{small.uuid}/lifecycle/reopen/").status_code == 404
    done(clerk, step_1(clerk, small, "withdraw", grounds=["idle"]))
    assert clerk.get(f"/facilities/{small.uuid}/lifecycle/").context["choices"] == []


def test_neighbours_and_readers_decide_nothing(two):
    large, _ = two
    assert signed_in(Role.STREET_CLERK, HUSHU).get(f"/facilities/{large.uuid}/lifecycle/").status_code == 404
    assert signed_in(Role.DISTRICT_REVIEWER, GONGSHU).get(f"/facilities/{large.uuid}/lifecycle/").status_code == 403


def test_the_list_of_decisions_filters_and_exports(two, clerk):
    large, small = two
    done(clerk, step_1(clerk, small, "suspend"))
    step_1(clerk, large, "keep", grounds=["busy"])
    assert [d.kind for d in clerk.get("/facilities/decisions/").context["page"]] == ["keep", "suspend"]
    assert [d.kind for d in clerk.get("/facilities/decisions/?state=done").context["page"]] == ["suspend"]
    assert [d.kind for d in clerk.get("/facilities/decisions/?kind=keep").context["page"]] == ["keep"]
    assert clerk.get("/facilities/decisions/?export=1")["Content-Type"].startswith("application/vnd.openxml")
    assert signed_in(Role.STREET_CLERK, HUSHU).get("/facilities/decisions/").context["page"].paginator.count == 0
