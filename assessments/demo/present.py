"""2026 of the demonstration, as of 22 November: drawn, half visited, the first results with the streets, nothing published."""

from datetime import date, timedelta

from assessments import operations
from assessments.demo.people import Staff, at, begin, photo, records, send, staff
from assessments.models import CheckRound, Discrepancy, Run, Visit
from assessments.queries.checklist import claims_of
from assessments.rules.checklist import ITEM
from tenants.rules import street_of

YEAR = 2026
GONGCHENQIAO = 330105005000


def load_present_year(*, district: int, run: Run) -> int:
    """Write the year so far; how many visits it has. Call it in an open scope of the district. A second time does nothing."""
    if CheckRound.objects.filter(division_code=district, year=YEAR).exists():
        return 0
    who = staff()
    round, people = begin(YEAR, who, first_day=date(2026, 11, 9), last_day=date(2026, 12, 11))
    sample = operations.samples.freeze(round=round, run=run, by=who.admin, now=at(date(2026, 11, 9), 9))
    operations.samples.commit_seed(sample=sample, by=who.admin, now=at(date(2026, 11, 9), 10), secret="2026" * 16)
    operations.samples.draw(
        sample=sample, public_part="2026130 期 05 09 12 18 26 33", witnesses="区纪检组、政协委员（演示）", by=who.reviewer,
        now=at(date(2026, 11, 11), 15),
    )  # fmt: skip
    round = CheckRound.objects.get(pk=round.pk)
    operations.visits.assign(
        round=round,
        assessors=people,
        first_day=date(2026, 11, 16),
        a_day=2,
        by=who.admin,
        now=at(date(2026, 11, 12), 9),
    )
    _record(round, who)
    operations.directories.propose(round=round, run=run, by=who.admin, now=at(date(2026, 11, 20), 17))
    return Visit.objects.filter(sampled__sample__round=round).count()


def _record(round: CheckRound, who: Staff) -> None:
    """Closed until Wednesday, handed in on Thursday, one of Friday begun and not signed, one late record in quarantine."""
    planned = list(
        Visit.objects.filter(sampled__sample__round=round, day__lte=date(2026, 11, 20)).order_by(
            "day", "user_id", "position"
        )
    )
    early = [visit for visit in planned if visit.day <= date(2026, 11, 18)]
    for number, visit in enumerate(early):
        sent = records(visit, _found(number, visit), start=at(visit.day, 9), signer="站长（演示）")
        if not number:
            sent.append(photo(visit, "floor_area_documented", at(visit.day, 9, 5)))
        send(visit, sent, at(visit.day, 18))
    operations.discrepancies.close_visits(round=round, by=who.admin, now=at(date(2026, 11, 19), 9))
    for visit in planned:
        if visit.day == date(2026, 11, 19):
            send(visit, records(visit, {}, start=at(visit.day, 13), signer="站长（演示）"), at(visit.day, 18))
    friday = [visit for visit in planned if visit.day == date(2026, 11, 20)]
    if friday:
        send(
            friday[0],
            records(friday[0], {}, start=at(friday[0].day, 14), signer="站长（演示）")[:9],
            at(friday[0].day, 18),
        )
    if early:
        after = records(early[0], {}, start=at(early[0].day, 11) + timedelta(minutes=7), signer="站长（演示）")[:1]
        send(early[0], after, at(date(2026, 11, 20), 8))
    own = Discrepancy.objects.filter(year=YEAR, division_code__gte=GONGCHENQIAO, division_code__lt=GONGCHENQIAO + 1000)
    if row := own.first():
        operations.discrepancies.answer(
            discrepancy=row, accepts=False, text="现场未看到东侧附房，测绘报告已补传", by=who.streets[GONGCHENQIAO],
            now=at(date(2026, 11, 20), 16),
        )  # fmt: skip


def _found(number: int, visit: Visit) -> dict[str, int | None]:
    claims = claims_of(visit.sampled)
    area, offered = claims.of("floor_area_documented"), sorted(claims.items)
    if street_of(visit.facility.division_code) == GONGCHENQIAO and area:
        return {"floor_area_documented": area * 60 // 100}
    if number % 4 == 1 and offered:
        return {f"{ITEM}{offered[-1]}": 0}
    if number % 4 == 3 and (projects := claims.of("projects_all")):
        return {"projects_all": projects - 2}
    return {}
