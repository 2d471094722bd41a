"""Who is always generous: agreement of double visits, and how firms, assessors and streets stand against each other."""

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction

from assessments.models import CheckRound, Discrepancy, Visit, VisitState
from assessments.queries.checklist import checklist_of, claims_of
from assessments.rules.agreement import kappa, strength, within
from assessments.rules.checklist import WITH_TOLERANCE
from tenants.models import Division
from tenants.rules import street_of


@dataclass(frozen=True, slots=True)
class Strictness:
    """How many of the items that somebody looked at came out below, and above, what was reported. In tenths of a per cent."""

    name: str
    visits: int
    items: int
    below: int
    above: int

    @property
    def below_percent(self) -> str:
        return _percent(self.below, self.items)

    @property
    def above_percent(self) -> str:
        return _percent(self.above, self.items)


@dataclass(frozen=True, slots=True)
class Bias:
    """A street over a year: discrepancies that stand, and how many of its claims were higher than what was found."""

    street: str
    year: int
    discrepancies: int
    too_high: int
    change_tier: int


def agreement_of(found: CheckRound) -> dict:
    """Kappa of the double visits and the strictness of firms and people."""
    visits = list(
        Visit.objects.filter(sampled__sample__round=found, state=VisitState.CLOSED)
        .select_related("assessor__commission", "user", "sampled__sample__run")
        .prefetch_related("findings")
    )
    value = kappa(_pairs(visits))
    firms, people = defaultdict(list), defaultdict(list)
    for visit in visits:
        firms[visit.assessor.commission.firm_name].append(visit)
        people[visit.user.display_name].append(visit)
    return {
        "kappa": None if value is None else f"{float(value):.2f}",
        "kappa_words": strength(value),
        "doubles": sum(visit.is_second for visit in visits),
        "firm_rows": [_strictness(name, group) for name, group in sorted(firms.items())],
        "people_rows": [_strictness(name, group) for name, group in sorted(people.items())],
        "bias_rows": bias(found),
    }


def _pairs(visits: list[Visit]) -> list[tuple[str, str]]:
    """The judgements of both visits on each item that both looked at: below, as or above what was reported."""
    first = {visit.sampled_id: visit for visit in visits if not visit.is_second}
    pairs = []
    for second in (visit for visit in visits if visit.is_second and visit.sampled_id in first):
        one, other = _judged(first[second.sampled_id]), _judged(second)
        pairs += [(one[key], other[key]) for key in sorted(one.keys() & other.keys())]
    return pairs


def _judged(visit: Visit) -> dict[str, str]:
    claims, judged = claims_of(visit.sampled), {}
    items = {item.key: item for item in checklist_of(visit.sampled)}
    tolerance = visit.sampled.sample.round.tolerance_permille or 0
    for finding in visit.findings.all():
        claimed, item = claims.of(finding.key), items.get(finding.key)
        if finding.value is None or claimed is None or item is None:
            continue
        same = finding.value == claimed or (item.unit in WITH_TOLERANCE and within(claimed, finding.value, tolerance))
        judged[finding.key] = "same" if same else "below" if finding.value < claimed else "above"
    return judged


def _strictness(name: str, visits: list[Visit]) -> Strictness:
    words = [word for visit in visits for word in _judged(visit).values()]
    return Strictness(name, len(visits), len(words), words.count("below"), words.count("above"))


def bias(found: CheckRound) -> list[Bias]:
    """Per street and year, all years on record."""
    grouped: dict[tuple[int, int], list[Discrepancy]] = defaultdict(list)
    for row in Discrepancy.objects.within(found.codes):
        if row.ruling == "found" or row.accepts:
            grouped[street_of(row.division_code), row.year].append(row)
    names = dict(Division.objects.filter(code__in={code for code, _ in grouped}).values_list("code", "name"))
    return [
        Bias(
            names.get(code, str(code)),
            year,
            len(rows),
            sum((row.claimed or 0) > (row.found or 0) for row in rows),
            sum(row.changes_tier for row in rows),
        )
        for (code, year), rows in sorted(grouped.items(), key=lambda pair: (-pair[0][1], pair[0][0]))
    ]


def _percent(part: int, whole: int) -> str:
    return "—" if not whole else f"{float(Fraction(part * 100, whole)):.1f}%"
