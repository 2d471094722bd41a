"""One partner from the call to its exit, and both sides of each rule on the way."""

from datetime import date, timedelta

import pytest

from partners import operations
from partners.models import (
    AgreementState,
    Application,
    ApplicationState,
    CheckKind,
    EntryRules,
    Partner,
    PartnerContact,
    PriorityUse,
    ResidentProject,
    RunBy,
)
from partners.operations import PartnerRefused
from partners.queries.debts import Debt, add_source, open_debts
from partners.queries.life import life, rules_in_force
from partners.rules import scoring
from partners.rules.codes import check_character, credit_code
from tenants.models import Act
from tenants.rules import Permission, Role
from tenants.scope import division_scope, opened_scope
from tests.partners import life as tale
from tests.people import GONGCHENQIAO, client_of

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("PAR-7")]
ONE_DAY = timedelta(days=1)
DISTRICT = 330105000000


@pytest.fixture
def desk():
    """A street clerk, a street reviewer and a facility of 拱宸桥, in the scope of its district."""
    with opened_scope(division_scope(DISTRICT)):
        yield tale.post(Role.STREET_CLERK), tale.post(Role.STREET_REVIEWER), tale.facility()


@pytest.fixture
def resident(desk):
    """A resident's application, for whom no licence is asked."""
    clerk, _, facility = desk
    call, need = tale.opened_call(facility, clerk)
    return tale.applied(call, need, kind="resident", uscc="", name="热心张阿姨")


@pytest.fixture
def served(desk, resident):
    clerk, reviewer, _ = desk
    return tale.running(tale.scored(resident, clerk, tale.MARCH), clerk, reviewer, tale.MARCH)


def test_a_partner_from_the_call_to_its_exit(desk, served):
    clerk, reviewer, facility = desk
    partner = Partner.objects.get(name="热心张阿姨")
    assert PartnerContact.objects.get(partner=partner).phone.plain() == "13812340001"
    project = ResidentProject.objects.get(facility=facility)
    admitted_on = tale.MARCH + timedelta(days=6)
    assert (project.partner, project.run_by, project.starts_on, project.ends_on) == (
        partner, RunBy.RESIDENT, admitted_on, date(2027, 4, 1),
    )  # fmt: skip
    assert (served.state, served.due_on, project.fee_nature, project.serves_elders) == ("running", None, "low", True)

    check = operations.assess(
        agreement=served, points=[16, 24, 16, 12, 12], surveyed=100, satisfied=79, text="满意度不够", by=clerk,
        today=date(2026, 9, 1), now=tale.now_of(date(2026, 9, 1)),
    )  # fmt: skip
    served.refresh_from_db()
    assert (check.passed, served.state, served.due_on) == (False, AgreementState.IMPROVING, date(2026, 10, 1))
    operations.mended(agreement=served, by=reviewer, today=date(2026, 9, 20), reason="已换班次，回访满意")
    again = operations.assess(
        agreement=served, points=[16, 24, 16, 12, 12], surveyed=100, satisfied=80, text="通过", by=clerk,
        today=date(2026, 12, 1), now=tale.now_of(date(2026, 12, 1)),
    )  # fmt: skip
    assert again.passed is True
    follower = operations.renew(
        agreement=served, number="拱宸桥协 2027-01", ends_on=date(2028, 4, 1), by=clerk, today=date(2027, 3, 1)
    )
    operations.sign(agreement=follower, by=reviewer, today=date(2027, 3, 2), signed_on=date(2027, 3, 2))
    follower = operations.land(agreement=follower, by=clerk, today=date(2027, 4, 1))
    served.refresh_from_db()
    project.refresh_from_db()
    assert (served.state, served.left_on, served.project, follower.project) == (
        "ended",
        date(2027, 4, 1),
        None,
        project,
    )
    assert (project.ends_on, follower.prices.count()) == (date(2028, 4, 1), 2)

    operations.begin_exit(
        agreement=follower, left_on=date(2027, 12, 1), by=reviewer, today=date(2027, 11, 1), reason="人手不足，双方商定"
    )
    ended = operations.leave(agreement=follower, by=reviewer, today=date(2027, 12, 1))
    project.refresh_from_db()
    assert (ended.state, project.ends_on) == ("ended", date(2027, 12, 1))
    assert [p.pk for p in ResidentProject.objects.in_force(date(2027, 11, 30)).filter(facility=facility)] == [
        project.pk
    ]
    assert not ResidentProject.objects.in_force(date(2027, 12, 1)).filter(facility=facility).exists()

    of_application = Act.objects.filter(subject_uuid=served.application.uuid).order_by("pk")
    assert [act.verb for act in of_application if act.details.get("step")] == [
        "合伙人申请资格审查通过", "合伙人申请评分结束", "公示合伙人准入", "准予合伙人入驻", "拟订合伙协议",
    ]  # fmt: skip
    of_agreement = Act.objects.filter(subject_uuid=served.uuid, details__has_key="step").order_by("pk")
    assert [(a.details["from"], a.details["to"]) for a in of_agreement] == [
        ("drafted", "signed"), ("signed", "running"), ("running", "improving"), ("improving", "running"),
    ]  # fmt: skip


# --- the way as data --------------------------------------------------------------------------------------------------


def test_every_state_is_reached_and_every_step_has_a_permission_that_exists():
    assert life().reachable("application", "submitted") == set(ApplicationState.values)
    assert life().reachable("agreement", "drafted") == set(AgreementState.values)
    for step in life().steps:
        assert Permission(step.permission) in {Permission.MANAGE_PARTNERS, Permission.DECIDE_PARTNERS}
        assert step.origins


def test_what_no_document_says_is_a_working_default_until_the_district_sets_it(desk):
    rules = rules_in_force(GONGCHENQIAO, tale.MARCH)
    assert (rules["notice_days"], rules.source, rules.is_official) == (5, "工作口径", False)
    EntryRules.objects.create(
        division_code=DISTRICT,
        starts_on=tale.MARCH,
        source="区民政局 2026-02-20 会议纪要",
        **{**rules.numbers, "notice_days": 7},
    )
    rules = rules_in_force(GONGCHENQIAO, tale.MARCH)
    assert (rules["notice_days"], rules.is_official) == (7, True)
    assert rules_in_force(GONGCHENQIAO, tale.MARCH - ONE_DAY)["notice_days"] == 5


# --- who, when, why ---------------------------------------------------------------------------------------------------


def test_a_clerk_does_not_decide_and_nobody_admits_what_they_qualified(desk, resident):
    clerk, reviewer, _ = desk
    application = tale.scored(resident, reviewer, tale.MARCH)
    with pytest.raises(PartnerRefused, match="街道审核员或区里"):
        operations.announce(application=application, by=clerk, today=tale.MARCH)
    operations.announce(application=application, by=reviewer, today=tale.MARCH)
    after = tale.MARCH + timedelta(days=6)
    with pytest.raises(PartnerRefused, match="另一个人"):
        operations.admit(application=application, by=reviewer, today=after, now=tale.now_of(after))
    other = tale.post(Role.STREET_REVIEWER)
    admitted = operations.admit(application=application, by=other, today=after, now=tale.now_of(after))
    assert admitted.state == "admitted"


def test_admission_waits_for_the_last_day_of_the_notice(desk, resident):
    clerk, reviewer, _ = desk
    application = operations.announce(
        application=tale.scored(resident, clerk, tale.MARCH), by=reviewer, today=tale.MARCH
    )
    assert application.notice_to == tale.MARCH + timedelta(days=5)
    last = application.notice_to
    with pytest.raises(PartnerRefused, match="期满才能准入"):
        operations.admit(application=application, by=reviewer, today=last, now=tale.now_of(last))
    after = last + ONE_DAY
    assert (
        operations.admit(application=application, by=reviewer, today=after, now=tale.now_of(after)).state == "admitted"
    )


@pytest.mark.parametrize(("points", "announced"), [((24, 18, 12, 6), True), ((24, 18, 12, 5), False)])
def test_below_the_pass_mark_there_is_no_notice(desk, resident, points, announced):
    clerk, reviewer, _ = desk
    application = tale.scored(resident, clerk, tale.MARCH, points)
    if announced:
        assert operations.announce(application=application, by=reviewer, today=tale.MARCH).points == 6000
    else:
        with pytest.raises(PartnerRefused, match="不到及格分"):
            operations.announce(application=application, by=reviewer, today=tale.MARCH)


def test_two_members_are_too_few_and_who_stands_back_does_not_count(desk, resident):
    clerk, _, _ = desk
    application = operations.qualify(application=resident, by=clerk, today=tale.MARCH, now=tale.now_of(tale.MARCH))

    def give(member, **values):
        told = {
            "points": [32, 24, 16, 8], "is_recused": False, "remark": "", "evidence": tale.sheet(application), **values,
        }  # fmt: skip
        operations.enter_score(
            application=application, member=member, by=clerk.user, now=tale.now_of(tale.MARCH), **told
        )

    give("王评审")
    give("李评审")
    give("赵评审", is_recused=True, remark="申请人是我表姐")
    with pytest.raises(PartnerRefused, match="现在 2 人"):
        operations.finish_scoring(application=application, by=clerk, today=tale.MARCH)
    with pytest.raises(PartnerRefused, match="不能超过"):
        give("赵评审", points=[41, 24, 16, 8])
    with pytest.raises(PartnerRefused, match="不在评审小组"):
        give("路过的人")
    give("赵评审", points=[31, 24, 16, 8])
    assert operations.finish_scoring(application=application, by=clerk, today=tale.MARCH).points == 7966  # 79.666…, cut


def test_a_step_back_needs_its_reason_and_a_deadline_follows(desk, resident):
    clerk, _, _ = desk
    with pytest.raises(PartnerRefused, match="写明理由"):
        operations.hand_back(application=resident, by=clerk, today=tale.MARCH, reason="缺")
    back = operations.hand_back(application=resident, by=clerk, today=tale.MARCH, reason="请补身份证明")
    assert (back.state, back.due_on) == ("incomplete", tale.MARCH + timedelta(days=5))
    with pytest.raises(PartnerRefused, match="现在是“待补正”"):
        operations.qualify(application=resident, by=clerk, today=tale.MARCH, now=tale.now_of(tale.MARCH))
    again = operations.resubmit(
        application=resident, by=clerk, today=tale.MARCH, reason="已补齐材料", proposal="改过的方案"
    )
    assert (again.state, again.proposal, again.due_on) == ("submitted", "改过的方案", None)


def test_a_stored_credit_code_that_is_none_is_said_and_put_right_when_it_comes_again(desk):
    clerk, _, facility = desk
    call, need = tale.opened_call(facility, clerk)
    one = tale.applied(call, need)
    back = operations.hand_back(application=one, by=clerk, today=tale.MARCH, reason="请核对代码")
    Application.objects.filter(pk=back.pk).update(uscc="91330105MA27XKF03C")
    act = f"/partners/applications/{one.uuid}/act/"
    client = client_of(clerk.user)
    sent = {"act": "resubmit", "reason": "材料补齐了"}
    told = client.post(act, sent, follow=True).content.decode()
    assert "校验位不对" in told
    assert "请在“统一社会信用代码”一栏改正" in told
    assert 'name="uscc"' in told
    assert "已重新核对" in client.post(act, {**sent, "uscc": tale.USCC}, follow=True).content.decode()
    one.refresh_from_db()
    assert (one.uscc, one.state) == (tale.USCC, "submitted")


@pytest.mark.parametrize(("offset", "taken"), [(-1, False), (0, True), (20, True), (21, False)])
def test_applications_come_in_from_the_first_to_the_last_day_of_the_call(desk, offset, taken):
    clerk, _, facility = desk
    call, need = tale.opened_call(facility, clerk)
    day = tale.MARCH + timedelta(days=offset)
    if taken:
        assert tale.applied(call, need, day).state == "submitted"
    else:
        with pytest.raises(PartnerRefused, match=r"才开始|截止"):
            tale.applied(call, need, day)


def test_a_market_partner_without_licence_is_not_qualified(desk):
    clerk, _, facility = desk
    call, need = tale.opened_call(facility, clerk)
    application = tale.applied(call, need)
    assert application.findings == "须补正：没有上传营业执照或登记证书。"
    with pytest.raises(PartnerRefused, match="没有上传营业执照"):
        operations.qualify(application=application, by=clerk, today=tale.MARCH, now=tale.now_of(tale.MARCH))
    assert Application.objects.get().state == "submitted"


def test_the_same_applicant_twice_and_the_same_telephone_are_found(desk, resident):
    call, need = resident.call, resident.need
    twin = tale.applied(call, need, kind="resident", uscc="", name="热心张阿姨", phone="13812340009")
    assert "是同一个申请人" in twin.findings
    other = tale.applied(call, need, kind="resident", uscc="", name="另一位")
    assert other.findings == f"请留意：和 {resident.number} 热心张阿姨 留的是同一个电话，请核实是不是关联单位。"
    member = tale.applied(
        call, need, kind="resident", uscc="", name="第三位", phone="13812340007", contact_name="王评审"
    )
    assert "和一位评审人同名" in member.findings


# --- landing, assessment, exit ----------------------------------------------------------------------------------------


def test_without_a_passed_check_nothing_lands(desk, resident):
    clerk, reviewer, facility = desk
    application = operations.announce(
        application=tale.scored(resident, clerk, tale.MARCH), by=reviewer, today=tale.MARCH
    )
    day = application.notice_to + ONE_DAY
    application = operations.admit(application=application, by=reviewer, today=day, now=tale.now_of(day))
    agreement = tale.drafted(application, clerk, day)
    agreement = operations.sign(agreement=agreement, by=reviewer, today=day, signed_on=day)
    assert agreement.due_on == day + timedelta(days=30)
    with pytest.raises(PartnerRefused, match="先做落地核查"):
        operations.land(agreement=agreement, by=clerk, today=day)
    operations.check_landing(
        agreement=agreement, points=[1, 1, 0, 1, 1], text="证照未上墙", by=clerk, today=day, now=tale.now_of(day)
    )
    with pytest.raises(PartnerRefused, match="先做落地核查"):
        operations.land(agreement=agreement, by=clerk, today=day)
    assert not ResidentProject.objects.filter(facility=facility).exists()


@pytest.mark.requirement("SAT-2")
@pytest.mark.parametrize(("satisfied", "passed"), [(7999, False), (8000, True)])
def test_satisfaction_below_80_percent_asks_for_improvement_and_80_does_not(desk, served, satisfied, passed):
    clerk, _, _ = desk
    day = date(2026, 9, 1)
    check = operations.assess(
        agreement=served, points=[20, 30, 20, 15, 15], surveyed=10_000, satisfied=satisfied, text="评估", by=clerk, today=day,
        now=tale.now_of(day),
    )  # fmt: skip
    served.refresh_from_db()
    assert (check.passed, served.state) == (passed, "running" if passed else "improving")
    orders = served.checks.filter(kind=CheckKind.IMPROVEMENT)
    assert [order.text for order in orders] == ([] if passed else ["满意度低于 80%，请调整优化。"])


@pytest.mark.parametrize(("points", "passed"), [([12, 18, 12, 9, 9], True), ([12, 18, 12, 9, 8], False)])
def test_capability_below_60_points_asks_for_improvement(desk, served, points, passed):
    clerk, _, _ = desk
    day = date(2026, 9, 1)
    check = operations.assess(
        agreement=served, points=points, surveyed=0, satisfied=0, text="评估", by=clerk, today=day, now=tale.now_of(day)
    )
    assert check.passed is passed


def test_no_renewal_without_a_passed_assessment(desk, served):
    clerk, _, _ = desk
    with pytest.raises(PartnerRefused, match="先做年度能力评估"):
        operations.renew(agreement=served, number="新", ends_on=date(2028, 4, 1), by=clerk, today=date(2027, 3, 1))


def test_nobody_leaves_with_debts(desk, served):
    """Whoever keeps accounts adds a source; here it is the deposit of one agreement."""
    _, reviewer, _ = desk
    owed = {served.pk: [Debt("押金未退", 500_00, "应退 500.00 元")]}
    add_source(lambda agreement, day: owed.get(agreement.pk, []))
    day = date(2026, 11, 1)
    operations.begin_exit(agreement=served, left_on=day, by=reviewer, today=day, reason="合同到期不续")
    assert [debt.amount_fen for debt in open_debts(served, day)] == [500_00]
    with pytest.raises(PartnerRefused, match=r"押金未退：应退 500[.]00 元"):
        operations.leave(agreement=served, by=reviewer, today=day)
    owed.clear()
    assert operations.leave(agreement=served, by=reviewer, today=day).state == "ended"


def test_an_exit_that_is_called_off_leaves_the_service_as_it_was(desk, served):
    _, reviewer, _ = desk
    day = date(2026, 11, 1)
    operations.begin_exit(agreement=served, left_on=day, by=reviewer, today=day, reason="合同到期不续")
    stayed = operations.stay(agreement=served, by=reviewer, today=day, reason="双方谈妥了")
    assert (stayed.state, stayed.left_on, stayed.left_reason) == ("running", None, "")
    assert stayed.project.ends_on == date(2027, 4, 1)


# --- codes and points -------------------------------------------------------------------------------------------------


@pytest.mark.requirement("PAR-1")
@pytest.mark.parametrize(
    ("code", "problem"),
    [
        (tale.USCC, ""),
        (tale.USCC[:-1] + ("1" if tale.USCC[-1] != "1" else "2"), "校验位不对"),
        (tale.USCC[:-1], "应为 18 位，现在是 17 位"),
        ("91330105MA27XKFO3W", "里没有“O”"),
    ],
)
def test_the_check_character_of_the_credit_code(code, problem):
    if problem:
        with pytest.raises(ValueError, match=problem):
            credit_code(code)
    else:
        assert credit_code(f" {code.lower()[:4]}-{code[4:]}") == code


def test_check_characters_of_known_codes():
    """Codes that everybody can look up: 阿里巴巴（中国）网络技术有限公司, 腾讯科技（深圳）有限公司."""
    assert [check_character(code[:17]) for code in ("91330100716105852F", "91440300708461136T")] == ["F", "T"]


def test_criteria_are_lines_with_points_that_make_a_hundred():
    assert [(line.label, line.most) for line in scoring.checked(tale.SCORING)][:2] == [
        ("服务能力", 40),
        ("方案与价格", 30),
    ]
    for text, problem in (
        ("服务能力", "没有写分值"),
        ("服务能力 40", "现在是 40 分"),
        ("信誉 50\n信誉 50", "两行名称一样"),
    ):
        with pytest.raises(ValueError, match=problem):
            scoring.checked(text)
    assert not PriorityUse.objects.exists()
