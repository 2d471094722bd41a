"""Two years of partners in the demonstration: agreements over the projects that run, a call on its way, a selection, cases.

演示数据: everything is made up, every number in it too.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from django.utils import timezone

from partners import operations
from partners.models import (
    Agreement,
    AgreementCheck,
    AgreementPrice,
    AgreementState,
    Application,
    Brand,
    Call,
    Channel,
    CheckKind,
    Credential,
    Exemplar,
    FeeNature,
    MovesIn,
    Nomination,
    Partner,
    ResidentProject,
    RunAs,
)
from partners.operations import brands, selection
from partners.operations import exemplar as exemplars
from partners.queries.life import rules_in_force
from partners.rules.codes import check_character
from standards.queries import function_names
from tenants.models import Appointment
from tenants.rules import code_range
from tenants.scope import set_reason

STREET = 330105005000
ONE_DAY = timedelta(days=1)
OF_A_FACILITY = 3  # agreements


def load_partners(*, district: int, today: date) -> int:
    """How many agreements were made; a second time adds nothing. Call it in the scope of the district."""
    if Agreement.objects.within(code_range(district)).exists():
        return 0
    projects = ResidentProject.objects.within(code_range(district)).in_force(today).filter(partner__isnull=False)
    by_facility: dict[int, list[ResidentProject]] = {}
    for project in projects.select_related("facility", "partner", "space").order_by("facility__code", "name"):
        by_facility.setdefault(project.facility_id, []).append(project)
    found = [project for rows in by_facility.values() for project in rows[:OF_A_FACILITY]]
    for number, project in enumerate(found):
        _agreement(project, number, today)
    _credentials(sorted({project.partner_id for project in found}), today)
    _brands(district, found)
    posts = {post.user.username: post for post in Appointment.objects.select_related("user").filter(ends_on=None)}
    wanted = ("gongchenqiao", "gongchenqiao-reviewer", "gongshu-admin", "gongshu-reviewer")
    if all(name in posts for name in wanted) and STREET in code_range(district):
        street = [one for one in found if one.division_code in code_range(STREET)]
        clerk, reviewer, admin, officer = (posts[name] for name in wanted)
        _selection(street, admin, officer, today)
        _call(street, clerk, (reviewer, officer, admin), today)
        _cases(street, clerk, reviewer, today)
    return len(found)


def _at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 10, tzinfo=timezone.get_current_timezone())


def _brands(district: int, found: list[ResidentProject]) -> None:
    """Two groups over several streets, and one partner that has gone over to the other."""
    partners = list(dict.fromkeys(one.partner for one in found))[:7]
    made = [
        brands.register_brand(division_code=district, name=name, by=None)
        for name in ("运河橹声（演示）", "桥西邻里（演示）")
    ]
    for number, partner in enumerate(partners):
        brands.join(brand=made[number % 2], partner=partner, starts_on=date(2025, 3, 1), by=None)
    if partners:
        moved = partners[0].brands.get()
        brands.leave(member=moved, ends_on=date(2026, 7, 1), by=None)
        brands.join(brand=made[1], partner=partners[0], starts_on=date(2026, 7, 1), by=None)
        Brand.objects.filter(pk=made[1].pk).update(lead=partners[0])


def _agreement(project: ResidentProject, number: int, today: date) -> None:
    """Over a project that runs: from its beginning, ending one after another from December on."""
    begun = max(project.starts_on, date(2025, 1, 1))
    ends_on = (today + timedelta(days=24 + 97 * number % 400)).replace(day=1)
    ends_on = max(ends_on, today + timedelta(days=9))
    made = Agreement.objects.create(
        division_code=project.division_code, facility=project.facility, partner=project.partner, space=project.space, project=project,
        number=f"演示协 {begun.year}-{number + 1:03d}", service=project.name, item_number=project.item_number,
        moves_in=MovesIn.BODY if project.space_id else MovesIn.SERVICE, run_as=RunAs.BUILT_PUBLIC if number % 3 else RunAs.AIDED,
        hours="周一至周六 9:00–17:00", duties="甲方提供场地和水电。\n乙方提供人员，按价目服务，每季报告服务情况。", starts_on=begun,
        ends_on=ends_on, signed_on=begun, serves_elders=project.serves_elders, serves_children=project.serves_children,
        state=AgreementState.RUNNING,
    )  # fmt: skip
    common = {"division_code": made.division_code, "agreement": made, "facility": project.facility}
    price = {FeeNature.FREE: 0, FeeNature.LOW: 1500, FeeNature.MARKET: 4800}.get(
        project.fee_nature or FeeNature.LOW, 1500
    )
    AgreementPrice.objects.create(
        **common, name=project.name, fee_nature=project.fee_nature or FeeNature.LOW, price_fen=price, unit="次"
    )
    rules = rules_in_force(made.division_code, today)
    AgreementCheck.objects.create(
        **common, kind=CheckKind.LANDING, made_on=begun, made_at=_at(begun), lines=rules.landing, points=[1] * 5, passed=True,
        text="到位（演示）",
    )  # fmt: skip
    if begun.year == 2025:
        satisfied = 78 if number % 11 == 5 else 88 + number % 10
        passed = satisfied >= rules["satisfaction_percent"]
        AgreementCheck.objects.create(
            **common, kind=CheckKind.CAPABILITY, made_on=date(2026, 6, 30), made_at=_at(date(2026, 6, 30)), lines=rules.capability,
            points=[17, 25, 16, 13, 11 + number % 4], surveyed=100, satisfied=satisfied, passed=passed, text="年度评估（演示）",
        )  # fmt: skip
        if not passed:
            AgreementCheck.objects.create(
                **common, kind=CheckKind.IMPROVEMENT, made_on=date(2026, 11, 2), made_at=_at(date(2026, 11, 2)),
                due_on=date(2026, 12, 2), text="满意度低于 80%，请调整优化。",
            )  # fmt: skip
            made.state, made.due_on = AgreementState.IMPROVING, date(2026, 12, 2)
            made.save(update_fields=["state", "due_on"])


def _credentials(partner_ids: list[int], today: date) -> None:
    for number, partner in enumerate(Partner.objects.filter(pk__in=partner_ids).order_by("pk")):
        until = today + timedelta(days=20 + 37 * number % 700)
        Credential.objects.create(
            division_code=partner.division_code, partner=partner, kind="licence", title="营业执照或登记证书（演示）", number=partner.uscc,
            issuer="演示登记机关", issued_on=date(2024, 3, 1), valid_until=until if number % 2 else None,
        )  # fmt: skip


def _selection(projects: list[ResidentProject], admin: Appointment, officer: Appointment, today: date) -> None:
    """A round of the district, done, and open until the next one."""
    opened = date(2026, 4, 1)
    round = selection.start_round(
        division_code=admin.division_code, by=admin.user, title="2026 年优质幸福合伙人遴选（演示）", opens_on=opened,
        closes_on=opened + timedelta(days=20), scoring=rules_in_force(admin.division_code, today).selection, basis="演示通知",
    )  # fmt: skip
    partners = list(dict.fromkeys(project.partner for project in projects))[:4]
    made: list[Nomination] = []
    for number, partner in enumerate(partners):
        one = selection.nominate(
            round=round,
            partner=partner,
            reason="服务稳定，群众评价好（演示）",
            by=admin.user,
            today=opened,
            now=_at(opened),
        )
        selection.score_nomination(nomination=one, points=[26 - number, 25 - number, 34], by=admin.user)
        made.append(one)
    selection.propose(round=round, selected=[one.pk for one in made[:2]], by=officer, today=date(2026, 4, 22))
    selection.publish(
        round=round,
        valid_from=date(2026, 5, 1),
        valid_to=None,
        by=admin,
        today=date(2026, 5, 1),
        now=_at(date(2026, 5, 1)),
    )


def _call(projects: list[ResidentProject], clerk: Appointment, panel: tuple[Appointment, ...], today: date) -> None:
    """An open call with applications at every stage of the way in; its panel scores by itself, and has one left to score."""
    opened = today - timedelta(days=12)
    call = operations.start_call(
        division_code=clerk.division_code, by=clerk.user, title="拱宸桥街道助老助餐服务征集（演示）", text="征集助浴、助餐和亲子服务。",
        opens_on=opened, closes_on=today + timedelta(days=10), scoring=rules_in_force(clerk.division_code, today).entry,
        scores_by=today + timedelta(days=14),
    )  # fmt: skip
    for post in panel:
        operations.seat(call=call, user=post.user, by=clerk.user, today=opened)
    facilities = list({project.facility_id: project.facility for project in projects}.values())[:2]
    names = function_names(today)
    needs = [
        operations.add_need(
            call=call,
            facility=facility,
            by=clerk.user,
            text=text,
            hours="周一至周五",
            item_number=next((number for number, name in names.items() if word in name), None),
        )
        for facility, (text, word) in zip(
            facilities * 2, (("上门助浴", "助浴"), ("社区助餐", "餐"), ("亲子活动", "亲子")), strict=False
        )
    ]
    operations.open_call(call=call, by=clerk, today=opened)
    holder = Nomination.objects.filter(is_selected=True).select_related("partner").order_by("pk").first()
    names = ("运河人家养老（演示）", "桥西助餐（演示）", "半山亲子社（演示）", "拱宸邻里社（演示）")
    steps: tuple[Callable[[Application], object], ...] = (
        lambda one: _score(one, clerk, panel, opened, (34, 25, 17, 8)),
        lambda one: operations.qualify(application=one, by=clerk, today=opened, now=_at(opened)),
        lambda one: operations.hand_back(application=one, by=clerk, today=today, reason="请补服务方案里的人员名单"),
        lambda one: one,
    )
    for number, (name, step) in enumerate(zip(names, steps, strict=True)):
        step(_applied(call, needs[number % len(needs)], opened, name, number))
    if holder is not None:
        one = _applied(
            call, needs[0], opened, holder.partner.name, 8, kind=holder.partner.kind, uscc=holder.partner.uscc
        )
        Application.objects.filter(pk=one.pk).update(partner=holder.partner)
        one.refresh_from_db()
        _score(one, clerk, panel, opened, (34, 25, 17, 8))


def _applied(
    call: Call, need, day: date, name: str, number: int, *, kind: str = "resident", uscc: str = ""
) -> Application:
    set_reason("")  # that of the step before holds for the whole transaction
    return operations.apply(
        call=call, need=need, channel=Channel.LINK, today=day, now=_at(day), by=None, name=name,
        kind=kind, uscc=uscc if uscc and check_character(uscc[:17]) == uscc[17] else "",
        proposal="每周五天，四名服务人员，月服务约 200 人次（演示）。",
        prices="助浴 30 元/次，助餐 15 元/份", contact_name="演示联系人", contact_phone=f"1380000{number:04d}",
    )  # fmt: skip


def _score(
    one: Application, clerk: Appointment, panel: tuple[Appointment, ...], day: date, points: tuple[int, ...]
) -> None:
    """As far as the scores: what lacks a file stays where it is."""
    try:
        operations.qualify(application=one, by=clerk, today=day, now=_at(day))
    except operations.PartnerRefused:
        return
    given = [operations.Given(one, points, is_recused=False, remark="")]
    for post in panel:
        operations.submit_scores(call=one.call, given=given, by=post.user, today=day, now=_at(day))
    operations.finish_scoring(application=one, by=clerk, today=day)


def _cases(projects: list[ResidentProject], clerk: Appointment, reviewer: Appointment, today: date) -> None:
    project = projects[0]
    made: Exemplar = exemplars.write_exemplar(
        division_code=clerk.division_code, by=clerk.user, title="一个场地分时段用，老小都方便（演示）", facility=project.facility,
        partner=project.partner, practice="上午老人活动，放学后亲子阅读，晚上兴趣班。三方签分时协议，价目统一公示。",
        effect="2026 年上半年到访比上年同期多一成（演示数字，取自演示到访台账）。", lesson="先定时段，再定主体。", is_demo=True,
    )  # fmt: skip
    exemplars.send_to_review(exemplar=made, by=clerk)
    exemplars.release(exemplar=made, by=reviewer, now=_at(today - ONE_DAY))
