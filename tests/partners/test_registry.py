"""One partner once: merge and its undo, the numbers of residents; selection and the priority that the entry uses; exemplars."""

from datetime import date, timedelta

import pytest

from partners import operations
from partners.models import (
    Agreement,
    Exemplar,
    Nomination,
    OperatingFigure,
    Partner,
    PartnerContact,
    PriorityKind,
    PriorityUse,
    ResidentProject,
)
from partners.operations import PartnerRefused, exemplar, selection
from partners.operations.partner import add_credential, merge_partners, set_citizen_id, undo_merge
from partners.operations.rules import set_rules
from partners.queries.application import ranking
from partners.queries.life import rules_in_force
from partners.queries.partner import likely_twins, naming_partners
from partners.queries.selection import priorities
from tenants.models import Act
from tenants.operations.personal import add_contact
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.partners import life as tale

pytestmark = pytest.mark.django_db
DISTRICT = 330105000000
ONE_DAY = timedelta(days=1)
ID_A, ID_B = "330105194910010016", "330105194910010032"


@pytest.fixture
def desk():
    with opened_scope(division_scope(DISTRICT)):
        yield tale.post(Role.STREET_CLERK), tale.post(Role.STREET_REVIEWER), tale.facility()


def partner(name: str, code: int = DISTRICT, **values) -> Partner:
    return operations.register_partner(
        name=name, kind=values.pop("kind", "market"), division_code=code, by=None, **values
    )


# --- merge ------------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("PAR-1")
def test_a_merge_moves_what_no_list_of_the_partner_names(desk):
    """Figures, activities, charity projects and events name a partner without being listed there."""
    clerk, _, facility = desk
    kept, gone = partner("橹声养老"), partner("橹声养老有限公司")
    figure = OperatingFigure.objects.create(
        division_code=facility.division_code,
        facility=facility,
        partner=gone,
        month=date(2026, 9, 1),
        item="staff",
        amount_fen=1,
    )
    merge = merge_partners(
        kept=kept, gone=gone, by=clerk.user, now=tale.now_of(tale.MARCH), reason="同一家，登记了两次"
    )
    figure.refresh_from_db()
    assert figure.partner_id == kept.pk
    undo_merge(merge=merge, by=clerk.user, now=tale.now_of(tale.MARCH), reason="其实是两家公司")
    figure.refresh_from_db()
    assert figure.partner_id == gone.pk
    names = {model.__name__ for model, _ in naming_partners()}
    assert {"OperatingFigure", "CharityProject", "Fundraiser", "Activity", "Agreement", "Exchange"} <= names


def test_a_merge_moves_everything_and_its_undo_moves_it_back(desk):
    clerk, _, facility = desk
    kept, gone = partner("橹声养老"), partner("橹声养老有限公司", tale.COMMUNITY // 1000 * 1000, uscc=tale.USCC)
    project = operations.record_project(
        facility=facility, name="助浴", run_by="market", starts_on=tale.MARCH, by=None, partner=gone
    )
    contact = add_contact(
        contact=PartnerContact(partner=gone), owner=gone, by=None, name="周", phone="13812340001", position=""
    )
    licence = add_credential(
        partner=gone,
        by=None,
        now=tale.now_of(tale.MARCH),
        kind="licence",
        title="营业执照",
        issuer="市监局",
        issued_on=tale.MARCH,
    )
    merge = merge_partners(
        kept=kept, gone=gone, by=clerk.user, now=tale.now_of(tale.MARCH), reason="同一家，登记了两次"
    )
    for row in (project, contact, licence, kept, gone):
        row.refresh_from_db()
    assert {row.partner_id for row in (project, contact, licence)} == {kept.pk}
    assert {contact.division_code, licence.division_code} == {DISTRICT}
    assert (gone.merged_into, kept.uscc, contact.phone.plain()) == (kept, tale.USCC, "13812340001")
    assert sum(map(len, merge.moved.values())) == 3
    assert Act.objects.filter(verb="合并合伙人", subject_uuid=kept.uuid).get().reason == "同一家，登记了两次"
    later = operations.record_project(
        facility=facility, name="助餐", run_by="market", starts_on=tale.MARCH, by=None, partner=kept
    )
    undo_merge(merge=merge, by=clerk.user, now=tale.now_of(tale.MARCH), reason="其实是两家")
    for row in (project, contact, licence, gone, later):
        row.refresh_from_db()
    assert {row.partner_id for row in (project, contact, licence)} == {gone.pk}
    assert (gone.merged_into, later.partner) == (None, kept)
    assert (contact.division_code, licence.division_code) == (gone.division_code, gone.division_code)
    with pytest.raises(PartnerRefused, match="已经撤回"):
        undo_merge(merge=merge, by=clerk.user, now=tale.now_of(tale.MARCH), reason="其实是两家")


def test_two_credit_codes_are_two_partners(desk):
    clerk, _, _ = desk
    one, other = partner("甲", uscc=tale.USCC), partner("乙", uscc="91330100716105852F")
    with pytest.raises(PartnerRefused, match="不是同一家"):
        merge_partners(kept=one, gone=other, by=clerk.user, now=tale.now_of(tale.MARCH), reason="名字很像")
    company = partner("甲有限公司")  # without a code: perhaps the same
    assert [(p.name, why) for p, why in likely_twins(one, [one, other, company])] == [("甲有限公司", "名称相同")]
    assert [why for _, why in likely_twins(partner("橹声养老"), [partner("杭州橹声养老服务中心")])] == ["名称相同"]


def test_a_resident_is_registered_once_by_the_citizens_number(desk):
    clerk, _, _ = desk

    def contact(name: str, phone: str) -> PartnerContact:
        owner = partner(name, kind="resident")
        return add_contact(
            contact=PartnerContact(partner=owner), owner=owner, by=None, name=name, phone=phone, position=""
        )

    one, twin = contact("张", "13812340001"), contact("张阿姨", "13812340002")
    with pytest.raises(PartnerRefused, match="校验位不对"):
        set_citizen_id(contact=one, number=ID_A[:-1] + "7", by=clerk.user)
    set_citizen_id(contact=one, number=ID_A, by=clerk.user)
    one.refresh_from_db()
    assert (str(one.citizen_id), one.citizen_id.plain()) == ("330105********0016", ID_A)
    with pytest.raises(PartnerRefused, match="已登记在“张”名下"):
        set_citizen_id(contact=twin, number=ID_A, by=clerk.user)
    set_citizen_id(contact=twin, number=ID_B, by=clerk.user)


@pytest.mark.requirement("PAR-11")
def test_a_grade_of_others_needs_its_evidence_and_decides_nothing(desk):
    _, _, _ = desk
    with pytest.raises(PartnerRefused, match="要附凭证"):
        add_credential(
            partner=partner("甲"), by=None, now=tale.now_of(tale.MARCH), kind="credit", title="安心家政", issuer="平台", grade="A",
            issued_on=tale.MARCH,
        )  # fmt: skip


# --- selection --------------------------------------------------------------------------------------------------------


def chosen(partner: Partner, desk, day: date = date(2026, 1, 5), valid_to: date | None = None) -> Nomination:
    """A round of the district in which this partner alone was nominated and selected; valid from the 12th day on."""
    clerk, reviewer, _ = desk
    round = selection.start_round(
        division_code=DISTRICT, by=clerk.user, title="遴选", opens_on=day, closes_on=day, scoring="信誉 50\n专业 50"
    )
    one = selection.nominate(
        round=round, partner=partner, reason="服务稳定", by=clerk.user, today=day, now=tale.now_of(day)
    )
    with pytest.raises(PartnerRefused, match="没有评分"):
        selection.propose(round=round, selected=[one.pk], by=reviewer, today=day)
    selection.score_nomination(nomination=one, points=[45, 45], by=clerk.user)
    selection.propose(round=round, selected=[one.pk], by=reviewer, today=day)
    valid_from = day + timedelta(days=12)
    with pytest.raises(PartnerRefused, match="期满才能公布"):
        selection.publish(
            round=round,
            valid_from=valid_from,
            valid_to=valid_to,
            by=reviewer,
            today=day + timedelta(days=5),
            now=tale.now_of(day),
        )
    selection.publish(
        round=round,
        valid_from=valid_from,
        valid_to=valid_to,
        by=reviewer,
        today=day + timedelta(days=6),
        now=tale.now_of(day),
    )
    return Nomination.objects.get(pk=one.pk)


@pytest.mark.requirement("PAR-8")
def test_a_priority_lasts_from_its_first_day_until_the_next_round(desk):
    held = partner("橹声")
    chosen(held, desk)
    on = lambda day: set(priorities(Nomination.objects.all(), day))  # noqa: E731
    first = date(2026, 1, 17)
    assert (on(first - ONE_DAY), on(first), on(date(2030, 1, 1))) == (set(), {held.pk}, {held.pk})
    other = partner("另一家")
    chosen(other, desk, date(2027, 1, 5))
    assert (on(date(2027, 1, 16)), on(date(2027, 1, 17))) == ({held.pk}, {other.pk})


@pytest.mark.requirement("PAR-8")
def test_a_priority_with_a_last_day_ends_after_it(desk):
    held = partner("橹声")
    one = chosen(held, desk, valid_to=date(2026, 6, 30))
    assert set(priorities(Nomination.objects.all(), date(2026, 6, 30))) == {held.pk}
    assert not priorities(Nomination.objects.all(), date(2026, 7, 1))
    use = {
        "nomination": one,
        "kind": PriorityKind.PURCHASE,
        "text": "购买助餐服务",
        "division_code": DISTRICT,
        "by": None,
    }
    with pytest.raises(PartnerRefused, match="不在优先资格的有效期里"):
        selection.use_priority(used_on=date(2026, 7, 1), **use)
    assert selection.use_priority(used_on=date(2026, 6, 30), **use).kind == "purchase"


@pytest.mark.requirement("PAR-8")
@pytest.mark.parametrize(
    ("with_priority", "more", "first"), [(True, 0, "后来的"), (False, 0, "先来的"), (True, 1, "先来的")]
)
def test_of_equal_points_the_one_with_priority_goes_first_and_the_use_is_noted(desk, with_priority, more, first):
    """Both sides: without the priority the earlier application goes first, and one point more outweighs the priority."""
    clerk, reviewer, facility = desk
    late = partner("后来的", kind="resident")
    if with_priority:
        chosen(late, desk)
    call, need = tale.opened_call(facility, clerk)
    early_one = tale.applied(call, need, kind="resident", uscc="", name="先来的")
    late_one = tale.applied(
        call, need, tale.MARCH + ONE_DAY, kind="resident", uscc="", name="后来的", phone="13812340002"
    )
    assert late_one.partner == late
    one = tale.scored(early_one, clerk, tale.MARCH + ONE_DAY, (32 + more, 24, 16, 8))
    other = tale.scored(late_one, clerk, tale.MARCH + ONE_DAY)
    ranked = ranking(need.pk, tale.MARCH + ONE_DAY)
    assert (ranked[0].application.name, ranked[0].by_priority) == (first, with_priority and not more)
    winner, loser = (other, one) if first == "后来的" else (one, other)
    with pytest.raises(PartnerRefused, match="排在前面"):
        operations.announce(application=loser, by=reviewer, today=tale.MARCH + ONE_DAY)
    won = operations.announce(application=winner, by=reviewer, today=tale.MARCH + ONE_DAY)
    after = won.notice_to + ONE_DAY
    operations.admit(application=won, by=reviewer, today=after, now=tale.now_of(after))
    noted = [(use.kind, use.used_on) for use in PriorityUse.objects.all()]
    assert noted == ([("entry", after)] if first == "后来的" else [])


# --- exemplars and rules ----------------------------------------------------------------------------------------------


@pytest.mark.requirement("EXM-1", "PAR-9")
def test_nobody_releases_their_own_case_and_no_tier_follows_from_one(desk):
    clerk, reviewer, facility = desk
    made = exemplar.write_exemplar(
        division_code=DISTRICT,
        by=clerk.user,
        title="一场地三时段",
        facility=facility,
        practice="分时",
        effect="到访多一成",
    )
    exemplar.send_to_review(exemplar=made, by=clerk)
    with pytest.raises(PartnerRefused, match="另一个人"):
        exemplar.release(exemplar=made, by=clerk, now=tale.now_of(tale.MARCH))
    exemplar.release(exemplar=made, by=reviewer, now=tale.now_of(tale.MARCH))
    assert Exemplar.objects.get().state == "released"
    exemplar.take_back(exemplar=made, by=reviewer, reason="数字要核实")
    assert Exemplar.objects.get().state == "withdrawn"


def test_the_rules_of_a_district_hold_from_their_day_and_never_before_today(desk):
    clerk, _, _ = desk
    numbers = dict(rules_in_force(DISTRICT, tale.MARCH).numbers)
    with pytest.raises(PartnerRefused, match="从今天或以后"):
        set_rules(
            district=DISTRICT,
            starts_on=tale.MARCH - ONE_DAY,
            source="会议纪要",
            by=clerk.user,
            today=tale.MARCH,
            **numbers,
        )
    set_rules(
        district=DISTRICT,
        starts_on=tale.MARCH,
        source="会议纪要",
        by=clerk.user,
        today=tale.MARCH,
        **{**numbers, "notice_days": 7},
    )
    set_rules(
        district=DISTRICT, starts_on=date(2026, 5, 1), source="新纪要", by=clerk.user, today=tale.MARCH, **numbers
    )
    told = [
        rules_in_force(DISTRICT, day)["notice_days"]
        for day in (tale.MARCH - ONE_DAY, tale.MARCH, date(2026, 4, 30), date(2026, 5, 1))
    ]
    assert told == [5, 7, 7, 5]
    assert not Agreement.objects.exists()
    assert not ResidentProject.objects.exists()
