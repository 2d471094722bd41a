"""Takes a re-organisation back by its inverse, as long as nothing was built upon it."""

from dataclasses import dataclass

from django.apps import apps
from django.db import connection
from django.utils import timezone

from assessments.models import Run
from facilities.models import Coverage, Facility
from partners.models import Brand, Partner
from portal.operations.reorganise import moving, proposals, rounds, tables
from portal.operations.reorganise.divisions import undo_divisions
from portal.operations.reorganise.partners import undo_partners
from portal.operations.reorganise.perform import UNDO_VERB, ReorganisationRefused, acts, common_range, prepare
from tenants.concordance import Concordance
from tenants.models import Appointment, Division, User
from tenants.operations.personal import rotate_keys
from tenants.reorganisation_models import ReorganisationRun
from tenants.rules import CodeRange, code_range, district_of
from tenants.scope import Scope, opened_scope


@dataclass(frozen=True)
class Undone:
    """differing: tables that are not byte for byte as they were before, because people have edited their rows since."""

    run: ReorganisationRun
    differing: tuple[str, ...]


def undo(concordance: Concordance, *, by: User | None) -> Undone:
    """Take the re-organisation of this very file back. Raises ReorganisationRefused, and then nothing has changed."""
    scope = Scope(
        codes=common_range(concordance.codes),
        source="command reorganise --undo",
        reason=f"撤销:{concordance.source}",
    )
    areas = tuple(sorted({code_range(district_of(c)) for c in concordance.codes}, key=lambda area: area.lo))
    with opened_scope(scope):
        prepare(areas)
        run = ReorganisationRun.objects.filter(sha256=concordance.sha256, undone_at=None).first()
        if run is None:
            raise ReorganisationRefused(["没有按这份对照表执行过(或已撤销)"])
        if reasons := _built_upon(run, areas):
            raise ReorganisationRefused(reasons)
        try:
            _take_back(run)
        except moving.CannotUndo as error:
            raise ReorganisationRefused([f"{error},不能再撤销"]) from error
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        differing = _differing(run, areas)
        run.undone_at, run.undone_by = timezone.now(), by
        run.save(update_fields=["undone_at", "undone_by"])
        acts(run, UNDO_VERB, by, areas)
        return Undone(run, differing)


def _built_upon(run: ReorganisationRun, areas: tuple[CodeRange, ...]) -> list[str]:
    """What would be left without ground: later re-organisations and runs, new rows where a division will cease to be."""
    found = []
    later = ReorganisationRun.objects.filter(pk__gt=run.pk, undone_at=None)
    found += [f"之后又执行了 {other},先撤销它" for other in later]
    for area in areas:
        for made in Run.objects.within(area).filter(requested_at__gt=run.performed_at):
            found.append(f"之后做过季度测算 {made},不能再撤销")
    opened = Division.objects.filter(pk__in=run.moves["divisions"]["opened"]).values_list("code", flat=True)
    closed = Division.objects.filter(pk__in=run.moves["divisions"]["closed"]).values_list("code", flat=True)
    vanishing = set(opened) - set(closed)
    groups = tables.tables()
    for model in (Facility, Appointment, *groups.moved, *groups.loose):
        moved = [pk for pk, *_ in _moves_of(run, model)]
        if new := tables.count_besides(model, vanishing, moved, groups.loose.get(model, "true")):
            found.append(f"之后在新区划登记了 {new} 条{tables.label(model)},先处理它们")
    recoded = {*run.moves["coverage"]["added"], *(pk for pk, *_ in run.moves["coverage"]["recoded"])}
    if number := Coverage.objects.filter(community_code__in=vanishing).exclude(pk__in=recoded).count():
        found.append(f"之后又有 {number} 条覆盖社区写到新区划")
    return found


def _moves_of(run: ReorganisationRun, model: type) -> moving.Moves:
    if model is Facility:
        return run.moves["facilities"]
    if model is Appointment:
        return run.moves["appointments"]["moved"]
    if model is Partner:
        added = run.moves.get("partners", {"added": []})["added"]
        return [*run.moves["others"].get(model._meta.db_table, []), *([pk] for pk in added)]
    if model is Brand:
        added = run.moves.get("partners", {}).get("brands", [])
        return [*run.moves["others"].get(model._meta.db_table, []), *([pk] for pk in added)]
    return run.moves["others"].get(model._meta.db_table, [])


def _take_back(run: ReorganisationRun) -> None:
    moves = run.moves
    proposals.undo(moves.get("proposals", []))
    moving.undo_coverage(moves["coverage"], run.effective_on)
    undo_divisions(moves["divisions"])
    moving.undo_appointments(moves["appointments"])
    by_table = {model._meta.db_table: model for model in apps.get_models()}
    for table, rows in moves["others"].items():
        moving.move_back(by_table[table], rows)
    moving.undo_retired_keys(moves["retired_keys"])
    moving.move_back(Facility, moves["facilities"])
    undo_partners(moves.get("partners", {"rehung": [], "added": []}))  # none in a record of before there were any
    rounds.undo(moves.get("rounds", []))
    moving.undo_renames(moves["renamed"])


def _differing(run: ReorganisationRun, areas: tuple[CodeRange, ...]) -> tuple[str, ...]:
    """Compare with the hashes of before. Personal data that got other keys meanwhile goes back under its district's."""
    now = _hashes(run, areas)
    personal = {"facilities_contactperson", "partners_partnercontact"}
    if run.moves["rotated"] or personal & {
        name for name, value in now.items() if run.hashes["live"].get(name) != value
    }:
        rotate_keys()
        now = _hashes(run, areas)
    return tuple(sorted(name for name, value in now.items() if run.hashes["live"].get(name) != value))


def _hashes(run: ReorganisationRun, areas: tuple[CodeRange, ...]) -> dict[str, str]:
    known = run.hashes["live"]
    models = [model for model in (*tables.tables().live, *tables.PUBLIC) if model._meta.db_table in known]
    return tables.hashes(models, areas)
