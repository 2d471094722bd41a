"""Files of payments, “1+1” pairs, the agreement of a space and the tolerance of equal value: the pages and what they refuse."""

from datetime import UTC, date, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from freezegun import freeze_time

from partners.models import Agreement, CharityProject, Exchange, MoneyFile, Payment
from partners.operations import PartnerRefused, exchanges, leave, payments
from partners.operations.funds import MoneyRefused
from partners.operations.money_files import keep_money_file
from partners.operations.rules import set_money_rules
from partners.queries.debts import open_debts
from tenants.editing import EditRefused
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.assessments import registry
from tests.facilities import samples
from tests.partners import life, money
from tests.people import GONGCHENQIAO, GONGSHU, HUSHU, client_of, person, signed_in
from tests.structure.rows import make_row

pytestmark = pytest.mark.django_db
TODAY, NOW = date(2026, 11, 22), datetime(2026, 11, 22, 2, tzinfo=UTC)
COMMUNITY = 330105005052
NUMBERS = {
    "tolerance_permille": 50, "on_pace_percent": 90, "slow_percent": 70, "remind_days": 30, "files_needed": 0,
}  # fmt: skip


def text_of(answer) -> str:
    return answer.content.decode()


def settle(**numbers):
    said = {**NUMBERS, **numbers}
    return set_money_rules(district=GONGSHU, starts_on=TODAY, source="演示会议纪要", by=None, today=TODAY, **said)


@pytest.fixture(autouse=True)
def still():
    """Whatever day it is, the pages are asked on this one."""
    with freeze_time(NOW):
        yield


@pytest.fixture
def district():
    with opened_scope(division_scope(GONGSHU)):
        yield


# --- files ---


def proposed() -> Payment:
    fund = money.fund()
    money.receive(fund, 100_000, "回单 1")
    return payments.propose(
        fund=fund, source="charity", payee="邻里", amount_fen=5_000, purpose="慰问", evidence="审批单", by=None, now=NOW
    )


class Held:
    """A file that was examined and stored."""

    name, size, sha256, received_sha256 = "发票.pdf", 9, "0" * 64, "1" * 64

    class kind:
        media_type = "application/pdf"


@pytest.mark.requirement("FND-8")
@pytest.mark.parametrize("needed", [1, 2])
def test_a_payment_waits_for_as_many_files_as_the_district_says(district, needed):
    settle(files_needed=needed)
    payment, second = proposed(), person(Role.STREET_REVIEWER, GONGCHENQIAO)
    for held in range(needed):
        with pytest.raises(MoneyRefused, match=f"至少要 {needed} 份佐证文件，现在有 {held} 份"):
            payments.release(payment=payment, day=TODAY, by=second, now=NOW)
        keep_money_file(stored=Held, title="发票", by=None, payment=payment)
    assert payments.release(payment=payment, day=TODAY, by=second, now=NOW).state == "released"


def test_without_a_rule_no_file_is_needed(district):
    payment = proposed()
    assert payments.release(payment=payment, day=TODAY, by=None, now=NOW).state == "released"


@pytest.mark.requirement("FND-8")
def test_a_file_is_taken_in_handed_out_and_removed_until_the_money_has_gone():
    with opened_scope(division_scope(GONGSHU)):
        payment = proposed()
    clerk, base = signed_in(Role.STREET_CLERK, GONGCHENQIAO), f"/money/payments/{payment.uuid}/"

    def brought(name, content):
        return text_of(
            clerk.post(f"{base}files/", {"title": "发票", "files": SimpleUploadedFile(name, content)}, follow=True)
        )

    assert "已上传 1 份佐证文件" in brought("发票.pdf", samples.pdf())
    assert "已上传" not in brought("坏.exe", b"MZ")
    with opened_scope(division_scope(GONGSHU)):
        [file] = MoneyFile.objects.all()
    answer = clerk.get(f"/money/files/{file.uuid}/")
    assert [answer.status_code, answer["X-Content-Type-Options"], answer["Cache-Control"]] == [
        200, "nosniff", "private, no-store",
    ]  # fmt: skip
    assert signed_in(Role.STREET_CLERK, HUSHU).get(f"/money/files/{file.uuid}/").status_code == 404
    clerk.post(f"/money/files/{file.uuid}/remove/", {"reason": "传错了"})
    assert clerk.get(f"/money/files/{file.uuid}/").status_code == 410
    assert "还没有佐证文件" in text_of(clerk.get(base))
    brought("发票.pdf", samples.pdf())
    with opened_scope(division_scope(GONGSHU)):
        payments.release(payment=payment, day=TODAY, by=None, now=NOW)
        kept = MoneyFile.objects.get(removed_at=None)
    refused = clerk.post(f"/money/files/{kept.uuid}/remove/", {"reason": "传错了"}, follow=True)
    assert "不能再移除" in text_of(refused)
    assert "佐证文件 1 份" in text_of(clerk.get(f"/money/funds/{payment.fund.uuid}/"))


# --- “1+1” pairs ---


@pytest.mark.requirement("FND-7")
def test_hangzhou_2_3_8_a_pair_is_told_on_the_facility_and_the_duty_page():
    with opened_scope(division_scope(GONGSHU)):
        facility, _ = money.place(code=COMMUNITY)
        partner = registry.partner(facility)
        project = registry.charity(facility, name="银龄互助", year=TODAY.year)
    clerk = signed_in(Role.STREET_CLERK, GONGCHENQIAO)
    address = f"/charity-projects/{project.uuid}/edit/"
    page = clerk.get(address)
    said = {
        "version": page.context["version"], "token": page.context["token"], "act": "save", "draft": "", "year": str(TODAY.year),
        "name": "银龄互助", "kind": "charity", "contract": "60000", "partner": partner.pk, "reason": "补登记",
    }  # fmt: skip
    clerk.post(address, {**said, "funder": "运河慈善基金"})
    with opened_scope(division_scope(GONGSHU)):
        one = CharityProject.objects.get()
    assert [one.partner_id, one.funder, one.contract_fen] == [partner.pk, "运河慈善基金", 6_000_000]
    told = f"{partner.name} + 运河慈善基金"
    assert told in text_of(clerk.get(f"/facilities/{facility.uuid}/charity/"))
    assert f"银龄互助：{told}" in text_of(clerk.get(f"/money/duty/?year={TODAY.year}"))


# --- the agreement of a space, and debts ---


def agreed(facility, partner, state="running", number="协-1", **said) -> Agreement:
    parents = {(type(facility), facility.division_code): facility, (type(partner), facility.division_code): partner}
    return make_row(
        Agreement, facility.division_code, parents, number=number, partner=partner, facility=facility, state=state,
        starts_on=date(2026, 1, 1), ends_on=date(2027, 1, 1), left_on=None, **said,
    )  # fmt: skip


@pytest.mark.requirement("SFS-1")
def test_a_space_is_given_under_an_agreement_in_service_of_the_same_partner(district):
    facility, space = money.place(code=COMMUNITY)
    partner, other = registry.partner(facility), registry.partner(facility, "别家")
    agreement = agreed(facility, partner)
    with pytest.raises(EditRefused, match="要是这个合伙人"):
        money.agreement(facility, other, [space], agreement=agreement)
    Agreement.objects.filter(pk=agreement.pk).update(state="exiting")
    agreement.refresh_from_db()
    with pytest.raises(EditRefused, match="请选在服务的协议"):
        money.agreement(facility, partner, [space], agreement=agreement)
    Agreement.objects.filter(pk=agreement.pk).update(state="running")
    agreement.refresh_from_db()
    one = money.agreement(facility, partner, [space])
    assert exchanges.name_agreement(exchange=one, agreement=agreement, by=None).agreement_id == agreement.pk
    admin = client_of(person(Role.DISTRICT_ADMIN, GONGSHU))
    assert "协-1" in text_of(admin.get(f"/money/exchanges/{one.uuid}/"))
    assert "在本协议名下" in text_of(admin.get(f"/partners/agreements/{agreement.uuid}/?tab=exchanges"))


@pytest.mark.requirement("SFS-1")
def test_an_open_balance_blocks_the_exit_until_it_is_settled(district):
    money.rent()
    facility, space = money.place(code=COMMUNITY)
    partner = registry.partner(facility)
    agreement = agreed(facility, partner, state="exiting")
    other = agreed(facility, partner, number="协-2")
    one = money.agreement(facility, partner, [space])
    exchanges.accrue(exchange=one, until=date(2026, 6, 1))
    [debt] = open_debts(agreement, TODAY)
    assert [debt.amount_fen, "2,410,000" in debt.text or "24,100.00" in debt.text] == [2_410_000, True]
    with pytest.raises(PartnerRefused, match="空间协议 KJ-1"):
        leave(agreement=agreement, by=life.post(Role.STREET_REVIEWER), today=TODAY)
    Exchange.objects.filter(pk=one.pk).update(agreement=other)
    assert open_debts(agreement, TODAY) == [], "it stands under another agreement of the partner"
    Exchange.objects.filter(pk=one.pk).update(agreement=agreement)
    exchanges.settle(exchange=one, on=date(2026, 7, 1), how="折价缴入街道基金", by=None)
    assert open_debts(agreement, TODAY) == []


# --- the tolerance (reading G-26) ---


@pytest.mark.requirement("SFS-1")
def test_g_26_a_new_agreement_takes_the_tolerance_of_its_first_day(district):
    settle(tolerance_permille=30)
    facility, space = money.place(code=COMMUNITY)
    partner = registry.partner(facility)
    terms = {"ends_on": date(2028, 1, 1)}
    before = money.agreement(facility, partner, [space], number="甲", starts_on=date(2026, 11, 1), ends_on=TODAY)
    _, second = money.place(2, code=COMMUNITY)
    later = money.agreement(second.facility, partner, [second], number="乙", starts_on=TODAY, **terms)
    _, third = money.place(3, code=COMMUNITY)
    own = money.agreement(
        third.facility, partner, [third], number="丙", starts_on=TODAY, tolerance_permille=10, **terms
    )
    assert [before.tolerance_permille, later.tolerance_permille, own.tolerance_permille] == [50, 30, 10]


def test_the_page_of_settings_says_what_is_a_working_value():
    clerk, admin = signed_in(Role.STREET_CLERK, GONGCHENQIAO), signed_in(Role.DISTRICT_ADMIN, GONGSHU)
    assert "工作口径，待区民政局确认" in text_of(clerk.get("/money/rules/"))
    numbers = {**NUMBERS, "tolerance_permille": 30, "starts_on": "2099-01-01", "source": "会议纪要 3 号"}
    assert clerk.post("/money/rules/set/", numbers).status_code == 403
    assert "2099-01-01 起按新规则办" in text_of(admin.post("/money/rules/set/", numbers, follow=True))
    wrong = admin.post("/money/rules/set/", {**numbers, "slow_percent": 95}, follow=True)
    assert "偏慢线不能高于正常线" in text_of(wrong)
