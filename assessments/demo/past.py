"""2025 of the demonstration: drawn, visited, partly disputed, published, corrected, and reissued after a wrong ruling."""

from datetime import date, timedelta

from assessments import operations
from assessments.demo.people import Staff, at, begin, photo, records, send, staff
from assessments.models import (
    AppealKind,
    CheckRound,
    Directory,
    Discrepancy,
    Movement,
    OperationState,
    Ruling,
    Run,
    SampledFacility,
    Visit,
    VisitOperation,
    VisitState,
)
from assessments.queries.checklist import claims_of
from assessments.rules.checklist import ITEM
from assessments.rules.quarters import Quarter
from standards.operations import rule_on_reading
from standards.queries import interpretations
from tenants.rules import street_of

YEAR, QUARTER = 2025, Quarter.parse("2025-Q3")
READINGS = ("G-1", "G-2", "G-3", "G-15", "G-17", "G-18", "G-19")  # those that would give a facility another tier
WRONG = ("G-1", "domains_7")
GONGCHENQIAO, HUSHU = 330105005000, 330105002000
_JUDGED = date(2025, 10, 13)
_SINCE = date(2025, 5, 1)


def load_past_year(*, district: int) -> int:
    """Write the year; how many visits it has. Call it in an open scope of the district. A second time does nothing."""
    if CheckRound.objects.filter(division_code=district, year=YEAR).exists():
        return 0
    who = staff()
    _rule(who, district, dict.fromkeys(READINGS, "") | dict([WRONG]))
    first = _computed(district, who, "")
    round, people = begin(YEAR, who, first_day=date(2025, 10, 20), last_day=date(2025, 12, 5))
    _draw(round, first, who)
    _visit(round, people, who)
    _settle(round, who)
    published = _publish(round, first, who, "", date(2025, 11, 26), date(2025, 12, 1))
    _correct(published, who)
    _rule(who, district, {"G-1": ""})
    reason = "G-1 原按 7 个领域裁定，经复核应按目录事项数认定"
    _publish(round, _computed(district, who, reason), who, reason, date(2026, 1, 9), date(2026, 1, 12))
    return Visit.objects.filter(sampled__sample__round=round).count()


def _rule(who: Staff, district: int, chosen: dict[str, str]) -> None:
    """Interpretation → option; "" is the default of the register."""
    for entry in interpretations(QUARTER.last_day):
        if entry.key in chosen:
            rule_on_reading(
                by=who.admin, district_code=district, interpretation=entry.key, option=chosen[entry.key] or entry.default,
                effective_from=_SINCE, reason="演示：拟定 2025 年度名录前的裁定",
            )  # fmt: skip


def _computed(district: int, who: Staff, reason: str) -> Run:
    run = operations.runs.start_quarter(
        quarter=QUARTER, district=district, by=who.admin, reason=reason, today=_JUDGED, rerun=bool(reason), based_on=1
    )  # fmt: skip
    operations.runs.compute_run(run_id=run.pk, district=district)
    return Run.objects.get(pk=run.pk)


def _draw(round: CheckRound, run: Run, who: Staff) -> None:
    day = date(2025, 10, 20)
    sample = operations.samples.freeze(round=round, run=run, by=who.admin, now=at(day, 9))
    operations.samples.commit_seed(sample=sample, by=who.admin, now=at(day, 10), secret="2025" * 16)
    operations.samples.draw(
        sample=sample, public_part="2025123 期 02 08 17 21 25 30", witnesses="区纪检组、人大代表（演示）", by=who.reviewer,
        now=at(day + timedelta(days=2), 15),
    )  # fmt: skip
    last = SampledFacility.objects.filter(sample__round=round).order_by("-position").first()
    operations.samples.substitute(
        sampled=last, reason="消防改造暂停营业，10 月 23 日已公告（演示）", by=who.admin, now=at(date(2025, 10, 24), 9)
    )


def _visit(round: CheckRound, people: list, who: Staff) -> None:
    round = CheckRound.objects.get(pk=round.pk)
    now = at(date(2025, 10, 24), 10)
    assign = {"round": round, "assessors": people, "a_day": 2, "by": who.admin}
    operations.visits.assign(**assign, first_day=date(2025, 10, 27), now=now)
    planned = Visit.objects.filter(sampled__sample__round=round)
    given_up = planned.filter(is_second=False).order_by("-day", "-position").first()
    operations.visits.revoke(visit=given_up, reason="评估员请病假，另行派单", by=who.admin, now=at(given_up.day, 8))
    operations.visits.assign(**assign, first_day=date(2025, 11, 10), now=at(given_up.day, 9))
    found = _found(
        planned.filter(is_second=False)
        .exclude(state=VisitState.REVOKED)
        .order_by("-sampled__is_double", "sampled__position")
    )
    for number, visit in enumerate(planned.exclude(state=VisitState.REVOKED).order_by("pk")):
        mine = dict(found.get(visit.sampled_id, {}))
        if visit.is_second:
            mine = _seen_again(mine)
        sent = records(visit, mine, start=at(visit.day, 9), signer="站长（演示）")
        if number < 3:
            sent.append(photo(visit, "floor_area_documented", at(visit.day, 9, 5)))
        send(visit, sent, at(visit.day, 18))
    late = records(given_up, {}, start=at(given_up.day, 9), signer="站长（演示）")[:1]
    send(given_up, late, at(given_up.day, 19))
    for row in VisitOperation.objects.filter(division_code=round.division_code, state=OperationState.QUARANTINED):
        operations.recording.decide(
            operation=row, counts=False, reason="已由另一位评估员重新上门", by=who.admin, now=at(date(2025, 11, 13), 9)
        )


def _found(visits) -> dict[int, dict[str, int | None]]:
    """Sampled facility → what was found otherwise: too large an area, a function or a project that is not there, …"""
    stories: dict[int, dict[str, int | None]] = {}
    others = 0
    for visit in visits:
        claims, street = claims_of(visit.sampled), street_of(visit.facility.division_code)
        area = claims.of("floor_area_documented")
        offered = sorted(claims.items)
        if street == GONGCHENQIAO and area:
            stories[visit.sampled_id] = {"floor_area_documented": area * 55 // 100}
        elif street == HUSHU and offered:
            stories[visit.sampled_id] = {f"{ITEM}{offered[-1]}": 0}
        else:
            stories[visit.sampled_id] = _story(others, area, offered, claims.of("projects_all"))
            others += 1
    return stories


def _seen_again(found: dict[str, int | None]) -> dict[str, int | None]:
    """What the second assessor finds of it: all but the last of several things, which they took for being there."""
    return dict(list(found.items())[:-1]) if len(found) > 1 else dict(found)


def _story(number: int, area: int | None, offered: list[int], projects: int | None) -> dict[str, int | None]:
    return {
        0: {f"{ITEM}{offered[0]}": 0, f"{ITEM}{offered[1]}": 0} if len(offered) > 1 else {},
        1: {"projects_all": projects - 1} if projects else {},
        2: {"floor_area_documented": area * 98 // 100} if area else {},
        3: {f"{ITEM}{next(n for n in range(1, 31) if n not in offered)}": 1},
        4: {"usable_area": None},
        5: {"operator_in_place": 0},
    }.get(number, {})


def _settle(round: CheckRound, who: Staff) -> None:
    operations.discrepancies.close_visits(round=round, by=who.admin, now=at(date(2025, 11, 17), 10))
    for row in Discrepancy.objects.filter(year=YEAR).within(round.codes).order_by("facility__code", "key"):
        street = street_of(row.division_code)
        if street == HUSHU:
            operations.discrepancies.answer(
                discrepancy=row,
                accepts=True,
                text="功能确已停办，下季度恢复",
                by=who.streets[HUSHU],
                now=at(date(2025, 11, 18), 15),
            )
            continue
        if street == GONGCHENQIAO:
            operations.discrepancies.answer(
                discrepancy=row, accepts=False, text="二层改造中，测绘报告已补传到证明与资料", by=who.streets[GONGCHENQIAO],
                now=at(date(2025, 11, 20), 11),
            )  # fmt: skip
        keeps = row.key == "operator_in_place"
        operations.discrepancies.rule(
            discrepancy=row, ruling=Ruling.CLAIM if keeps else Ruling.FOUND, by=who.admin, now=at(date(2025, 11, 24), 14),
            reason="任命文件已补核，属实" if keeps else "以第三方现场实测为准",
        )  # fmt: skip


def _publish(round: CheckRound, run: Run, who: Staff, reason: str, day: date, notice: date) -> Directory:
    make = operations.directories
    made = make.propose(round=round, run=run, by=who.admin, now=at(day, 9), reason=reason)
    unsure = list(made.entries.values_list("uuid", flat=True))
    make.confirm_entries(directory=made, entries=unsure, by=who.admin, now=at(day, 11))
    make.approve(directory=made, by=who.admin, now=at(day, 14))
    make.confirm(directory=made, by=who.reviewer, now=at(day, 16))
    make.start_notice(directory=made, by=who.admin, now=at(notice, 9))
    made.refresh_from_db()
    if not reason:
        _object(made, who, notice)
    over = notice + timedelta(days=8)
    for appeal in made.appeals.filter(decided_at=None).order_by("pk"):
        make.decide_appeal(
            appeal=appeal,
            upheld=False,
            decision="已会同街道现场复核，维持公示结果",
            tier=None,
            by=who.admin,
            now=at(over, 10),
        )
    make.publish(directory=made, by=who.reviewer, now=at(over, 16))
    return Directory.objects.get(pk=made.pk)


def _object(made: Directory, who: Staff, notice: date) -> None:
    """A street appeals for a facility that was measured too small; a resident objects to another."""
    lower = made.entries.filter(
        division_code__gte=GONGCHENQIAO, division_code__lt=GONGCHENQIAO + 1000, tier_verified__gte=0
    )
    if entry := lower.select_related("facility").first():
        operations.directories.file_appeal(
            directory=made, facility=entry.facility, kind=AppealKind.APPEAL, party="拱宸桥街道", point="建筑面积",
            text="改造完工后二层可用，请按测绘报告认定", by=who.streets[GONGCHENQIAO], now=at(notice + timedelta(days=2), 10),
        )  # fmt: skip
    if entry := made.entries.filter(movement=Movement.ENTRY).select_related("facility").last():
        operations.directories.file_appeal(
            directory=made, facility=entry.facility, kind=AppealKind.OBJECTION, party="居民代表（演示）", point="开放时间",
            text="周末经常不开门，请核实", by=who.admin, now=at(notice + timedelta(days=4), 15),
        )  # fmt: skip


def _correct(directory: Directory, who: Staff) -> None:
    from assessments.models import DocumentKind, PublishedDocument

    document = PublishedDocument.objects.get(
        district=directory.division_code, year=directory.year, kind=DocumentKind.DIRECTORY, number=directory.revision
    )
    entry = directory.entries.filter(tier__gt=0).select_related("facility").order_by("facility__code").first()
    operations.directories.correct(
        directory=directory, document=document.uuid, code=entry.facility.code, field="name", after=f"{entry.name}（主点位）",
        reason="名称漏写点位", by=who.admin, now=at(date(2025, 12, 15), 10),
    )  # fmt: skip
