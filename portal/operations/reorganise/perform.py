"""A re-organisation, carried out in one transaction or not at all; the preview is the same thing, rolled back."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import OperationalError, connection
from django.utils import timezone

from facilities.models import Facility
from partners.models import Partner
from portal.operations.reorganise import moving, proposals, rounds, tables
from portal.operations.reorganise.divisions import change_divisions
from portal.operations.reorganise.partners import bring_partners
from portal.operations.reorganise.plan import Plan, make_plan
from tenants.concordance import Concordance
from tenants.models import ApiToken, Division, User
from tenants.operations import record_act
from tenants.operations.personal import rotate_keys
from tenants.reorganisation_models import ReorganisationRun
from tenants.rules import CITY_WIDTH, CodeRange, code_range, district_of
from tenants.scope import Scope, opened_scope

VERB, UNDO_VERB = "区划变更", "撤销区划变更"
_LOCKED = (
    "assessments_run",
    "facilities_facility",
    "facilities_importbatch",
    "partners_partner",
    "tenants_appointment",
)


class ReorganisationRefused(Exception):
    """It cannot be done now; each of `reasons`, in Chinese, says what has to be settled first."""

    def __init__(self, reasons: list[str]):
        super().__init__("\n".join(reasons))
        self.reasons = reasons


@dataclass
class Effects:
    """What was done, or in a preview would be. counts: table → (before, after) rows in the districts concerned."""

    plan: Plan
    counts: dict[str, tuple[int, int]] = field(default_factory=dict)
    moved: dict[str, int] = field(default_factory=dict)
    kept: dict[str, int] = field(default_factory=dict)  # history under codes that nobody holds afterwards
    tokens: int = 0
    appointments_ended: list[str] = field(default_factory=list)
    partners_renamed: list[tuple[str, str, bool]] = field(default_factory=list)
    partners_added: list[str] = field(default_factory=list)  # registered in the new district too
    vouchers_renamed: list[tuple[str, str]] = field(default_factory=list)
    homes_renamed: list[tuple[str, str]] = field(default_factory=list)
    rounds_apart: int = 0  # spot checks that go on beside those of the district they join
    coverage: dict[str, int] = field(default_factory=dict)
    run: ReorganisationRun | None = None


class _Rehearsed(Exception):
    """Ends a preview: the transaction rolls back and the effects are kept."""


def preview(concordance: Concordance, *, today: date) -> Effects:
    """Every effect, measured by doing it and rolling back. With something undecided: the plan alone."""
    found: list[Effects] = []
    try:
        with _scope(concordance, "preview"):
            plan = make_plan(concordance, tables.tables(), today=today)
            if plan.undecided:
                return Effects(plan)
            found.append(_carry_out(plan, None, today))
            raise _Rehearsed
    except _Rehearsed:
        return found[0]


def reorganise(concordance: Concordance, *, by: User | None, today: date) -> Effects:
    """Carry a concordance out. Raises ConcordanceError or ReorganisationRefused, and then nothing has changed."""
    with _scope(concordance, "reorganise"):
        plan = make_plan(concordance, tables.tables(), today=today)
        if plan.undecided:
            raise ReorganisationRefused(list(plan.undecided))
        return _carry_out(plan, by, today)


def _scope(concordance: Concordance, what: str):
    """The smallest scope that holds every code of the file. It runs as the portal's own role, under row level security.

    It names no acting person: whoever carries it out would see only their own of what people keep to themselves (drafts).
    The record and the log of acts say who it was.
    """
    return opened_scope(
        Scope(codes=common_range(concordance.codes), source=f"command {what}", reason=concordance.source)
    )


def common_range(codes: set[int]) -> CodeRange:
    """The district or city that holds all codes, or else the whole country."""
    lowest, highest = min(codes), max(codes)
    for code in (district_of(lowest), lowest // CITY_WIDTH * CITY_WIDTH):
        if highest in code_range(code):
            return code_range(code)
    return CodeRange(10**11, 10**12)


def prepare(areas: tuple[CodeRange, ...]) -> None:
    """One at a time, nobody writing meanwhile, and never with a role that row level security does not bind."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
        if cursor.fetchone()[0]:
            raise ReorganisationRefused(["当前数据库账号不受行级安全约束:请用门户自己的账号执行"])
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('reorganise'))")
        for area in areas:  # the same lock as imports take
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('import'), %s)", [area.lo // 10**6])
        cursor.execute("SET LOCAL lock_timeout = '20s'")
        try:
            cursor.execute(f"LOCK TABLE {', '.join(_LOCKED)} IN SHARE ROW EXCLUSIVE MODE")
        except OperationalError as busy:
            raise ReorganisationRefused(["有人正在写入台账,20 秒内没有让开:稍后再执行"]) from busy
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def _carry_out(plan: Plan, by: User | None, today: date) -> Effects:
    prepare(plan.areas)
    groups = tables.tables()
    again = make_plan(plan.concordance, groups, today=today)  # what was read before the locks may have changed
    if again.undecided:
        raise ReorganisationRefused(list(again.undecided))
    effects = Effects(again)
    live, kept = groups.live, groups.kept
    counted = {**tables.counts(live, plan.areas), **tables.counts(kept, plan.areas)}
    logs = tables.last_ids()
    hashed = {
        "live": tables.hashes((*live, *tables.PUBLIC), plan.areas),
        "kept": tables.hashes(kept, plan.areas),
        "logs": tables.hashes(tables.LOGS, plan.areas, up_to=logs),
    }
    moves = _move(effects, groups, today)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    after = {**tables.counts(live, plan.areas), **tables.counts(kept, plan.areas)}
    _verify(effects, groups, counted, after, moves)
    if hashed["kept"] != tables.hashes(kept, plan.areas) or hashed["logs"] != tables.hashes(
        tables.LOGS, plan.areas, up_to=logs
    ):
        raise RuntimeError("published results or logs would change: nothing was done")
    effects.counts = {name: (number, after[name]) for name, number in counted.items()}
    effects.run = _record(effects, by, moves, hashed | {"up_to": logs})
    return effects


def _move(effects: Effects, groups: tables.Tables, today: date) -> dict[str, Any]:
    plan = effects.plan
    names = {division.code: division.name for division in Division.objects.in_force().filter(code__in=plan.ended)}
    moves: dict[str, Any] = {"divisions": change_divisions(plan)}
    moves["renamed"] = moving.rename_collisions(plan, names)
    districts = Division.objects.filter(level="district").values_list("code", "name")
    moves["partners"] = bring_partners(plan, dict(districts))
    moves["retired_keys"] = moving.retire_keys(plan)
    moves["rounds"] = rounds.name_former(plan, names)
    loose = moving.loose_rows(plan, groups)
    moves["facilities"] = moving.move_facilities(plan)
    moves["others"] = moving.move_others(plan, groups) | moving.move_loose(loose)
    moves["proposals"] = proposals.recode(plan)
    moves["appointments"] = moving.move_appointments(plan, today)
    moves["coverage"] = moving.move_coverage(plan)
    moves["rotated"] = _bring_keys_along(plan)
    _tell(effects, moves)
    return moves


def _bring_keys_along(plan: Plan) -> bool:
    """Facilities that leave a district which lives on need its successor's keys; a merged district brings its own along."""
    crossing = {district_of(old) for old, new in plan.facilities.values() if district_of(old) != district_of(new)}
    if not crossing - plan.codes.keys():
        return False
    rotate_keys()
    return True


def _tell(effects: Effects, moves: dict[str, Any]) -> None:
    plan = effects.plan
    effects.moved = {Facility._meta.db_table: len(moves["facilities"])}
    effects.moved |= {table: len(rows) for table, rows in moves["others"].items()}
    appointments = moves["appointments"]
    effects.moved["tenants_appointment"] = len(appointments["moved"])
    effects.partners_renamed = [(old, new, same) for _, old, new, same in moves["renamed"]["partners"]]
    effects.homes_renamed = [(old, new) for _, old, new in moves["renamed"]["homes"]]
    effects.rounds_apart = len(moves["rounds"])
    added = Partner.objects.filter(pk__in=moves["partners"]["added"]).order_by("pk")
    effects.partners_added = list(added.values_list("name", flat=True))
    effects.vouchers_renamed = [(old, new) for _, old, new in moves["renamed"]["vouchers"]]
    effects.coverage = {name: len(rows) for name, rows in moves["coverage"].items()}
    touched = [pk for pk, *_ in (*appointments["moved"], *appointments["ended"])]
    holders = User.objects.filter(appointments__pk__in=touched)
    effects.tokens = ApiToken.objects.filter(user__in=holders, expires_at__gt=timezone.now()).count()
    ended = [pk for pk, _ in appointments["ended"]]
    effects.appointments_ended = [
        str(user) for user in User.objects.filter(appointments__pk__in=ended).order_by("pk").distinct()
    ]
    effects.kept = {
        model._meta.db_table: sum(tables.rows_at(model, plan.gone).values())
        for model in (*tables.tables().kept, *tables.LOGS)
    }


def _verify(effects: Effects, groups: tables.Tables, before: dict, after: dict, moves: dict[str, Any]) -> None:
    """Totals equal, nothing left under a code that nobody holds. A failure here rolls everything back."""
    expected = dict(before)
    expected["facilities_coverage"] += len(moves["coverage"]["added"])
    expected["partners_partner"] += len(moves["partners"]["added"])
    expected["partners_brand"] += len(moves["partners"]["brands"])
    expected["partners_brandmember"] += len(moves["partners"]["members"])
    if after != expected:
        raise RuntimeError(f"totals differ: {[name for name in after if after[name] != expected[name]]}")
    for model in (Facility, *groups.moved, *groups.cascading):
        if left := tables.rows_at(model, effects.plan.gone):
            raise RuntimeError(f"{model._meta.db_table}: rows left behind under {sorted(left)[:3]}")


def _record(effects: Effects, by: User | None, moves: dict[str, Any], hashed: dict[str, Any]) -> ReorganisationRun:
    concordance = effects.plan.concordance
    whole = common_range(concordance.codes)
    run = ReorganisationRun.objects.create(
        division_code=whole.lo,
        file_name=concordance.name[:200],
        sha256=concordance.sha256,
        content=concordance.content,
        effective_on=concordance.effective_on,
        source=concordance.source,
        performed_by=by,
        counts={name: list(pair) for name, pair in effects.counts.items()},
        moves=moves,
        hashes=hashed,
    )
    acts(run, VERB, by, effects.plan.areas)
    return run


def acts(run: ReorganisationRun, verb: str, by: User | None, areas: tuple[CodeRange, ...]) -> None:
    """One entry for each district concerned, so that its officers find it in their log."""
    for area in areas:
        record_act(
            verb=verb,
            by=by,
            division_code=area.lo,
            subject=f"{run.file_name},{run.effective_on} 起",
            subject_uuid=run.uuid,
            reason=run.source,
            details={"sha256": run.sha256, "facilities": len(run.moves["facilities"])},
        )
