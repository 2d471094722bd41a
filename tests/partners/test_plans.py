"""Plans of a district over years: drafted by one, approved by another, counted from the ledgers, revised and never edited."""

import io
from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from freezegun import freeze_time
from openpyxl import load_workbook

from partners.models import Plan, PlanItem, PlanRecord, PlanState
from partners.operations import plans
from partners.operations.plans import PlanRefused
from partners.operations.rules import set_money_rules
from partners.queries.plan_counts import done
from tenants.editing import EditRefused
from tenants.models import Division
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.assessments import registry
from tests.partners import money
from tests.people import GONGCHENQIAO, GONGSHU, HUSHU, SHANGCHENG, client_of, person, signed_in

pytestmark = pytest.mark.django_db
TODAY, NOW = date(2026, 11, 22), datetime(2026, 11, 22, 2, tzinfo=UTC)
COMMUNITY, ELSEWHERE = 330105005052, 330105002051


def draft(by=None, **said) -> Plan:
    said = {"title": "一次规划", "first_year": 2025, "last_year": 2027, "basis": "区发 1 号", **said}
    return plans.draft_plan(division_code=GONGSHU, by=by, now=NOW, **said)


def item(plan: Plan, number=1, *, measure="typed", targets=(10, 20, 30), **said) -> PlanItem:
    said = {"title": f"事项{number}", "unit": "场", "department": "区民政局", **said}
    return plans.add_item(plan=plan, by=None, number=number, measure=measure, targets=list(targets), **said)


def published(*, drafted=None, approved=None, **items) -> Plan:
    plan = draft(drafted)
    for number, (title, said) in enumerate(items.items(), 1):
        item(plan, number, title=title, **said)
    if not items:
        item(plan)
    plans.submit(plan=plan, by=drafted, now=NOW)
    return plans.approve(plan=plan, by=approved, now=NOW)


def reached(plan: Plan, year=2026, day=TODAY) -> dict[str, int | None]:
    rows = list(plan.items.all())
    found = done(rows, [year], day)
    return {row.title: found[row.pk, year].amount for row in rows}


@pytest.fixture(autouse=True)
def still():
    """Whatever day it is, the pages are asked on this one."""
    with freeze_time(NOW):
        yield


@pytest.fixture
def district():
    with opened_scope(division_scope(GONGSHU)):
        yield


# --- four eyes, versions ---


@pytest.mark.requirement("FND-5")
def test_who_drafts_or_submits_a_plan_does_not_approve_it(district):
    first, second, third = (person(Role.DISTRICT_ADMIN, GONGSHU) for _ in range(3))
    plan = draft(first)
    item(plan)
    plans.submit(plan=plan, by=second, now=NOW)
    for one in (first, second):
        with pytest.raises(PlanRefused, match="两个人"):
            plans.approve(plan=plan, by=one, now=NOW)
    assert plans.approve(plan=plan, by=third, now=NOW).state == PlanState.PUBLISHED


def test_the_database_too_refuses_one_pair_of_eyes(district):
    somebody = person(Role.DISTRICT_ADMIN, GONGSHU)
    plan = draft(somebody)
    with pytest.raises(IntegrityError, match="plan_approved_by_another"), transaction.atomic():
        Plan.objects.filter(pk=plan.pk).update(state="published", decided_by=somebody)


def test_a_published_version_is_not_edited_by_any_way(district):
    plan = published()
    one = plan.items.get()
    with pytest.raises(PlanRefused, match="现行"):
        plans.edit_item(item=one, version=one.version, values={"targets": [1, 1, 1]}, by=None)
    for write in (
        lambda: PlanItem.objects.filter(pk=one.pk).update(targets=[1, 1, 1]),
        lambda: PlanItem.objects.filter(pk=one.pk).delete(),
        lambda: PlanItem.objects.filter(pk=one.pk).update(plan=draft()),
        lambda: Plan.objects.filter(pk=plan.pk).update(title="别的名称"),
        lambda: Plan.objects.filter(pk=plan.pk).update(state="draft"),
        lambda: Plan.objects.filter(pk=plan.pk).delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            write()


def test_a_revision_is_a_new_version_with_its_reason_and_takes_what_was_done_along(district):
    first = published()
    plans.record_done(
        item=first.items.get(),
        day=date(2026, 3, 1),
        amount=7,
        summary="义诊 7 场",
        evidence="签到表",
        by=None,
        today=TODAY,
    )
    second = plans.revise(plan=first, by=None, now=NOW, reason="区里追加任务")
    with pytest.raises(EditRefused, match="已经有一个起草中的新版本"):
        plans.revise(plan=first, by=None, now=NOW, reason="再修订")
    one = second.items.get()
    assert (one.targets, one.line) == ([10, 20, 30], first.items.get().line)
    values = {name: getattr(one, name) for name in ("number", "title", "measure", "unit", "department")}
    plans.edit_item(item=one, version=one.version, values={**values, "targets": [10, 25, 30]}, by=None)
    plans.submit(plan=second, by=None, now=NOW)
    plans.approve(plan=second, by=None, now=NOW)
    first.refresh_from_db()
    assert [first.state, first.items.get().targets] == [PlanState.SUPERSEDED, [10, 20, 30]]
    second.refresh_from_db()
    assert [second.state, second.revision, second.reason] == [PlanState.PUBLISHED, 2, "区里追加任务"]
    assert reached(second) == {"事项1": 7}


def test_two_plans_in_force_never_hold_the_same_year(district):
    published()
    other = draft(title="另一份", first_year=2027, last_year=2028)
    item(other, targets=(1, 2))
    plans.submit(plan=other, by=None, now=NOW)
    with pytest.raises(EditRefused, match="已经有一份现行规划"):
        plans.approve(plan=other, by=None, now=NOW)


def test_handed_back_voided_and_empty_plans_say_so(district):
    plan = draft()
    with pytest.raises(PlanRefused, match="还没有事项"):
        plans.submit(plan=plan, by=None, now=NOW)
    item(plan)
    plans.submit(plan=plan, by=None, now=NOW)
    assert plans.hand_back(plan=plan, by=None, now=NOW, opinion="目标偏低").state == PlanState.DRAFT
    assert plans.void(plan=plan, by=None, reason="重新起草").state == PlanState.VOID
    with pytest.raises(PlanRefused, match="已作废"):
        plans.submit(plan=plan, by=None, now=NOW)


def test_other_years_keep_the_targets_of_theirs(district):
    plan = draft()
    one = item(plan)
    plan.refresh_from_db()
    plans.edit_plan(plan=plan, version=plan.version, values={"first_year": 2026, "last_year": 2028}, by=None)
    one.refresh_from_db()
    assert one.targets == [20, 30, None]


# --- what is counted ---


@pytest.mark.requirement("FND-5")
def test_what_is_done_is_counted_from_the_ledgers_and_not_typed(district):
    facility, _ = money.place(code=COMMUNITY)
    money.place(2, code=ELSEWHERE)
    registry.project(facility, "助浴")
    project = registry.charity(facility)
    fund = money.fund()
    money.receive(fund, 9_000_000, "回单 1", day=date(2026, 2, 1))
    money.receive(fund, 500, "回单 2", day=date(2025, 12, 31))
    reviewer = person(Role.STREET_REVIEWER, GONGCHENQIAO)
    money.pay(fund, 1_234_567, first=None, second=reviewer, project=project, day=date(2026, 3, 1))
    plan = published(
        设施={"measure": "open"}, 街道设施={"measure": "open", "street_code": HUSHU},
        集成式={"measure": "open", "construction": "integrated"}, 片区化={"measure": "open", "construction": "area"},
        项目={"measure": "projects"}, 创投={"measure": "charity_projects"},
        到账={"measure": "charity_received"}, 收款={"measure": "fund_receipts"}, 资助={"measure": "grants"},
        别街道收款={"measure": "fund_receipts", "street_code": HUSHU}, 补助={"measure": "subsidies"}, 示范={"measure": "demonstration"},
    )  # fmt: skip
    counted = reached(plan)
    assert counted["收款"] == 9_000_000
    assert [counted["资助"], counted["别街道收款"], counted["补助"]] == [1_234_567, 0, 0]
    assert counted["设施"] == counted["集成式"] + counted["片区化"] == 2
    assert [counted["街道设施"], counted["项目"], counted["创投"]] == [1, 1, 1]
    assert counted["到账"] >= 1_234_567
    assert counted["示范"] is None, "without a run nobody knows"
    assert reached(plan, 2025, TODAY)["收款"] == 500


def test_a_hand_made_number_is_for_what_no_ledger_counts(district):
    plan = published(钱={"measure": "grants"}, 手填={})
    counted, typed = plan.items.get(title="钱"), plan.items.get(title="手填")
    note = {"summary": "义诊", "evidence": "签到表", "by": None, "today": TODAY}
    with pytest.raises(PlanRefused, match="从平台的台账算出来"):
        plans.record_done(item=counted, day=TODAY, amount=1, **note)
    for day in (date(2026, 11, 23), date(2024, 12, 31)):
        with pytest.raises(PlanRefused, match="不晚于今天"):
            plans.record_done(item=typed, day=day, amount=1, **note)
    plans.record_done(item=typed, day=TODAY, amount=5, **note)
    plans.record_done(item=typed, day=TODAY, amount=-2, **note)
    assert reached(plan)["手填"] == 3
    with pytest.raises(Exception, match=r"permission denied|insert-only"), transaction.atomic():
        PlanRecord.objects.update(amount=100)


# --- pages ---


def sent(client, address, **values):
    page = client.get(address)
    assert page.status_code == 200, page.status_code
    hidden = {name: page.context[name] for name in ("version", "token")}
    return client.post(address, {"act": "save", "draft": "", **hidden, **values}, follow=True)


def text_of(answer) -> str:
    return answer.content.decode()


@pytest.mark.requirement("FND-5")
@pytest.mark.requirement("KPI-1")
def test_a_plan_from_its_draft_to_a_record_by_its_pages():
    admin, reviewer = signed_in(Role.DISTRICT_ADMIN, GONGSHU), signed_in(Role.DISTRICT_REVIEWER, GONGSHU)
    clerk = signed_in(Role.STREET_CLERK, GONGCHENQIAO)
    Division.objects.get_or_create(code=GONGCHENQIAO, valid_to=None, defaults={"name": "拱宸桥街道", "level": "street"})
    refused = sent(
        clerk,
        "/money/plans/add/",
        title="街道的",
        first_year="2026",
        last_year="2027",
        basis="街发 1 号",
        wider_plan="",
    )
    assert "规划由区里起草和审定" in text_of(refused)
    sent(
        admin, "/money/plans/add/", title="一次规划", first_year="2026", last_year="2027", basis="1 号", wider_plan="区“十五五”规划"
    )  # fmt: skip
    with opened_scope(division_scope(GONGSHU)):
        base = f"/money/plans/{Plan.objects.get().uuid}/"
    form = {
        "number": "1", "title": "邻里义诊", "measure": "typed", "unit": "场", "construction": "", "item_number": "",
        "street_code": str(GONGCHENQIAO), "department": "", "due_month": "12", "baseline": "", "target_1": "12", "target_2": "24",
        "remark": "",
    }  # fmt: skip
    wrong = sent(admin, f"{base}items/add/", **{**form, "unit": "", "target_1": "1.5", "construction": "area"})
    for words in ("要写单位", "请填整数", "只有设施分建设类型"):
        assert words in text_of(wrong)
    assert "已新增事项" in text_of(sent(admin, f"{base}items/add/", **form))
    money_form = {
        **form,
        "number": "2",
        "title": "资助",
        "measure": "grants",
        "street_code": "",
        "department": "区民政局",
        "target_1": "15000.50",
    }
    sent(admin, f"{base}items/add/", **money_form)
    admin.post(f"{base}act/", {"act": "submit"})
    assert "不能自己审定" in text_of(admin.post(f"{base}decide/", {"act": "approve"}, follow=True))
    assert clerk.post(f"{base}decide/", {"act": "approve"}).status_code == 403
    assert "已审定公布" in text_of(reviewer.post(f"{base}decide/", {"act": "approve"}, follow=True))
    with opened_scope(division_scope(GONGSHU)):
        one, two = Plan.objects.get().items.order_by("number")
    assert two.targets == [1_500_050, 2400]
    noted = sent(
        clerk, f"/money/plan-items/{one.uuid}/record/", day="2026-03-01", amount="13", summary="义诊", evidence="签到表"
    )
    assert "已登记完成数" in text_of(noted)
    shown = text_of(clerk.get(f"{base}?year=2026"))
    for words in ("已完成", "由区里汇总", "待区民政局确认", "区“十五五”规划"):
        assert words in shown, "a street reads its own progress and the targets of all"
    assert "由区里汇总" not in text_of(admin.get(f"{base}?year=2026"))
    hidden = sent(
        clerk, f"/money/plan-items/{two.uuid}/record/", day="2026-03-01", amount="13", summary="义诊", evidence="签到表"
    )
    assert "由别的单位负责" in text_of(hidden)
    [sheet] = load_workbook(io.BytesIO(admin.get(f"{base}?year=all&export=1").content)).worksheets
    lines = [line[:6] for line in sheet.iter_rows(min_row=3, values_only=True)]
    assert lines == [
        (1, "邻里义诊", 2026, "场", 12, 13), (1, "邻里义诊", 2027, "场", 24, None), (2, "资助", 2026, "元", 15000.5, 0),
        (2, "资助", 2027, "元", 24, None),
    ]  # fmt: skip
    board = admin.get("/money/").context
    assert [board["planned"].done, board["planned"].all] == [1, 2]
    admin.post(f"{base}revise/", {"reason": "追加任务"})
    with opened_scope(division_scope(GONGSHU)):
        assert sorted(Plan.objects.values_list("revision", "state")) == [(1, "published"), (2, "draft")]


def test_a_district_does_not_see_the_plan_of_another():
    with opened_scope(division_scope(GONGSHU)):
        uuid = published().uuid
    assert signed_in(Role.DISTRICT_ADMIN, SHANGCHENG).get(f"/money/plans/{uuid}/").status_code == 404
    assert signed_in(Role.STREET_CLERK, HUSHU).get(f"/money/plans/{uuid}/").status_code == 200


def test_the_lines_between_the_lights_are_the_districts(district):
    set_money_rules(
        district=GONGSHU, starts_on=TODAY, source="演示会议纪要", by=None, today=TODAY, tolerance_permille=50, on_pace_percent=80,
        slow_percent=60, remind_days=30, files_needed=0,
    )  # fmt: skip
    uuid = published().uuid
    shown = text_of(signed_in(Role.DISTRICT_ADMIN, GONGSHU).get(f"/money/plans/{uuid}/"))
    assert ["80&nbsp;% 是“正常”" in shown, "演示会议纪要" in shown, "待区民政局确认" in shown] == [True, True, False]


@pytest.mark.parametrize("number", [1, 3])
def test_plan_pages_take_at_most_twelve_queries(number):
    with opened_scope(division_scope(GONGSHU)):
        measures = ("open", "demonstration", "grants")
        plan = published(**{f"事项{n}": {"measure": measures[n % 3]} for n in range(number)}, 手填={})
        typed = plan.items.get(title="手填")
        for _ in range(number):
            plans.record_done(
                item=typed, day=date(2026, 1, 5), amount=1, summary="一场", evidence="表", by=None, today=TODAY
            )
    client = client_of(person(Role.DISTRICT_ADMIN, GONGSHU))
    base = f"/money/plans/{plan.uuid}/"
    for address in (
        "/money/plans/",
        base,
        f"{base}?year=all",
        f"/money/plan-items/{typed.uuid}/",
        "/money/",
        "/money/rules/",
    ):
        client.get(address)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert client.get(address).status_code == 200
        told = [one["sql"] for one in asked if not one["sql"].startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"))]
        assert len(told) <= 12, (address, len(told), told)


def test_the_api_tells_a_year_of_the_plan_in_force():
    with opened_scope(division_scope(GONGSHU)):
        plan = published(手填={"street_code": GONGCHENQIAO}, 全区={"measure": "grants"})
        draft(title="起草中的")
        plans.record_done(
            item=plan.items.get(title="手填"),
            day=date(2026, 1, 5),
            amount=18,
            summary="一场",
            evidence="表",
            by=None,
            today=TODAY,
        )
    clerk = signed_in(Role.STREET_CLERK, GONGCHENQIAO)
    assert [one["title"] for one in clerk.get("/api/v1/plans/").json()["results"]] == ["一次规划"]
    found = clerk.get("/api/v1/plan-items/?year=2026").json()["results"]
    told = [
        (one["title"], one["target"], one["done"], one["expected"], one["deviation"], one["progress"]) for one in found
    ]
    assert told == [("手填", 20, 18, 17, 1, "正常"), ("全区", 20, None, None, None, "")]
    assert clerk.get("/api/v1/plan-items/?year=twelve").status_code == 400
