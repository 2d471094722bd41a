"""The quarterly run, several ways side by side: targets 1 to 3.

Every way judges the same facilities of the same day with the same rules and stores verdicts of the same shape.
"""

import argparse
import statistics
import time
from datetime import date

import numpy as np

from bench.bare import bare_scan_and_insert, bare_there_and_back
from bench.environment import Cost, fail, measured, owner, say, setup

QUARTER, DAY = "2026-Q3", date(2026, 9, 30)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, default=2000, help="facilities that the ORM loop judges")
    parser.add_argument("--rounds", type=int, default=3, help="of what takes seconds; the middle one counts")
    arguments = parser.parse_args()
    setup()
    size = _facilities()
    if not size:
        fail("No facilities: run python -m bench.generate first.")
    say(f"{size:,} facilities, facts of {DAY}")
    make_stale()
    bare = bare_scan_and_insert("children")
    children = national_run(expect_maintained=False)
    refreshed = refresh_everything()
    loops, bares, transports, runs, orm_differences = [], [], [], [], 0
    for _ in range(arguments.rounds):  # in turns: what else the machine does meets them all
        loop, wrong = orm_loop(arguments.sample)
        loops.append(loop)
        orm_differences += wrong
        bares.append(bare_scan_and_insert("maintained"))
        transports.append(bare_there_and_back())
        runs.append(national_run(expect_maintained=True))
    orm, bare_kept, there_and_back, kept = map(_middle, (loops, bares, transports, runs))
    report(size, arguments.sample, orm, bare, bare_kept, there_and_back, children, kept, refreshed)
    differences(orm_differences)
    single()
    findings()


def _facilities() -> int:
    from django.db import connection

    from assessments.operations.scopes import country_scope
    from tenants.scope import opened_scope

    with opened_scope(country_scope()), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM facilities_facility")
        return cursor.fetchone()[0]


def make_stale() -> None:
    """As after the generator: no maintained fact is up to date."""
    from assessments.models import FacilityFact
    from assessments.operations.scopes import country_scope
    from tenants.scope import opened_scope

    with opened_scope(country_scope()):
        FacilityFact.objects.filter(is_clean=True).update(is_clean=False)
    with owner() as admin:
        admin.execute("VACUUM FULL ANALYZE assessments_facilityfact")


def orm_loop(sample: int) -> tuple[Cost, int]:
    """The same rules in an ordinary ORM loop with prefetch, rows written by bulk_create; and values that differ."""
    from django.db import transaction

    from assessments.operations.scopes import country_scope
    from assessments.queries.facts import collect_some
    from assessments.rules.verdicts import judge_all
    from bench.orm import judged_by_loop, table_of
    from facilities.models import Facility
    from tenants.scope import opened_scope

    with opened_scope(country_scope()), transaction.atomic():
        ids = list(Facility.objects.order_by("pk").values_list("pk", flat=True)[:sample])
        runs = _scratch_runs(ids)
        with measured() as cost:
            loop = judged_by_loop(ids, DAY, runs=runs)
        mine = collect_some(ids, DAY).table
        wrong = mine.differences(table_of(loop.facts, mine))
        judged = judge_all(_rules(), mine)
        wrong += int((np.array([loop.tiers[int(pk)] for pk in mine.facility_ids]) != judged.tier).sum())
        transaction.set_rollback(True)
    return cost, wrong


def _scratch_runs(ids: list[int]) -> dict:
    """A run for each district of the sample, to hang its verdicts on; rolled back with them."""
    from assessments.models import Run
    from facilities.models import Facility

    codes = {
        code // 10**6 * 10**6 for code in Facility.objects.filter(pk__in=ids).values_list("division_code", flat=True)
    }
    return {
        code: Run.objects.create(division_code=code, quarter=QUARTER, standard="scratch", state="failed")
        for code in codes
    }


def _rules():
    from assessments.queries.rule_sets import named_rules, standard_in_force

    return named_rules(standard_in_force(330105000000, DAY), {})


def _middle(costs: list[Cost]) -> Cost:
    return sorted(costs, key=lambda cost: cost.cpu)[len(costs) // 2]


def national_run(*, expect_maintained: bool) -> Cost:
    """All districts in one go: facts, rules, verdicts, summaries, hashes, publication."""
    from assessments.models import Run, RunState
    from assessments.operations.runs import compute_many
    from assessments.operations.scopes import WHOLE_COUNTRY, country_scope
    from tenants.scope import opened_scope

    _forget_runs()
    ids = _queue_runs()
    with measured() as cost:
        compute_many(run_ids=ids, codes=WHOLE_COUNTRY, with_vitality=False)  # the index is scored district by district
    with opened_scope(country_scope()):
        states = set(Run.objects.filter(pk__in=ids).values_list("state", flat=True))
        held = sum(Run.objects.filter(pk__in=ids).values_list("from_maintained", flat=True))
    if states != {RunState.COMPUTED} or bool(held) != expect_maintained:
        fail(f"The run did not go as meant: {states}, {held} facts from maintained rows")
    return cost


def _forget_runs() -> None:
    """Logs that refer to runs refuse to be emptied, even with nothing in them: here there is nothing to lose."""
    with owner() as admin:
        logs = "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal AND tgtype & 32 <> 0"
        refusing = [name for (name,) in admin.execute(logs).fetchall()]
        for name in refusing:
            admin.execute(f"ALTER TABLE {name} DISABLE TRIGGER USER")
        admin.execute(
            "TRUNCATE assessments_verdict, assessments_unjudged, assessments_scopesummary, assessments_run CASCADE"
        )
        for name in refusing:
            admin.execute(f"ALTER TABLE {name} ENABLE TRIGGER USER")


def _queue_runs() -> list[int]:
    """A run a district, as start_quarter makes it, without queueing tasks."""
    from assessments.models import Run
    from assessments.operations.runs import districts_with_facilities
    from assessments.operations.scopes import country_scope
    from assessments.queries.rule_sets import named_rules, standard_in_force
    from tenants.scope import opened_scope

    with opened_scope(country_scope()):
        standard = standard_in_force(330105000000, DAY)
        rules = named_rules(standard, {})
        made = Run.objects.bulk_create(
            Run(
                quarter=QUARTER,
                division_code=code,
                standard=standard,
                criteria=[criterion.key for criterion in rules.criteria],
                standard_hash=rules.content_hash,
            )
            for code in districts_with_facilities()
        )
    return [run.pk for run in made]


def refresh_everything() -> Cost:
    """Bring every maintained row up to date, district by district, as the nightly task does."""
    from assessments.operations.facts import refresh_district
    from assessments.operations.runs import districts_with_facilities
    from assessments.operations.scopes import country_scope
    from tenants.scope import opened_scope

    with opened_scope(country_scope()):
        districts = districts_with_facilities()
    with measured() as cost:
        for district in districts:
            refresh_district(district=district, day=DAY)
    with owner() as admin:
        admin.execute("VACUUM ANALYZE assessments_facilityfact")
    return cost


def report(size, sample, orm, bare, bare_kept, there_and_back, children, kept, refreshed) -> None:
    rate = lambda n, seconds: n / max(seconds, 1e-9)  # noqa: E731
    say("\nfacilities per second of CPU (this process and the server's together), and of the clock")
    ways = [
        (f"ORM loop with prefetch (sample of {sample:,})", sample, orm),
        ("run from the ledgers", size, children),
        ("run from maintained facts", size, kept),
        ("bare scan of the ledgers + bare insert", size, bare),
        ("bare scan of the maintained facts + bare insert", size, bare_kept),
        ("the same, fetched to the client and sent back by COPY", size, there_and_back),
        ("refreshing every maintained fact (once, then only what changed)", size, refreshed),
    ]
    for name, number, cost in ways:
        say(f"  {name:64} {rate(number, cost.cpu):9,.0f} {rate(number, cost.elapsed):9,.0f}   {cost}")
    for name, cost, limit, times, most in (
        ("ledgers", children, bare, 50, 2.5),
        ("maintained facts", kept, bare_kept, 400, 2),
    ):
        for clock in ("cpu", "elapsed"):
            seconds = getattr(cost, clock)
            faster = rate(size, seconds) / rate(sample, getattr(orm, clock))
            say(f"run from {name:17} by {'CPU' if clock == 'cpu' else 'the clock':9} {faster:4.0f} × the ORM loop (target ≥ {times}),"
                f" {seconds / getattr(limit, clock):.2f} × bare scan + bare insert (target ≤ {most})")  # fmt: skip


def differences(orm: int) -> None:
    """Values that differ between the ways to read facts, over all facilities; and between the loop and the engine."""
    from assessments.operations.scopes import WHOLE_COUNTRY, country_scope, snapshot
    from assessments.queries.facts import collect_many, collect_some
    from assessments.queries.facts.maintained import collect_maintained

    with snapshot(country_scope()):
        grouped = collect_many(WHOLE_COUNTRY, DAY).table
        maintained, _ = collect_maintained(WHOLE_COUNTRY, DAY)
        step = max(1, len(grouped) // 4000)
        some = np.arange(0, len(grouped), step)
        by_index = collect_some([int(pk) for pk in grouped.facility_ids[some]], DAY).table
    values = len(grouped) * (len(grouped.columns) + 2)
    say(f"\ndiffering values: maintained against ledgers {grouped.differences(maintained.table)} of {values:,}, "
        f"by index against whole tables {grouped.take(some).differences(by_index)}, "
        f"ORM loop (values and tiers) {orm}   (target 0)")  # fmt: skip


def single() -> None:
    """One facility and one district judged again, in the database and altogether; medians of 50."""
    from django.db import connection

    from assessments.queries.facts import collect, collect_some
    from assessments.rules.verdicts import judge_all
    from tenants.rules import code_range
    from tenants.scope import division_scope, opened_scope

    district, rules = 330105000000, _rules()
    with opened_scope(division_scope(district)), connection.cursor() as cursor:
        cursor.execute("SELECT min(id) FROM facilities_facility")
        one = cursor.fetchone()[0]
        ways = {
            "one facility": lambda: collect_some([one], DAY),
            "one district of 200": lambda: collect(code_range(district), DAY),
        }
        for name, read in ways.items():
            again = lambda read=read: judge_all(rules, read().table)  # noqa: E731
            say(f"{name} judged again: {_in_database(cursor, read):.2f} ms in the database"
                f" (target {'1' if 'facility' in name else '15'} ms);"
                f" altogether {_median_ms(again):.2f} ms, of CPU {_cpu_ms(again):.2f} ms")  # fmt: skip


def _median_ms(call, times: int = 50) -> float:
    taken = []
    for _ in range(times):
        clock = time.perf_counter()
        call()
        taken.append(time.perf_counter() - clock)
    return statistics.median(taken) * 1000


def _cpu_ms(call, times: int = 100) -> float:
    """CPU of both sides for one call: what the clock would show on a machine with nothing else to do."""
    with measured() as cost:
        for _ in range(times):
            call()
    return cost.cpu / times * 1000


def _in_database(cursor, read) -> float:
    """Execution time of the statement as EXPLAIN ANALYZE gives it, median of 20; planned once, as a prepared statement."""
    from assessments.queries.facts import reading

    kept = reading.only_row
    statements = []

    def remember(*statement):
        statements.append(statement)
        return kept(*statement)

    reading.only_row = remember
    try:
        read()
    finally:
        reading.only_row = kept
    times = []
    for _ in range(20):
        total = 0.0
        for query, parameters in statements:
            cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {query}", parameters)
            total += cursor.fetchone()[0][0]["Execution Time"]
        times.append(total)
    return statistics.median(times)


def findings() -> None:
    """Bytes a verdict takes, and how long the lists over them take at this size."""
    from django.db import connection
    from django.db.models import F

    from assessments.models import Run, Verdict
    from assessments.operations.scopes import country_scope
    from assessments.queries import lists
    from assessments.queries.summaries import failing_in
    from tenants.scope import WHOLE_COUNTRY, opened_scope

    with owner() as admin:
        admin.execute("VACUUM ANALYZE assessments_verdict, assessments_scopesummary, assessments_run")
    with opened_scope(country_scope()), connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), pg_relation_size('assessments_verdict'), pg_indexes_size('assessments_verdict') FROM assessments_verdict"
        )
        rows, heap, indexes = cursor.fetchone()
        say(f"\nfindings: {heap / rows:.0f} B a facility and {indexes / rows:.0f} B of indexes (target ≤ 160 B)")
        run = Run.objects.filter(state="computed").first()
        ways = {
            "tier changes of a district": lambda: list(lists.changed(run)),
            "all of a district that fail a criterion": lambda: list(lists.failing(run, "demonstration_area")),
            "how many of the country fail it": lambda: failing_in(WHOLE_COUNTRY, QUARTER, "demonstration_area"),
        }
        for name, call in ways.items():
            say(
                f"{name}, at {rows:,} verdicts: {_median_ms(call):.1f} ms, of CPU {_cpu_ms(call):.1f} ms (target ≤ 15 ms)"
            )
        bit = 1 << run.criteria.index("demonstration_area")
        counted = Verdict.objects.alias(hit=F("failed").bitand(bit)).filter(hit=bit).count()
        added_up, _ = failing_in(WHOLE_COUNTRY, QUARTER, "demonstration_area")
        say(f"the country's number against counting one by one: {abs(added_up - counted)} different of {counted:,}")


if __name__ == "__main__":
    main()
