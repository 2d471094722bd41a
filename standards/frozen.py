"""Migration operation for tables whose rows are never edited: published text, versions and rulings."""

from django.db.migrations.operations import RunSQL


class Frozen(RunSQL):
    """The database refuses to change or remove a row, whoever asks.

    once: a column that is empty at first and may be filled one time (the day on which a version ends).
    """

    def __init__(self, table, *, once=None):
        unchanged = f"(to_jsonb(NEW) - '{once}') = (to_jsonb(OLD) - '{once}') AND OLD.{once} IS NULL"
        allow = f"IF TG_OP = 'UPDATE' THEN IF {unchanged} THEN RETURN NEW; END IF; END IF;" if once else ""
        super().__init__(
            [
                f"""CREATE FUNCTION {table}_keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {allow}
                RAISE EXCEPTION '{table}: what is published is never edited' USING ERRCODE = 'restrict_violation';
                END $$""",
                f"""CREATE TRIGGER {table}_frozen BEFORE UPDATE OR DELETE ON {table}
                FOR EACH ROW EXECUTE FUNCTION {table}_keep()""",
            ],
            [f"DROP TRIGGER {table}_frozen ON {table}", f"DROP FUNCTION {table}_keep()"],
        )
