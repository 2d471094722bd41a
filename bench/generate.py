"""Fill the bench's database: districts of 200 facilities, 33 function rows and 12 projects each, made by the server.

The same size gives the same rows: every value is arithmetic on the facility's number. One district is 拱墅 (330105), so
that pages can be measured as its staff sees them.
"""

import argparse
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from bench.environment import create, owner, say, setup

PER_DISTRICT = 200
TABLES = (
    "facilities_facility",
    "facilities_facilitystate",
    "facilities_coverage",
    "facilities_site",
    "facilities_space",
    "facilities_offeredfunction",
    "facilities_operator",
    "partners_partner",
    "partners_residentproject",
    "partners_charityproject",
    "partners_charityreceipt",
    "assessments_facilityfact",
)
# f is the facility's number (its id), d its division code; h(k) a number 0–99 that depends on f and k.
_H = "((f * {k} * 7919 + f / 7 + {k} * 104729) %% 100)"


def h(k: int) -> str:
    return _H.format(k=k)


FACILITIES = "(SELECT id AS f, division_code AS d FROM facilities_facility WHERE id > %(after)s AND id <= %(upto)s) x"
STATEMENTS = {
    "facilities_facility": f"""
        INSERT INTO facilities_facility (id, division_code, uuid, code, name, name_sort, address, premises_form, hub_street,
            city_type, city_form, region_type, nil_ledgers, is_demo, version, created_at, updated_at)
        SELECT f, district * 1000000 + (1 + f %% 10) * 1000 + 51 + f / 10 %% 10, gen_random_uuid(), 'B' || f,
            '第' || f || '幸福家园', 'di ' || f || ' xing fu jia yuan', '', 'detached',
            CASE WHEN {h(1)} < 50 THEN '小河直街' ELSE '' END, '', '', 'urban',
            CASE WHEN {h(2)} < 90 THEN '{{}}' ELSE '{{spaces,operator,charity}}' END::varchar(12)[], true, 1, now(), now()
        FROM (SELECT f, CASE WHEN (f - 1) / {PER_DISTRICT} = 0 THEN 330105 ELSE 400000 + (f - 1) / {PER_DISTRICT} END::bigint
              AS district FROM generate_series(%(after)s + 1::bigint, %(upto)s) f) x""",
    "facilities_facilitystate": f"""
        INSERT INTO facilities_facilitystate (division_code, starts_on, ends_on, construction_type, lifecycle, reason, facility_id)
        SELECT d, DATE '2025-01-01', NULL, (ARRAY['integrated', 'area', 'streetblock'])[1 + {h(3)} %% 3],
            CASE WHEN {h(4)} < 98 THEN 'open' ELSE 'suspended' END, '', f FROM {FACILITIES}""",
    "facilities_coverage": f"""
        INSERT INTO facilities_coverage (division_code, starts_on, ends_on, community_code, facility_id)
        SELECT d, DATE '2025-01-01', NULL, d / 1000 * 1000 + 51 + c, f FROM {FACILITIES}, generate_series(1, 2) c
        WHERE {h(3)} %% 3 = 1""",
    "facilities_site": f"""
        INSERT INTO facilities_site (id, division_code, starts_on, ends_on, name, address, floor_area_m2, area_document,
            longitude, latitude, source_crs, facility_id)
        SELECT f, d, DATE '2025-01-01', NULL, '主点位', '', 400 + {h(5)} * 16 + {h(6)}::numeric / 100,
            CASE WHEN {h(7)} < 95 THEN '证 ' || f ELSE '' END, 120.15, 30.32, 'CGCS2000', f FROM {FACILITIES}""",
    "facilities_space": f"""
        INSERT INTO facilities_space (id, division_code, starts_on, ends_on, name, floor_area_m2, usable_area_m2, used_by,
            is_open_24h, is_multifunction, facility_id, site_id)
        SELECT f * 5 + s, d, DATE '2025-01-01', NULL, s || ' 号室', NULL, 60 + ({h(8)} * (s + 1)) %% 200 + 0.25,
            (ARRAY['market', 'social', 'public', 'office'])[1 + ({h(9)} + s) %% 4], s = 0, s < 3, f, f
        FROM {FACILITIES}, generate_series(0, 4) s ORDER BY f""",
    "facilities_offeredfunction": f"""
        INSERT INTO facilities_offeredfunction (division_code, starts_on, ends_on, item_number, local_name, evidence, facility_id,
            space_id)
        SELECT d, DATE '2025-01-01', CASE WHEN i > 8 AND ({h(10)} * i) %% 100 < 35 THEN DATE '2026-01-01' END,
            CASE WHEN i <= 32 THEN i END, CASE WHEN i = 33 THEN '新市民融入' ELSE '' END, '', f, NULL
        FROM {FACILITIES}, generate_series(1, 33) i ORDER BY f""",
    "facilities_operator": f"""
        INSERT INTO facilities_operator (division_code, starts_on, ends_on, kind, name, agreement, facility_id)
        SELECT d, DATE '2025-01-01', NULL, 'organisation', '社工事务所', '', f FROM {FACILITIES} WHERE {h(11)} < 90""",
    "partners_partner": f"""
        INSERT INTO partners_partner (id, division_code, uuid, name, name_sort, kind, uscc, strengths, is_demo)
        SELECT (min(f) - 1) / {PER_DISTRICT} * 50 + p, d / 1000000 * 1000000, gen_random_uuid(), '合伙人 ' || p, 'he huo ren ' || p,
            'market', '', '', true
        FROM {FACILITIES}, generate_series(1, 50) p GROUP BY d / 1000000, p""",
    "partners_residentproject": f"""
        INSERT INTO partners_residentproject (division_code, starts_on, ends_on, name, run_by, item_number, fee_nature,
            serves_elders, serves_children, facility_id, partner_id, space_id)
        SELECT d, DATE '2025-01-01', NULL, '项目 ' || p,
            CASE WHEN p <= 6 + {h(12)} %% 7 THEN CASE WHEN p %% 2 = 0 THEN 'market' ELSE 'social' END ELSE 'public' END,
            NULL, 'low', p = 1, p = 2, f,
            CASE WHEN {h(13)} < 80 OR p > 1 THEN (f - 1) / {PER_DISTRICT} * 50 + 1 + (f + p * 7) %% 50 END,
            CASE WHEN {h(14)} < 70 OR p > 1 THEN f * 5 + p %% 5 END
        FROM {FACILITIES}, generate_series(1, 12) p ORDER BY f""",
    "partners_charityproject": f"""
        INSERT INTO partners_charityproject (id, division_code, year, name, kind, contract_fen, facility_id)
        SELECT f * 3 + c, d, 2026, '创投 ' || c, 'charity', 5000000, f
        FROM {FACILITIES}, generate_series(0, 2) c WHERE c <= {h(15)} %% 4""",
    "partners_charityreceipt": f"""
        INSERT INTO partners_charityreceipt (division_code, received_on, amount_fen, voucher, facility_id, project_id)
        SELECT d, DATE '2026-03-01', 4000000 + {h(16)} * 50000, 'V' || f || '-' || c, f, f * 3 + c
        FROM {FACILITIES}, generate_series(0, 2) c WHERE c <= {h(15)} %% 4""",
    "assessments_facilityfact": f"""
        INSERT INTO assessments_facilityfact (facility_id, division_code, valid_from, valid_until, layout, construction, lifecycle,
            is_clean, "values")
        SELECT f, d, DATE '9999-12-31', DATE '9999-12-31', 0, -1, -1, false, '' FROM {FACILITIES}""",
}


@contextmanager
def bare_tables(connection: psycopg.Connection) -> Iterator[None]:
    """Without triggers, foreign keys, secondary indexes and forced row level security while the block runs.

    Foreign keys come back NOT VALID: they hold for every new row.
    """
    keys = connection.execute(
        """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
           WHERE contype = 'f' AND connamespace = 'public'::regnamespace
             AND (conrelid::regclass::text = ANY(%(t)s) OR confrelid::regclass::text = ANY(%(t)s))""",
        {"t": list(TABLES)},
    ).fetchall()
    others = connection.execute(
        """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
           WHERE contype IN ('u', 'x') AND conrelid::regclass::text = ANY(%s)""",
        [list(TABLES)],
    ).fetchall()
    indexes = connection.execute(
        """SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i
           WHERE i.indrelid::regclass::text = ANY(%s) AND NOT i.indisprimary
             AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype <> 'f')""",
        [list(TABLES)],
    ).fetchall()
    for table, name, _ in [*keys, *others]:
        connection.execute(f'ALTER TABLE {table} DROP CONSTRAINT IF EXISTS "{name}"')
    for index, _ in indexes:
        connection.execute(f"DROP INDEX {index}")
    for table in TABLES:
        connection.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY, DISABLE TRIGGER USER")
    yield
    connection.execute("SET maintenance_work_mem = '1GB'")
    for _, definition in indexes:
        connection.execute(definition)
    for table, name, definition in others:
        connection.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
    for table, name, definition in keys:
        unchecked = definition if "NOT VALID" in definition else f"{definition} NOT VALID"
        connection.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {unchecked}')
    for table in TABLES:
        connection.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY, ENABLE TRIGGER USER")


def generate(facilities: int, *, batch: int = 50_000) -> None:
    """Make `facilities` of them: rounded up to whole districts of 200, or fewer than that in one district."""
    size = facilities if facilities < PER_DISTRICT else -(-facilities // PER_DISTRICT) * PER_DISTRICT
    with owner() as connection:
        with bare_tables(connection):
            for table, statement in STATEMENTS.items():
                clock = time.perf_counter()
                for after in range(0, size, batch):
                    connection.execute(statement, {"after": after, "upto": min(size, after + batch)})
                say(f"{table:32} {time.perf_counter() - clock:6.1f} s")
            for table in TABLES:
                connection.execute(
                    f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT coalesce(max(id), 1) FROM {table}))"
                    if table != "assessments_facilityfact"
                    else "SELECT 1"
                )
            say("indexes and keys …")
        connection.execute("VACUUM ANALYZE")
    _add_districts(size)
    say(f"{size} facilities are ready")


def _add_districts(size: int) -> None:
    from tenants.models import Division, DivisionLevel

    codes = [330105, *(400000 + number for number in range(1, size // PER_DISTRICT))]
    Division.objects.bulk_create(
        Division(code=code * 1_000_000, name=f"区 {code}", level=DivisionLevel.DISTRICT) for code in codes
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--facilities", type=int, default=650_000)
    arguments = parser.parse_args()
    setup()
    clock = time.perf_counter()
    create()
    generate(arguments.facilities)
    say(f"{time.perf_counter() - clock:.0f} s")


if __name__ == "__main__":
    main()
