"""What the facts would be: changes are written with the import's writers, read by the facts' own path, and taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import DatabaseError, transaction

from assessments.queries.facts import Collected, collect_some
from assessments.rules.catalogue import FunctionCatalogue
from assessments.rules.explanation import Facts
from facilities.imports.rows import Row
from facilities.imports.writing import SOUND, write
from facilities.models import Outcome

_EVERYTHING = SOUND | {Outcome.CONFIRM}


@dataclass(frozen=True, slots=True)
class Trial:
    """facts: None where the facility is not judged (`unread` says why: its lifecycle, or no_state).

    refused: the rows cannot be stored together; then the facts are those of the registry.
    """

    facts: Facts | None
    unread: str = ""
    refused: bool = False


class _TakeBack(Exception):
    pass


def try_rows(rows: Sequence[Row], *, facility_id: int, day: date, catalogue: FunctionCatalogue | None = None) -> Trial:
    """The facts of one facility on a day if the sound ones of these rows were written. Nothing is.

    catalogue: of the functions on that day, where the caller has read it already.

    Call it inside a transaction: the writes live in a savepoint of it. Afterwards the rows' objects must not be used.
    """
    if not rows:
        return _read(collect_some([facility_id], day, catalogue))
    collected = None
    try:
        with transaction.atomic():
            write(list(rows), _EVERYTHING)
            collected = collect_some([facility_id], day, catalogue)
            raise _TakeBack
    except _TakeBack:
        assert collected is not None
        return _read(collected)
    except DatabaseError:
        plain = _read(collect_some([facility_id], day, catalogue))
        return Trial(plain.facts, plain.unread, refused=True)


def _read(collected: Collected) -> Trial:
    if collected.unread:
        return Trial(None, collected.unread[0].reason)
    table = collected.table
    if not len(table):
        return Trial(None, "no_state")
    return Trial(Facts.of_row(table.columns, 0, int(table.construction[0])))
