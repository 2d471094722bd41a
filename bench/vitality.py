"""热活度 for the whole country: 650,000 facilities × 13 indicators × 8 quarters, beside a plain loop over the ORM.

    python -m bench.vitality [--facilities 650000] [--quarters 8] [--records 3000] [--sample 100]

Scoring and packing are timed on columns (CPU seconds of this process). Counting the 13 indicators is timed on `--records`
facilities whose records are made up in the database (DATABASE_URL, in a transaction that is rolled back; seconds of the clock),
beside a loop over the ORM for `--sample` of them; every value of the loop is compared with the collectors'. --sample 0: no loop.
"""

import argparse
import os
import time

import numpy as np


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--facilities", type=int, default=650_000)
    parser.add_argument("--quarters", type=int, default=8)
    parser.add_argument("--records", type=int, default=3_000)
    parser.add_argument("--sample", type=int, default=100)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "happyhome.settings")
    import django

    django.setup()
    rate = country(options.facilities, options.quarters)
    if options.sample:
        loop(options.records, options.sample, rate)


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


def loop(size: int, sample: int, rate: float) -> None:
    """All 13 indicators from records: by the collectors for all at once, and by a loop that asks the ORM for each facility."""
    from fractions import Fraction

    from django.db import transaction

    from assessments.queries.facts import collect_some
    from assessments.queries.vitality.values import collect
    from assessments.rules.quarters import Quarter
    from bench.lively_records import registry, thirteen
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
            began = time.perf_counter()
            facilities = registry(district, size)
            made = time.perf_counter() - began
            table = collect_some([one.pk for one in facilities], quarter.last_day).table
            tiers = np.ones(size, np.int8)
            began = time.perf_counter()
            sheet = service_sheet(service_standard(district, quarter.last_day), table.facility_ids, quarter.last_day)
            found = collect(scale, quarter, table, tiers, sheet)
            score(scale, found.values, found.flags, size)
            whole = time.perf_counter() - began
            began = time.perf_counter()
            alone = [thirteen(one, scale.parameters) for one in facilities[:sample]]
            single = time.perf_counter() - began
        transaction.set_rollback(True)
    differing: dict[str, int] = {}
    for row, values in enumerate(alone):
        for metric, value in values.items():
            ratio = found.values[metric]
            known = ratio.numerator[row] != MISSING and ratio.denominator[row] != MISSING
            ours = Fraction(int(ratio.numerator[row]), int(ratio.denominator[row])) if known else None
            if ours != value:
                differing[metric] = differing.get(metric, 0) + 1
    together, apart = whole / size, single / sample
    print(f"{size:,} facilities with records made in {made:.1f} s")
    print(
        f"13 indicators from records: {together * 1e3:.3f} ms a facility by the collectors ({whole:.2f} s for {size:,}),"
        f" {apart * 1e3:.1f} ms by the loop over the ORM ({single:.2f} s for {sample}): {apart / together:,.0f}x"
    )
    print(f"differing values of {len(alone) * 13:,}: {differing or 0}")
    print(
        f"650,000 facilities at that rate: {together * 650_000:.0f} s by the collectors, {apart * 650_000 / 3600:.1f} h by the loop"
    )
    print(f"scoring and packing alone: {rate * 1e6:.2f} µs a facility")


if __name__ == "__main__":
    main()
