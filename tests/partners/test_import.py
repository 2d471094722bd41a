"""Projects, partners and charity money through the workbook."""

from datetime import date

import pytest

from facilities.models import Outcome
from partners.models import CharityProject, CharityReceipt, OperatingFigure, Partner, ResidentProject
from tests.facilities.conftest import *  # noqa: F403 the fixtures of the registry
from tests.facilities.conftest import GONGSHU, a_facility, book, bring, bring_in, findings, rows
from tests.partners import money

HERE = {"facility": "330105005-01"}
PROJECT = HERE | {"name": "四点半课堂", "run_by": "社会组织", "partner": "萤火中心", "starts_on": "2025-05-01"}
MONEY = HERE | {
    "year": 2026, "name": "银龄互助", "kind": "公益创投", "contract_fen": 60000, "received_on": "2026-04-01",
    "amount_fen": "49999.99", "voucher": "凭-1",
}  # fmt: skip


@pytest.fixture
def place(in_gongshu, officer):
    given = [a_facility(), a_facility(code="330105005-02", name="橘灯幸福家园")]
    bring_in(book({"设施": rows("facility", *given)}), by=officer)


def test_one_partner_of_many_projects_is_registered_once(place, officer):
    projects = [PROJECT | {"name": f"项目{i}"} for i in range(3)]
    bring_in(book({"项目": rows("project", *projects)}), by=officer)
    partner = Partner.objects.get()
    assert (partner.kind, partner.division_code, partner.district_code, partner.name_sort) == (
        "public_benefit", GONGSHU, GONGSHU, "ying huo zhong xin",
    )  # fmt: skip
    assert ResidentProject.objects.filter(partner=partner).count() == 3


def test_a_partner_keeps_its_kind(place, officer):
    bring_in(book({"项目": rows("project", PROJECT)}), by=officer)
    batch = bring(book({"项目": rows("project", PROJECT | {"name": "别的", "partner_kind": "市场合伙人"})}), by=officer)
    assert ("项目", "E2", "合伙人“萤火中心”已登记为公益合伙人", "同一个合伙人只有一个类别", "公益合伙人") in findings(
        batch
    )


def test_a_name_much_like_a_registered_partner_is_asked_about(place, officer):
    bring_in(book({"项目": rows("project", PROJECT | {"partner": "萤火儿童关爱中心"})}), by=officer)
    batch = bring(
        book({"项目": rows("project", PROJECT | {"name": "别的", "partner": "萤火儿童关爱中心 "})}), by=officer
    )
    assert findings(batch) == []
    batch = bring(
        book({"项目": rows("project", PROJECT | {"name": "别的", "partner": "萤火儿童关怀中心"})}), by=officer
    )
    assert findings(batch)[0][2:] == (
        "“萤火儿童关怀中心”和已有的“萤火儿童关爱中心”很像",
        "是同一家，就改成已有的名称",
        "萤火儿童关爱中心",
    )


def test_a_project_without_partner_or_with_one_of_another_kind_is_to_be_confirmed(place, officer):
    projects = [
        PROJECT | {"partner": ""},
        PROJECT | {"name": "食堂", "run_by": "市场主体"},
        PROJECT | {"name": "舞队", "run_by": "居民", "partner": ""},
    ]
    batch = bring(book({"项目": rows("project", projects[0], PROJECT | {"name": "别的"}, *projects[1:])}), by=officer)
    assert [f[1] for f in findings(batch)] == ["D2", "C4"]
    assert batch.counts[Outcome.CONFIRM] == 2


def test_an_ended_project_stays_readable_until_its_last_day(place, officer):
    bring_in(book({"项目": rows("project", PROJECT | {"ends_on": "2026-06-30"})}), by=officer)
    in_force = [ResidentProject.objects.in_force(day).count() for day in (date(2026, 6, 30), date(2026, 7, 1))]
    assert in_force == [1, 0]


def test_a_project_of_several_receipts_is_written_once(place, officer):
    second = HERE | {
        "year": 2026,
        "name": "银龄互助",
        "received_on": "2026-05-01",
        "amount_fen": 100.01,
        "voucher": "凭-2",
    }
    content = book({"公益创投": rows("charity", MONEY | {"kind": "公益创投"}, second | {"kind": "公益创投"})})
    assert findings(bring(content, by=officer)) == []
    bring_in(content, by=officer)
    assert CharityProject.objects.get().contract_fen == 6_000_000
    assert list(CharityReceipt.objects.order_by("voucher").values_list("amount_fen", flat=True)) == [4_999_999, 10_001]
    assert bring(content, by=officer).counts == {Outcome.SAME: 2}


@pytest.mark.requirement("FND-2")
def test_money_is_counted_once_in_a_district(place, officer):
    bring_in(book({"公益创投": rows("charity", MONEY)}), by=officer)
    elsewhere = MONEY | {"facility": "330105005-02"}
    batch = bring(book({"公益创投": rows("charity", elsewhere, MONEY | {"name": "别的"})}), by=officer)
    assert [f[1:3] for f in findings(batch)] == [("H2", "凭证号已记在云橹幸福家园名下"), ("H3", "凭证号和第 2 行重复")]


def test_money_of_another_year_is_to_be_confirmed(place, officer):
    batch = bring(book({"公益创投": rows("charity", MONEY | {"received_on": "2025-12-31"})}), by=officer)
    assert findings(batch)[0][1:4] == ("F2", "到账日不在 2026 年", "金额按到账的年份计，核对年度和到账日")


def test_a_corrected_amount_is_an_update(place, officer):
    bring_in(book({"公益创投": rows("charity", MONEY)}), by=officer)
    batch = bring(book({"公益创投": rows("charity", MONEY | {"amount_fen": 50000})}), by=officer)
    assert batch.rows.get().diff == [["到账金额(元)", "49999.99", "50000.00"]]
    bring_in(book({"公益创投": rows("charity", MONEY | {"amount_fen": 50000})}), by=officer)
    assert CharityReceipt.objects.get().amount_fen == 5_000_000


# --- operating figures, and money that stands in a fund ---

FIGURE = HERE | {"month": "2026-10-09", "item": "低偿收费", "amount_fen": "12800.50", "heads": "260"}


def test_operating_figures_come_in_and_are_corrected_by_the_same_row(place, officer):
    bring_in(book({"运营收支": rows("operating", FIGURE, FIGURE | {"item": "人员", "amount_fen": "9000"})}), by=officer)
    bring_in(book({"运营收支": rows("operating", FIGURE | {"amount_fen": "12800.51"})}), by=officer)
    assert sorted(OperatingFigure.objects.values_list("month", "item", "amount_fen", "heads")) == [
        (date(2026, 10, 1), "low_fees", 1_280_051, 260), (date(2026, 10, 1), "staff", 900_000, 260)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("figure", "problem"),
    [
        (FIGURE | {"partner": "没有登记的"}, "本区没有登记“没有登记的”"),
        (FIGURE | {"month": "2030-01-01"}, "2030-01 还没有到"),
    ],
)
def test_an_operating_figure_that_cannot_be_is_named(place, officer, figure, problem):
    assert problem in {found[2] for found in findings(bring(book({"运营收支": rows("operating", figure)}), by=officer))}


def test_the_same_item_twice_is_one_too_many(place, officer):
    batch = bring(book({"运营收支": rows("operating", FIGURE, FIGURE)}), by=officer)
    assert [found[2] for found in findings(batch)] == ["和第 2 行重复"]


def test_money_that_stands_in_a_fund_is_not_counted_again_by_a_sheet(place, officer):
    money.receive(money.fund(), 100, "凭-1")
    batch = bring(book({"公益创投": rows("charity", MONEY)}), by=officer)
    assert "这个凭证已经记进基金账" in {found[2] for found in findings(batch)}
    assert CharityReceipt.objects.count() == 0
