"""The sheets that this app hangs into the workbook of the registry."""

from facilities.imports.sheets import register


def register_sheets() -> None:
    from engagement.imports.sheets import ACTIVITIES, FIGURES, VISITS

    register(ACTIVITIES, VISITS, FIGURES)
