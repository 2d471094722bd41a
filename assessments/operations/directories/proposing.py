"""Proposing the directory, looking at every change, and the two people who stand for it."""

from datetime import datetime

from django.db import transaction
from django.db.models import Max

from assessments.models import (
    CheckRound,
    Directory,
    DirectoryEntry,
    DirectoryState,
    Run,
    RunState,
    Verdict,
)
from assessments.operations import telling
from assessments.operations.checks import _act, require
from assessments.queries.directories import blockers_of_proposal, tiers_published, verified_facts
from assessments.queries.explain import facts_of, rules_of
from assessments.queries.words import words_on
from assessments.rules import directory as moves
from facilities.models import Facility
from standards.rules import Tier
from tenants.models import Division, User
from tenants.rules import street_of
from tenants.scope import set_reason

CARRIED = "沿用前一版的处理。"
OPEN = (DirectoryState.PROPOSED, DirectoryState.APPROVED, DirectoryState.CONFIRMED, DirectoryState.NOTICE)


@transaction.atomic
def propose(*, round: CheckRound, run: Run, by: User | None, now: datetime, reason: str = "") -> Directory:
    """Propose the directory from a run and what was found. A proposal that is not before the public yet is dropped for it.

    After publication it is a reissue (a standard or ruling was wrong) and needs a reason; what was published stays.
    """
    require(run.state == RunState.COMPUTED, "所选的测算还没有完成。")
    CheckRound.objects.select_for_update(no_key=True).get(pk=round.pk)
    every = round.directories.all()
    require(not every.filter(state=DirectoryState.NOTICE).exists(), "本年度名录正在公示，公示结束前不能重新拟定。")
    before = every.filter(state=DirectoryState.PUBLISHED).order_by("-revision").first()
    require(not before or len(reason.strip()) >= 4, "名录已经公布。重新拟定要写明哪一版标准或哪条裁定有误。")
    every.filter(state__in=OPEN).update(state=DirectoryState.DROPPED)
    made = Directory.objects.create(
        division_code=round.division_code, round=round, run=run, year=round.year,
        revision=(every.aggregate(last=Max("revision"))["last"] or 0) + 1, supersedes=before,
        reason=reason.strip()[:300], proposed_by=by, proposed_at=now,
    )  # fmt: skip
    rows = _entries(made)
    if before:
        _carry_over(before, rows)
    DirectoryEntry.objects.bulk_create(rows)
    _act("拟定名录", round, by, reason=made.reason, revision=made.revision, run=str(run.uuid))
    return made


def rehearse(*, directory: Directory, run: Run) -> list[DirectoryEntry]:
    """The entries that a reissue by another run would have. Nothing is written."""
    draft = Directory(
        division_code=directory.division_code, round=directory.round, run=run, year=directory.year, supersedes=directory
    )
    rows = _entries(draft)
    _carry_over(directory, rows)
    return rows


def _carry_over(before: Directory, rows: list[DirectoryEntry]) -> None:
    """A tier that an upheld objection or appeal gave stays what people decided; it waits for confirmation again."""
    decided = {entry.facility_id: entry for entry in before.entries.all() if entry.is_decided}
    for row in rows:
        if old := decided.get(row.facility_id):
            row.tier, row.movement = old.tier, moves.movement(row.tier_before, old.tier)
            row.reason = f"{CARRIED}{old.reason.removeprefix(CARRIED)}"[:500]


def _entries(directory: Directory) -> list[DirectoryEntry]:
    run, rules = directory.run, rules_of(directory.run)
    words = words_on(run.period.last_day).metrics
    was = tiers_published(directory.division_code, before=directory.year)
    checked = verified_facts(directory.round, run)
    verdicts = list(Verdict.objects.filter(run=run).select_related("run", "facility").order_by("facility_id"))
    streets = _streets({verdict.division_code for verdict in verdicts})
    rows = []
    for verdict in verdicts:
        facts = checked.get(verdict.facility_id, facts_of(verdict))
        is_checked = verdict.facility_id in checked
        tier = int(facts.judge(rules).tier[0]) if is_checked else verdict.tier
        before = was.get(verdict.facility.code, -1)
        reason, clause = moves.why(rules, facts, before, tier, words)
        rows.append(
            _entry(
                directory, verdict.facility, verdict.construction, streets,
                tier_before=before, tier_computed=verdict.tier, tier_verified=tier if is_checked else -1, tier=tier,
                reason=_scores(rules, verdict, facts, before, tier, is_checked) + reason, clause=clause,
            )
        )  # fmt: skip
    seen = {verdict.facility.code for verdict in verdicts}
    return rows + _gone(directory, {code: tier for code, tier in was.items() if code not in seen and tier > 0}, streets)


def _scores(rules, verdict, facts, before: int, tier: int, is_checked: bool) -> str:
    """Both scores: gates met as reported, and as found."""
    asked = Tier(max(before, tier, verdict.tier, Tier.INCLUSIVE))
    met, of = moves.gates_met(rules, facts_of(verdict), asked)
    if not is_checked:
        return f"未抽中，按测算 {met} / {of}。"
    found, _ = moves.gates_met(rules, facts, asked)
    return f"填报 {met} / {of}，核实 {found} / {of}。"


def _gone(directory: Directory, codes: dict[str, int], streets: dict[int, str]) -> list[DirectoryEntry]:
    """Facilities of the directory before that the run did not judge: merged, withdrawn, suspended."""
    facilities = Facility.objects.filter(code__in=codes)
    streets = streets | _streets({facility.division_code for facility in facilities})
    return [
        _entry(
            directory, facility, -1, streets, tier_before=codes[facility.code], tier_computed=0, tier_verified=-1, tier=0,
            reason="已不在运行（暂停、并入或撤销），没有测算", clause="拱墅 三(五)2",
        )
        for facility in facilities
    ]  # fmt: skip


def _entry(
    directory: Directory, facility: Facility, construction: int, streets: dict[int, str], **tiers
) -> DirectoryEntry:
    return DirectoryEntry(
        division_code=facility.division_code, directory=directory, facility=facility, name=facility.name,
        street=streets.get(street_of(facility.division_code), ""), construction=construction,
        movement=moves.movement(tiers["tier_before"], tiers["tier"]), **tiers,
    )  # fmt: skip


def _streets(codes: set[int]) -> dict[int, str]:
    wanted = {street_of(code) for code in codes}
    return dict(Division.objects.filter(code__in=wanted, valid_to=None).values_list("code", "name"))


@transaction.atomic
def confirm_entries(*, directory: Directory, entries: list, by: User, now: datetime) -> int:
    """Somebody has looked at these changes, one by one, and says yes. Returns how many."""
    require(directory.state == DirectoryState.PROPOSED, "只有拟定中的名录可以逐条确认。")
    changed = directory.entries.filter(uuid__in=entries, is_confirmed=False).update(is_confirmed=True)
    if changed:
        _act("确认名录变动", directory.round, by, entries=changed)
    return changed


@transaction.atomic
def approve(*, directory: Directory, by: User, now: datetime) -> None:
    """The first of two people. Refused while anything stands in the way."""
    directory = Directory.objects.select_for_update(no_key=True).get(pk=directory.pk)
    require(directory.state == DirectoryState.PROPOSED, "这一版已经审核过了。")
    if blockers := [blocker for blocker in blockers_of_proposal(directory) if blocker.stops]:
        require(False, "还不能审核：" + "；".join(blocker.text for blocker in blockers) + "。")
    directory.state, directory.approved_by, directory.approved_at = DirectoryState.APPROVED, by, now
    directory.save()
    telling.directory_moved(directory, now)
    _act("审核名录", directory.round, by, revision=directory.revision)


@transaction.atomic
def confirm(*, directory: Directory, by: User, now: datetime) -> None:
    """The second person, who is not the first."""
    directory = Directory.objects.select_for_update(no_key=True).get(pk=directory.pk)
    require(directory.state == DirectoryState.APPROVED, "请先由一人审核，再由另一人复核。")
    require(directory.approved_by_id != by.pk, "审核和复核要由两个人分别办理，请换另一位同事复核。")
    directory.state, directory.confirmed_by, directory.confirmed_at = DirectoryState.CONFIRMED, by, now
    directory.save()
    telling.directory_moved(directory, now)
    _act("复核名录", directory.round, by, revision=directory.revision)


@transaction.atomic
def send_back(*, directory: Directory, reason: str, by: User, now: datetime) -> None:
    """Back to the proposal, before the public has seen it: approvals lapse."""
    directory = Directory.objects.select_for_update(no_key=True).get(pk=directory.pk)
    require(directory.state in {DirectoryState.APPROVED, DirectoryState.CONFIRMED}, "只有公示之前可以退回。")
    require(len(reason.strip()) >= 4, "请写明退回的理由。")
    set_reason(reason)
    directory.state = DirectoryState.PROPOSED
    directory.approved_by = directory.confirmed_by = directory.approved_at = directory.confirmed_at = None
    directory.save()
    telling.directory_moved(directory, now)
    _act("退回名录", directory.round, by, reason=reason.strip())
