"""A year of spot check and directory done again from what is stored: nothing may come out differently."""

import json

from assessments.models import CheckRound, DirectoryState, DocumentKind, PublishedDocument, Sample, VisitFinding
from assessments.queries.replay import replay
from assessments.rules import sampling


def replay_draw(sample: Sample) -> list[str]:
    """What differs when the draw is made again from frame, secret and public part."""
    wrong = []
    if sampling.sha256(sample.frame_text) != sample.frame_sha256:
        wrong.append("抽样框与它的哈希不符")
    if sampling.sha256(sample.secret) != sample.commitment:
        wrong.append("种子与事先公布的承诺不符")
    seed = sampling.seed_of(sample.secret, sample.public_part)
    units = sampling.units_of(sample.frame_text)
    again = sampling.draw(units, permille=sample.permille, double_permille=sample.double_permille, seed=seed)
    if sampling.sha256(sampling.result_text(again)) != sample.draw_sha256:
        wrong.append("重抽的结果与存档不同")
    drawn = {ticket.unit.code for ticket in again.drawn}
    kept = sample.facilities.filter(stands_in_for=None).values_list("facility__code", flat=True)
    if drawn != set(kept):
        wrong.append("抽中的设施与重抽的不同")
    return wrong


def replay_findings(round: CheckRound) -> list[str]:
    """Findings that are not the latest record that counts."""
    wrong = []
    for finding in VisitFinding.objects.filter(visit__sampled__sample__round=round).select_related("visit"):
        counted = finding.visit.operations.filter(kind="found", key=finding.key, state="applied")
        latest = max(counted, key=lambda row: (row.done_at, row.uuid.bytes), default=None)
        if latest is None or (latest.uuid, latest.value) != (finding.operation, finding.value):
            wrong.append(f"{finding.visit_id} {finding.key}：查得值与现场记录不同")
    return wrong


def replay_documents(round: CheckRound) -> list[str]:
    """Published documents whose bytes are not those of their hash, or directories that name other hashes than the run's."""
    wrong = []
    for document in PublishedDocument.objects.filter(district=round.own_district, year=round.year):
        if sampling.sha256(document.content) != document.sha256:
            wrong.append(f"{document.title}：内容与哈希不符")
        if document.kind == DocumentKind.DIRECTORY:
            basis = json.loads(document.content)["basis"]
            run = round.directories.get(revision=document.number).run
            if (basis["fact_hash"], basis["result_hash"]) != (run.fact_hash, run.result_hash):
                wrong.append(f"{document.title}：所据测算的哈希不同")
    return wrong


def replay_year(round: CheckRound) -> list[str]:
    """Everything of a round; empty when nothing differs. The caller rebuilds the proposal (`operations.directories`)."""
    wrong = replay(round.sample.run) + replay_draw(round.sample) + replay_findings(round) + replay_documents(round)
    for directory in round.directories.filter(state=DirectoryState.PUBLISHED).select_related("run"):
        wrong += replay(directory.run)
    return wrong
