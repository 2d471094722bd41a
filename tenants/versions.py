"""Counts the versions of what people edit, in the database, so that no way of writing is forgotten.

A row that differs after an UPDATE gets the next number, whatever the statement said: forms, imports, `bulk_update` and raw SQL
alike. Each step is one entry of the row's history (`tenants.history`), so what happened since a version can be told. A move to
another division (a re-organisation) is no edit: whoever has the form open goes on.
"""

from django.db.migrations.operations import RunSQL

_FUNCTION = """CREATE OR REPLACE FUNCTION tenants_count_version() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ignored text[] := '{version,updated_at,division_code}'::text[] || string_to_array(coalesce(TG_ARGV[0], ''), ',');
BEGIN
    NEW.version := OLD.version;
    IF to_jsonb(NEW) - ignored IS DISTINCT FROM to_jsonb(OLD) - ignored THEN
        NEW.version := OLD.version + 1;
    END IF;
    RETURN NEW;
END $$"""


class CreateVersionFunction(RunSQL):
    """The one trigger function of all versioned tables."""

    def __init__(self):
        super().__init__(_FUNCTION, "DROP FUNCTION tenants_count_version()")


class CountVersions(RunSQL):
    """Count the versions of a table's rows in its column `version`.

    `generated`: columns that the database computes; they have no value yet when the trigger runs.
    """

    def __init__(self, table, *, generated=()):
        super().__init__(
            f"""CREATE TRIGGER count_version BEFORE UPDATE ON {table}
            FOR EACH ROW EXECUTE FUNCTION tenants_count_version('{",".join(generated)}')""",
            f"DROP TRIGGER count_version ON {table}",
        )
