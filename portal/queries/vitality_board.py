"""The board of 热活度: ranking, trend by tier, the weakest indicators, what is missed, and the weeks of a year."""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from django.db import connection

from assessments.models import Run, Verdict, VitalityRun, VitalityScore
from assessments.rules.packing import Layout
from assessments.rules.vitality import MARK_WORDS, Mark, from_columns
from facilities.models import Facility
from portal.queries.lively import grade_name, points_text
from portal.wording import TIER_NAMES
from standards.queries.liveliness import service_standard_named, vitality_scale_named
from standards.rules.vitality import Scale, Scores, score
from tenants.rules import CodeRange, street_of

SORTS = {"-score": "得分从高到低", "score": "得分从低到高", "-change": "比上季度升得最多", "change": "比上季度降得最多"}


@dataclass(frozen=True, slots=True)
class Row:
    """One facility in the ranking."""

    rank: int
    facility: Facility
    tier: int | None
    score: int
    coverage: int
    grade: str
    change: int | None
    marks: tuple[str, ...]
    missed: int
    weakest: str
    street: str = ""

    @property
    def score_text(self) -> str:
        return points_text(self.score)

    @property
    def change_text(self) -> str:
        return "" if self.change is None else f"{self.change / 100:+.2f}".replace("-", "−")


@dataclass(frozen=True, slots=True)
class Weak:
    """An indicator over all facilities: the share of its points that is earned, and how many have no value."""

    name: str
    dimension: str
    percent: int
    missing: int


@dataclass(frozen=True)
class Board:
    """What the page shows of one quarter."""

    scale: Scale
    rows: list[Row]
    mean: str
    graded: int
    ungraded: int
    marked: int
    grades: list[tuple[str, int]]
    weakest: list[Weak]
    missed: list[tuple[str, int, int]]


def board(runs: list[Run], codes: CodeRange, *, names: dict[int, str], street: int | None, sort: str) -> Board | None:
    """The scores of some runs (one a district) in a range of codes; None where nothing was scored."""
    vitality = {each.run_id: each for each in VitalityRun.objects.filter(run__in=runs)}
    if not vitality:
        return None
    stored = (
        VitalityScore.objects.filter(run__in=vitality).within(codes).select_related("facility").order_by("facility_id")
    )
    found = [row for row in stored if street is None or street_of(row.division_code) == street]
    tiers = dict(Verdict.objects.filter(run__in=vitality).within(codes).values_list("facility_id", "tier"))
    first = next(iter(vitality.values()))
    scale = vitality_scale_named(first.scale)
    scores = _scored(found, vitality, scale)
    rows = _ranked(found, scale, scores, tiers, names, sort)
    return Board(
        scale=scale,
        rows=rows,
        mean=points_text(sum(row.score for row in found) // len(found)) if found else "0",
        graded=sum(row.grade >= 0 for row in found),
        ungraded=sum(row.grade < 0 for row in found),
        marked=sum(row.marks != 0 for row in found),
        grades=[(grade.name, sum(row.grade == number for row in found)) for number, grade in enumerate(scale.grades)],
        weakest=_weakest(scale, scores) if found else [],
        missed=_missed(first, found),
    )


def _scored(rows: list[VitalityScore], vitality: dict[int, VitalityRun], scale: Scale) -> Scores:
    """All rows scored again together; those of a run with another scale show that scale's own total elsewhere."""
    parts: dict[str, list] = defaultdict(list)
    for row in rows:
        run = vitality[row.run_id]
        for name, column in Layout.parse(run.layout).unpack([bytes(row.values)]).items():
            parts[name].append(int(column[0]))
    columns = {name: np.array(values, np.int64) for name, values in parts.items() if len(values) == len(rows)}
    values, flags = from_columns(columns)
    return score(scale, values, flags, len(rows))


def _ranked(found, scale: Scale, scores: Scores, tiers, names: dict[int, str], sort: str) -> list[Row]:
    weights = np.array([indicator.weight * 100 for indicator in scale.indicators])
    order = sorted(range(len(found)), key=lambda n: (-found[n].score, found[n].facility.code))
    places: dict[int, int] = {}
    for place, number in enumerate(order, 1):
        places.setdefault(found[number].score, place)
    rows = [
        Row(
            rank=places[row.score],
            facility=row.facility,
            tier=tiers.get(row.facility_id),
            score=row.score,
            coverage=row.coverage,
            grade=grade_name(scale, row.grade),
            change=None if row.prev_score < 0 else row.score - row.prev_score,
            marks=tuple(MARK_WORDS[mark][0] for mark in Mark if row.marks & mark),
            missed=row.missed.bit_count(),
            weakest=scale.indicators[int(np.argmin(scores.points[number] - weights))].name,
            street=names.get(street_of(row.division_code), ""),
        )
        for number, row in enumerate(found)
    ]
    by = {
        "score": lambda r: (r.score, r.facility.code),
        "-change": lambda r: -(r.change or 0),
        "change": lambda r: r.change or 0,
    }
    return sorted(rows, key=by.get(sort, lambda r: (-r.score, r.facility.code)))


def _weakest(scale: Scale, scores: Scores) -> list[Weak]:
    found = []
    for number, indicator in enumerate(scale.indicators):
        known = scores.known[:, number]
        earned, whole = int(scores.points[known, number].sum()), int(known.sum()) * indicator.weight * 100
        found.append(
            Weak(indicator.name, indicator.dimension, earned * 100 // whole if whole else 0, int((~known).sum()))
        )
    return sorted(found, key=lambda weak: weak.percent)


def _missed(run: VitalityRun, rows: list[VitalityScore]) -> list[tuple[str, int, int]]:
    """(duty, facilities that missed it, facilities without a record), the most missed first."""
    if not run.service_standard:
        return []
    standard = service_standard_named(run.service_standard)
    counted = [
        (duty.title, sum(row.missed >> n & 1 for row in rows), sum(row.unknown >> n & 1 for row in rows))
        for n, duty in enumerate(standard.duties)
    ]
    return sorted(counted, key=lambda each: (-each[1], -each[2]))


# --- over time ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Trend:
    """A line of the chart: the mean score of a tier in every quarter (None: no facility of it)."""

    label: str
    means: tuple[int | None, ...]
    points: str
    label_y: float


def trend(runs_by_quarter: dict[str, list[Run]], codes: CodeRange) -> tuple[list[str], list[Trend]]:
    """Mean scores by tier and quarter, oldest quarter first, as lines of a chart 320 × 140.

    Facilities without a grade (too little recorded) have no part in a mean; a quarter in which nobody has one is left out.
    """
    of_run = {run.pk: quarter for quarter, runs in runs_by_quarter.items() for run in runs}
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT s.run_id, v.tier, sum(s.score)::bigint, count(*) FROM assessments_vitalityscore s
            JOIN assessments_verdict v ON v.run_id = s.run_id AND v.facility_id = s.facility_id
            WHERE s.run_id = ANY(%s) AND s.division_code >= %s AND s.division_code < %s AND s.grade >= 0 GROUP BY 1, 2""",
            [list(of_run), codes.lo, codes.hi],
        )
        rows = cursor.fetchall()
    told = {of_run[run] for run, *_ in rows}
    quarters = [quarter for quarter in sorted(runs_by_quarter) if quarter in told]
    sums: dict[tuple[int, str], list[int]] = defaultdict(lambda: [0, 0])
    for run, tier, total, count in rows:
        sums[tier, of_run[run]][0] += total
        sums[tier, of_run[run]][1] += count
    lines = []
    for tier in (2, 1, 0):
        means = tuple(sums[tier, q][0] // sums[tier, q][1] if sums[tier, q][1] else None for q in quarters)
        places = [(_x(n, len(quarters)), _y(mean)) for n, mean in enumerate(means) if mean is not None]
        if places:
            lines.append(Trend(TIER_NAMES[tier], means, " ".join(f"{x},{y}" for x, y in places), places[-1][1]))
    return quarters, _apart(lines)


def _apart(lines: list[Trend]) -> list[Trend]:
    """End labels at least a line of text apart, the highest first."""
    shown, free = [], 0.0
    for line in sorted(lines, key=lambda each: each.label_y):
        free = max(line.label_y, free)
        shown.append(replace(line, label_y=round(free, 1)))
        free += 14
    return sorted(shown, key=lambda each: [line.label for line in lines].index(each.label))


def _x(number: int, count: int) -> float:
    return round(34 + 210 * number / max(count - 1, 1), 1)


def ticks(quarters: list[str]) -> list[tuple[str, float]]:
    """Each quarter with its place on the axis of the chart; at most the last eight."""
    return [(quarter, _x(number, len(quarters))) for number, quarter in enumerate(quarters)][-8:]


def _y(mean: int) -> float:
    return round(124 - mean / 10_000 * 110, 1)


@dataclass(frozen=True, slots=True)
class Heat:
    """A week of a street in the heat calendar."""

    x: int
    y: int
    level: int
    words: str


def heat(codes: CodeRange, last: date, names: dict[int, str]) -> tuple[list[tuple[str, int]], list[Heat]]:
    """Visits by street and week over the last 26 weeks: (street, y), and cells in four shades, a quarter of them each."""
    monday = last - timedelta(days=last.weekday())
    first = monday - timedelta(weeks=25)
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT division_code / 1000 * 1000, ((starts_on - %s) / 7)::int, sum(visits)::bigint
            FROM engagement_visitcount WHERE division_code >= %s AND division_code < %s AND period = 1
              AND starts_on >= %s AND starts_on <= %s GROUP BY 1, 2""",
            [first, codes.lo, codes.hi, first, last],
        )
        found = cursor.fetchall()
    streets = sorted({street for street, _, _ in found})
    lines_between = _quarters_of(sorted(visits for _, _, visits in found))
    lines = [(names.get(street, str(street)), number * 18) for number, street in enumerate(streets)]
    cells = []
    for street, week, visits in found:
        begins = first + timedelta(weeks=week)
        shade = 1 + sum(visits > line for line in lines_between)
        words = f"{names.get(street, street)} {begins:%m-%d} 起一周 {visits} 人次"
        cells.append(Heat(96 + week * 18, streets.index(street) * 18, shade, words))
    return lines, cells


def _quarters_of(ordered: list[int]) -> list[int]:
    """The three values that part a list into four equal parts."""
    return [ordered[len(ordered) * part // 4] for part in (1, 2, 3)] if ordered else []


def unused(codes: CodeRange, month: date, least: int) -> list[tuple[int, int]]:
    """(item, facilities): functions that are offered but served fewer than `least` people in a month, where it is reported."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT subject, count(*) FROM engagement_monthlyfigure WHERE figure = 4 AND month = %s AND amount < %s
              AND division_code >= %s AND division_code < %s GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 8""",
            [month, least, codes.lo, codes.hi],
        )
        return cursor.fetchall()
