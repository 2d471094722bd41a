"""The whole examination of a workbook before it is kept or read: limits, then the virus scanner."""

from pathlib import Path

from facilities.imports.limits import inspect
from facilities.uploads import antivirus


def examine(path: Path, name: str) -> str:
    """The kind of a file, "xlsx", "xls" or "csv"; raises UploadRefused."""
    kind = inspect(path, name)
    antivirus.scan(path)
    return kind
