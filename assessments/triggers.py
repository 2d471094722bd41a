"""Migration operations of this app: facts that know when they are stale, and keys that are checked once per statement."""

# ruff: noqa: S608 (table names of migrations)

from django.db.migrations.operations import RunSQL

_SHAPES = {
    "insert": "REFERENCING NEW TABLE AS new_rows",
    "update": "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "delete": "REFERENCING OLD TABLE AS old_rows",
}

# Every branch touches the row even if it is stale already: that makes a refresh under way and an edit exclude each other.
_MARK_STALE = """CREATE FUNCTION assessments_mark_stale() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO assessments_facilityfact
            (facility_id, division_code, valid_from, valid_until, layout, construction, lifecycle, is_clean, "values")
        SELECT DISTINCT facility_id, division_code, DATE '9999-12-31', DATE '9999-12-31', 0, -1, -1, false, ''::bytea
        FROM new_rows ON CONFLICT (facility_id) DO UPDATE SET is_clean = false;
    ELSIF TG_OP = 'DELETE' THEN
        UPDATE assessments_facilityfact SET is_clean = false
        WHERE facility_id IN (SELECT facility_id FROM old_rows);
    ELSE
        UPDATE assessments_facilityfact SET is_clean = false
        WHERE facility_id IN (SELECT facility_id FROM old_rows UNION SELECT facility_id FROM new_rows);
    END IF;
    RETURN NULL;
END $$"""


class CreateMarkStale(RunSQL):
    """The trigger function that marks the maintained facts of the facilities whose ledgers change."""

    def __init__(self):
        super().__init__(_MARK_STALE, "DROP FUNCTION assessments_mark_stale()")


class MarksStale(RunSQL):
    """A ledger (a table with `facility_id` and `division_code`) whose every change makes maintained facts stale."""

    def __init__(self, table):
        super().__init__(
            [
                f"CREATE TRIGGER {table}_stale_{event} AFTER {event.upper()} ON {table} {shape}"
                f" FOR EACH STATEMENT EXECUTE FUNCTION assessments_mark_stale()"
                for event, shape in _SHAPES.items()
            ],
            [f"DROP TRIGGER {table}_stale_{event} ON {table}" for event in _SHAPES],
        )


class MarksOwnFactStale(RunSQL):
    """The same for the facility's own row, which is a ledger too (枢纽街巷, 确认为空的台账)."""

    def __init__(self):
        super().__init__(
            [
                """CREATE FUNCTION assessments_mark_own_stale() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    IF TG_OP = 'INSERT' THEN
                        INSERT INTO assessments_facilityfact (facility_id, division_code, valid_from, valid_until,
                            layout, construction, lifecycle, is_clean, "values")
                        SELECT id, division_code, DATE '9999-12-31', DATE '9999-12-31', 0, -1, -1, false, ''::bytea
                        FROM new_rows ON CONFLICT (facility_id) DO UPDATE SET is_clean = false;
                    ELSE
                        UPDATE assessments_facilityfact SET is_clean = false
                        WHERE facility_id IN (SELECT id FROM new_rows);
                    END IF;
                    RETURN NULL;
                END $$""",
                *(
                    f"CREATE TRIGGER facilities_facility_stale_{event} AFTER {event.upper()} ON facilities_facility"
                    f" REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION assessments_mark_own_stale()"
                    for event in ("insert", "update")
                ),
            ],
            [
                *(
                    f"DROP TRIGGER facilities_facility_stale_{event} ON facilities_facility"
                    for event in ("insert", "update")
                ),
                "DROP FUNCTION assessments_mark_own_stale()",
            ],
        )


class BindInBulk(RunSQL):
    """The promises of a composite foreign key to the facility and to the run, checked per statement instead of per row.

    A row's facility exists under the same division code, its run exists and covered that code; a recoded facility takes
    its rows along; a facility that has rows cannot be deleted. For tables that are written by the hundred thousand.
    """

    def __init__(self, table, *, run):
        super().__init__(
            [
                f"""CREATE FUNCTION {table}_bound() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    IF EXISTS (SELECT FROM new_rows n WHERE NOT EXISTS (
                            SELECT FROM facilities_facility f
                            WHERE f.id = n.facility_id AND f.division_code = n.division_code)) THEN
                        RAISE EXCEPTION 'a row of {table} has no facility of its division'
                        USING ERRCODE = 'foreign_key_violation';
                    END IF;
                    IF TG_OP = 'INSERT' AND EXISTS (SELECT FROM (SELECT run_id, min(division_code) AS lo, max(division_code) AS hi
                                            FROM new_rows GROUP BY run_id) n
                               WHERE NOT EXISTS (SELECT FROM {run} r WHERE r.id = n.run_id
                                   AND n.lo >= r.division_code AND n.hi < r.division_code + 1000000)) THEN
                        RAISE EXCEPTION 'a row of {table} lies outside the district of its run'
                        USING ERRCODE = 'foreign_key_violation';
                    END IF;
                    RETURN NULL;
                END $$""",
                f"""CREATE FUNCTION {table}_follow() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    IF TG_OP = 'DELETE' THEN
                        IF EXISTS (SELECT FROM {table} v JOIN old_rows o ON o.id = v.facility_id) THEN
                            RAISE EXCEPTION 'a facility with rows in {table} cannot be deleted'
                            USING ERRCODE = 'foreign_key_violation';
                        END IF;
                    ELSIF EXISTS (SELECT FROM new_rows n JOIN old_rows o USING (id)
                                  WHERE n.division_code <> o.division_code) THEN
                        UPDATE {table} v SET division_code = n.division_code
                        FROM new_rows n JOIN old_rows o USING (id)
                        WHERE v.facility_id = n.id AND n.division_code <> o.division_code;
                    END IF;
                    RETURN NULL;
                END $$""",
                *(
                    f"""CREATE TRIGGER {table}_bound_{event.lower()} AFTER {event} ON {table}
                    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION {table}_bound()"""
                    for event in ("INSERT", "UPDATE")
                ),
                f"""CREATE TRIGGER {table}_follow_update AFTER UPDATE ON facilities_facility
                REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
                FOR EACH STATEMENT EXECUTE FUNCTION {table}_follow()""",
                f"""CREATE TRIGGER {table}_follow_delete AFTER DELETE ON facilities_facility
                REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION {table}_follow()""",
            ],
            [
                f"DROP TRIGGER {table}_follow_delete ON facilities_facility",
                f"DROP TRIGGER {table}_follow_update ON facilities_facility",
                f"DROP TRIGGER {table}_bound_update ON {table}",
                f"DROP TRIGGER {table}_bound_insert ON {table}",
                f"DROP FUNCTION {table}_follow()",
                f"DROP FUNCTION {table}_bound()",
            ],
        )


class ResultsStay(RunSQL):
    """A facility that goes over to another division leaves its results under the code they were published with.

    `BindInBulk` had them follow. Now run, facility and division are checked when a row is written and never change again.
    """

    def __init__(self, table):
        super().__init__(
            [
                f"DROP TRIGGER {table}_follow_update ON facilities_facility",
                f"DROP TRIGGER {table}_bound_update ON {table}",
                f"""CREATE FUNCTION {table}_stays() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    IF EXISTS (SELECT run_id, facility_id, division_code FROM new_rows
                               EXCEPT SELECT run_id, facility_id, division_code FROM old_rows) THEN
                        RAISE EXCEPTION 'a row of {table} stays with its run, facility and division'
                        USING ERRCODE = 'restrict_violation';
                    END IF;
                    RETURN NULL;
                END $$""",
                f"""CREATE TRIGGER {table}_stays_update AFTER UPDATE ON {table}
                REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
                FOR EACH STATEMENT EXECUTE FUNCTION {table}_stays()""",
            ],
            [
                f"DROP TRIGGER {table}_stays_update ON {table}",
                f"DROP FUNCTION {table}_stays()",
                f"""CREATE TRIGGER {table}_bound_update AFTER UPDATE ON {table}
                REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION {table}_bound()""",
                f"""CREATE TRIGGER {table}_follow_update AFTER UPDATE ON facilities_facility
                REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
                FOR EACH STATEMENT EXECUTE FUNCTION {table}_follow()""",
            ],
        )


class BindOnInsert(RunSQL):
    """A new row stands in the division of its facility; afterwards the facility may move and the row stays."""

    def __init__(self, table):
        super().__init__(
            [
                f"""CREATE FUNCTION {table}_bound() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    IF EXISTS (SELECT FROM new_rows n WHERE NOT EXISTS (
                            SELECT FROM facilities_facility f
                            WHERE f.id = n.facility_id AND f.division_code = n.division_code)) THEN
                        RAISE EXCEPTION 'a row of {table} has no facility of its division'
                        USING ERRCODE = 'foreign_key_violation';
                    END IF;
                    RETURN NULL;
                END $$""",
                f"""CREATE TRIGGER {table}_bound_insert AFTER INSERT ON {table}
                REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION {table}_bound()""",
            ],
            [f"DROP TRIGGER {table}_bound_insert ON {table}", f"DROP FUNCTION {table}_bound()"],
        )


class SetOnce(RunSQL):
    """Columns that are written once: empty first, then for good. A row in which one of `keeps` is set is not deleted either."""

    def __init__(self, table, *, columns, keeps):
        changed = " OR ".join(
            f"(coalesce(OLD.{column}::text, '') <> '' AND NEW.{column} IS DISTINCT FROM OLD.{column})"
            for column in columns
        )
        super().__init__(
            [
                f"""CREATE FUNCTION {table}_set_once() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    IF TG_OP = 'DELETE' THEN
                        IF coalesce(OLD.{keeps}::text, '') <> '' THEN
                            RAISE EXCEPTION 'this row of {table} is never edited' USING ERRCODE = 'restrict_violation';
                        END IF;
                        RETURN OLD;
                    END IF;
                    IF {changed} THEN
                        RAISE EXCEPTION 'this row of {table} is never edited' USING ERRCODE = 'restrict_violation';
                    END IF;
                    RETURN NEW;
                END $$""",
                f"""CREATE TRIGGER {table}_set_once BEFORE UPDATE OR DELETE ON {table}
                FOR EACH ROW EXECUTE FUNCTION {table}_set_once()""",
            ],
            [f"DROP TRIGGER {table}_set_once ON {table}", f"DROP FUNCTION {table}_set_once()"],
        )


class FrozenOnceFiled(RunSQL):
    """Rows of a self-evaluation are added, changed and removed only while it is open or sent back to its street.

    path: the way from the table's row `r` to the evaluation's id.
    """

    def __init__(self, table, *, path):
        super().__init__(
            [
                f"""CREATE FUNCTION {table}_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
                DECLARE r {table}; standing text;
                BEGIN
                    r := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
                    SELECT e.state INTO standing FROM assessments_selfevaluation e WHERE e.id = ({path});
                    IF standing NOT IN ('open', 'returned') THEN  -- out of sight: the keys and policies refuse the row
                        RAISE EXCEPTION 'a filed self-evaluation is frozen' USING ERRCODE = 'restrict_violation';
                    END IF;
                    RETURN r;
                END $$""",
                f"""CREATE TRIGGER {table}_frozen BEFORE INSERT OR UPDATE OR DELETE ON {table}
                FOR EACH ROW EXECUTE FUNCTION {table}_frozen()""",
            ],
            [f"DROP TRIGGER {table}_frozen ON {table}", f"DROP FUNCTION {table}_frozen()"],
        )
