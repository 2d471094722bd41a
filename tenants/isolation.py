"""Migration operations that put a table behind row level security and tie children to their parent's division.

Every tenant table calls one of these in the migration that creates it; a structural test names the table that does not.

After a transaction that set the scope, the setting reads '' and no longer NULL, hence `nullif` in each of the expressions:
without it a comparison with '' raises, or a policy written the other way round lets everything through. `(SELECT …)` makes
PostgreSQL read a setting once per statement instead of once per row: a third of the time where many rows are counted up.
"""

from django.db.migrations.operations import RunSQL

_LO = "(SELECT nullif(current_setting('app.scope_lo', true), '')::bigint)"
_HI = "(SELECT nullif(current_setting('app.scope_hi', true), '')::bigint)"
_UP = "(SELECT nullif(current_setting('app.scope_up', true), '')::bigint[])::bigint[]"
_GRANTS = "(SELECT nullif(current_setting('app.grants', true), '')::bigint[])::bigint[]"
_USER = "(SELECT nullif(current_setting('app.user_id', true), '')::bigint)"
_IN_SCOPE = f"division_code >= {_LO} AND division_code < {_HI}"


def _forced(table):
    return f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY"


def _released(table):
    return f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY"


class IsolateByScope(RunSQL):
    """Enable and force row level security on a table with a `division_code` column.

    The row is readable and writable when its code lies in the scope. Beside that, rows can be made readable, never
    writable: `shared_down` rows of an ancestor division; `granted_by` a column holding a granted facility's id;
    `own_user` a column holding the id of the acting user.
    """

    def __init__(self, table, *, shared_down=False, granted_by=None, own_user=None):
        read = []
        if shared_down:
            read.append(f"division_code = ANY({_UP})")
        if granted_by:
            read.append(f"{granted_by} = ANY({_GRANTS})")
        if own_user:
            read.append(f"{own_user} = {_USER}")
        forward = [
            _forced(table),
            f"CREATE POLICY scope_write ON {table} FOR ALL USING ({_IN_SCOPE}) WITH CHECK ({_IN_SCOPE})",
        ]
        backward = [f"DROP POLICY scope_write ON {table}", _released(table)]
        if read:
            forward.append(f"CREATE POLICY scope_read ON {table} FOR SELECT USING ({' OR '.join(read)})")
            backward.insert(0, f"DROP POLICY scope_read ON {table}")
        super().__init__(forward, backward)


def _setting_array(name):
    return f"(SELECT nullif(current_setting('{name}', true), '')::bigint[])::bigint[]"


_PAST_CODES, _PAST_FACILITIES = _setting_array("app.past_codes"), _setting_array("app.past_facilities")


class ReadPast(RunSQL):
    """History keeps the codes it was written under. Let the successors of a division read it, and nobody write it.

    `facility`: an expression for the facility that a row is about; it opens the rows of single facilities that came from a
    division which lives on. `through`: a table with `run_id`; a run of a predecessor's district is readable where a row of
    that table is, so a district that gave one street away shows no more than the runs that judged it.
    """

    def __init__(self, table, *, facility=None, through=None):
        seen = [f"division_code = ANY({_PAST_CODES})"]
        if facility:
            seen.append(f"{facility} = ANY({_PAST_FACILITIES})")
        if through:
            seen.append(
                f"(division_code = ANY({_setting_array('app.past_districts')})"
                f" AND EXISTS (SELECT FROM {through} t WHERE t.run_id = {table}.id))"
            )
        super().__init__(
            f"CREATE POLICY past_read ON {table} FOR SELECT USING ({' OR '.join(seen)})",
            f"DROP POLICY past_read ON {table}",
        )


class RefuseClosed(RunSQL):
    """No new row in a division that has ended, and none moved there: a closed street is read only.

    A code without any division (a test, an import of before the divisions were loaded) is none of this trigger's business.
    """

    _CLOSED = """EXISTS (SELECT FROM tenants_division d WHERE d.code = n.division_code AND d.valid_to <= current_date)
        AND NOT EXISTS (SELECT FROM tenants_division d WHERE d.code = n.division_code
                        AND (d.valid_to IS NULL OR d.valid_to > current_date))"""

    def __init__(self, table):
        super().__init__(
            [
                f"""CREATE FUNCTION {table}_refuse_closed() RETURNS trigger LANGUAGE plpgsql AS $$
                DECLARE closed bigint;
                BEGIN
                    IF TG_OP = 'INSERT' THEN
                        SELECT n.division_code INTO closed FROM new_rows n WHERE {self._CLOSED} LIMIT 1;
                    ELSE
                        SELECT n.division_code INTO closed FROM new_rows n JOIN old_rows o USING (id)
                        WHERE n.division_code <> o.division_code AND {self._CLOSED} LIMIT 1;
                    END IF;
                    IF closed IS NOT NULL THEN
                        RAISE EXCEPTION 'the division % has ended and is read only', closed
                        USING ERRCODE = 'restrict_violation';
                    END IF;
                    RETURN NULL;
                END $$""",
                f"""CREATE TRIGGER {table}_closed_insert AFTER INSERT ON {table} REFERENCING NEW TABLE AS new_rows
                FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse_closed()""",
                f"""CREATE TRIGGER {table}_closed_update AFTER UPDATE ON {table}
                REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
                FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse_closed()""",
            ],
            [
                f"DROP TRIGGER {table}_closed_update ON {table}",
                f"DROP TRIGGER {table}_closed_insert ON {table}",
                f"DROP FUNCTION {table}_refuse_closed()",
            ],
        )


class KeepToOneself(RunSQL):
    """Rows of people's own, such as drafts: in the scope, and there the acting person's alone.

    Work without a person (tasks, commands) sees those of its scope, to move or to expire them.
    """

    def __init__(self, table, *, user="user_id"):
        own = f"{_IN_SCOPE} AND ({_USER} IS NULL OR {user} = {_USER})"
        super().__init__(
            [_forced(table), f"CREATE POLICY own_rows ON {table} FOR ALL USING ({own}) WITH CHECK ({own})"],
            [f"DROP POLICY own_rows ON {table}", _released(table)],
        )


class DeliverToReader(RunSQL):
    """Messages: whoever works in a division may add one about it; it is read, marked and removed by its reader alone.

    People with single facilities have no range and read whatever was sent to them. Work without a person sees its scope.
    """

    def __init__(self, table, *, user="user_id"):
        mine = f"{user} = {_USER} AND ({_IN_SCOPE} OR {_LO} IS NULL)"
        own = f"({mine}) OR ({_USER} IS NULL AND {_IN_SCOPE})"
        super().__init__(
            [
                _forced(table),
                f"CREATE POLICY own_rows ON {table} FOR ALL USING ({own}) WITH CHECK ({own})",
                f"CREATE POLICY deliver ON {table} FOR INSERT WITH CHECK ({_IN_SCOPE})",
            ],
            [f"DROP POLICY deliver ON {table}", f"DROP POLICY own_rows ON {table}", _released(table)],
        )


class IndexByDivision(RunSQL):
    """Let a whole division's rows be found by the policy's own range.

    Without it the policy is evaluated row by row: 0.5 µs each, 1.1 s of CPU for 2.4 million rows against 5 ms.
    """

    def __init__(self, table):
        super().__init__(f"CREATE INDEX {table}_division ON {table} (division_code)", f"DROP INDEX {table}_division")


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


class ReferToVisible(RunSQL):
    """For a reference that may cross divisions (a district's partner, the facility that took over from another).

    No composite key fits, so triggers look the reference up under the writer's own row level security and refuse one
    that the writer cannot see. They run once per statement, so bulk writes pay once.
    """

    def __init__(self, table, *, parent, column):
        name = f"{table}_{column}_seen"
        triggers = [
            f"""CREATE TRIGGER {name}_{event.lower()} AFTER {event} ON {table} REFERENCING NEW TABLE AS new_rows
            FOR EACH STATEMENT EXECUTE FUNCTION {name}()"""
            for event in ("INSERT", "UPDATE")
        ]
        super().__init__(
            [
                f"""CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF EXISTS (SELECT FROM new_rows WHERE {column} IS NOT NULL
                           AND NOT EXISTS (SELECT FROM {parent} p WHERE p.id = new_rows.{column})) THEN
                    RAISE EXCEPTION 'new row of {table} refers to a row of {parent} outside the scope'
                    USING ERRCODE = 'insufficient_privilege';
                END IF;
                RETURN NULL; END $$""",
                *triggers,
            ],
            [
                f"DROP TRIGGER {name}_insert ON {table}",
                f"DROP TRIGGER {name}_update ON {table}",
                f"DROP FUNCTION {name}()",
            ],
        )


class InsertOnly(RunSQL):
    """A log: rows of the scope are readable, rows can be added, nothing changed or removed, not even by the owner.

    `own_user` lets people read what they did themselves outside the scope. `from_triggers` refuses rows that the
    application writes itself: only a trigger may add them, so a history cannot be made up.
    """

    def __init__(self, table, *, own_user=None, from_triggers=False):
        read = f"{_IN_SCOPE} OR {own_user} = {_USER}" if own_user else _IN_SCOPE
        super().__init__(
            [
                _forced(table),
                f"CREATE POLICY log_read ON {table} FOR SELECT USING ({read})",
                f"CREATE POLICY log_add ON {table} FOR INSERT"
                f" WITH CHECK ({'pg_trigger_depth() > 0' if from_triggers else 'true'})",
                *_refusing(table),
                _revoke_changes(table),
            ],
            [
                *_no_longer_refusing(table),
                f"DROP POLICY log_add ON {table}",
                f"DROP POLICY log_read ON {table}",
                _released(table),
            ],
        )


class PublishedForGood(RunSQL):
    """Public rows, without a division: added, and then neither changed nor removed."""

    def __init__(self, table):
        super().__init__([*_refusing(table), _revoke_changes(table)], _no_longer_refusing(table))


class NeverChange(RunSQL):
    """Rows of an isolated table are added and never changed or removed, not even by the owner: a course of events.

    Use it beside `IsolateByScope`. When divisions change, the rows stay under the code they were written with (`ReadPast`).
    """

    def __init__(self, table):
        super().__init__([*_refusing(table), _revoke_changes(table)], _no_longer_refusing(table))


class NeverChangeButMove(RunSQL):
    """Entries of a ledger: added, never changed or removed, not even by the owner. Their division follows their parent's.

    `generated`: columns that the database computes; they have no value yet when the trigger runs.
    """

    def __init__(self, table, *, generated=()):
        ignored = "{" + ",".join(("division_code", *generated)) + "}"
        refuse = f"RAISE EXCEPTION '{table} is insert-only' USING ERRCODE = 'insufficient_privilege';"
        super().__init__(
            [
                f"""CREATE FUNCTION {table}_keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - '{ignored}'::text[] = to_jsonb(OLD) - '{ignored}'::text[] THEN
                    RETURN NEW;
                END IF;
                {refuse} END $$""",
                f"""CREATE TRIGGER {table}_insert_only BEFORE UPDATE OR DELETE ON {table}
                FOR EACH ROW EXECUTE FUNCTION {table}_keep()""",
                f"""CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON {table}
                FOR EACH STATEMENT EXECUTE FUNCTION {table}_keep()""",
                _revoke_changes(table),
            ],
            [
                f"DROP TRIGGER {table}_not_emptied ON {table}",
                f"DROP TRIGGER {table}_insert_only ON {table}",
                f"DROP FUNCTION {table}_keep()",
            ],
        )


_SEALING = "(SELECT nullif(current_setting('app.sealing', true), '')) = 'on'"


class ReadToSeal(RunSQL):
    """The sealer and the verifier of `tenants.sealing` read a log whole, whatever division a row names or does not name."""

    def __init__(self, table):
        super().__init__(
            f"CREATE POLICY seal_read ON {table} FOR SELECT USING ({_SEALING})", f"DROP POLICY seal_read ON {table}"
        )


class ChainOfSeals(RunSQL):
    """The table of sealed batches: added to by the sealer alone, read by whoever is signed in, never changed."""

    def __init__(self, table):
        super().__init__(
            [
                _forced(table),
                f"CREATE POLICY chain_read ON {table} FOR SELECT USING ({_SEALING} OR {_USER} IS NOT NULL)",
                f"CREATE POLICY chain_add ON {table} FOR INSERT WITH CHECK ({_SEALING})",
                *_refusing(table),
                _revoke_changes(table),
            ],
            [
                *_no_longer_refusing(table),
                f"DROP POLICY chain_add ON {table}",
                f"DROP POLICY chain_read ON {table}",
                _released(table),
            ],
        )


def _refusing(table):
    return [
        f"""CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION '{table} is insert-only' USING ERRCODE = 'insufficient_privilege'; END $$""",
        f"""CREATE TRIGGER {table}_insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse()""",
    ]


def _no_longer_refusing(table):
    return [f"DROP TRIGGER {table}_insert_only ON {table}", f"DROP FUNCTION {table}_refuse()"]


def _revoke_changes(table):
    """The roles are named by whoever sets the database up, so take the rights from all that hold any on the table."""
    return f"""DO $$ DECLARE holder text; BEGIN
    FOR holder IN SELECT DISTINCT grantee FROM information_schema.role_table_grants
                  WHERE table_schema = current_schema() AND table_name = '{table}' AND grantee <> current_user
    LOOP
        IF holder = 'PUBLIC' THEN REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM PUBLIC;
        ELSE EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM %I', holder); END IF;
    END LOOP; END $$"""
