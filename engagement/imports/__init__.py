"""The sheets that this app hangs into the workbook of the registry."""


def register_sheets() -> None:
    """Add the sheets of activities and counts."""
