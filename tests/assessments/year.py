"""A year of spot checks for tests: a small district, from its facilities to the published directory."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid5

from assessments import operations
from assessments.models import CheckRound, OperationKind, Run, SampledFacility, Visit
from assessments.operations.recording import Incoming
from assessments.queries.checklist import checklist, claims_of
from assessments.queries.directories import unruled_sensitive
from assessments.rules.quarters import Quarter
from standards.operations import rule_on_reading
from standards.queries import interpretations, readings_in_force
from tenants.models import Division, User
from tenants.queries import current_appointment
from tenants.rules import Role
from tenants.scope import opened_scope, scope_of
from tests.assessments import registry as make
from tests.people import GONGSHU, SHANGCHENG, person

TODAY, NOW = date(2026, 11, 22), datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
STREETS = {
    GONGSHU: {330105005000: "拱宸桥街道", 330105002000: "湖墅街道", 330105001000: "米市巷街道"},
    SHANGCHENG: {330102901000: "清波街道", 330102902000: "小营街道"},
}
NAMES = {GONGSHU: "拱墅区", SHANGCHENG: "上城区"}
_SPACE = UUID("00000000-0000-4000-8000-00000000beef")


def divisions(district: int) -> None:
    top, _ = Division.objects.get_or_create(
        code=district, valid_to=None, defaults={"name": NAMES[district], "level": "district"}
    )
    for code, name in STREETS[district].items():
        Division.objects.get_or_create(
            code=code, valid_to=None, defaults={"name": name, "level": "street", "parent": top}
        )


def facilities(district: int, a_street: int = 3) -> list:
    """`a_street` facilities in each street; every third has too little area for 示范型."""
    made = []
    for street in STREETS[district]:
        for index in range(a_street):
            facility = make.demonstration(len(made) + 1, code=street + 1 + index)
            facility.sites.update(longitude="120.14" + str(index), latitude="30.30" + str(len(made) % 10))
            if index == 1:
                facility.sites.update(floor_area_m2=700)
            made.append(facility)
    return made


def computed(district: int, *, rerun: bool = False, quarter: str = "2026-Q3") -> Run:
    run = operations.runs.start_quarter(
        quarter=Quarter.parse(quarter), district=district, by=None, reason="测试", today=TODAY, rerun=rerun,
        based_on=99 if False else (Run.objects.filter(division_code=district, quarter=quarter).count() if rerun else 0),
    )  # fmt: skip
    operations.runs.compute_run(run_id=run.pk, district=district)
    run.refresh_from_db()
    return run


def rule_readings(district: int, by: User) -> None:
    """The district rules on every interpretation that has no ruling, as its default reads."""
    for entry in interpretations(TODAY):
        if entry.is_open and entry.key not in readings_in_force(district, TODAY):
            rule_on_reading(
                by=by, district_code=district, interpretation=entry.key, option=entry.default,
                effective_from=date(2026, 1, 1), reason="年度名录前统一裁定",
            )  # fmt: skip


class Year:
    """People and steps of one district's year. Use inside an open scope of the district."""

    def __init__(self, district: int, *, readings: bool = True, a_street: int = 3):
        self.district = district
        divisions(district)
        self.facilities = facilities(district, a_street)
        self.admin, self.other = person(Role.DISTRICT_ADMIN, district), person(Role.DISTRICT_REVIEWER, district)
        if readings:
            rule_readings(district, self.admin)
        self.run = computed(district)
        self.round = operations.checks.start_round(district=district, year=2026, by=self.admin, today=TODAY)

    def set_rules(self, **values) -> None:
        chosen = {"permille": 400, "double_permille": 250, "tolerance_permille": 30, "answer_days": 5, "notice_days": 7}
        operations.checks.set_rules(
            round=self.round, by=self.admin, basis="局长办公会纪要 2026-10-20", **{**chosen, **values}
        )

    def firm(self, name: str, number: int):
        return operations.checks.commission(
            round=self.round, firm_name=name, firm_uscc=f"91330105MA0000{number:04d}", contract_number=f"委托 {number} 号",
            first_day=date(2026, 11, 23), last_day=date(2026, 12, 11), by=self.admin,
        )  # fmt: skip

    def assessor(self, commission):
        user = person(Role.ASSESSOR, self.district)
        return operations.checks.add_assessor(commission=commission, username=user.username, by=self.admin, today=TODAY)

    def staff(self) -> None:
        self.assessors = [self.assessor(self.firm("钱塘评估公司", 1)), self.assessor(self.firm("运河评估中心", 2))]

    def drawn(self, secret: str = "5" * 64):
        sample = operations.samples.freeze(round=self.round, run=self.run, by=self.admin, now=NOW)
        operations.samples.commit_seed(sample=sample, by=self.admin, now=NOW, secret=secret)
        self.sample = operations.samples.draw(
            sample=sample, public_part="2026112 期 03 11 17", witnesses="纪检组", by=self.other, now=NOW
        )
        self.round = CheckRound.objects.get(pk=self.round.pk)
        return self.sample

    def assigned(self) -> list[Visit]:
        planned, left = operations.visits.assign(
            round=self.round, assessors=self.assessors, first_day=date(2026, 11, 23), a_day=3, by=self.admin, now=NOW
        )
        assert left == []
        visits = list(Visit.objects.filter(sampled__sample=self.sample).order_by("pk"))
        assert planned == len(visits)
        return visits

    def to_assigned(self) -> list[Visit]:
        self.set_rules()
        self.staff()
        self.drawn()
        return self.assigned()


def noted(
    visit: Visit, key: str, value, *, number: int = 0, kind=OperationKind.FOUND, minute: int = 0, **more
) -> Incoming:
    """A record of a device; the same arguments give the same number."""
    moment = datetime(2026, 11, 23, 1, 0, tzinfo=UTC) + timedelta(minutes=minute)
    uuid = uuid5(_SPACE, f"{visit.uuid} {kind} {key} {value} {number} {minute}")
    return Incoming(uuid, visit.uuid, kind, key, value, more.pop("text", ""), more.pop("done_at", moment), **more)


def records(visit: Visit, changed: dict | None = None) -> list[Incoming]:
    """What an honest assessor sends: every item as it was reported, but for `changed`; then the signature."""
    claims, changed = claims_of(visit.sampled), changed or {}
    made = []
    for minute, item in enumerate(checklist(visit.sampled.sample.run)):
        value = changed.get(item.key, claims.of(item.key))
        if value is not None:
            made.append(noted(visit, item.key, value, minute=minute))
    return [*made, noted(visit, "", None, kind=OperationKind.SIGN, minute=100, text="王站长")]


RECEIVED = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


def send(visit: Visit, operations_: list[Incoming], *, by: User | None = None, now: datetime = RECEIVED):
    """As the assessor, in the assessor's own scope."""
    by = by or visit.user
    with opened_scope(scope_of(current_appointment_of(by))):
        return operations.recording.receive(operations=operations_, by=by, district=visit.division_code, now=now)


def current_appointment_of(user: User):
    from tenants.models import Appointment

    return Appointment.objects.get(user=user, ends_on=None)


def published(year: Year, changed: dict[int, dict] | None = None, reason: str = "", appeal=None):
    """From assigned visits to the published directory; `changed`: facility id → items found otherwise."""
    visits = Visit.objects.filter(sampled__sample=year.sample).exclude(state="revoked")
    for visit in visits:
        send(visit, records(visit, (changed or {}).get(visit.facility_id)))
    operations.discrepancies.close_visits(round=year.round, by=year.admin, now=RECEIVED)
    from assessments.models import Discrepancy

    for row in Discrepancy.objects.filter(year=2026).within(year.round.codes):
        operations.discrepancies.rule(
            discrepancy=row, ruling="found", reason="期满未答复", by=year.admin, now=row.due_at + timedelta(seconds=1)
        )
    return directory_of(year, year.run, reason=reason, appeal=appeal)


def directory_of(year: Year, run: Run, *, reason: str = "", now: datetime = RECEIVED, appeal=None):
    directory = operations.directories.propose(round=year.round, run=run, by=year.admin, now=now, reason=reason)
    entries = list(directory.entries.values_list("uuid", flat=True))
    operations.directories.confirm_entries(directory=directory, entries=entries, by=year.admin, now=now)
    operations.directories.approve(directory=directory, by=year.admin, now=now)
    operations.directories.confirm(directory=directory, by=year.other, now=now)
    operations.directories.start_notice(directory=directory, by=year.admin, now=now)
    directory.refresh_from_db()
    if appeal:
        appeal(directory)
    document = operations.directories.publish(
        directory=directory, by=year.other, now=directory.notice_until + timedelta(seconds=1)
    )
    directory.refresh_from_db()
    return directory, document


__all__ = ["SampledFacility", "Year", "current_appointment", "unruled_sensitive"]
