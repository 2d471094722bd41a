"""Which environment variables the code reads, found in the code itself."""

import ast
from pathlib import Path

from launcher.checkout import ROOT

_SETTINGS_READERS = {"text", "flag", "words"}


def _calls(path: Path):
    return (node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call))


def _first_word(call: ast.Call) -> str | None:
    first = call.args[0] if call.args else None
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None


def read_by_settings() -> set[str]:
    """Names given to `env.text`, `env.flag` and `env.words` in happyhome/settings.py."""
    calls = _calls(ROOT / "happyhome/settings.py")
    found = {_first_word(c) for c in calls if isinstance(c.func, ast.Attribute) and c.func.attr in _SETTINGS_READERS}
    return {name for name in found if name and name.isupper()}


def read_by_gunicorn() -> set[str]:
    calls = _calls(ROOT / "deploy/gunicorn.conf.py")
    return {name for c in calls if (name := _first_word(c)) and name.isupper()}


def read_by_launcher() -> set[str]:
    """Names that the launcher asks `os.environ` for and that are the portal's own."""
    found = {_first_word(call) for path in (ROOT / "launcher").glob("*.py") for call in _calls(path)}
    return {name for name in found if name and name.startswith("HAPPYHOME_")}
