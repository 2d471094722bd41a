"""The checks of test_tables.py find each shape that slips past row level security: the shape is made, and they fail."""

import pytest
from django.db import connection

from tests.structure import test_tables as checks

TABLE = "CREATE TABLE sloppy (id bigint PRIMARY KEY, division_code bigint, facility_id bigint)"
ISOLATED = f"{TABLE}; ALTER TABLE sloppy ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY"
POLICY = "CREATE POLICY p ON sloppy USING ({})"
UNGUARDED = "division_code >= current_setting('app.scope_lo', true)::bigint"
AWAY = "DROP TABLE IF EXISTS sloppy CASCADE"

SHAPES = {
    "table without a division": (
        "CREATE TABLE sloppy (id bigint)",
        AWAY,
        checks.test_every_table_has_a_division_or_a_reason_not_to,
    ),
    "table without row level security": (TABLE, AWAY, checks.test_every_tenant_table_forces_row_level_security),
    "table that the owner slips past": (
        f"{TABLE}; ALTER TABLE sloppy ENABLE ROW LEVEL SECURITY",
        AWAY,
        checks.test_every_tenant_table_forces_row_level_security,
    ),
    "table without a policy": (ISOLATED, AWAY, checks.test_every_tenant_table_has_policies_for_reading_and_adding),
    "table scanned row by row": (ISOLATED, AWAY, checks.test_a_division_is_found_by_index_and_not_row_by_row),
    "partition without row level security": (
        f"{TABLE.replace(' PRIMARY KEY', '')} PARTITION BY RANGE (division_code);"
        "CREATE TABLE sloppy_1 PARTITION OF sloppy DEFAULT;"
        "ALTER TABLE sloppy ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
        AWAY,
        checks.test_every_tenant_table_forces_row_level_security,
    ),
    "policy that an empty setting breaks": (
        f"{ISOLATED}; {POLICY.format(UNGUARDED)}",
        AWAY,
        checks.test_no_policy_reads_a_setting_that_may_be_empty_without_nullif,
    ),
    "policy for everybody": (
        f"{ISOLATED}; {POLICY.format('true')}",
        AWAY,
        checks.test_a_policy_without_a_scope_lets_nothing_be_read_and_only_logs_be_written,
    ),
    "reference past row level security": (
        f"{ISOLATED}; ALTER TABLE sloppy ADD FOREIGN KEY (facility_id) REFERENCES facilities_facility (id)",
        AWAY,
        checks.test_every_reference_between_tenant_tables_is_bound_past_row_level_security,
    ),
    "log that can be changed": (
        "GRANT UPDATE ON tenants_act TO {app}",
        "REVOKE UPDATE ON tenants_act FROM {app}",
        checks.test_logs_refuse_change_by_trigger_and_by_right,
    ),
    "right to empty a table": (
        "GRANT TRUNCATE ON facilities_facility TO {app}",
        "REVOKE TRUNCATE ON facilities_facility FROM {app}",
        checks.test_the_app_role_owns_nothing_and_cannot_make_anything,
    ),
    "view with the rights of its owner": (
        "CREATE VIEW sloppy AS SELECT * FROM facilities_facility",
        "DROP VIEW IF EXISTS sloppy",
        checks.test_no_view_reads_with_the_rights_of_its_owner,
    ),
    "materialised view": (
        "CREATE MATERIALIZED VIEW sloppy AS SELECT * FROM facilities_facility",
        "DROP MATERIALIZED VIEW IF EXISTS sloppy",
        checks.test_no_materialised_view_rewrite_rule_or_definer_function,
    ),
    "function with the rights of its owner": (
        "CREATE FUNCTION sloppy() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
        "DROP FUNCTION IF EXISTS sloppy()",
        checks.test_no_materialised_view_rewrite_rule_or_definer_function,
    ),
    "trigger switched off": (
        "ALTER TABLE facilities_facility DISABLE TRIGGER history_update",
        "ALTER TABLE facilities_facility ENABLE TRIGGER history_update",
        checks.test_every_trigger_is_switched_on,
    ),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("shape", SHAPES)
def test_the_shape_is_noticed(shape, owner_connection):
    make, undo, check = SHAPES[shape]
    role = connection.settings_dict["USER"]
    check()
    try:
        owner_connection.execute(make.replace("{app}", role))
        with pytest.raises(AssertionError):
            check()
    finally:
        owner_connection.execute(undo.replace("{app}", role))
    check()
