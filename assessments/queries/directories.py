"""The directory: what was published, what is proposed, what stands in the way, and how it differs from the year before."""

import json
from dataclasses import dataclass

import numpy as np

from assessments.models import (
    CheckRound,
    Directory,
    DirectoryState,
    Discrepancy,
    DocumentKind,
    Movement,
    OperationState,
    PublishedDocument,
    Ruling,
    Run,
    SampledFacility,
    Verdict,
    Visit,
    VisitOperation,
    VisitState,
)
from assessments.queries.catalogue import function_catalogue
from assessments.queries.checklist import claims_of
from assessments.queries.explain import facts_of, rules_of
from assessments.queries.filings import missing_filings
from assessments.queries.replay import stored_run
from assessments.queries.rounds import discrepancies_of
from assessments.rules.checklist import Claims, verified
from assessments.rules.explanation import Facts
from standards.queries import readings_in_force
from standards.rules import classify
from tenants.models import Division


@dataclass(frozen=True, slots=True)
class Blocker:
    """Something that keeps the directory from going on. action: how to mend it; tab: the page of the round to go to.

    stops: False for a remark that stands beside the button and keeps nobody from pressing it.
    """

    text: str
    action: str
    tab: str = ""
    stops: bool = True


def published(district: int, kind: DocumentKind, *, year: int | None = None) -> PublishedDocument | None:
    """The newest published document of a kind."""
    found = PublishedDocument.objects.filter(district=district, kind=kind)
    if year is not None:
        found = found.filter(year=year)
    return found.order_by("-year", "-number").first()


def tiers_published(district: int, *, before: int) -> dict[str, int]:
    """Facility code → tier in the directory in force before a year (its newest revision, with its corrections).

    Facilities of a district that was merged into this one count by its own last directory, until the first of both together.
    """
    own = Division.objects.in_force().filter(code=district).values_list("past_districts", flat=True).first()
    documents: dict[int, PublishedDocument] = {}
    found = PublishedDocument.objects.filter(
        district__in=[district, *(own or ())], kind=DocumentKind.DIRECTORY, year__lt=before
    )
    for document in found.order_by("-year", "-number"):
        documents.setdefault(document.district, document)
    since = documents[district].year if district in documents else 0
    in_force = [document for document in documents.values() if document.year >= since]
    return {entry["code"]: entry["tier"] for document in in_force for entry in entries_now(document)}


def corrections_of(document: PublishedDocument) -> list[dict]:
    """The numbered corrections of a published directory, oldest first, each with its document."""
    rows = PublishedDocument.objects.filter(
        district=document.district, year=document.year, kind=DocumentKind.CORRECTION
    ).order_by("number")
    contents = [{"document": row, **json.loads(row.content)} for row in rows]
    return [content for content in contents if content["directory"] == str(document.uuid)]


def entries_now(document: PublishedDocument) -> list[dict]:
    """The entries of a published directory as its corrections left them."""
    entries = {entry["code"]: dict(entry) for entry in json.loads(document.content)["entries"]}
    for correction in corrections_of(document):
        for change in correction["changes"]:
            if change["code"] in entries:
                entries[change["code"]][change["field"]] = change["after"]
    return list(entries.values())


def yearly_difference(document: PublishedDocument) -> list[dict]:
    """What moved against the directory before, as the published document itself says."""
    return json.loads(document.content)["changes"]


def settled(round_year: int, facility_ids) -> dict[int, dict[str, int]]:
    """Facility → item → the value found, for the discrepancies that stand: accepted by the street or ruled so."""
    rows = Discrepancy.objects.filter(year=round_year, facility_id__in=facility_ids)
    found: dict[int, dict[str, int]] = {}
    for row in rows:
        stands = row.ruling == Ruling.FOUND or (not row.ruling and row.accepts)
        if stands and row.found is not None:
            found.setdefault(row.facility_id, {})[row.key] = row.found
    return found


def verified_facts(round: CheckRound, run: Run) -> dict[int, Facts]:
    """Facility → its facts with what was found in them, for every facility of the sample whose visit is closed."""
    done = Visit.objects.filter(sampled__sample__round=round, is_second=False, state=VisitState.CLOSED)
    sampled = {
        row.facility_id: row
        for row in SampledFacility.objects.filter(pk__in=done.values("sampled_id"), dropped_at=None)
    }
    found = settled(round.year, sampled)
    catalogue = function_catalogue(run.period.last_day)
    verdicts = Verdict.objects.filter(run=run, facility_id__in=sampled).select_related("run")
    return {
        verdict.facility_id: verified(
            Claims(facts_of(verdict), claims_of(sampled[verdict.facility_id]).items),
            found.get(verdict.facility_id, {}),
            catalogue,
        )
        for verdict in verdicts
    }


def unruled_sensitive(run: Run) -> dict[int, tuple[str, ...]]:
    """Facility → interpretations that the district has not ruled on and that would give it another tier."""
    table, rules = stored_run(run).table, rules_of(run)
    if not len(table):
        return {}
    judged = classify(rules, table.columns, table.construction)
    found: dict[int, set[str]] = {}
    for reading, least in judged.tiers_by_reading.items():
        if reading.interpretation in run.readings:
            continue
        best = judged.best_by_reading[reading]
        for row in np.flatnonzero((least > judged.tier) | (best < judged.tier)):
            found.setdefault(int(table.facility_ids[row]), set()).add(reading.interpretation)
    return {facility: tuple(sorted(keys)) for facility, keys in found.items()}


def blockers_of_proposal(directory: Directory) -> list[Blocker]:
    """What must be done before the proposal may be approved."""
    round, found = directory.round, []
    sampled = SampledFacility.objects.filter(sample__round=round, dropped_at=None)
    closed = Visit.objects.filter(state=VisitState.CLOSED, is_second=False).values("sampled_id")
    if missing := sampled.exclude(pk__in=closed).count():
        found.append(Blocker(f"{missing} 座抽中的设施还没有汇总结果", "催办上门，或写明理由改由替补", "visits"))
    kept_back = VisitOperation.objects.filter(division_code=round.division_code, state=OperationState.QUARANTINED)
    if waiting := kept_back.count():
        found.append(Blocker(f"{waiting} 条现场记录待处理", "逐条决定采用与否", "visits"))
    open_ones = discrepancies_of(round).filter(ruling="").exclude(accepts=True)
    if count := open_ones.count():
        found.append(Blocker(f"{count} 处差异还没有裁定", "等街道答复或期满后裁定", "findings"))
    found += _of_filings(directory)
    if sensitive := unruled_sensitive(directory.run):
        found.append(_of_readings(directory.run, sensitive))
    unsure = directory.entries.filter(is_confirmed=False)
    if count := unsure.exclude(movement__in=[Movement.STAYS, Movement.OUTSIDE]).count():
        found.append(Blocker(f"{count} 条变动还没有逐条确认", "在下面的表里逐条核对、确认"))
    if count := sum(entry.is_decided for entry in unsure.filter(movement__in=[Movement.STAYS, Movement.OUTSIDE])):
        found.append(Blocker(f"{count} 座沿用前一版申诉处理的等级还没有确认", "在下面的表里核对、确认"))
    undecided = directory.entries.filter(
        is_confirmed=False, tier_verified=-1, facility__in=_undetermined(directory.run)
    )
    if count := undecided.count():
        found.append(Blocker(f"{count} 座设施缺数据，等级可能偏低", "催街道补报后重新测算，或逐条确认按现有数据列入"))
    if directory.round.notice_days is None:
        found.append(Blocker("还没有设定公示期", "在抽检设置里设定", "rules"))
    return found


def _of_filings(directory: Directory) -> list[Blocker]:
    missing = missing_filings(directory.run, directory.year)
    if missing is None:
        words = f"{directory.year} 年度没有开放过街道自评"
        return [Blocker(words, "名录不依据自评备案；要依据，请先在街道自评里开放", "evaluations", stops=False)]
    if not missing:
        return []
    first = "；".join(f"{street}{words}" for street, words in list(missing.items())[:3])
    more = f"等 {len(missing)} 个街道" if len(missing) > 3 else ""
    return [Blocker(f"{len(missing)} 个街道的自评还没有备案", f"{first}{more}", "evaluations")]


def _of_readings(run: Run, sensitive: dict[int, tuple[str, ...]]) -> Blocker:
    keys = sorted({key for keys in sensitive.values() for key in keys}, key=lambda key: (len(key), key))
    ruled = readings_in_force(run.division_code, run.period.last_day)
    said = f"{len(sensitive)} 座设施的等级取决于读法"
    if open_ones := [key for key in keys if key not in ruled]:
        return Blocker(said, f"先裁定 {'、'.join(open_ones)}，再重新测算、重新拟定", "readings")
    return Blocker(said, f"{'、'.join(keys)} 都已裁定，重新测算以后再拟定", "runs")


def _undetermined(run: Run):
    flag = Verdict.UNDETERMINED
    rows = Verdict.objects.filter(run=run).exclude(flags=0).values_list("facility_id", "flags")
    return [facility for facility, flags in rows if flags & flag]


def blockers_of_publication(directory: Directory, now) -> list[Blocker]:
    """What must be over before the directory may be published."""
    found = []
    if directory.state != DirectoryState.NOTICE:
        return [Blocker("还没有公示", "先审核、复核，再公示")]
    if directory.notice_until and now <= directory.notice_until:
        found.append(Blocker("公示期还没有结束", "等到公示截止的那一秒之后"))
    if count := directory.appeals.filter(decided_at=None).count():
        found.append(Blocker(f"{count} 件异议或申诉还没有处理", "逐件写明处理意见"))
    return found
