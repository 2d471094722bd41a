"""A call in 拱宸桥 and what tests do with it: apply, score, agree. Days are passed in."""

from datetime import UTC, date, datetime, timedelta

from facilities.models import ConstructionType, Facility
from facilities.operations import register_facility
from partners import operations
from partners.models import Agreement, Application, Call, Channel, MovesIn, Need, PartnerFile
from partners.operations import Price
from tenants.models import Appointment
from tenants.rules import Role
from tests.people import GONGCHENQIAO, person

COMMUNITY = 330105005052
MARCH = date(2026, 3, 2)
SCORING = "服务能力 40\n方案与价格 30\n信誉 20\n公益投入 10"
PANEL = "王评审\n李评审\n赵评审"
USCC = "91330105MA27XKF03B"
PRICES = (Price("助浴", "low", 3000, "次"), Price("量血压", "free", 0, "次"))
ALL_LANDED = [1, 1, 1, 1, 1]


def now_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 2, tzinfo=UTC)


def post(role: Role, code: int = GONGCHENQIAO) -> Appointment:
    """A new person's post. Call it in the scope of the division or above."""
    return Appointment.objects.select_related("user").get(user=person(role, code))


def facility(name: str = "桥西家园", code: int = COMMUNITY) -> Facility:
    return register_facility(
        name=name, division_code=code, construction_type=ConstructionType.INTEGRATED, opened_on=date(2025, 1, 1), by=None
    )  # fmt: skip


def opened_call(where: Facility, by: Appointment, day: date = MARCH, **values) -> tuple[Call, Need]:
    call = operations.start_call(
        division_code=GONGCHENQIAO, by=by.user, title="2026 年助老服务征集", text="", opens_on=day,
        closes_on=day + timedelta(days=20), scoring=SCORING, panel=PANEL, **values,
    )  # fmt: skip
    need = operations.add_need(
        call=call, facility=where, by=by.user, item_number=3, text="上门助浴", hours="周一至周五"
    )
    return operations.open_call(call=call, by=by, today=day), need


def applied(call: Call, need: Need, day: date = MARCH, *, name="橹声养老", uscc=USCC, phone="13812340001", **values):
    told = {
        "kind": "market", "proposal": "十人团队，每月 200 人次", "prices": "助浴 30 元", "contact_name": "周负责", "by": None,
        "channel": Channel.STAFF, "files": (), **values,
    }  # fmt: skip
    return operations.apply(
        call=call, need=need, today=day, now=now_of(day), name=name, uscc=uscc, contact_phone=phone, **told
    )


def scored(application: Application, by: Appointment, day: date, points=(32, 24, 16, 8)) -> Application:
    """Qualified and scored by the whole panel: 80 points unless others are given."""
    application = operations.qualify(application=application, by=by, today=day, now=now_of(day))
    for member in PANEL.split():
        operations.enter_score(
            application=application, member=member, points=list(points), is_recused=False, remark="", by=by.user,
            now=now_of(day), evidence=sheet(application),
        )  # fmt: skip
    return operations.finish_scoring(application=application, by=by, today=day)


def sheet(application: Application) -> PartnerFile:
    """The signed sheet of a member without an account."""
    return PartnerFile.objects.create(
        division_code=application.division_code, application=application, title="评分表", name="评分表.pdf", size=9,
        sha256="0" * 64, received_sha256="0" * 64, media_type="application/pdf",
    )  # fmt: skip


def running(application: Application, clerk: Appointment, reviewer: Appointment, day: date, **values) -> Agreement:
    """From scored to a service that runs: notice, admission, agreement, signature, landing."""
    application = operations.announce(application=application, by=reviewer, today=day)
    admitted_on = application.notice_to + timedelta(days=1)
    application = operations.admit(application=application, by=reviewer, today=admitted_on, now=now_of(admitted_on))
    agreement = drafted(application, clerk, admitted_on, **values)
    agreement = operations.sign(agreement=agreement, by=reviewer, today=admitted_on, signed_on=admitted_on)
    operations.check_landing(
        agreement=agreement, points=ALL_LANDED, text="都已到位", by=clerk, today=admitted_on, now=now_of(admitted_on)
    )
    return operations.land(agreement=agreement, by=clerk, today=admitted_on)


def drafted(application: Application, by: Appointment, day: date, **values) -> Agreement:
    told = {
        "number": "拱宸桥协 2026-01", "service": "上门助浴", "item_number": 3, "starts_on": day, "ends_on": date(2027, 4, 1),
        "moves_in": MovesIn.BODY, "hours": "周一至周五 9:00–17:00", "duties": "甲方供场地，乙方供人员。", "serves_elders": True,
        **values,
    }  # fmt: skip
    return operations.draft_agreement(application=application, prices=PRICES, by=by, today=day, **told)
