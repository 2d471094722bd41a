"""Writes checked rows with the writers of their sheets, parents first."""

from collections.abc import Container

from facilities.imports.rows import Row
from facilities.imports.sheets import all_sheets
from facilities.models import Outcome

SOUND = frozenset({Outcome.NEW, Outcome.UPDATE})


def write(rows: list[Row], wanted: Container[Outcome] = SOUND) -> list[Row]:
    """Save the rows of the wanted outcomes, in the running transaction; those that were saved.

    A row about something that another row brings is left out with that row.
    """
    chosen: set[int] = set()
    written = []
    for sheet in all_sheets():
        mine = []
        for row in rows:
            waits_for = [parent for parent in row.parents if parent.is_new and id(parent) not in chosen]
            if row.sheet is sheet and row.outcome in wanted and not waits_for:
                chosen.add(id(row))
                mine.append(row)
        sheet.save(None, mine)
        written += mine
    return written
