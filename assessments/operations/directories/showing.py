"""Before the public: the notice period with objections and appeals, publication, corrections."""

from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from assessments.models import (
    Appeal,
    AppealKind,
    CheckRound,
    Directory,
    DirectoryEntry,
    DirectoryState,
    DocumentKind,
    Movement,
    PublishedDocument,
    Run,
)
from assessments.operations import telling
from assessments.operations.checks import CheckRefusedError, _act, require
from assessments.operations.discrepancies import end_of_day
from assessments.operations.publishing import publish as publish_document
from assessments.operations.runs.start import RunRefusedError, start_quarter
from assessments.queries.corrections import replacement
from assessments.queries.directories import blockers_of_publication, corrections_of, entries_now
from assessments.queries.rule_sets import versions_known
from assessments.rules import directory as moves
from assessments.rules.labels import TIER_LABELS
from facilities.models import ConstructionType, Facility
from standards.rules import Tier
from tenants.models import Division, User
from tenants.operations import record_act

CHANGES = (Movement.ENTRY, Movement.PROMOTION, Movement.DEMOTION, Movement.EXIT)


def content_of(directory: Directory) -> dict:
    """What is published: the entries with a tier, what moved and why, and the hashes that a replay starts from."""
    entries = list(directory.entries.select_related("facility").order_by("-tier", "facility__code"))
    run, sample = directory.run, getattr(directory.round, "sample", None)
    versions = versions_known(run.standard).items()
    demo = {"is_demo": True} if any(entry.facility.is_demo for entry in entries) else {}
    return demo | {
        "district": directory.round.own_district,
        "district_name": _name(directory.round),
        "year": directory.year,
        "revision": directory.revision,
        "reissue_reason": directory.reason,
        "basis": {
            "standards": [
                {
                    "version": key,
                    "status": version.status,
                    "document": version.document.title if version.document else "",
                }
                for key, version in versions
            ],
            "readings": run.readings,
            "quarter": run.quarter,
            "run_revision": run.revision,
            "fact_hash": run.fact_hash,
            "standard_hash": run.standard_hash,
            "result_hash": run.result_hash,
            "frame_sha256": sample.frame_sha256 if sample else "",
            "draw_sha256": sample.draw_sha256 if sample else "",
        },
        "entries": [_public(entry) for entry in entries if entry.tier > 0],
        "changes": [_change(entry) for entry in entries if entry.movement in CHANGES],
    }


def _public(entry: DirectoryEntry) -> dict:
    kinds = ConstructionType.labels
    return {
        "code": entry.facility.code,
        "name": entry.name,
        "street": entry.street,
        "construction": kinds[entry.construction] if entry.construction >= 0 else "",
        "tier": entry.tier,
        "tier_label": TIER_LABELS[Tier(entry.tier)],
        "movement": Movement(entry.movement).label if entry.movement in CHANGES else "",
        "basis": "抽检核实" if entry.is_verified else "测算",
    }


def _change(entry: DirectoryEntry) -> dict:
    return {
        "code": entry.facility.code,
        "name": entry.name,
        "street": entry.street,
        "movement": Movement(entry.movement).label,
        "before": TIER_LABELS[Tier(max(entry.tier_before, 0))],
        "after": TIER_LABELS[Tier(entry.tier)],
        "reason": entry.reason,
        "clause": entry.clause,
    }


def _name(round: CheckRound) -> str:
    in_force = Division.objects.filter(code=round.division_code, valid_to=None).values_list("name", flat=True)
    return round.former_name or in_force.first() or str(round.division_code)


@transaction.atomic
def start_notice(*, directory: Directory, by: User, now: datetime) -> PublishedDocument:
    """Put the proposal before the public until 23:59:59 of its last day."""
    directory = Directory.objects.select_for_update(no_key=True).select_related("round", "run").get(pk=directory.pk)
    require(directory.state == DirectoryState.CONFIRMED, "审核、复核之后才能公示。")
    require(directory.round.notice_days is not None, "还没有设定公示期，请先设定。")
    directory.state, directory.notice_from = DirectoryState.NOTICE, now
    directory.notice_until = end_of_day(now, directory.round.notice_days or 0)
    directory.save()
    telling.directory_moved(directory, now)
    until = timezone.localtime(directory.notice_until).isoformat()
    _act("名录公示", directory.round, by, until=until)
    return publish_document(
        kind=DocumentKind.NOTICE, round=directory.round, number=directory.revision, by=by, now=now,
        title=f"{_name(directory.round)} {directory.year} 年度大运河幸福家园名录公示稿",
        content={**content_of(directory), "notice_until": until},
    )  # fmt: skip


@transaction.atomic
def file_appeal(
    *,
    directory: Directory,
    facility: Facility,
    kind: AppealKind,
    party: str,
    point: str,
    text: str,
    by: User | None,
    now: datetime,
) -> Appeal:
    """Take an objection or appeal: one a party and point, up to and including the last second of the notice period."""
    require(directory.state == DirectoryState.NOTICE, "只有公示期内可以提出异议或申诉。")
    until = directory.notice_until
    require(until and now <= until, f"公示已于 {timezone.localtime(until):%Y-%m-%d %H:%M:%S} 截止。" if until else "")
    require(party.strip() and point.strip() and len(text.strip()) >= 4, "请写明提出人、针对哪一点、理由。")
    try:
        with transaction.atomic():
            made = Appeal.objects.create(
                division_code=facility.division_code, directory=directory, facility=facility, kind=kind,
                party=party.strip()[:80], point=point.strip()[:60], text=text.strip()[:500], filed_by=by, filed_at=now,
            )  # fmt: skip
    except IntegrityError as error:
        raise CheckRefusedError("同一提出人对同一点已经提过，不能重复。要补充材料，请联系区民政局。") from error
    telling.appeal_filed(made, now)
    record_act(
        verb=f"提出{made.get_kind_display()}", by=by, division_code=facility.division_code, subject=facility.name,
        subject_uuid=made.uuid, reason=made.text,
    )  # fmt: skip
    return made


@transaction.atomic
def decide_appeal(*, appeal: Appeal, upheld: bool, decision: str, tier: int | None, by: User, now: datetime) -> None:
    """Decide. One that is upheld may give the facility another tier; the entry then says so."""
    appeal = Appeal.objects.select_for_update(no_key=True).select_related("directory").get(pk=appeal.pk)
    require(not appeal.decided_at, "这一件已经处理过了。")
    require(appeal.directory.state == DirectoryState.NOTICE, "名录已经公布，只能发更正公告。")
    require(len(decision.strip()) >= 4, "请写明处理意见，至少 4 个字。")
    require(upheld or tier is None, "不成立的，不能改等级。")
    appeal.upheld, appeal.decision, appeal.decided_by, appeal.decided_at = upheld, decision.strip()[:500], by, now
    appeal.save()
    if tier is not None:
        entry = appeal.directory.entries.get(facility=appeal.facility)
        entry.tier, entry.movement = int(Tier(tier)), moves.movement(entry.tier_before, tier)
        entry.reason = f"{appeal.get_kind_display()}成立，调整为{TIER_LABELS[Tier(tier)]}：{appeal.decision}"[:500]
        entry.save()
    telling.appeal_decided(appeal, now)
    record_act(
        verb=f"处理{appeal.get_kind_display()}", by=by, division_code=appeal.division_code, subject=str(appeal),
        subject_uuid=appeal.uuid, reason=appeal.decision, details={"upheld": upheld, "tier": tier},
    )  # fmt: skip


@transaction.atomic
def publish(*, directory: Directory, by: User, now: datetime) -> PublishedDocument:
    """Freeze the directory. Whoever decided an appeal that changed something does not publish it too."""
    directory = Directory.objects.select_for_update(no_key=True).select_related("round", "run").get(pk=directory.pk)
    if blockers := blockers_of_publication(directory, now):
        require(False, "还不能公布：" + "；".join(blocker.text for blocker in blockers) + "。")
    changed = directory.appeals.filter(upheld=True, decided_by=by)
    require(not changed.exists(), "你处理过成立的异议或申诉，公布要由另一位同事办理。")
    directory.state, directory.published_by, directory.published_at = DirectoryState.PUBLISHED, by, now
    directory.save()
    telling.directory_moved(directory, now)
    _act("公布名录", directory.round, by, revision=directory.revision)
    document = publish_document(
        kind=DocumentKind.DIRECTORY, round=directory.round, number=directory.revision, by=by, now=now,
        title=f"{_name(directory.round)} {directory.year} 年度大运河幸福家园名录",
        content=content_of(directory),
    )  # fmt: skip
    if directory.supersedes:
        _notice_of_correction(directory, replacement(directory, document), by, now)
    return document


def _notice_of_correction(directory: Directory, content: dict, by: User, now: datetime) -> PublishedDocument:
    """The next numbered notice of the year."""
    every = PublishedDocument.objects.filter(
        district=directory.round.own_district, year=directory.year, kind=DocumentKind.CORRECTION
    )
    number = every.count() + 1
    return publish_document(
        kind=DocumentKind.CORRECTION, round=directory.round, number=number, by=by, now=now,
        title=f"{_name(directory.round)} {directory.year} 年度名录更正公告第 {number} 号",
        content={"number": number, **content},
    )  # fmt: skip


@transaction.atomic
def start_correction_run(*, directory: Directory, reason: str, by: User, today: date) -> Run:
    """Judge the quarter of a published directory again, with the standards and rulings in force now.

    The first run and what was published stay. Raises CheckRefusedError.
    """
    require(directory.state == DirectoryState.PUBLISHED, "公布之后才需要更正测算；公示之前可以直接重新拟定。")
    require(len(reason.strip()) >= 4, "请写明哪一版标准或哪条裁定有误。")
    run = directory.run
    newest = (
        Run.objects.filter(quarter=run.quarter, division_code=run.division_code, kind=run.kind).order_by("-pk").first()
    )
    try:
        made = start_quarter(
            quarter=run.period, district=run.division_code, by=by, reason=reason.strip()[:200], today=today, rerun=True,
            based_on=newest.revision if newest else 0,
        )  # fmt: skip
    except RunRefusedError as refusal:
        raise CheckRefusedError(str(refusal)) from refusal
    _act("更正测算", directory.round, by, reason=reason.strip(), run=str(made.uuid))
    return made


@transaction.atomic
def correct(
    *, directory: Directory, document: UUID, code: str, field: str, after: str, reason: str, by: User, now: datetime
) -> PublishedDocument:
    """Publish a numbered correction of a name, street or tier. The directory itself stays as it was published."""
    directory = Directory.objects.select_for_update(no_key=True).select_related("round").get(pk=directory.pk)
    require(directory.state == DirectoryState.PUBLISHED, "公布之后才能发更正公告。")
    require(directory.published_by_id != by.pk, "更正公告要由公布名录以外的另一位同事办理。")
    require(len(reason.strip()) >= 4, "请写明更正的理由。")
    published = PublishedDocument.objects.get(
        uuid=document, kind=DocumentKind.DIRECTORY, district=directory.round.own_district
    )
    entry = next((entry for entry in entries_now(published) if entry["code"] == code), None)
    require(entry, "名录里没有这个编号。")
    require(field in {"name", "street"}, "更正公告只改名称和街道；等级要经更正测算重新拟定。")
    require(after.strip() and after.strip() != entry[field], "更正后与更正前相同。")
    change = {"code": code, "field": field, "before": entry[field], "after": after.strip()}
    content = {"directory": str(published.uuid), "reason": reason.strip(), "changes": [change]}
    made = _notice_of_correction(directory, content, by, now)
    _act(
        "更正公告",
        directory.round,
        by,
        reason=reason.strip(),
        number=made.number,
        earlier=len(corrections_of(published)),
    )
    return made
