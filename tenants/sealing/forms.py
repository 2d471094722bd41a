"""How a row of a log is written for sealing: one JSON array of named columns, instants as whole microseconds.

A form is never changed: batches name the form that they were sealed in. When a log gets a column, add a form.
"""

from dataclasses import dataclass

from tenants.audit_models import Log

_INSTANTS = {"at"}


@dataclass(frozen=True, slots=True)
class Form:
    table: str
    columns: tuple[str, ...]

    @property
    def text(self) -> str:
        """The SQL expression of a row's text."""
        return f"jsonb_build_array({', '.join(map(_written, self.columns))})::text"


def _written(column: str) -> str:
    return f"(extract(epoch FROM {column}) * 1000000)::bigint" if column in _INSTANTS else column


FORMS: dict[tuple[str, int], Form] = {
    (Log.ACT, 1): Form(
        "tenants_act",
        (
            "id",
            "at",
            "actor_id",
            "division_code",
            "verb",
            "subject",
            "subject_uuid",
            "reason",
            "address",
            "details",
        ),
    ),
    (Log.CHANGE, 1): Form(
        "tenants_rowchange",
        (
            "id",
            "at",
            "table_name",
            "row_id",
            "root_table",
            "root_id",
            "division_code",
            "operation",
            "user_id",
            "source",
            "reason",
            "before",
            "after",
        ),
    ),
}


def newest_form(log: str) -> int:
    return max(number for name, number in FORMS if name == log)
