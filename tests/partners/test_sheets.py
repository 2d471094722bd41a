"""Excel in for the ledgers of partners and money: the same file twice changes nothing, nothing is written past its rules."""

from datetime import date

import pytest

from facilities.models import ImportRow, Outcome
from facilities.operations import import_batch, import_undo
from facilities.operations.import_batch import ImportRefused
from partners.models import (
    Agreement,
    AgreementPrice,
    Brand,
    Credential,
    Exchange,
    ExchangeEntry,
    FundEntry,
    Partner,
    PartnerContact,
    Payment,
    ResidentProject,
)
from partners.operations import payments, register_partner
from partners.operations.exchanges import open_fen
from partners.operations.funds import held_fen
from tenants.rules import Role
from tests.facilities.conftest import *  # noqa: F403 the fixtures of the registry
from tests.facilities.conftest import GONGCHENQIAO, GONGSHU, NOW, a_facility, book, bring, bring_in, findings, rows
from tests.partners import money

HERE = {"facility": "330105005-01"}
USCC, NUMBER, PHONE = "91330105MA27XKF03B", "11010519491231002X", "13812340000"
FIRM = {"name": "橹声餐饮", "kind": "市场合伙人", "uscc": USCC, "brand": "橹声", "strengths": "助餐"}
PERSON = {"name": "周阿姨", "kind": "居民合伙人", "contact": "周阿姨", "phone": PHONE, "citizen_id": NUMBER}
PAPER = {"partner": "橹声餐饮", "kind": "许可证", "title": "食品经营许可证", "issuer": "区市场监管局", "issued_on": "2026-01-05",
         "valid_until": "2031-01-04"}  # fmt: skip
AGREED = HERE | {
    "number": "桥协 1", "partner": "橹声餐饮", "state": "服务中", "service": "社区食堂", "signed_on": "2025-02-20",
    "starts_on": "2025-03-01", "ends_on": "2027-02-28", "moves_in": "机构入驻", "hours": "每天", "duties": "各自负责",
    "prices": "午餐 低收费 12 元/份；送餐 免费",
}  # fmt: skip
SPACE = HERE | {
    "number": "换-1", "partner": "橹声餐饮", "spaces": "102 室", "starts_on": "2026-01-01", "ends_on": "2026-12-31", "hour_fen": "120",
    "head_fen": "15",
}  # fmt: skip
GIVEN = {"exchange": "换-1", "day": "2026-05-08", "summary": "助餐 40 人", "hours": "2.5", "heads": "40"}
ARRIVED = {
    "fund": "拱宸桥街道慈善共富基金", "voucher": "回单 1", "day": "2026-05-08", "amount_fen": "20000.01", "source": "慈善资金",
    "counterparty": "某公司", "summary": "捐赠",
}  # fmt: skip
ASKED = {
    "fund": "拱宸桥街道慈善共富基金", "payee": "邻里社工", "amount_fen": "500.00", "purpose": "银龄互助", "evidence": "审批单 12 号",
    "source": "公益创投",
}  # fmt: skip


@pytest.fixture
def place(in_gongshu, officer):
    given = {
        "设施": rows("facility", a_facility()),
        "点位": rows("site", HERE | {"name": "主楼", "address": "某路 1 号"}),
        "空间": rows("space", HERE | {"name": "102 室", "usable_area_m2": "120.5", "used_by": "社会化"}),
    }
    return bring_in(book(given), by=officer)


def partners(*given) -> bytes:
    return book({"合伙人登记": rows("partner", *given)})


def problems(content: bytes, officer) -> list[tuple[str, str, str | None]]:
    """(cell, problem, nearest) of what the check finds."""
    return [(cell, problem, fix) for _, cell, problem, _, fix in findings(bring(content, by=officer))]


def take_back(batch, officer) -> None:
    import_undo.request_undo(batch=batch, by=officer, now=NOW)
    import_undo.undo(batch_id=batch.pk, now=NOW)


# --- the registry -----------------------------------------------------------------------------------------------------


@pytest.mark.requirement("PAR-1")
def test_partners_come_in_once_with_their_brand_and_a_sealed_person(place, officer):
    content = book({"合伙人登记": rows("partner", FIRM, PERSON), "合伙人证照": rows("credential", PAPER)})
    batch = bring(content, by=officer)
    assert findings(batch) == []
    assert (batch.counts["new"], batch.path.exists()) == (3, True)  # the file goes when the transaction has ended
    staged = str(list(ImportRow.objects.filter(batch=batch).values("cells", "findings", "label", "diff")))
    assert (NUMBER in staged, PHONE in staged, "sealed:" in staged) == (False, False, True)
    bring_in(content, by=officer)
    person = PartnerContact.objects.get()
    assert (str(person.citizen_id)[-4:], person.phone.plain(), Brand.objects.get().name) == ("002X", PHONE, "橹声")
    assert Credential.objects.get().valid_until == date(2031, 1, 4)
    assert bring(content, by=officer).counts == {Outcome.SAME: 3}


def test_a_partner_is_known_by_its_credit_code_and_a_resident_by_the_citizens_number(place, officer):
    bring_in(partners(FIRM, PERSON), by=officer)
    again = partners(FIRM | {"name": "橹声餐饮公司"}, PERSON | {"name": "周大姐", "contact": "周大姐"})
    assert problems(again, officer) == [
        ("A2", "这个信用代码已登记在“橹声餐饮”名下", "橹声餐饮"),
        ("A3", "这个身份号码已登记在“周阿姨”名下", "周阿姨"),
    ]
    assert (
        problems(partners({"name": "橹声餐馆", "kind": "市场合伙人"}), officer)
        == [("A2", "“橹声餐馆”和已有的“橹声餐饮”很像", "橹声餐饮")]
        or Partner.objects.count() == 2
    )
    assert problems(partners(FIRM, FIRM), officer) == [("A3", "和第 2 行重复", None)]
    assert Partner.objects.count() == 2


def test_a_wrong_number_is_named_without_being_repeated(place, officer):
    batch = bring(partners(PERSON | {"citizen_id": "11010519491231002Y"}), by=officer)
    assert [f[1] for f in findings(batch)] == ["H2"]
    assert "11010519491231002" not in str(list(batch.rows.values()))


def test_a_street_names_the_brand_of_its_district_and_makes_none(place, officer, make_officer):
    clerk = make_officer(GONGCHENQIAO, Role.STREET_CLERK)
    content = partners({"name": "桥西小店", "kind": "市场合伙人", "brand": "橹声"})
    batch = bring(content, by=clerk, code=GONGCHENQIAO)
    assert [f[2] for f in findings(batch)] == ["本区没有登记品牌“橹声”"]


def test_who_does_not_handle_partners_brings_none_in(place, make_officer):
    reporter = make_officer(330105005054, Role.COMMUNITY_REPORTER)
    batch = bring(partners(FIRM), by=reporter, code=330105005054)
    assert [f[2] for f in findings(batch)] == ["你的岗位不能导入“合伙人登记”"]


def test_what_has_gone_into_another_partner_is_that_one(place, officer):
    kept = register_partner(name="橹声餐饮", kind="market", division_code=GONGSHU, by=None)
    register_partner(name="橹声旧名", kind="market", division_code=GONGSHU, by=None, merged_into=kept)
    project = HERE | {"name": "食堂", "run_by": "市场主体", "partner": "橹声旧名", "starts_on": "2025-05-01"}
    bring_in(book({"项目": rows("project", project)}), by=officer)
    assert ResidentProject.objects.get().partner == kept


# --- agreements -------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("PAR-4")
def test_a_running_agreement_on_paper_is_taken_over_once_with_its_project(place, officer):
    bring_in(partners(FIRM), by=officer)
    content = book({"合伙协议": rows("agreement", AGREED)})
    batch = bring_in(content, by=officer)
    one = Agreement.objects.get()
    assert (one.state, one.ends_on, one.project.name, one.project.starts_on) == (
        "running", date(2027, 3, 1), "社区食堂", date(2025, 3, 1),
    )  # fmt: skip
    assert sorted(AgreementPrice.objects.values_list("name", "price_fen")) == [("午餐", 1200), ("送餐", 0)]
    assert bring(content, by=officer).counts == {Outcome.SAME: 1}
    changed = book({"合伙协议": rows("agreement", AGREED | {"ends_on": "2028-02-28"})})
    assert problems(changed, officer) == [("J2", "登记的最后一天是 2027-02-28", "2027-02-28")]
    take_back(batch, officer)
    assert (Agreement.objects.count(), ResidentProject.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("changes", "cell"),
    [
        ({"state": "待签订"}, "D2"),
        ({"state": "服务中", "ends_on": "2026-11-21"}, "D2"),
        ({"state": "已准出"}, "S2"),
        ({"signed_on": "2026-12-01"}, "H2"),
        ({"partner": "橹声餐饮店"}, "C2"),
        ({"prices": "午餐十二块"}, "N2"),
    ],
)
def test_an_agreement_that_cannot_be_is_named_by_its_cell(place, officer, changes, cell):
    bring_in(partners(FIRM), by=officer)
    assert cell in [found[0] for found in problems(book({"合伙协议": rows("agreement", AGREED | changes)}), officer)]


# --- space for service ------------------------------------------------------------------------------------------------


def test_a_space_agreement_and_its_services_come_in_once_and_services_are_reversed(place, officer):
    bring_in(partners(FIRM), by=officer)
    bring_in(book({"空间协议": rows("exchange", SPACE)}), by=officer)
    content = book({"空间协议": rows("exchange", SPACE), "换服务记录": rows("given", GIVEN)})
    batch = bring_in(content, by=officer)
    one = Exchange.objects.get()
    assert open_fen(one) == -(30_000 + 60_000)
    assert bring(content, by=officer).counts == {Outcome.SAME: 2}
    other = book({"换服务记录": rows("given", GIVEN | {"heads": "41"}, GIVEN | {"day": "2025-12-31"})})
    assert [found[0] for found in problems(other, officer)] == ["E2", "B3"]
    take_back(batch, officer)
    assert (open_fen(one), ExchangeEntry.objects.count()) == (0, 2)
    assert bring(content, by=officer).counts[Outcome.NEW] == 1


def test_a_new_space_agreement_brings_its_services_along_and_goes_again(place, officer):
    content = book(
        {"合伙人登记": rows("partner", FIRM), "空间协议": rows("exchange", SPACE), "换服务记录": rows("given", GIVEN)}
    )
    bring_in(content, by=officer)
    assert (Exchange.objects.get().spaces.count(), ExchangeEntry.objects.count()) == (1, 1)


def test_no_space_is_given_twice_by_a_sheet(place, officer):
    bring_in(book({"合伙人登记": rows("partner", FIRM), "空间协议": rows("exchange", SPACE)}), by=officer)
    with pytest.raises(ImportRefused, match="同一空间同一个月只能算一次"):
        bring_in(book({"空间协议": rows("exchange", SPACE | {"number": "换-2"})}), by=officer)
    assert Exchange.objects.count() == 1


# --- money ------------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("FND-2")
def test_a_receipt_comes_in_once_and_is_undone_by_a_reversal(place, officer):
    fund = money.fund()
    content = book({"基金收款": rows("receipt", ARRIVED)})
    batch = bring_in(content, by=officer)
    assert held_fen(fund) == 2_000_001
    assert bring(content, by=officer).counts == {Outcome.SAME: 1}
    other = book({"基金收款": rows("receipt", ARRIVED | {"amount_fen": "20000.02"})})
    assert problems(other, officer) == [
        ("D2", "这个凭证已经记账：“拱宸桥街道慈善共富基金”第 1 号，记的是 20000.01 元", None)
    ]
    take_back(batch, officer)
    assert (held_fen(fund), list(FundEntry.objects.values_list("kind", flat=True))) == (0, ["receipt", "reversal"])
    bring_in(content, by=officer)
    assert (held_fen(fund), FundEntry.objects.last().reposts) == (2_000_001, 1)


def test_a_voucher_in_the_sheet_twice_or_counted_by_a_facility_is_refused(place, officer):
    money.fund()
    own = HERE | {
        "year": 2026,
        "name": "银龄互助",
        "kind": "公益创投",
        "received_on": "2026-04-01",
        "amount_fen": 5,
        "voucher": "回单 1",
    }
    bring_in(book({"公益创投": rows("charity", own)}), by=officer)
    twice = book(
        {"基金收款": rows("receipt", ARRIVED, ARRIVED | {"voucher": "回单 2"}, ARRIVED | {"voucher": "回单 2"})}
    )
    assert [found[:2] for found in problems(twice, officer)] == [
        ("B2", "这个凭证已经直接记在设施的创投项目里"), ("B4", "凭证号和第 3 行重复"),
    ]  # fmt: skip


@pytest.mark.requirement("FND-3")
def test_an_imported_payment_waits_for_a_second_person(place, officer, make_officer):
    fund = money.fund()
    money.receive(fund, 100_000, "回单 9")
    content = book({"放款单": rows("payment", ASKED)})
    batch = bring_in(content, by=officer)
    one = Payment.objects.get()
    assert (one.state, one.proposed_by, held_fen(fund)) == ("proposed", officer, 100_000)
    with pytest.raises(ValueError, match="放款要两个人"):
        payments.release(payment=one, day=date(2026, 11, 22), by=officer, now=NOW)
    assert bring(content, by=officer).counts == {Outcome.SAME: 1}
    same_paper = book({"放款单": rows("payment", ASKED | {"amount_fen": "501"})})
    assert problems(same_paper, officer) == [("E2", "这份佐证已经放过一笔：邻里社工 500.00 元", None)]
    take_back(batch, officer)
    assert Payment.objects.get().state == "withdrawn"
    bring_in(content, by=officer)
    second = make_officer(GONGSHU, Role.DISTRICT_REVIEWER)
    released = payments.release(payment=Payment.objects.last(), day=date(2026, 11, 22), by=second, now=NOW)
    assert (released.state, held_fen(fund)) == ("released", 50_000)


def test_what_has_been_released_is_not_undone_as_a_whole(place, officer, make_officer):
    money.receive(money.fund(), 100_000, "回单 9")
    batch = bring_in(book({"放款单": rows("payment", ASKED)}), by=officer)
    second = make_officer(GONGSHU, Role.DISTRICT_REVIEWER)
    payments.release(payment=Payment.objects.get(), day=date(2026, 11, 22), by=second, now=NOW)
    import_undo.request_undo(batch=batch, by=officer, now=NOW)
    with pytest.raises(ImportRefused, match="已放款，不能再办理"):
        import_undo.undo(batch_id=batch.pk, now=NOW)


def test_a_file_says_before_it_is_confirmed_how_it_would_be_undone(place, officer):
    from facilities.queries.imports import effects

    money.fund()
    batch = bring(book({"基金收款": rows("receipt", ARRIVED), "放款单": rows("payment", ASKED)}), by=officer)
    assert [word.partition("：")[0] for word in effects(batch)["undo"]] == ["基金收款", "放款单"]
    import_batch.abandon(batch=batch, by=officer)
