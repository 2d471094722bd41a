"""Freezing the frame, committing to a seed, drawing, and standing in: each step once, on record and published."""

import secrets
from datetime import datetime

from django.db import transaction

from assessments.models import CheckRound, DocumentKind, Run, RunState, Sample, SampledFacility, Verdict, VisitState
from assessments.operations.checks import CheckRefusedError, _act, require
from assessments.operations.publishing import publish
from assessments.queries.checklist import reported
from assessments.rules import sampling
from assessments.rules.labels import tier_label
from assessments.rules.published import DrawRecord, draw_file
from assessments.rules.sampling import SamplingError, Unit
from facilities.models import ConstructionType, Facility
from tenants.crypto import sm3
from tenants.models import Division, User
from tenants.rules import STREET_WIDTH, street_of

CONSTRUCTIONS = tuple(ConstructionType.labels)


@transaction.atomic
def freeze(*, round: CheckRound, run: Run, by: User | None, now: datetime) -> Sample:
    """Freeze the frame: every facility that the run judged, with street, computed tier and construction type.

    Raises CheckRefusedError without a ratio, and where a sample is there already.
    """
    require(
        round.permille, "还没有设定抽检比例。文件没有写比例（歧义 G-8），请先由区民政局定下并写明依据，再冻结抽样框。"
    )
    require(round.double_permille is not None, "还没有设定双人复核的比例，请先设定；不做复核就填 0。")
    require(run.state == RunState.COMPUTED, "所选的测算还没有完成。")
    require(not Sample.objects.filter(round=round).exists(), "抽样框已经冻结过了。")
    try:
        text = sampling.frame_text(frame_units(run))
        sampling.allocate(sampling.units_of(text), round.permille)
    except SamplingError as error:
        raise CheckRefusedError(str(error)) from error
    made = Sample.objects.create(
        division_code=round.division_code, round=round, run=run, permille=round.permille,
        double_permille=round.double_permille, frame_text=text, frame_sha256=sampling.sha256(text),
        frame_sm3=sm3(text.encode()).hex(), frozen_by=by, frozen_at=now,
    )  # fmt: skip
    _act("冻结抽样框", round, by, frame_sha256=made.frame_sha256, facilities=len(text.splitlines()))
    return made


def frame_units(run: Run) -> list[Unit]:
    rows = Verdict.objects.filter(run=run).values_list("facility__code", "division_code", "tier", "construction")
    names = dict(Division.objects.filter(code__in={street_of(row[1]) for row in rows}).values_list("code", "name"))
    return [
        Unit(code, names.get(street_of(division), str(division // STREET_WIDTH)), tier_label(tier), _construction(kind))
        for code, division, tier, kind in rows
    ]


def _construction(kind: int) -> str:
    return CONSTRUCTIONS[kind] if kind >= 0 else "类型未记录"


@transaction.atomic
def thaw(*, sample: Sample, by: User | None) -> None:
    """Take a frozen frame back while nothing has been promised about it."""
    require(not sample.commitment, "已经公布了种子承诺，抽样框不能再撤回。")
    _act("撤回抽样框", sample.round, by, frame_sha256=sample.frame_sha256)
    sample.delete()


@transaction.atomic
def commit_seed(*, sample: Sample, by: User | None, now: datetime, secret: str = "") -> None:
    """Make a secret, publish its hash together with the frame's hash, the ratio and the allocation. Shown to nobody yet."""
    sample = Sample.objects.select_for_update(no_key=True).get(pk=sample.pk)
    require(not sample.commitment, "种子承诺已经公布过了。")
    sample.secret = secret or secrets.token_hex(32)
    sample.commitment = sampling.sha256(sample.secret)
    sample.committed_by, sample.committed_at = by, now
    sample.save()
    units = sampling.units_of(sample.frame_text)
    allocation = sampling.allocate(units, sample.permille)
    publish(
        kind=DocumentKind.COMMITMENT, round=sample.round, title=_title(sample, "抽样公告"), by=by, now=now,
        content={
            "algorithm": sampling.ALGORITHM, "frame_sha256": sample.frame_sha256, "frame_sm3": sample.frame_sm3,
            "commitment": sample.commitment, "permille": sample.permille, "double_permille": sample.double_permille,
            "facilities": len(units), "basis": sample.round.basis,
            "allocation": [{"stratum": list(key), "facilities": n, "drawn": k} for key, (n, k) in allocation.items()],
        },
    )  # fmt: skip
    _act("公布抽样公告", sample.round, by, commitment=sample.commitment)


@transaction.atomic
def draw(*, sample: Sample, public_part: str, witnesses: str, by: User | None, now: datetime) -> Sample:
    """Draw: once, after the commitment. Publishes frame, secret, result, log and verifier as one file."""
    sample = Sample.objects.select_for_update(no_key=True).select_related("round", "run").get(pk=sample.pk)
    require(sample.commitment, "请先公布种子承诺，再抽样。")
    require(not sample.draw_text, "已经抽过了。同一个种子只会得到同一份样本，不必再抽。")
    seed = sampling.seed_of(sample.secret, public_part.strip())
    units = sampling.units_of(sample.frame_text)
    found = sampling.draw(units, permille=sample.permille, double_permille=sample.double_permille, seed=seed)
    sample.public_part, sample.witnesses = public_part.strip(), witnesses.strip()
    sample.draw_text = sampling.result_text(found)
    sample.draw_sha256 = sampling.sha256(sample.draw_text)
    sample.drawn_by, sample.drawn_at = by, now
    sample.save()
    _keep(sample, found)
    publish(
        kind=DocumentKind.DRAW, round=sample.round, title=_title(sample, "抽样结果与核验程序"), by=by, now=now,
        content=draw_file(_record(sample)),
    )  # fmt: skip
    _act("抽样", sample.round, by, draw_sha256=sample.draw_sha256, public_part=sample.public_part)
    return sample


def drawn_again(sample: Sample) -> sampling.Draw:
    """The draw from what is stored: frame, secret and public part."""
    seed = sampling.seed_of(sample.secret, sample.public_part)
    units = sampling.units_of(sample.frame_text)
    return sampling.draw(units, permille=sample.permille, double_permille=sample.double_permille, seed=seed)


def _keep(sample: Sample, found: sampling.Draw) -> None:
    codes = [ticket.unit.code for ticket in found.drawn]
    ids = dict(Facility.objects.filter(code__in=codes).values_list("code", "pk"))
    claims = reported(sample.run, list(ids.values()))
    SampledFacility.objects.bulk_create(
        SampledFacility(
            division_code=sample.division_code, sample=sample, facility_id=ids[ticket.unit.code], position=position,
            stratum=" · ".join(ticket.unit.stratum), lot=ticket.lot, is_double=ticket.unit.code in found.double,
            claims=claims[ids[ticket.unit.code]],
        )
        for position, ticket in enumerate(found.drawn, 1)
    )  # fmt: skip


def _record(sample: Sample) -> DrawRecord:
    log = (
        f"{_moment(sample.frozen_at)} 冻结抽样框，取自 {sample.run.quarter} 第 {sample.run.revision} 次测算",
        f"{_moment(sample.committed_at)} 公布种子承诺 {sample.commitment}",
        f"{_moment(sample.drawn_at)} 抽样，公开抽取的数字：{sample.public_part or '无'}，见证人：{sample.witnesses or '无'}",
    )
    return DrawRecord(
        _title(sample, "抽样结果"), sample.frame_text, sample.secret, sample.public_part, sample.permille,
        sample.double_permille, sample.draw_text, log,
    )  # fmt: skip


def _moment(at) -> str:
    from django.utils import timezone

    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M:%S")


def _title(sample: Sample, what: str) -> str:
    name = Division.objects.filter(code=sample.division_code, valid_to=None).values_list("name", flat=True).first()
    return f"{name or sample.division_code} {sample.round.year} 年度抽检{what}"


@transaction.atomic
def substitute(*, sampled: SampledFacility, reason: str, by: User | None, now: datetime) -> SampledFacility | None:
    """Take the next substitute of the fixed order for a facility that cannot be visited. None where nobody is left.

    The reason is on record either way. Refused once a visit of it was handed in.
    """
    reason = reason.strip()
    require(len(reason) >= 4, "请写明为什么要替补，例如“暂停营业，10 月 9 日已公告”。")
    sample = Sample.objects.select_for_update(no_key=True).get(pk=sampled.sample_id)
    sampled.refresh_from_db()
    require(not sampled.dropped_at, "这座设施已经替补过了。")
    done = sampled.visits.filter(state__in=[VisitState.HANDED_IN, VisitState.CLOSED])
    require(not done.exists(), "已经有交回的现场记录，不能再替补。")
    from assessments.operations import visits

    for visit in sampled.visits.filter(state=VisitState.PLANNED):
        visits.revoke(visit=visit, reason=f"改由替补：{reason}", by=by, now=now)
    sampled.dropped_reason, sampled.dropped_by, sampled.dropped_at = reason[:200], by, now
    sampled.save()
    first = sampled
    while first.stands_in_for:
        first = first.stands_in_for
    used = set(sample.facilities.values_list("facility__code", flat=True))
    try:
        unit = sampling.substitute_for(first.facility.code, drawn_again(sample), used)
    except SamplingError:
        _act("替补", sample.round, by, reason=reason, out=sampled.facility.code, put_in="")
        return None
    facility = Facility.objects.get(code=unit.code)
    made = SampledFacility.objects.create(
        division_code=sample.division_code, sample=sample, facility=facility,
        position=sample.facilities.count() + 1, stratum=" · ".join(unit.stratum),
        lot=sampling.lot(sampling.seed_of(sample.secret, sample.public_part), unit.code), is_double=sampled.is_double,
        stands_in_for=sampled, claims=reported(sample.run, [facility.pk])[facility.pk],
    )  # fmt: skip
    _act("替补", sample.round, by, reason=reason, out=sampled.facility.code, put_in=unit.code)
    return made
