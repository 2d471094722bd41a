"""What a workbook must pass before anybody reads it: one set of limits for all that people upload.

The limits and the virus scanner belong to an app above this one; it says so from `AppConfig.ready`, as with open work.
"""

from collections.abc import Callable
from pathlib import Path

Check = Callable[[Path, str], object]  # the file, and what its owner calls it; raises ValueError with words for them

_checks: list[Check] = []


def examines_workbooks(check: Check) -> None:
    """Let `check` look at every workbook that is read in this app."""
    if check not in _checks:
        _checks.append(check)


def examine(path: Path, name: str) -> None:
    """Raises ValueError, with words for whoever uploaded it, for a workbook that must not be opened."""
    if not _checks:
        raise ValueError("上传检查没有启用，没有打开这份文件。请告诉系统管理员。")
    for check in _checks:
        check(path, name)
