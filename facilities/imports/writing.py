"""Writes checked rows with the writers of their sheets, parents first."""

from collections.abc import Container
from dataclasses import dataclass
from datetime import date, datetime

from facilities.imports.rows import Row
from facilities.imports.sheets import all_sheets
from facilities.models import Outcome
from tenants.models import User

SOUND = frozenset({Outcome.NEW, Outcome.UPDATE})


class ImportRefused(ValueError):
    """Why a step of an import cannot be done now, in words for the user."""


@dataclass(frozen=True, slots=True)
class Hand:
    """Who writes or takes back, when, and why, as the acts of the log name it."""

    by: User | None
    day: date
    now: datetime
    reason: str = ""


def write(rows: list[Row], wanted: Container[Outcome] = SOUND, hand: Hand | None = None) -> list[Row]:
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
        sheet.save(hand, mine)
        written += mine
    return written
