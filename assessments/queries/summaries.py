"""Counts by division: a dashboard costs the same with 34 facilities and with 650,000.

Districts and streets are read from what a run stored. A community holds a facility or a few: its verdicts are counted when
somebody asks, which costs less than a stored row for each of the country's communities in every quarter.
"""

from collections.abc import Collection, Iterable
from functools import reduce
from operator import or_

import numpy as np
from django.db import connection
from django.db.models import BigIntegerField, F, Q, Value

from assessments.models import Run, ScopeSummary, Unjudged, Verdict
from assessments.queries.runs import runs_over_time
from assessments.rules.summaries import COUNTS, summarise
from assessments.rules.verdicts import Judged
from tenants.rules import COMMUNITY_WIDTH, DISTRICT_WIDTH, STREET_WIDTH, CodeRange, code_range

_NOT_JUDGED = -9  # in place of a tier: listed without a verdict
# The newest computed run of each district, where the criterion stands in runs of each standard (one run of each is looked
# at), and the district's own row of each run: as many rows as there are districts, read by index.
_FAILING = """WITH newest AS MATERIALIZED (
        SELECT DISTINCT ON (r.division_code) r.id, r.division_code, r.standard_hash FROM assessments_run r
        WHERE r.quarter = %(quarter)s AND r.state = 'computed' AND r.division_code >= %(lo)s AND r.division_code < %(hi)s
        ORDER BY r.division_code, r.revision DESC, r.finished_at DESC
    ), numbered AS MATERIALIZED (
        SELECT r.standard_hash, array_position(r.criteria, %(criterion)s) AS place FROM assessments_run r
        WHERE r.id IN (SELECT min(id) FROM newest GROUP BY standard_hash)
    )
    SELECT coalesce(sum(s.failed_by_criterion[p.place]), 0), coalesce(sum(s.unknown_by_criterion[p.place]), 0)
    FROM newest n JOIN numbered p USING (standard_hash)
        JOIN assessments_scopesummary s ON s.run_id = n.id AND s.division_code = n.division_code"""


def summary(run: Run, code: int) -> ScopeSummary | None:
    """The counts of one division in a run; None where it has no facility or is outside the scope."""
    return next(iter(summaries_of([([run], [code])])), None)


def summaries_below(run: Run, code: int) -> list[ScopeSummary]:
    """The counts of the divisions one level below: the streets of a district, the communities of a street."""
    codes = code_range(code)
    if codes.hi - codes.lo >= DISTRICT_WIDTH:
        streets = ScopeSummary.objects.filter(run=run).within(codes).exclude(division_code=codes.lo)
        streets = streets.annotate(rest=F("division_code") % STREET_WIDTH).filter(rest=0)  # older runs kept communities
        return list(streets.order_by("division_code"))
    inside = Q(run=run, division_code__gt=codes.lo, division_code__lt=codes.hi)
    return _counted_now([run], inside)


def summaries_over_time(code: int) -> list[tuple[Run, ScopeSummary]]:
    """The counts of one division in the newest run of each quarter, oldest first."""
    codes = code_range(code)
    runs = {run.pk: run for run in runs_over_time(CodeRange(codes.lo, codes.hi))}
    rows = {row.run_id: row for row in summaries_of([(runs.values(), [code])])}
    return [(run, rows[pk]) for pk, run in runs.items() if pk in rows]


def summaries_of(wanted: Iterable[tuple[Collection[Run], Collection[int]]]) -> list[ScopeSummary]:
    """The counts of some divisions in some runs, each pair of them once; those without a facility are left out.

    One query for the districts and streets, one for communities.
    """
    stored, counted, runs = [], [], {}
    for some, codes in wanted:
        runs.update({run.pk: run for run in some})
        communities = [code for code in codes if code % STREET_WIDTH]
        above = [code for code in codes if not code % STREET_WIDTH]
        if above:
            stored.append(Q(run__in=[run.pk for run in some], division_code__in=above))
        if communities:
            counted.append(Q(run__in=[run.pk for run in some], division_code__in=communities))
    found = list(ScopeSummary.objects.filter(reduce(or_, stored))) if stored else []
    return found + (_counted_now(runs.values(), reduce(or_, counted)) if counted else [])


def failing_in(codes: CodeRange, quarter: str, criterion: str) -> tuple[int, int]:
    """How many facilities of the districts in a range fail a criterion in a quarter, and how many lack the data for it.

    For a city, a province or the country: what a district's run lists one by one, added up from the summaries.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FAILING, {"criterion": criterion, "quarter": quarter, "lo": codes.lo, "hi": codes.hi})
        failed, unknown = cursor.fetchone()
    return failed, unknown


def _counted_now(runs: Iterable[Run], wanted: Q) -> list[ScopeSummary]:
    """Summaries of communities, made from their verdicts; not rows of the database. One query."""
    columns = ("run_id", "division_code", "tier", "prev_tier", "failed", "unknown", "flags")
    nothing = {name: Value(_NOT_JUDGED, BigIntegerField()) for name in columns[2:]}
    unjudged = Unjudged.objects.filter(wanted).annotate(**nothing).values_list(*columns)
    both = Verdict.objects.filter(wanted).values_list(*columns).union(unjudged, all=True)
    rows = np.array(list(both), np.int64).reshape(-1, len(columns))
    is_judged = rows[:, 2] != _NOT_JUDGED
    verdicts, without_verdict = rows[is_judged], rows[~is_judged]
    found = []
    for run in runs:
        _, codes, tier, previous, failed, unknown, flags = verdicts[verdicts[:, 0] == run.pk].T
        judged = Judged(tier.astype(np.int8), failed, unknown, flags.astype(np.int8))
        without = without_verdict[without_verdict[:, 0] == run.pk][:, 1]
        counts = summarise(
            codes, judged, previous.astype(np.int8), len(run.criteria), without, widths=(COMMUNITY_WIDTH,)
        )
        found += [
            ScopeSummary(
                run=run,
                division_code=int(code),
                **{name: int(counts.counts[name][row]) for name in COUNTS},
                failed_by_criterion=counts.failed[row].tolist(),
                unknown_by_criterion=counts.unknown[row].tolist(),
            )
            for row, code in enumerate(counts.codes)
        ]
    return found
