"""热活度 for the whole country: 650,000 facilities × 13 indicators × 8 quarters, beside a plain loop over the ORM.

    python -m bench.vitality [--facilities 650000] [--quarters 8] [--sample 60]

Needs DATABASE_URL for the loop (it works in a transaction that is rolled back); without --sample 0 the loop is left out.
Seconds are CPU seconds of this process.
"""

import argparse
import os
import time
from datetime import date

import numpy as np


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--facilities", type=int, default=650_000)
    parser.add_argument("--quarters", type=int, default=8)
    parser.add_argument("--sample", type=int, default=60)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "happyhome.settings")
    import django

    django.setup()
    rate = country(options.facilities, options.quarters)
    if options.sample:
        loop(options.sample, rate)


def country(size: int, quarters: int) -> float:
    """Score and pack made-up columns; CPU seconds a facility and quarter."""
    from assessments.rules.vitality import as_columns, layout_of
    from standards.rules.vitality import Ratio, score

    scale = the_scale()
    layout = layout_of(scale)
    spent = packed = 0.0
    for quarter in range(quarters):
        random = np.random.default_rng(quarter)
        values = {
            i.metric: Ratio(random.integers(0, 4_000, size), random.integers(0, 60, size)) for i in scale.indicators
        }
        flags = {"required_events": random.integers(0, 2, size)}
        began = time.process_time()
        found = score(scale, values, flags, size)
        spent += time.process_time() - began
        began = time.process_time()
        rows = layout.pack_narrow(as_columns(values, flags, layout, size))
        packed += time.process_time() - began
        assert len(rows) == len(found.score) == size
    values_scored = size * len(scale.indicators) * quarters
    print(
        f"{values_scored:,} values scored in {spent:.2f} s CPU ({values_scored / spent / 1e6:.1f} M/s), packed in {packed:.2f} s"
    )
    print(f"one quarter of {size:,} facilities: {spent / quarters:.2f} s to score, {packed / quarters:.2f} s to pack")
    print(f"{layout.narrow_bytes} bytes of values a facility")
    return (spent + packed) / (size * quarters)


def the_scale():
    import tomllib

    from django.conf import settings

    from standards.rules.vitality import build_scale

    path = settings.BASE_DIR / "fixtures" / "standards" / "vitality.toml"
    return build_scale(tomllib.loads(path.read_text(encoding="utf-8")))


def loop(size: int, rate: float) -> None:
    """The same index for some facilities: counted and scored for all at once, and by a loop that asks the ORM for each."""
    from django.db import transaction

    from assessments.queries.vitality.values import collect
    from assessments.rules.packing import FactTable
    from assessments.rules.quarters import Quarter
    from engagement.queries.service import service_sheet
    from standards.operations import load
    from standards.queries.liveliness import service_standard
    from standards.rules import MISSING
    from standards.rules.vitality import score
    from tenants.scope import division_scope, opened_scope

    district, quarter, scale = 330199000000, Quarter(2026, 3), the_scale()
    with transaction.atomic():
        with opened_scope(division_scope(district)):
            load()
            facilities = registry(district, size)
            ids = np.array([one.pk for one in facilities], np.int64)
            nothing = np.full(size, MISSING, np.int64)
            facts = dict.fromkeys(
                ("charity_projects", "charity_received_fen", "usable_area", "multifunction_area"), nothing
            )
            table = FactTable(ids, np.full(size, district), np.zeros(size, np.int8), facts)
            began = time.perf_counter()
            sheet = service_sheet(service_standard(district, quarter.last_day), ids, quarter.last_day)
            found = collect(scale, quarter, table, np.zeros(size, np.int8), sheet)
            together = score(scale, found.values, found.flags, size)
            whole = time.perf_counter() - began
            began = time.perf_counter()
            alone = [naive(one, quarter) for one in facilities]
            single = time.perf_counter() - began
            known = [(int(together.points[n, 0]), points) for n, points in enumerate(alone)]
        transaction.set_rollback(True)
    differing = sum(ours != theirs for ours, theirs in known)
    print(f"{size} facilities, counted from records: {whole:.3f} s together, {single:.3f} s one by one through the ORM"
          f" ({single / whole:.0f}×, for 4 of 13 indicators in the loop); differing points of A1: {differing}")  # fmt: skip
    print(f"scoring and packing alone, a facility: {rate * 1e6:.2f} µs against {single / size * 1e6:,.0f} µs in the loop"
          f" ({single / size / rate:,.0f}×)")  # fmt: skip


def registry(district: int, size: int) -> list:
    """Facilities with a year of records, made up."""
    from datetime import timedelta

    from engagement.models import Activity, Catchment, Round, Survey, VisitCount
    from facilities.models import Facility, FacilityState

    code = district + 1001
    made = Facility.objects.bulk_create(
        Facility(division_code=code, code=f"bench-{n:06d}", name=f"测试设施{n}") for n in range(size)
    )
    since, rows = date(2025, 1, 1), []
    FacilityState.objects.bulk_create(
        FacilityState(facility=f, division_code=code, construction_type="integrated", lifecycle="open", starts_on=since)
        for f in made
    )
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(273)]
    Catchment.objects.bulk_create(
        Catchment(facility=f, division_code=code, residents=30_000, starts_on=since) for f in made
    )
    Survey.objects.bulk_create(
        Survey(
            facility=f,
            division_code=code,
            title="x",
            first_day=days[240],
            last_day=days[260],
            paper_valid=100,
            paper_satisfied=60 + f.pk % 40,
        )
        for f in made
    )
    for one in made:
        rows += [VisitCount(facility=one, division_code=code, starts_on=day, visits=100 + one.pk % 97) for day in days]
    VisitCount.objects.bulk_create(rows, batch_size=5000)
    Round.objects.bulk_create(
        (Round(facility=f, division_code=code, day=day, kind=1) for f in made for day in days[::3]), batch_size=5000
    )
    Activity.objects.bulk_create(
        (
            Activity(facility=f, division_code=code, held_on=day, name="活动", kind="culture")
            for f in made
            for day in days[::4]
        ),
        batch_size=5000,
    )
    return made


def naive(facility, quarter) -> int:
    """What somebody would write first: a handful of queries a facility. Returns the points of A1, to be compared."""
    from decimal import ROUND_HALF_UP, Decimal

    from django.db.models import Sum

    from engagement.models import Activity, Catchment, Survey, VisitCount

    first, last = quarter.first_day, quarter.last_day
    visits = VisitCount.objects.filter(facility=facility, starts_on__range=(first, last)).aggregate(n=Sum("visits"))[
        "n"
    ]
    residents = Catchment.objects.filter(facility=facility).order_by("-starts_on").first().residents
    list(Activity.objects.filter(facility=facility, held_on__range=(first, last)))
    survey = Survey.objects.filter(facility=facility, first_day__lte=last, last_day__gte=first)
    [one.paper_satisfied / one.paper_valid for one in survey]
    Activity.objects.filter(facility=facility, kind="health_talk", held_on__year=quarter.year).dates("held_on", "month")
    rate = Decimal(visits) / 3 / residents * 100
    share = min(max((rate - 5) / 25, Decimal(0)), Decimal(1))
    return int((share * 1200).quantize(Decimal(1), rounding=ROUND_HALF_UP))


if __name__ == "__main__":
    main()
