"""Migration operations that put a table behind row level security and tie children to their parent's division.

Every tenant table calls one of these in the migration that creates it; a structural test names the table that does not.
"""

from django.db.migrations.operations import RunSQL

_LO = "nullif(current_setting('app.scope_lo', true), '')::bigint"
_HI = "nullif(current_setting('app.scope_hi', true), '')::bigint"
_UP = "nullif(current_setting('app.scope_up', true), '')::bigint[]"
_GRANTS = "nullif(current_setting('app.grants', true), '')::bigint[]"
_USER = "nullif(current_setting('app.user_id', true), '')::bigint"


class IsolateByScope(RunSQL):
    """Enable and force row level security on a table with a `division_code` column.

    The row is readable and writable when its code lies in the scope. Beside that, rows can be made readable, never
    writable: `shared_down` rows of an ancestor division; `granted_by` a column holding a granted facility's id;
    `own_user` a column holding the id of the acting user.
    """

    def __init__(self, table, *, shared_down=False, granted_by=None, own_user=None):
        in_scope = f"division_code >= {_LO} AND division_code < {_HI}"
        read = [in_scope]
        if shared_down:
            read.append(f"division_code = ANY({_UP})")
        if granted_by:
            read.append(f"{granted_by} = ANY({_GRANTS})")
        if own_user:
            read.append(f"{own_user} = {_USER}")
        forward = [
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
            f"CREATE POLICY scope_write ON {table} FOR ALL USING ({in_scope}) WITH CHECK ({in_scope})",
        ]
        backward = [f"DROP POLICY scope_write ON {table}"]
        if len(read) > 1:
            forward.append(f"CREATE POLICY scope_read ON {table} FOR SELECT USING ({' OR '.join(read[1:])})")
            backward.append(f"DROP POLICY scope_read ON {table}")
        backward.append(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY")
        super().__init__(forward, backward)


class BindToParent(RunSQL):
    """Foreign keys are checked past row level security, so a child carries its parent's division in the key itself.

    The parent's new code reaches its children by `ON UPDATE CASCADE`: a re-organisation is one update.
    """

    def __init__(self, table, *, parent, column="facility_id", code="division_code"):
        name = f"{table}_{column}_same_division"
        key = f"{parent}_id_division_key"
        super().__init__(
            [
                f"CREATE UNIQUE INDEX IF NOT EXISTS {key} ON {parent} (id, division_code)",
                f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({column}, {code})"
                f" REFERENCES {parent} (id, division_code) ON UPDATE CASCADE DEFERRABLE INITIALLY IMMEDIATE",
            ],
            [f"ALTER TABLE {table} DROP CONSTRAINT {name}"],
        )


class InsertOnly(RunSQL):
    """A log: rows of the scope are readable, anything may be added, nothing changed or removed, not even by the owner."""

    def __init__(self, table):
        in_scope = f"division_code >= {_LO} AND division_code < {_HI}"
        super().__init__(
            [
                f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
                f"CREATE POLICY log_read ON {table} FOR SELECT USING ({in_scope})",
                f"CREATE POLICY log_add ON {table} FOR INSERT WITH CHECK (true)",
                f"""CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN RAISE EXCEPTION '{table} is insert-only'; END $$""",
                f"""CREATE TRIGGER {table}_insert_only BEFORE UPDATE OR DELETE ON {table}
                FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse()""",
            ],
            [
                f"DROP TRIGGER {table}_insert_only ON {table}",
                f"DROP FUNCTION {table}_refuse()",
                f"DROP POLICY log_add ON {table}",
                f"DROP POLICY log_read ON {table}",
                f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY",
            ],
        )
