"""All self-evaluations in sight: the list with its conditions, and what the consistency checks say of the filed ones."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Avg, Count, Exists, F, Func, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from assessments.models import Correction, EvaluatedFacility, EvaluationState, Filing, SelfEvaluation, Verdict
from assessments.queries.evaluations.settings import limits
from assessments.rules import evaluation as rules
from assessments.rules.evaluation import Flag, Line
from tenants.models import Division
from tenants.rules import STREET_WIDTH, code_range, district_of

FILED = (EvaluationState.FILED, EvaluationState.RECEIVED, EvaluationState.REGISTERED)
OPEN = (EvaluationState.OPEN, EvaluationState.RETURNED)
SORTS = {
    "street": ("division_code", "街道"),
    "due": ("due_on", "截止日从近到远"),
    "-above": ("-above", "自评比台账高的在前"),
    "state": ("state", "状态"),
}
_NUMBER = re.compile(r"(\d{6})-?ZP-?(\d{4})-?(\d+)", re.IGNORECASE)


def evaluations(appointment) -> QuerySet[SelfEvaluation]:
    """What an appointment sees, with counts and mean scores. `total`: facilities; `decided`: indicators dealt with."""
    of_it = EvaluatedFacility.objects.filter(theirs(), evaluation=OuterRef("pk")).order_by().values("evaluation")
    changed = Correction.objects.filter(theirs("evaluated__"), evaluated__evaluation=OuterRef("pk"))
    changed = changed.order_by().values("evaluated__evaluation")
    confirmed = Sum(Func(F("confirmed"), function="cardinality", output_field=IntegerField()))
    number = Filing.objects.filter(version__evaluation=OuterRef("pk")).order_by("-version__number")
    return (
        SelfEvaluation.objects.visible_to(appointment)
        .select_related("run__vitality", "signed_by", "received_by")
        .annotate(
            total=_number(of_it.annotate(n=Count("pk"))),
            corrections=_number(changed.annotate(n=Count("pk"))),
            confirmed=_number(of_it.annotate(n=confirmed)),
            recorded_mean=_number(of_it.annotate(n=Avg("recorded_score", output_field=IntegerField()))),
            own_mean=_number(of_it.annotate(n=Avg("own_score", output_field=IntegerField()))),
            filing_year=Subquery(number.values("year")[:1]),
            filing_serial=Subquery(number.values("serial")[:1]),
            filing_district=Subquery(number.values("district_code")[:1]),
        )
        .annotate(above=F("own_mean") - F("recorded_mean"))
    )


def theirs(prefix: str = "") -> Q:
    """Of evaluated facilities: those that the street still has to deal with. What is filed counts as it was filed.

    A facility that has gone to another street is no longer this street's to assess. Where the street itself has ended, its rows
    are history under the former code, and its facilities have new ones.
    """
    street, place = f"{prefix}evaluation__division_code", f"{prefix}facility__division_code"
    has_ended = ~Exists(Division.objects.filter(code=OuterRef(street), valid_to=None))
    still_there = Q(**{f"{place}__gte": F(street), f"{place}__lt": F(street) + STREET_WIDTH})
    return ~Q(**{f"{prefix}evaluation__state__in": OPEN}) | still_there | Q(has_ended)


def _number(rows: QuerySet) -> Coalesce:
    return Coalesce(Subquery(rows.values("n")[:1], output_field=IntegerField()), 0)


@dataclass(frozen=True)
class Asked:
    """The conditions of an address; what is unknown filters nothing."""

    q: str = ""
    quarter: str = ""
    state: str = ""
    overdue: bool = False
    flagged: bool = False
    sort: str = "due"

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Asked":
        return cls(
            q=query.get("q", "").strip()[:60],
            quarter=query.get("quarter", "") if re.fullmatch(r"\d{4}-Q[1-4]", query.get("quarter", "")) else "",
            state=query.get("state", "") if query.get("state", "") in EvaluationState.values else "",
            overdue=query.get("overdue") == "1",
            flagged=query.get("flagged") == "1",
            sort=query.get("sort", "") if query.get("sort", "") in SORTS else "due",
        )


def found(appointment, asked: Asked, today: date) -> QuerySet[SelfEvaluation]:
    rows = evaluations(appointment)
    if asked.quarter:
        rows = rows.filter(quarter=asked.quarter)
    if asked.state:
        rows = rows.filter(state=asked.state)
    if asked.overdue:
        rows = rows.filter(state__in=OPEN, due_on__lt=today)
    if asked.q:
        rows = _searched(rows, asked.q)
    if asked.flagged:
        rows = rows.filter(pk__in=[pk for pk, flags in flags_of(rows).items() if flags])
    first = SORTS[asked.sort][0]
    return rows.order_by(first, "-quarter", "division_code") if first != "due_on" else rows.order_by(
        "-quarter", "due_on", "division_code"
    )  # fmt: skip


def _searched(rows: QuerySet[SelfEvaluation], text: str) -> QuerySet[SelfEvaluation]:
    """By the street's name, or by the filing number."""
    if match := _NUMBER.fullmatch(text.replace(" ", "")):
        district, year, serial = (int(part) for part in match.groups())
        numbered = Filing.objects.filter(district_code=district * 10**6, year=year, serial=min(serial, 2**31 - 1))
        return rows.filter(versions__filing__in=numbered)
    named = Division.objects.filter(name__icontains=text).values("code")
    return rows.filter(division_code__in=named)


def street_names(codes: Iterable[int]) -> dict[int, str]:
    """Names of streets, those in force before those that have ended."""
    rows = Division.objects.filter(code__in=set(codes)).order_by("code", "valid_from").values_list("code", "name")
    return dict(rows)


# --- consistency ------------------------------------------------------------------------------------------------------


@dataclass
class Flagged:
    """A flagged facility with its reasons, for the district's list."""

    row: EvaluatedFacility
    flags: list[Flag] = field(default_factory=list)


def flags_of(rows: QuerySet[SelfEvaluation]) -> dict[int, dict[int, list[Flag]]]:
    """Self-evaluation → facility's row → what is unusual about it, compared with all filed ones of district and period."""
    wanted = {(district_of(one.division_code), one.quarter) for one in rows if one.state in FILED}
    result: dict[int, dict[int, list[Flag]]] = {one.pk: {} for one in rows}
    for district, quarter in wanted:
        lines, owner = _lines(district, quarter)
        for key, flags in rules.flags(lines, limits()).items():
            if owner[key] in result:
                result[owner[key]][key] = flags
    return result


def flagged(rows: QuerySet[SelfEvaluation], *, against: str = "") -> list[Flagged]:
    """The facilities that something is said of, the most reasons first."""
    by_row = {pk: flags for found in flags_of(rows).values() for pk, flags in found.items()}
    chosen = {
        pk: kept for pk, flags in by_row.items() if (kept := [f for f in flags if not against or f.against == against])
    }
    stored = EvaluatedFacility.objects.filter(pk__in=chosen).select_related("facility", "evaluation")
    return sorted(
        (Flagged(row, chosen[row.pk]) for row in stored),
        key=lambda one: (-len(one.flags), one.row.recorded_score - one.row.own_score, one.row.facility.code),
    )


def own_flags(evaluation: SelfEvaluation) -> dict[int, list[Flag]]:
    """What the street can see for itself before it files: against its records and its own past."""
    lines, _ = _lines(evaluation.division_code, evaluation.quarter, filed_only=False)
    found = rules.flags(lines, limits())
    return {
        key: kept for key, flags in found.items() if (kept := [f for f in flags if f.against in {"records", "past"}])
    }


def _lines(within: int, quarter: str, *, filed_only: bool = True) -> tuple[list[Line], dict[int, int]]:
    rows = EvaluatedFacility.objects.within(code_range(within)).filter(evaluation__quarter=quarter)
    if filed_only:
        rows = rows.filter(evaluation__state__in=FILED)
    found = list(rows.annotate(changes=Count("corrections")).select_related("evaluation"))
    runs = {row.evaluation.run_id for row in found}
    verdicts = Verdict.objects.filter(run__in=runs, facility__in=[row.facility_id for row in found])
    tiers = dict(verdicts.values_list("facility_id", "tier"))
    past = _past(found, quarter)
    lines = [
        Line(
            key=row.pk, street=row.division_code, tier=tiers.get(row.facility_id), recorded=row.recorded_score,
            own=row.own_score, changes=row.changes, unrecorded_weight=row.own_coverage - row.recorded_coverage,
            past_own=past[row.facility_id][0] if row.facility_id in past else None,
            past_recorded=past[row.facility_id][1] if row.facility_id in past else None,
        )
        for row in found
    ]  # fmt: skip
    return lines, {row.pk: row.evaluation_id for row in found}


def _past(rows: list[EvaluatedFacility], quarter: str) -> dict[int, tuple[int, int]]:
    """Facility → (own, recorded) of its newest filed self-evaluation before a quarter."""
    before = EvaluatedFacility.objects.filter(
        facility__in=[row.facility_id for row in rows], evaluation__quarter__lt=quarter, evaluation__state__in=FILED
    ).order_by("evaluation__quarter")
    return {
        pk: (own, recorded) for pk, own, recorded in before.values_list("facility_id", "own_score", "recorded_score")
    }
