"""What the pages of a round show."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from django.http import QueryDict

from assessments.models import (
    Assessor,
    CheckRound,
    Commission,
    Discrepancy,
    DocumentKind,
    OperationKind,
    OperationState,
    PublishedDocument,
    Run,
    SampledFacility,
    Verdict,
    Visit,
    VisitOperation,
    VisitState,
)
from assessments.queries.agreement import agreement_of
from assessments.queries.checklist import checklist, checklist_of, claims_of, titles
from assessments.queries.interests import conflicts
from assessments.queries.rounds import discrepancies_of
from assessments.queries.rule_sets import NoStandardError
from assessments.rules import sampling
from assessments.rules.bounds import of_strata
from assessments.rules.checklist import CheckItem, evaluation_items
from assessments.rules.evaluation import points
from assessments.rules.visits import Place, metres
from facilities.models import Facility, Site
from standards.rules.amounts import written
from tenants.models import Appointment
from tenants.rules import Role


@dataclass(frozen=True)
class FirmShown:
    commission: Commission
    people: list
    conflicts: list[tuple[str, list[str]]]  # reason, names of facilities


def overview(rounds) -> list[dict]:
    """Each round with how far it has come."""
    shown = []
    for found in rounds:
        sampled = SampledFacility.objects.filter(sample__round=found, dropped_at=None).count()
        closed = Visit.objects.filter(sampled__sample__round=found, is_second=False, state=VisitState.CLOSED).count()
        newest = found.directories.first()
        shown.append({"round": found, "sampled": sampled, "closed": closed, "directory": newest})
    return shown


def progress(found: CheckRound, steps) -> list[dict]:
    """The steps of a round, with the word that says how each stands."""
    sample = getattr(found, "sample", None)
    visits = Visit.objects.filter(sampled__sample__round=found).exclude(state=VisitState.REVOKED)
    open_ones = discrepancies_of(found).filter(ruling="").exclude(accepts=True)
    states = {
        "rules": "已设定" if found.permille else "比例未设定",
        "sample": "已抽样" if sample and sample.draw_text else "已冻结" if sample else "未抽样",
        "visits": f"{visits.filter(state=VisitState.CLOSED).count()} / {visits.count()} 次已汇总",
        "findings": f"{open_ones.count()} 处待定",
    }
    return [{"key": key, "label": label, "state": states[key]} for key, label in steps]


def firms(found: CheckRound, today: date) -> list[FirmShown]:
    shown = []
    for commission in found.commissions.all():
        people = list(commission.assessors.select_related("user"))
        barred: dict[int, str] = {}
        day = min(max(today, commission.first_day), commission.last_day)
        for person in (None, *people):
            barred |= conflicts(commission, person, day)
        shown.append(FirmShown(commission, people, _named(barred)))
    return shown


def _named(barred: dict[int, str]) -> list[tuple[str, list[str]]]:
    names = dict(Facility.objects.filter(pk__in=barred).values_list("pk", "name"))
    by_reason: dict[str, list[str]] = defaultdict(list)
    for pk, reason in barred.items():
        by_reason[reason].append(names.get(pk, ""))
    return sorted((reason, sorted(found)) for reason, found in by_reason.items())


def candidates(found: CheckRound) -> list[Appointment]:
    """People with the role 第三方评估员 in the district who are in no firm of this round yet."""
    taken = Assessor.objects.filter(commission__round=found).values("user_id")
    codes = found.codes
    rows = Appointment.objects.filter(
        role=Role.ASSESSOR, ends_on=None, division_code__gte=codes.lo, division_code__lt=codes.hi
    )
    return list(rows.exclude(user_id__in=taken).select_related("user").order_by("user__display_name"))


def sample_shown(found: CheckRound, run: Run | None) -> dict:
    sample = getattr(found, "sample", None)
    if sample is None:
        return {"sample": None, "frame_size": Verdict.objects.filter(run=run).count() if run else 0}
    units = sampling.units_of(sample.frame_text)
    allocation = [
        {"stratum": key, "size": size, "drawn": drawn}
        for key, (size, drawn) in sampling.allocate(units, sample.permille).items()
    ]
    facilities = list(sample.facilities.select_related("facility", "stands_in_for__facility"))
    documents = PublishedDocument.objects.filter(
        district=found.own_district, year=found.year, kind__in=[DocumentKind.COMMITMENT, DocumentKind.DRAW]
    ).order_by("published_at")
    streets: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for row in allocation:
        streets[row["stratum"][0]][0] += row["size"]
        streets[row["stratum"][0]][1] += row["drawn"]
    return {
        "sample": sample,
        "frame_size": len(units),
        "allocation": allocation,
        "streets": [(name, *counts) for name, counts in sorted(streets.items())],
        "facilities": facilities,
        "documents": documents,
    }


def visits_shown(found: CheckRound, today: date) -> dict:
    visits = list(
        Visit.objects.filter(sampled__sample__round=found)
        .select_related("facility", "user", "assessor__commission")
        .prefetch_related("findings")
    )
    days: dict[date, list[Visit]] = defaultdict(list)
    for visit in visits:
        days[visit.day].append(visit)
    waiting = VisitOperation.objects.filter(division_code=found.division_code, state=OperationState.QUARANTINED)
    active = SampledFacility.objects.filter(sample__round=found, dropped_at=None)
    live, again = (
        {visit.sampled_id for visit in visits if visit.state != VisitState.REVOKED and visit.is_second == second}
        for second in (False, True)
    )
    words = titles(found.sample.run.period.last_day) if hasattr(found, "sample") else {}
    at = places_of({visit.facility_id for visit in visits})
    return {
        "days": [(day, of_day, _ways(of_day, at)) for day, of_day in sorted(days.items())],
        "assessors": Assessor.objects.filter(commission__round=found, ended_at=None).select_related(
            "user", "commission"
        ),
        "waiting": [
            (row, words[row.key].title if row.key in words else row.key)
            for row in waiting.select_related("visit__facility", "user")[:50]
        ],
        "unassigned": active.exclude(pk__in=live).count(),
        "unassigned_again": active.filter(is_double=True).exclude(pk__in=again).count(),
        "handed_in": sum(visit.state == VisitState.HANDED_IN for visit in visits),
        "late": [visit for visit in visits if visit.state == VisitState.PLANNED and visit.day < today],
        "today": today,
    }


def _ways(visits: list[Visit], at: dict[int, Place]) -> list[tuple[str, str]]:
    """Each assessor's way on a day, as the crow flies between the facilities in their order: (name, 3.2 公里)."""
    routes: dict[str, list[Visit]] = defaultdict(list)
    for visit in sorted(visits, key=lambda visit: visit.position):
        if visit.state != VisitState.REVOKED:
            routes[visit.user.display_name].append(visit)
    found = []
    for name, route in sorted(routes.items()):
        legs = [metres(at[a.facility_id], at[b.facility_id]) for a, b in pairwise(route)]
        if legs and all(leg is not None for leg in legs):
            found.append((name, f"{sum(leg or 0 for leg in legs) / 1000:.1f} 公里"))
    return found


def places_of(facility_ids: Iterable[int]) -> dict[int, Place]:
    """Where facilities are: their first site with coordinates."""
    at: dict[int, tuple] = {}
    sites = Site.objects.filter(facility_id__in=facility_ids, ends_on=None).exclude(longitude=None).order_by("-pk")
    for facility_id, longitude, latitude in sites.values_list("facility_id", "longitude", "latitude"):
        at[facility_id] = (float(longitude), float(latitude))
    return {pk: Place(pk, str(pk), *at.get(pk, (None, None))) for pk in facility_ids}


def amount(item: CheckItem | None, value: int | None) -> str:
    """A value of the checklist as people write it."""
    if value is None:
        return "无法核实"
    if item is not None and item.unit == "%":
        return f"{points(value)} %"
    if item is None or not item.is_yes_or_no:
        return written(value, item.unit if item else "")
    return "有" if value else "没有"


def _items(sampled: SampledFacility) -> tuple[CheckItem, ...]:
    try:
        return checklist_of(sampled)
    except NoStandardError:  # the standard of a year long past is not loaded here: the records are still there
        return ()


def visit_shown(visit: Visit) -> dict:
    claims = claims_of(visit.sampled)
    found = {finding.key: finding for finding in visit.findings.all()}
    times: dict[str, int] = defaultdict(int)
    records = list(visit.operations.order_by("done_at"))
    for record in records:
        times[record.key] += record.kind == OperationKind.FOUND and record.state == OperationState.APPLIED
    rows = [
        {
            "item": item,
            "claimed": amount(item, claims.of(item.key)) if claims.of(item.key) is not None else "没有填报",
            "found": amount(item, found[item.key].value),
            "text": found[item.key].text,
            "times": times[item.key],
            "differs": found[item.key].value is not None and found[item.key].value != claims.of(item.key),
        }
        for item in _items(visit.sampled)
        if item.key in found
    ]
    return {"rows": rows, "records": records, "photos": [r for r in records if r.kind == OperationKind.PHOTO]}


def findings_shown(found: CheckRound) -> dict:
    sample = getattr(found, "sample", None)
    if sample is None:
        return {"sample": None}
    items = {item.key: item for item in (*checklist(sample.run), *evaluation_items())}
    rows = [discrepancy_shown(row, items) for row in discrepancies_of(found).select_related("facility")]
    rows.sort(key=lambda row: (not row["row"].changes_tier, row["row"].facility.name, row["row"].key))
    return {
        "sample": sample,
        "rows": rows,
        "unsettled": sum(not row["row"].ruling and not row["row"].accepts for row in rows),
        "bounds": _bounds(found),
        **agreement_of(found),
    }


def discrepancies_listed(appointment: Appointment, query: QueryDict):
    """The list that an appointment asked for, in its order: the newest year first, in it those that wait."""
    rows = Discrepancy.objects.visible_to(appointment).select_related("facility")
    if query.get("state") == "open":
        rows = rows.filter(ruling="", answered_at=None)
    return rows.order_by("-year", "ruling", "due_at", "pk")


def discrepancy_shown(row: Discrepancy, items: dict[str, CheckItem]) -> dict:
    item = items.get(row.key)
    return {
        "row": row,
        "title": item.title if item else row.key,
        "clause": item.clause if item else "",
        "claimed": amount(item, row.claimed) if row.claimed is not None else "没有填报",
        "found": amount(item, row.found),
    }


def _bounds(found: CheckRound):
    """Of all facilities of the frame: how many have a discrepancy that changes their tier, with exact 95 % bounds."""
    closed = Visit.objects.filter(sampled__sample__round=found, is_second=False, state=VisitState.CLOSED)
    sampled = {row.sampled_id: row for row in closed.select_related("sampled")}
    if not sampled:
        return None
    worse = {row.facility_id for row in discrepancies_of(found) if row.changes_tier and (row.ruling != "claim")}
    counted: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for unit in sampling.units_of(found.sample.frame_text):
        counted[" · ".join(unit.stratum)][0] += 1
    for visit in sampled.values():
        counted[visit.sampled.stratum][1] += 1
        counted[visit.sampled.stratum][2] += visit.facility_id in worse
    return of_strata([tuple(counts) for counts in counted.values()])
