"""Row history by trigger: what changed in a tenant table, when, by whom, from where and why.

A model opts in with `TrackHistory("<table>")` in a migration. The triggers work on whole statements, so `bulk_create`,
`update()`, `COPY` and raw SQL are caught alike and pay once per statement. Reading: `tenants.queries.history_of`.
"""

from django.db.migrations.operations import RunSQL

# The settings are those of `tenants.scope`. `before` and `after` hold the columns that differ; a new row is kept whole.
# Columns named in the third argument of a trigger are left out: keys and blind indexes of personal data.
_FUNCTION = """CREATE OR REPLACE FUNCTION tenants_track_history() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    by_user bigint := nullif(current_setting('app.user_id', true), '')::bigint;
    by_source text := coalesce(current_setting('app.source', true), '');
    by_reason text := coalesce(current_setting('app.reason', true), '');
    omitted text[] := '{version,updated_at}'::text[] || string_to_array(coalesce(TG_ARGV[2], ''), ',');
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO tenants_rowchange (at, table_name, row_id, root_table, root_id, division_code, operation,
                                       user_id, source, reason, before, after)
        SELECT now(), TG_TABLE_NAME, n.id, TG_ARGV[0], (to_jsonb(n) ->> TG_ARGV[1])::bigint, n.division_code, 'I',
               by_user, by_source, by_reason, NULL, to_jsonb(n) - string_to_array(coalesce(TG_ARGV[2], ''), ',')
        FROM new_rows n;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO tenants_rowchange (at, table_name, row_id, root_table, root_id, division_code, operation,
                                       user_id, source, reason, before, after)
        SELECT now(), TG_TABLE_NAME, o.id, TG_ARGV[0], (to_jsonb(o) ->> TG_ARGV[1])::bigint, o.division_code, 'D',
               by_user, by_source, by_reason, to_jsonb(o) - string_to_array(coalesce(TG_ARGV[2], ''), ','), NULL
        FROM old_rows o;
    ELSE
        INSERT INTO tenants_rowchange (at, table_name, row_id, root_table, root_id, division_code, operation,
                                       user_id, source, reason, before, after)
        SELECT now(), TG_TABLE_NAME, n.id, TG_ARGV[0], (to_jsonb(n) ->> TG_ARGV[1])::bigint, n.division_code, 'U',
               by_user, by_source, by_reason, changed.before, changed.after
        FROM new_rows n JOIN old_rows o USING (id)
        CROSS JOIN LATERAL (
            SELECT jsonb_object_agg(key, a.value) AS before, jsonb_object_agg(key, b.value) AS after
            FROM jsonb_each(to_jsonb(o)) a JOIN jsonb_each(to_jsonb(n)) b USING (key)
            WHERE a.value IS DISTINCT FROM b.value AND key <> ALL (omitted)
        ) changed
        WHERE changed.before IS NOT NULL;
    END IF;
    RETURN NULL;
END $$"""


class CreateHistoryFunction(RunSQL):
    """The one trigger function of all tracked tables; part of the first migration of `tenants`."""

    def __init__(self):
        super().__init__(_FUNCTION, "DROP FUNCTION tenants_track_history()")


class RenewHistoryFunction(RunSQL):
    """The function as it is today, for databases that were made with an earlier one."""

    def __init__(self):
        super().__init__(_FUNCTION, RunSQL.noop)


class TrackHistory(RunSQL):
    """Keep the history of a table. Rows of a child are found under their root: the facility that `column` names.

    `omit`: columns that the history must not keep (`PersonalModel.untracked_columns`).
    """

    def __init__(self, table, *, root=None, column="id", omit=()):
        shapes = {
            "insert": "REFERENCING NEW TABLE AS new_rows",
            "update": "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
            "delete": "REFERENCING OLD TABLE AS old_rows",
        }
        super().__init__(
            [
                f"""CREATE TRIGGER history_{event} AFTER {event.upper()} ON {table} {rows}
                FOR EACH STATEMENT EXECUTE FUNCTION tenants_track_history('{root or table}', '{column}', '{",".join(omit)}')"""
                for event, rows in shapes.items()
            ],
            [f"DROP TRIGGER history_{event} ON {table}" for event in shapes],
        )
