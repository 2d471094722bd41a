"""Two districts, three streets, five communities; every ledger filled, words planted in all of it; and the people who ask."""

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from io import BytesIO
from uuid import UUID, uuid4

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from openpyxl import Workbook

from assessments.models import Directory, EvaluationRules, FollowUpRules, Run, Unjudged
from assessments.operations import runs
from assessments.rules.quarters import Quarter
from facilities.models import (
    Attachment,
    BatchState,
    ContactPerson,
    Decision,
    Facility,
    FacilityLineage,
    ImportBatch,
    ImportRow,
    Outcome,
    PublicNotice,
    QuarterlyReturn,
    ReturnComment,
    ReturnEvent,
    ReturnRow,
    ReturnRules,
    ServiceFigures,
)
from partners.models import Partner, PartnerContact
from standards.operations import load, rule_on_reading
from tenants.draft_models import Draft
from tenants.export_models import Export
from tenants.measures import forget_all
from tenants.message_models import Message
from tenants.models import AuditCheck, Division, OutboxEntry, StoredAnswer, User
from tenants.operations import record_act
from tenants.operations.personal import add_contact
from tenants.reorganisation_models import ReorganisationRun
from tenants.rules import CodeRange, Role, code_range, district_of
from tenants.scope import Scope, division_scope, opened_scope, set_reason, set_scope
from tests.assessments import registry
from tests.people import GONGCHENQIAO, GONGSHU, HUSHU, SHANGCHENG, person
from tests.structure import evaluation_rows, follow_rows, money_rows, partner_rows, year_rows
from tests.structure.canaries import Canaries
from tests.structure.rows import make_row, scoped_models

CITY = 330100000000
TAIZHOULU, QIAOXI, XIAWAN = 330105005052, 330105005054, 330105002051
QINGBO, LIULANG = 330102901000, 330102901001
PLACES = [GONGSHU, GONGCHENQIAO, TAIZHOULU, QIAOXI, HUSHU, XIAWAN, SHANGCHENG, QINGBO, LIULANG]
NEVER, NEVER_PK, DELETED_PK = UUID("00000000-0000-4000-8000-000000000000"), 88999999, 88888888
TODAY = date(2026, 11, 22)
_LEVELS = {CITY: "city", GONGSHU: "district", SHANGCHENG: "district"}


@dataclass(frozen=True)
class Thing:
    """An object that a route can be asked for. `division_code` None: it is no longer there, or never was."""

    model: str
    uuid: UUID
    pk: int
    division_code: int | None = None
    facility_id: int | None = None
    shared_down: bool = False
    owner: int | None = None  # of this person alone


@dataclass
class Identity:
    """Somebody who asks. `codes` and `grants` are what they may see; `role` None: nobody, as far as the portal knows."""

    name: str
    client: Client
    role: Role | None = None
    code: int | None = None
    grants: tuple[int, ...] = ()
    by_token: bool = False
    signed_in: bool = True
    user_pk: int | None = None

    @property
    def codes(self) -> CodeRange | None:
        return code_range(self.code) if self.code and self.role not in {Role.ASSESSOR, Role.OPERATOR} else None

    def sees(self, thing: Thing) -> bool:
        if thing.division_code is None or self.role is None:
            return False
        if thing.owner is not None:
            return thing.owner == self.user_pk
        if self.codes is None:
            return thing.facility_id in self.grants
        above = thing.shared_down and self.code in code_range(thing.division_code)
        return thing.division_code in self.codes or above

    def relation(self, thing: Thing) -> str:
        """What an object is to this person."""
        code = thing.division_code
        if code is None:
            return "deleted" if thing.uuid != NEVER else "never existed"
        if thing.owner is not None:
            return "own" if self.sees(thing) else "somebody's"
        if self.codes is None:
            return "own" if self.sees(thing) else "another assessor's"
        if code == self.code:
            return "own"
        if code in self.codes:
            return "child"
        if self.code in code_range(code):
            return "above"
        if district_of(code) != district_of(self.code):
            return "sibling district"
        return "sibling community" if code // 1000 == self.code // 1000 else "sibling street"


@dataclass
class World:
    canaries: Canaries = field(default_factory=Canaries)
    things: list[Thing] = field(default_factory=list)
    identities: list[Identity] = field(default_factory=list)
    asked: int = 0
    doors: dict[tuple, tuple] = field(
        default_factory=dict
    )  # what a closed door says and does: see walk.behind_the_door

    def of(self, model: str) -> list[Thing]:
        return [thing for thing in self.things if thing.model == model]

    def ask(self, who: Identity, method: str, address: str, *, look=None, **content):
        """One request, whose effects are taken back afterwards; `look(answer)` sees them before."""
        self.asked += 1
        with transaction.atomic():
            set_scope(Scope())
            cookies = deepcopy(who.client.cookies)  # a sign-out is taken back too
            answer = getattr(who.client, method.lower())(address, **content)
            who.client.cookies = cookies
            if look is not None and not connection.needs_rollback:
                look(answer)
            transaction.set_rollback(True)
        return answer


def facility_pk(code: int) -> int:
    return 88000001 + PLACES.index(code)


def build() -> World:
    world = World()
    forget_all()
    _divisions()
    load()
    with opened_scope(division_scope(CITY)):
        for number, code in enumerate(PLACES, 1):
            _registry(world, number, code)
        make_row(
            FacilityLineage,
            TAIZHOULU,
            facility=Facility.objects.get(pk=facility_pk(TAIZHOULU)),
            successor=Facility.objects.get(pk=facility_pk(XIAWAN)),
        )
    for district in (GONGSHU, SHANGCHENG):
        for quarter in ("2026-Q2", "2026-Q3"):
            _run(district, quarter)
    with opened_scope(division_scope(CITY)):
        for code in PLACES:
            _papers(world, code)
        for district in (GONGSHU, SHANGCHENG):
            _of_the_district(world, district)
            user = User.objects.get(username=world.canaries.word("User.username", district, shared_down=True))
            make_row(EvaluationRules, district)
            year_rows.of_district(district, Facility.objects.get(pk=facility_pk(district)), user)
        for code in PLACES:
            directory = Directory.objects.get(division_code=district_of(code))
            partner_rows.of_place(code, Facility.objects.get(pk=facility_pk(code)), person(Role.DISTRICT_ADMIN, code))
            facility = Facility.objects.get(pk=facility_pk(code))
            year_rows.of_place(code, facility, directory)
            evaluation_rows.of_place(world, code, facility)
            money_rows.of_place(world, code, facility)
            follow_rows.of_place(world.canaries, code, facility)
        _plant(world)
        _note_things(world)
        _deleted(world)
    identities.add_people(world)
    return world


def _divisions() -> None:
    made: dict[int, Division] = {}
    for code in [CITY, *PLACES]:
        level = _LEVELS.get(code) or ("street" if code % 1000 == 0 else "community")
        parent = made.get(code // 1000 * 1000 if code % 1000 else district_of(code) if code not in _LEVELS else CITY)
        made[code] = Division.objects.create(code=code, name=f"区划{code}", level=level, parent=parent)


def _registry(world: World, number: int, code: int) -> None:
    """A facility with all ledgers, a partner of the place, people in charge."""
    facility = registry.demonstration(number, code=code, id=facility_pk(code))
    registry.coverage(facility, code if code % 1000 else XIAWAN)
    parents: dict = {(Facility, code): facility}
    parents[Attachment, code] = make_row(Attachment, code, parents)
    _return(world, facility)
    partner = make_row(Partner, code, kind="market", uscc="")
    for model in apps.get_app_config("engagement").get_models():
        parents[model, code] = make_row(model, code, parents)
    for contact, owner in ((ContactPerson(facility=facility), facility), (PartnerContact(partner=partner), partner)):
        kind = type(contact).__name__
        facility_id = None
        name = world.canaries.word(f"{kind}.name", code, facility_id)
        position = world.canaries.word(f"{kind}.position", code, facility_id)
        add_contact(contact=contact, owner=owner, by=None, name=name, phone=f"1381234{number:04d}", position=position)


def _return(world: World, facility: Facility) -> None:
    """A quarterly return on its way, with a row, a comment and a step; the frozen content carries the facility's name."""
    code = facility.division_code
    word = lambda what: world.canaries.word(what, code, facility.pk)  # noqa: E731
    one = make_row(
        QuarterlyReturn, code, {(Facility, code): facility}, quarter="2026-Q4", state="submitted", submitted_at=timezone.now(),
        remarks=word("QuarterlyReturn.remarks"), reason=word("QuarterlyReturn.reason"),
        content={"site": {"n1": {"name": word("QuarterlyReturn.content")}}},
        changes=[_change(word("QuarterlyReturn.changes"))],
    )  # fmt: skip
    parents = {(Facility, code): facility, (QuarterlyReturn, code): one}
    make_row(
        ReturnRow, code, parents, sheet="site", row_key="n1",
        cells={"name": word("ReturnRow.cells")}, base={"name": word("ReturnRow.base")},
    )  # fmt: skip
    make_row(ReturnComment, code, parents, sheet="site", row_key="n1", column="name")
    make_row(
        ReturnEvent, code, parents, kind="submitted", reason=word("ReturnEvent.reason"),
        changes=[_change(word("ReturnEvent.changes"))],
    )  # fmt: skip
    make_row(PublicNotice, code, parents)
    make_row(ServiceFigures, code, parents, quarter="2026-Q4")


def _change(word: str) -> dict:
    keys = ("sheet", "key", "column", "section", "where", "title", "old", "new", "why")
    return dict.fromkeys(keys, "") | {
        "sheet": "site",
        "key": "n1",
        "column": "name",
        "section": "places",
        "new": word,
        "is_new": True,
    }


def _run(district: int, quarter: str) -> None:
    with opened_scope(division_scope(district)):
        run = runs.start_quarter(
            quarter=Quarter.parse(quarter), district=district, by=None, reason="测试", today=TODAY, rerun=False
        )
    runs.compute_run(run_id=run.pk, district=district)


def _papers(world: World, code: int) -> None:
    """What people of a place leave behind: an account, an import with rows and its file, acts, checks, kept answers."""
    word = lambda what, shared=False: world.canaries.word(what, code, shared_down=shared)  # noqa: E731
    user = person(Role.DISTRICT_ADMIN, code, display_name=word("User.display_name", True))
    user.username = word("User.username", True)
    user.save()
    _import(world, code, user)
    set_reason(word("RowChange.reason"))
    Facility.objects.filter(pk=facility_pk(code)).update(address="改")
    set_reason("")
    record_act(
        verb="登记",
        by=user,
        division_code=code,
        subject=word("Act.subject"),
        reason=word("Act.reason"),
        details={"file": word("Act.details")},
    )
    AuditCheck.objects.create(
        division_code=code,
        requested_by=user,
        state="broken",
        finished_at=timezone.now(),
        findings=[{"kind": "edited", "place": word("AuditCheck.findings"), "text": word("AuditCheck.findings")}],
    )
    StoredAnswer.objects.create(
        division_code=code, user=user, key=word("StoredAnswer.key"), request_digest="0" * 64, status=200,
        body=f'{{"reason": "{word("StoredAnswer.body")}"}}',
    )  # fmt: skip
    OutboxEntry.objects.create(
        division_code=code,
        task="t",
        arguments={"word": word("OutboxEntry.arguments")},
        last_error=word("OutboxEntry.last_error"),
    )
    make_row(Draft, code, {(User, code): user}, form="x", data={"name": word("Draft.data")})
    make_row(Message, code, {(User, code): user})
    make_row(Export, code, {(User, code): user})
    make_row(
        Decision, code, {(User, code): user}, facility=Facility.objects.get(pk=facility_pk(code)), kind="keep",
        answers={"name": word("Decision.answers")}, written={"changed": [["x", 1, {"name": word("Decision.written")}]]},
    )  # fmt: skip
    facility = registry.facility(90 + PLACES.index(code), code=code, lifecycle="planned", id=facility_pk(code) + 100)
    for run in Run.objects.filter(division_code=district_of(code)):
        make_row(Unjudged, code, run=run, facility=facility)


def _import(world: World, code: int, user: User) -> None:
    word = lambda what: world.canaries.word(what, code)  # noqa: E731
    workbook, content = Workbook(), BytesIO()
    workbook.active.title = "设施"
    workbook.active.append(["名称", word("cell of an uploaded file")])
    workbook.save(content)
    batch = ImportBatch.objects.create(
        division_code=code,
        uploaded_by=user,
        file_name=f"{word('ImportBatch.file_name')}.xlsx",
        sha256=sha256(content.getvalue()).hexdigest(),
        size=len(content.getvalue()),
        state=BatchState.CHECKED,
        counts=dict.fromkeys(Outcome, 1),
        notices=[word("ImportBatch.notices")],
        error=word("ImportBatch.error"),
        row_count=len(Outcome),
    )
    batch.path.parent.mkdir(parents=True, exist_ok=True)
    batch.path.write_bytes(content.getvalue())
    assert batch.path.is_relative_to(settings.MEDIA_ROOT)
    for number, outcome in enumerate(Outcome, 2):
        finding = {"column": "name", "level": "error", "cell": f"B{number}"}
        finding |= {key: word("ImportRow.findings") for key in ("problem", "expected", "fix")}
        ImportRow.objects.create(
            division_code=code,
            batch=batch,
            sheet="facility",
            sheet_title=word("ImportRow.sheet_title"),
            number=number,
            cells={"name": word("ImportRow.cells"), "address": word("ImportRow.cells")},
            columns={"name": "B", "address": "C"},
            remarks=[["name", word("ImportRow.remarks")]],
            corrections={"address": word("ImportRow.corrections")},
            outcome=outcome,
            findings=[finding],
            diff=[{"title": "名称", "old": word("ImportRow.diff"), "new": word("ImportRow.diff")}],
            label=word("ImportRow.label"),
            changes=[{"model": "x", "id": 1, "before": None, "after": {"name": word("ImportRow.changes")}}],
        )


def _of_the_district(world: World, district: int) -> None:
    make_row(ReturnRules, district)
    make_row(FollowUpRules, district)
    make_row(ReorganisationRun, district, moves=[world.canaries.word("ReorganisationRun.moves", district)])
    user = User.objects.get(username=world.canaries.word("User.username", district, shared_down=True))
    Run.objects.filter(division_code=district).update(requested_by=user)
    with opened_scope(division_scope(district)):
        rule_on_reading(
            by=user,
            district_code=district,
            interpretation="G-1",
            option="domains_7",
            effective_from=date(2026, 10, 1),
            reason=world.canaries.word("InterpretationRuling.reason", district, shared_down=True),
        )


PLANTED_BY_HAND = {
    "ContactPerson", "PartnerContact", "ImportBatch", "ImportRow", "AuditCheck", "StoredAnswer", "OutboxEntry",
    "InterpretationRuling", "Draft", "QuarterlyReturn", "ReturnRow", "ReturnEvent",
    "EvaluationVersion", "EvaluationEvent", "FundEntry", "ExchangeEntry", "PlanRecord",
    "RectificationStep",
}  # fmt: skip


def _plant(world: World) -> None:
    """A word into every free text of every other scoped row."""
    for model in scoped_models():
        if model.__name__ in PLANTED_BY_HAND:
            continue
        for row in model._base_manager.filter(division_code__in=PLACES):
            world.canaries.plant_row(row)


OF_ONE_PERSON = {"Message": "user_id", "Export": "requested_by_id"}


def _note_things(world: World) -> None:
    for model in scoped_models():
        if not any(one.name == "uuid" for one in model._meta.fields):
            continue
        for row in model._base_manager.filter(division_code__in=PLACES):
            facility_id = getattr(row, model.facility_path) if model.facility_path else None
            whose = OF_ONE_PERSON.get(model.__name__)
            owner = getattr(row, whose) if whose else None
            world.things.append(
                Thing(model.__name__, row.uuid, row.pk, row.division_code, facility_id, model.shared_down, owner)
            )
        world.things.append(Thing(model.__name__, NEVER, NEVER_PK))


# Rows that the database keeps for good: no route can be asked for one that is gone.
KEPT_FOR_GOOD: set[str] = {"EvaluationVersion", "FundEntry", "ExchangeEntry", "PlanRecord"}


def _deleted(world: World) -> None:
    """An object of each kind that was there yesterday, in a community of 拱宸桥."""
    parents = {
        (Facility, TAIZHOULU): Facility.objects.get(pk=facility_pk(TAIZHOULU)),
        (Partner, TAIZHOULU): Partner.objects.get(division_code=TAIZHOULU, merged_into=None),
        (Run, TAIZHOULU): Run.objects.filter(division_code=GONGSHU, quarter="2026-Q3", state="computed").latest("pk"),
    }
    for model in scoped_models():
        if not any(one.name == "uuid" for one in model._meta.fields) or model.__name__ in KEPT_FOR_GOOD:
            continue
        uuid = uuid4()
        values = {"id": DELETED_PK} if model is Facility else {"quarter": "2020-Q1"} if model is Run else {}
        row = make_row(model, TAIZHOULU, dict(parents), uuid=uuid, **values)
        model._base_manager.filter(pk=row.pk).delete()
        assert not model._base_manager.filter(pk=row.pk).exists(), model
        world.things.append(Thing(model.__name__, uuid, row.pk))


from tests.structure import identities  # noqa: E402 it knows the classes of this module
