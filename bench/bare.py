"""What a run cannot cost less than: the needed columns read once, rows of a verdict's size written, and nothing else."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from bench.environment import Cost, measured, owner

SCANS = {
    "children": [
        "SELECT count(construction_type), max(starts_on), max(ends_on), max(facility_id) FROM facilities_facilitystate",
        "SELECT max(floor_area_m2), count(area_document), max(starts_on), max(ends_on), max(facility_id) FROM facilities_site",
        "SELECT max(usable_area_m2), count(used_by), count(is_open_24h OR is_multifunction), max(starts_on), max(ends_on),"
        " max(facility_id) FROM facilities_space",
        "SELECT max(item_number), count(local_name), max(starts_on), max(ends_on), max(facility_id)"
        " FROM facilities_offeredfunction",
        "SELECT max(starts_on), max(ends_on), max(facility_id) FROM facilities_operator",
        "SELECT count(run_by), max(partner_id), max(space_id), count(serves_elders OR serves_children), max(starts_on),"
        " max(ends_on), max(facility_id) FROM partners_residentproject",
        "SELECT max(year), max(contract_fen), max(facility_id) FROM partners_charityproject",
        "SELECT max(received_on), max(amount_fen), max(facility_id) FROM partners_charityreceipt",
        "SELECT max(community_code), max(starts_on), max(ends_on), max(facility_id) FROM facilities_coverage",
    ],
    "maintained": [
        "SELECT max(facility_id), max(division_code), max(valid_from), max(valid_until), max(layout), max(construction),"
        ' max(lifecycle), count(is_clean OR NULL), max(octet_length("values")) FROM assessments_facilityfact'
    ],
}
_BARE_ROW = "1, {}, division_code, 0, 0, 0, 0, 0, 0"
BARE_ROWS = {  # of a verdict's bytes: made on the way, or those of the fact row
    "children": f"SELECT {_BARE_ROW.format('id')}, decode(repeat('00', {{bytes}}), 'hex') FROM facilities_facility",
    "maintained": f'SELECT {_BARE_ROW.format("facility_id")}, "values" FROM assessments_facilityfact',
}


@contextmanager
def _bare_table() -> Iterator[None]:
    """A table of a verdict's columns and indexes without policies, triggers and keys."""
    with owner() as admin:
        admin.execute("DROP TABLE IF EXISTS bare_verdict")
        admin.execute("CREATE TABLE bare_verdict (LIKE assessments_verdict INCLUDING INDEXES)")
        admin.execute("GRANT ALL ON bare_verdict TO PUBLIC")
    yield
    with owner() as admin:
        admin.execute("DROP TABLE bare_verdict")


def bare_scan_and_insert(source: str) -> Cost:
    """The limit: read the needed columns once, without grouping or judging, and write rows of a verdict's size.

    For `children` every ledger's needed columns are scanned; for `maintained` the fact rows. Nothing leaves the server.
    """
    from django.db import connection, transaction

    from assessments.operations.scopes import country_scope
    from assessments.queries.facts import LAYOUT
    from tenants.scope import opened_scope

    with _bare_table(), opened_scope(country_scope()), measured() as cost, connection.cursor() as cursor:
        for scan in SCANS[source]:
            cursor.execute(scan)
        cursor.execute(f"INSERT INTO bare_verdict {BARE_ROWS[source].format(bytes=LAYOUT.narrow_bytes)}")
        transaction.set_rollback(True)
    return cost


def bare_there_and_back() -> Cost:
    """The limit of any engine outside the server: the fact rows brought to it as bytes, rows of a verdict's size sent back
    by COPY and inserted under the policies' eyes closed, without rules, checks, hashes and summaries."""
    from django.db import connection, transaction

    from assessments.operations.copying import stage
    from assessments.operations.scopes import country_scope
    from assessments.queries.facts import LAYOUT
    from assessments.queries.facts.columns import integers, only_row, packed
    from tenants.scope import opened_scope

    columns = f'{packed("facility_id")}, {packed("division_code")}, string_agg("values", NULL)'
    with _bare_table(), opened_scope(country_scope()), measured() as cost, connection.cursor() as cursor:
        ids, codes, values = only_row(f"SELECT {columns} FROM assessments_facilityfact")
        rows = {"run_id": integers(ids), "facility_id": integers(ids), "division_code": integers(codes)}
        rows |= dict.fromkeys(("failed", "unknown"), rows["run_id"])
        small = np.zeros(len(rows["run_id"]), np.int16)
        rows |= dict.fromkeys(("tier", "prev_tier", "construction", "flags"), small)
        stage("bare_staged", rows | {"values": np.frombuffer(values, LAYOUT.narrow)})
        cursor.execute("INSERT INTO bare_verdict SELECT * FROM bare_staged")
        transaction.set_rollback(True)
    return cost
