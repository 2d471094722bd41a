"""Editing page by page: what is saved, what the loser of a race sees, drafts, and a submission that counts once."""

import re
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.utils import timezone

from facilities.models import Facility, Site, Space
from facilities.operations import record_site, record_space, register_facility
from partners.models import ResidentProject
from partners.operations import record_project
from tenants.editing.drafts import forget_expired
from tenants.models import Act, Draft, RowChange
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.facilities.conftest import QIAOXI
from tests.people import GONGCHENQIAO, GONGSHU, HUSHU, SHANGCHENG, client_of, person, signed_in

pytestmark = pytest.mark.django_db
OPENED = date(2025, 3, 1)
BASICS = {"name": "云橹幸福家园", "address": "丽水路 18 号", "hub_street": "", "nil_ledgers": ["charity"]}


@pytest.fixture
def clerk():
    return person(Role.STREET_CLERK, GONGCHENQIAO, display_name="陈录入")


@pytest.fixture
def other():
    return person(Role.DISTRICT_ADMIN, GONGSHU, display_name="王民政")


@pytest.fixture
def facility(clerk):
    with opened_scope(division_scope(GONGSHU)):
        return register_facility(
            name="云橹幸福家园", division_code=QIAOXI, construction_type="integrated", opened_on=OPENED, by=clerk,
            address="丽水路 1 号",
        )  # fmt: skip


@pytest.fixture
def ledgers(facility, clerk):
    with opened_scope(division_scope(GONGSHU)):
        site = record_site(facility=facility, name="主楼", starts_on=OPENED, floor_area_m2=Decimal("999.99"), by=clerk)
        space = record_space(site=site, name="大厅", used_by="public", starts_on=OPENED, by=clerk)
        project = record_project(facility=facility, name="老年食堂", run_by="social", starts_on=OPENED, by=clerk)
    return site, space, project


def edit_url(facility) -> str:
    return f"/facilities/{facility.uuid}/edit/"


def sent(version=1, token=None, **data) -> dict:
    return {**BASICS, "version": version, "token": str(token or uuid4()), **data}


def now_in_registry(row):
    with opened_scope(division_scope(GONGSHU)):
        return type(row).objects.get(pk=row.pk)


def drafts() -> list[Draft]:
    with opened_scope(division_scope(GONGSHU)):
        return list(Draft.objects.all())


def acts(verb: str) -> int:
    with opened_scope(division_scope(GONGSHU)):
        return Act.objects.filter(verb=verb).count()


def hidden(html: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="([\w-]+)" value="([^"]*)"', html))


def test_a_saved_change_is_told_acted_and_kept_with_its_reason(facility, clerk):
    answer = client_of(clerk).post(edit_url(facility), sent(reason="门牌换了"), follow=True)
    assert answer.redirect_chain == [(f"/facilities/{facility.uuid}/", 302)]
    assert "已保存：地址、这些台账确实没有内容。" in answer.content.decode()
    saved = now_in_registry(facility)
    assert (saved.address, saved.nil_ledgers, saved.version) == ("丽水路 18 号", ["charity"], 2)
    with opened_scope(division_scope(GONGSHU)):
        change = RowChange.objects.filter(table_name="facilities_facility", operation="U").get()
        act = Act.objects.get(verb="修改设施")
    assert (change.user, change.reason, change.before["address"]) == (clerk, "门牌换了", "丽水路 1 号")
    assert (act.actor, act.reason, act.details) == (
        clerk, "门牌换了", {"fields": ["address", "nil_ledgers"], "version": 2},
    )  # fmt: skip


def test_a_change_of_nothing_leaves_no_act(facility, clerk):
    data = sent(address="丽水路 1 号", nil_ledgers=[])
    assert "没有改动" in client_of(clerk).post(edit_url(facility), data, follow=True).content.decode()
    assert (now_in_registry(facility).version, acts("修改设施")) == (1, 0)


def test_every_way_of_writing_counts_the_version(facility):
    with opened_scope(division_scope(GONGSHU)):
        Facility.objects.filter(pk=facility.pk).update(address="甲")
        facility.address = "乙"
        facility.save()  # with the version that it was read with
        Facility.objects.bulk_update([facility], ["address"])
    assert now_in_registry(facility).version == 3


def test_the_loser_gets_both_texts_and_who_did_what(facility, clerk, other):
    client_of(other).post(edit_url(facility), sent(address="湖墅路 9 号", nil_ledgers=[], hub_street="桥弄街"))
    token = uuid4()
    answer = client_of(clerk).post(edit_url(facility), sent(token=token, nil_ledgers=[]))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "2 处不同" in page
    assert "王民政" in page
    assert "从“丽水路 1 号”改成“湖墅路 9 号”" in page
    assert '<small>我填的</small><span class="text">丽水路 18 号</span>' in page
    assert '<small>现在登记的</small><span class="text">湖墅路 9 号</span>' in page
    assert re.search(r'id="pick-address-mine"[^>]*checked', page)  # I changed it
    assert re.search(r'id="pick-hub_street-theirs"[^>]*checked', page)  # only they did
    assert now_in_registry(facility).address == "湖墅路 9 号"
    assert [(d.token, d.data["address"]) for d in drafts()] == [(token, ["丽水路 18 号"])]  # nothing typed is lost


def test_a_merge_takes_each_field_from_the_side_that_was_chosen(facility, clerk, other):
    client_of(other).post(edit_url(facility), sent(address="湖墅路 9 号", nil_ledgers=[], hub_street="桥弄街"))
    mine = client_of(clerk)
    page = mine.post(edit_url(facility), sent(nil_ledgers=["spaces", "charity"], name="云橹新家园")).content.decode()
    data = hidden(page) | {
        "act": "merge", "pick-address": "theirs", "pick-hub_street": "theirs", "pick-name": "mine",
        "pick-nil_ledgers": "mine", "mine-nil_ledgers": ["spaces", "charity"],
    }  # fmt: skip
    assert data["version"] == "2"
    assert mine.post(edit_url(facility), data).status_code == 302
    saved = now_in_registry(facility)
    assert (saved.name, saved.address, saved.hub_street) == ("云橹新家园", "湖墅路 9 号", "桥弄街")
    assert (saved.nil_ledgers, saved.version, drafts()) == (["spaces", "charity"], 3, [])


def test_the_choices_can_be_taken_back_to_the_form(facility, clerk, other):
    client_of(other).post(edit_url(facility), sent(address="湖墅路 9 号"))
    mine = client_of(clerk)
    page = mine.post(edit_url(facility), sent(name="云橹新家园")).content.decode()
    answer = mine.post(
        edit_url(facility), hidden(page) | {"act": "reopen", "pick-address": "theirs", "pick-name": "mine"}
    )
    form = answer.context["form"]
    assert (form["address"].value(), form["name"].value(), answer.context["version"]) == (
        "湖墅路 9 号",
        "云橹新家园",
        2,
    )


def test_a_double_click_has_one_effect(facility, clerk):
    client, data = client_of(clerk), sent(reason="一次")
    answers = [client.post(edit_url(facility), data) for _ in range(2)]
    assert [(a.status_code, a["Location"]) for a in answers] == [(302, f"/facilities/{facility.uuid}/")] * 2
    assert (now_in_registry(facility).version, acts("修改设施")) == (2, 1)
    assert (
        client.get(answers[0]["Location"]).content.decode().count("<div>已保存：") == 1
    )  # the notice of the first waits


def test_a_new_site_sent_twice_is_one_site(facility, clerk):
    client = client_of(clerk)
    data = {"name": "东楼", "starts_on": "2026-01-01", "floor_area_m2": "120.50", "version": 0, "token": str(uuid4())}
    for _ in range(2):
        assert client.post(f"/facilities/{facility.uuid}/sites/add/", data).status_code == 302
    with opened_scope(division_scope(GONGSHU)):
        assert list(Site.objects.values_list("name", "floor_area_m2", "version")) == [("东楼", Decimal("120.50"), 1)]
    again = client.post(f"/facilities/{facility.uuid}/sites/add/", data | {"token": str(uuid4())})
    assert again.status_code == 422
    assert "已经有同名点位" in again.content.decode()


def test_site_space_and_project_are_corrected_with_their_version(facility, ledgers, clerk):
    site, space, project = ledgers
    client, common = client_of(clerk), {"version": 1, "starts_on": "2025-03-01", "reason": "核对"}
    steps = [
        (f"/sites/{site.uuid}/edit/", {"name": "主楼", "floor_area_m2": "1000", "last_day": "2026-12-31"}),
        (f"/spaces/{space.uuid}/edit/", {"name": "大厅", "site": site.pk, "used_by": "market", "is_open_24h": "on"}),
        (
            f"/projects/{project.uuid}/edit/",
            {"name": "老年食堂", "run_by": "market", "space": space.pk, "serves_elders": "on"},
        ),
    ]
    for address, data in steps:
        assert client.get(address).status_code == 200, address
        assert client.post(address, common | data | {"token": str(uuid4())}).status_code == 302, address
        assert client.post(address, common | data | {"token": str(uuid4()), "name": "另一个"}).status_code == 409, (
            address
        )
    with opened_scope(division_scope(GONGSHU)):
        assert Site.objects.values_list("floor_area_m2", "ends_on", "version").get() == (1000, date(2027, 1, 1), 2)
        assert Space.objects.values_list("used_by", "is_open_24h", "version").get() == ("market", True, 2)
        assert ResidentProject.objects.values_list("run_by", "space", "version").get() == ("market", space.pk, 2)


def test_new_space_and_project(facility, ledgers, clerk):
    client = client_of(clerk)
    space = {"name": "阅览室", "site": ledgers[0].pk, "used_by": "public", "starts_on": "2026-01-01"}
    project = {"name": "早教", "run_by": "market", "starts_on": "2026-01-01", "serves_children": "on"}
    assert client.post(f"/facilities/{facility.uuid}/spaces/add/", space).status_code == 302
    assert client.post(f"/facilities/{facility.uuid}/projects/add/", project).status_code == 302
    with opened_scope(division_scope(GONGSHU)):
        assert set(facility.spaces.values_list("name", flat=True)) == {"大厅", "阅览室"}
        assert set(facility.projects.values_list("name", flat=True)) == {"老年食堂", "早教"}


def test_what_is_wrong_is_said_and_stays_in_the_form(facility, clerk):
    answer = client_of(clerk).post(
        f"/facilities/{facility.uuid}/sites/add/", {"floor_area_m2": "约 100", "starts_on": "春天"}
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert all(words in page for words in ("请填写点位。", "请填写数字，如 1032.50。", "约 100", "错误："))


# --- drafts ---


def autosave(client, facility, token, **data):
    return client.post(edit_url(facility), sent(token=token, act="autosave", **data))


def test_a_draft_is_kept_offered_continued_and_gone_with_the_submission(facility, clerk):
    client, token = client_of(clerk), uuid4()
    answer = autosave(client, facility, token, address="丽水路 2")
    assert (answer.status_code, answer.json()["elsewhere"]) == (200, "")
    assert re.fullmatch(r"\d\d:\d\d", answer.json()["at"])
    autosave(client, facility, token, address="丽水路 28 号")
    [draft] = drafts()
    assert (draft.data["address"], draft.base_version, now_in_registry(facility).address) == (
        ["丽水路 28 号"],
        1,
        "丽水路 1 号",
    )
    offer = client.get(edit_url(facility)).content.decode()
    assert all(words in offer for words in ("继续填", "放弃", "丽水路 28 号", "丽水路 1 号"))
    page = client.get(f"{edit_url(facility)}?draft={draft.uuid}")
    assert page.context["form"]["address"].value() == "丽水路 28 号"
    assert page["Cache-Control"].count("no-store") == 1
    client.post(edit_url(facility), sent(address="丽水路 28 号", draft=draft.uuid))
    assert (now_in_registry(facility).address, drafts()) == ("丽水路 28 号", [])


def test_a_draft_that_is_not_valid_yet_is_kept_as_it_is(facility, clerk):
    client = client_of(clerk)
    client.post(
        f"/facilities/{facility.uuid}/sites/add/", {"act": "autosave", "floor_area_m2": "约 1", "token": uuid4()}
    )
    page = client.get(f"/facilities/{facility.uuid}/sites/add/?draft=latest")
    assert page.context["form"]["floor_area_m2"].value() == "约 1"
    assert not page.context["form"].is_bound


def test_a_draft_can_be_discarded(facility, clerk):
    client = client_of(clerk)
    autosave(client, facility, uuid4())
    client.post(edit_url(facility), {"act": "discard", "draft": drafts()[0].uuid})
    assert drafts() == []
    assert b"data-edit" in client.get(edit_url(facility)).content


def test_two_windows_of_one_person_keep_both_texts_and_the_later_is_told(facility, clerk):
    client, first, second = client_of(clerk), uuid4(), uuid4()
    autosave(client, facility, first, address="甲路")
    assert autosave(client, facility, second, address="乙路").json()["elsewhere"] != ""
    assert {(d.token, d.data["address"][0]) for d in drafts()} == {(first, "甲路"), (second, "乙路")}
    assert client.post(edit_url(facility), sent(token=first, address="甲路")).status_code == 302
    late = client.post(edit_url(facility), sent(token=second, address="乙路"))
    assert late.status_code == 409
    assert all(text in late.content.decode() for text in ("甲路", "乙路"))


def test_an_autosave_after_the_submission_brings_nothing_back(facility, clerk):
    client, token = client_of(clerk), uuid4()
    client.post(edit_url(facility), sent(token=token))
    autosave(client, facility, token)
    assert drafts() == []


def test_a_draft_is_nobody_elses(facility, clerk):
    autosave(client_of(clerk), facility, uuid4(), address="只有我知道的路")
    [draft] = drafts()
    colleague = person(Role.STREET_CLERK, GONGCHENQIAO)
    client = client_of(colleague)
    for address in (
        edit_url(facility),
        f"{edit_url(facility)}?draft={draft.uuid}",
        f"{edit_url(facility)}?draft=latest",
    ):
        assert "只有我知道的路" not in client.get(address).content.decode()
    client.post(edit_url(facility), {"act": "discard", "draft": draft.uuid})
    assert len(drafts()) == 1
    with opened_scope(division_scope(GONGCHENQIAO, user_id=colleague.pk)):
        assert (Draft.objects.count(), Draft.objects.update(data={}), Draft.objects.all().delete()[0]) == (0, 0, 0)
    with opened_scope(division_scope(GONGCHENQIAO, user_id=clerk.pk)):
        assert Draft.objects.count() == 1
    with opened_scope(division_scope(SHANGCHENG, user_id=clerk.pk)):
        assert Draft.objects.count() == 0


def test_drafts_expire(facility, clerk, settings):
    client = client_of(clerk)
    autosave(client, facility, uuid4())
    long_ago = timezone.now() - timedelta(days=settings.DRAFT_DAYS, seconds=1)
    with opened_scope(division_scope(GONGSHU)):
        Draft.objects.update(updated_at=long_ago)
    assert b"data-edit" in client.get(edit_url(facility)).content  # no longer offered
    with opened_scope(division_scope(GONGSHU)):
        assert forget_expired() == 1


def test_a_draft_too_long_is_refused_in_words(facility, clerk):
    answer = autosave(client_of(clerk), facility, uuid4(), address="长" * 100_001)
    assert (answer.status_code, answer.json()) == (413, {"problem": "内容太长，没有存上。请删短一些。"})


# --- who, and at what cost ---

EDITORS = {Role.DISTRICT_ADMIN, Role.STREET_CLERK, Role.STREET_REVIEWER, Role.COMMUNITY_REPORTER}


@pytest.mark.parametrize("role", [r for r in Role if r not in {Role.ASSESSOR, Role.OPERATOR}])
def test_only_those_who_may_edit_see_the_form_and_the_button(facility, role):
    client = signed_in(role, GONGSHU)
    assert client.get(edit_url(facility)).status_code == (200 if role in EDITORS else 403)
    assert client.post(edit_url(facility), sent(act="autosave")).status_code == (200 if role in EDITORS else 403)


def test_a_neighbouring_street_finds_nothing(facility, ledgers):
    client = signed_in(Role.STREET_CLERK, HUSHU)
    addresses = [
        f"/{kind}/{row.uuid}/edit/" for kind, row in zip(("sites", "spaces", "projects"), ledgers, strict=True)
    ]
    addresses += [
        edit_url(facility),
        *(f"/facilities/{facility.uuid}/{kind}/add/" for kind in ("sites", "spaces", "projects")),
    ]
    assert {(client.get(a).status_code, client.post(a, sent(act="autosave")).status_code) for a in addresses} == {
        (404, 404)
    }
    assert drafts() == []


def test_another_facilitys_site_cannot_be_chosen(facility, ledgers, clerk):
    with opened_scope(division_scope(GONGSHU)):
        neighbour = register_facility(
            name="邻家", division_code=QIAOXI, construction_type="integrated", opened_on=OPENED, by=clerk
        )
        foreign = record_site(facility=neighbour, name="别家楼", starts_on=OPENED, by=clerk)
    data = {"name": "大厅", "site": foreign.pk, "used_by": "market", "starts_on": "2025-03-01", "version": 1}
    assert client_of(clerk).post(f"/spaces/{ledgers[1].uuid}/edit/", data).status_code == 422


def test_query_counts_do_not_grow_with_drafts_or_changes(facility, clerk, other):
    client = client_of(clerk)
    client.get(edit_url(facility))
    counts = []
    for number in (1, 3):
        for _ in range(number):
            autosave(client, facility, uuid4(), address=f"{uuid4()}")
        counts.append([cost(client.get, edit_url(facility)), cost(autosave, client, facility, uuid4())])
    assert counts[0] == counts[1]
    assert max(counts[0]) <= 14, counts
    for version in range(1, 4):
        client_of(other).post(edit_url(facility), sent(version=version, address=f"{version} 号"))
    assert cost(client.post, edit_url(facility), sent(version=3)) == cost(
        client.post, edit_url(facility), sent(version=1)
    )


def cost(call, *args) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        call(*args)
    return len(queries)
