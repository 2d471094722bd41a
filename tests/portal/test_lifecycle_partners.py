"""Agreements, projects, space for service and figures of a facility that is withdrawn, merged or moved: nothing is lost."""

from datetime import date, timedelta

import pytest
from django.db.models import Sum
from django.utils import timezone

from partners.models import (
    Agreement,
    AgreementCheck,
    AgreementPrice,
    Exchange,
    ExchangedSpace,
    ExchangeEntry,
    OperatingFigure,
    Price,
    ResidentProject,
)
from partners.operations import exchanges
from partners.operations import leave as leave_agreement
from tenants.models import Act
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.assessments import registry as make
from tests.partners import life as tale
from tests.partners import money
from tests.people import GONGCHENQIAO, GONGSHU, signed_in
from tests.portal.conftest import QIAOXI, TAIZHOULU
from tests.portal.test_lifecycle import done, step_1

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("PAR-7")]
BEGUN = date(2026, 1, 1)


class Place:
    """A facility of 拱宸桥 with a running agreement, a price, a figure and, if wanted, a space that was given."""

    def __init__(self, *, with_space=True):
        self.today = timezone.localdate()
        self.large = make.demonstration(1, code=TAIZHOULU)
        self.small = make.facility(2, code=QIAOXI)
        self.space = make.space(self.small, make.site(self.small, area="300"), "书屋", "80")
        self.project = make.project(self.small, "助浴", ends_on=self.today + timedelta(days=200))
        self.agreement = self.agreed(self.project, "协 1")
        Price.objects.create(
            division_code=QIAOXI,
            facility=self.small,
            service="助浴",
            fee_nature="low",
            price_fen=1500,
            unit="次",
            starts_on=BEGUN,
        )
        OperatingFigure.objects.create(
            division_code=QIAOXI, facility=self.small, month=date(2026, 9, 1), item="staff", amount_fen=90_000
        )
        if with_space:
            money.rent()
            self.exchange = money.agreement(
                self.small, self.project.partner, [self.space], ends_on=self.today + timedelta(days=90)
            )
            exchanges.accrue(exchange=self.exchange, until=self.today)

    def agreed(self, project, number: str, **values) -> Agreement:
        told = {"state": "running", "starts_on": BEGUN, "ends_on": self.today + timedelta(days=200), **values}
        made = Agreement.objects.create(
            division_code=QIAOXI, facility=self.small, partner=self.project.partner, project=project, number=number, service="助浴",
            moves_in="service", hours="每天", duties="各尽其责", **told,
        )  # fmt: skip
        AgreementPrice.objects.create(
            division_code=QIAOXI,
            agreement=made,
            facility=self.small,
            name="助浴",
            fee_nature="low",
            price_fen=1500,
            unit="次",
        )
        return made

    def now(self) -> Agreement:
        return Agreement.objects.get(pk=self.agreement.pk)


@pytest.fixture
def district_scope(district):
    with opened_scope(division_scope(GONGSHU)):
        yield


@pytest.fixture
def clerk(district_scope):
    return signed_in(Role.STREET_CLERK, GONGCHENQIAO)


def ledger() -> dict:
    """Every entry of the ledgers of exchanges: their number and their sum."""
    return ExchangeEntry.objects.aggregate(number=Sum(1), sum=Sum("amount_fen"))


def decide(clerk, facility, kind: str, **fields) -> tuple[str, str]:
    """The second step as it is read before, and its address."""
    page = step_1(clerk, facility, kind, **fields)
    return clerk.get(page).content.decode(), page


def merged(clerk, place, takes_over=("sites", "functions", "projects"), **fields):
    return decide(
        clerk,
        place.small,
        "merge",
        successor=str(place.large.uuid),
        takes_over=list(takes_over),
        grounds=["small"],
        **fields,
    )


def withdrawn(clerk, place, **fields):
    return decide(clerk, place.small, "withdraw", grounds=["idle"], **fields)


def test_a_withdrawal_ends_the_agreement_with_its_reason_where_nothing_is_owed(clerk):
    place = Place(with_space=False)
    told, page = withdrawn(clerk, place)
    assert ("协议 协 1" in told, "运营收支 1 条" in told) == (True, True)
    assert (place.now().state, Act.objects.filter(subject_uuid=place.agreement.uuid).count()) == ("running", 0)
    done(clerk, page)
    one = place.now()
    assert (one.state, one.left_on, one.left_reason) == ("ended", place.today, "设施退出：测试")
    assert Act.objects.get(subject_uuid=one.uuid).verb == "协议随设施终止"
    assert Price.objects.get().ends_on == place.today
    assert OperatingFigure.objects.get().facility_id == place.small.pk
    page = clerk.get(f"/partners/agreements/{one.uuid}/").content.decode()
    assert ("已准出" in page, "设施退出：测试" in page) == (True, True)


def test_what_is_owed_is_settled_first_and_the_workbench_says_so_though_the_facility_has_closed(clerk):
    place = Place()
    before = ledger()
    told, page = withdrawn(clerk, place)
    assert ("账目不动，还要结清" in told, "结清后办结准出" in told) == (True, True)
    done(clerk, page)
    one, exchange = place.now(), Exchange.objects.get()
    assert (one.state, one.left_on, one.due_on) == ("exiting", place.today, place.today + timedelta(days=30))
    assert (exchange.ends_on, exchange.settled_on, ledger()) == (place.today, None, before)
    assert ExchangedSpace.objects.get().to_month <= exchanges.next_month(place.today)
    due = clerk.get("/workbench/due/").content.decode()
    assert ("空间协议待结清" in due, "合伙协议准出办理中" in due) == (True, True)
    exchanges.settle(exchange=exchange, on=exchange.ends_on, how="折价缴纳", by=None)
    assert ExchangeEntry.objects.aggregate(sum=Sum("amount_fen"))["sum"] == 0
    reviewer = tale.post(Role.STREET_REVIEWER)
    assert leave_agreement(agreement=one, by=reviewer, today=place.today).state == "ended"


def test_a_merger_carries_the_agreement_on_with_its_term_and_prices(clerk):
    place = Place(with_space=False)
    AgreementCheck.objects.create(
        division_code=QIAOXI, agreement=place.agreement, facility=place.small, kind="capability", made_on=BEGUN,
        made_at=tale.now_of(BEGUN), passed=True, text="好",
    )  # fmt: skip
    follower = place.agreed(
        None,
        "协 2",
        state="drafted",
        renews=place.agreement,
        starts_on=place.agreement.ends_on,
        ends_on=date(2028, 1, 1),
    )
    told, page = merged(clerk, place)
    assert f"由 {place.large.name} 的协议 协 1 接续" in told
    done(clerk, page)
    old, new = place.now(), Agreement.objects.get(facility=place.large, number="协 1")
    assert (old.state, old.left_on) == ("ended", place.today)
    assert old.left_reason == f"设施并入 {place.large.name}，由那里的协议 协 1 接续"
    assert (new.state, new.starts_on, new.ends_on) == ("running", place.today, old.ends_on)
    assert (new.project.facility_id, new.project.ends_on) == (place.large.pk, place.project.ends_on)
    assert [price.price_fen for price in new.prices.all()] == [1500]
    assert [check.kind for check in new.checks.all()] == ["capability"]
    following = Agreement.objects.get(facility=place.large, number="协 2")
    assert (following.renews_id, following.state, Agreement.objects.get(pk=follower.pk).state) == (
        new.pk,
        "drafted",
        "void",
    )
    assert Price.objects.get(facility=place.large).price_fen == 1500
    assert "正在服务" not in clerk.get(f"/partners/agreements/{old.uuid}/").content.decode()


def test_what_a_merger_does_not_take_over_ends_and_says_so(clerk):
    place = Place(with_space=False)
    _, page = merged(clerk, place, takes_over=())
    done(clerk, page)
    one = place.now()
    assert (one.state, "没有一并转过去" in one.left_reason) == ("ended", True)
    assert Agreement.objects.filter(facility=place.large).count() == 0


def test_a_number_that_is_taken_there_gets_the_former_facility_behind_it(clerk):
    place = Place(with_space=False)
    other = make.project(place.large, "别的")
    Agreement.objects.create(
        division_code=TAIZHOULU, facility=place.large, partner=other.partner, number="协 1", service="别的", moves_in="service",
        hours="每天", duties="各尽其责", starts_on=BEGUN, ends_on=date(2027, 1, 1),
    )  # fmt: skip
    _, page = merged(clerk, place)
    done(clerk, page)
    assert Agreement.objects.filter(facility=place.large, number=f"协 1（原{place.small.code}）").exists()


@pytest.mark.parametrize("kind", ["merge", "withdraw"])
def test_taking_back_restores_all_and_is_refused_once_somebody_settled(clerk, kind):
    place = Place()
    tables = (Agreement, AgreementPrice, Exchange, ExchangedSpace, ExchangeEntry, Price, ResidentProject)

    def rows() -> list:
        hidden = {"version"}  # counts the change and its taking back
        return [
            {name: value for name, value in row.items() if name not in hidden}
            for model in tables
            for row in model.objects.order_by("pk").values()
        ]

    before = rows()
    _, page = (merged if kind == "merge" else withdrawn)(clerk, place)
    done(clerk, page)
    assert rows() != before
    assert "已撤回" in done(clerk, page, "undo").content.decode()
    assert rows() == before
    _, page = (merged if kind == "merge" else withdrawn)(clerk, place)
    done(clerk, page)
    exchanges.settle(exchange=Exchange.objects.get(), on=place.today, how="折价缴纳", by=None)
    assert "接着办了协议" in done(clerk, page, "undo").content.decode()


def test_a_move_takes_the_agreement_along_and_ends_the_space(clerk):
    place = Place()
    Agreement.objects.filter(pk=place.agreement.pk).update(space=place.space)
    before = ledger()
    told, page = decide(
        clerk,
        place.small,
        "move",
        community=str(TAIZHOULU),
        address="新址",
        site="新楼",
        floor_area_m2="",
        area_document="",
    )
    assert ("跟着设施走，约定的空间“书屋”不再有" in told, "还要结清" in told) == (True, True)
    done(clerk, page)
    one, exchange = place.now(), Exchange.objects.get()
    assert (one.state, one.division_code, exchange.division_code) == ("running", TAIZHOULU, TAIZHOULU)
    assert (exchange.ends_on, ledger()) == (place.today, before)
    assert _codes(place) == {TAIZHOULU}


def _codes(place) -> set[int]:
    of_facility = (AgreementPrice, OperatingFigure, Price)
    found = {
        code
        for model in of_facility
        for code in model.objects.filter(facility=place.small).values_list("division_code", flat=True)
    }
    entries = ExchangeEntry.objects.filter(exchange=place.exchange).values_list("division_code", flat=True)
    return found | set(entries) | set(ExchangedSpace.objects.values_list("division_code", flat=True))


def test_a_day_before_a_space_agreement_begins_is_no_day_to_end_it(clerk):
    place = Place(with_space=False)
    money.rent()
    money.agreement(
        place.small,
        place.project.partner,
        [place.space],
        starts_on=place.today,
        ends_on=place.today + timedelta(days=90),
    )
    told, _ = withdrawn(clerk, place)
    assert "请换一个生效日，或先结清它" in told
    later, page = withdrawn(clerk, place, effective_on=(place.today + timedelta(days=9)).isoformat())
    assert "还要结清" in later
    done(clerk, page)
    one = place.now()
    assert (one.state, one.left_on) == ("exiting", place.today + timedelta(days=9))
    assert one.due_on == place.today + timedelta(days=39)
