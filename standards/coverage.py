"""Which requirements of `docs/requirements.csv` have tests: read from the markers in the test files, without running them."""

import ast
import csv
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Requirement:
    """One row of the list. `clause` is empty where the documents do not say it themselves."""

    id: str
    module: str
    clause: str
    text: str


def requirements(path: Path) -> list[Requirement]:
    with path.open(encoding="utf-8", newline="") as file:
        return [Requirement(**row) for row in csv.DictReader(file)]


def marked_tests(folder: Path) -> Counter[str]:
    """Requirement id → number of tests below a folder that say they show it.

    Counted: test functions marked `@pytest.mark.requirement("TIER-2", …)` (also on their class or module), and cases of
    clause tests in TOML (`requirements = ["TIER-2"]`).
    """
    found: Counter[str] = Counter()
    for path in sorted(folder.rglob("test_*.py")):
        for ids in _marked_tests(ast.parse(path.read_text(encoding="utf-8"))):
            found.update(set(ids))
    for path in sorted(folder.rglob("*.toml")):
        for entry in tomllib.loads(path.read_text(encoding="utf-8")).get("clause", ()):
            cases = sum(len(case.get("type", ("",))) for case in entry["case"])
            found.update(dict.fromkeys(entry["requirements"], cases))
    return found


def _marked_tests(tree: ast.Module) -> Iterator[list[str]]:
    """The ids of every test function of a module."""
    module = [
        requirement
        for node in tree.body
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "pytestmark" for t in node.targets)
        for requirement in _ids(node.value)
    ]
    for node in tree.body:
        inherited = module
        if isinstance(node, ast.ClassDef):
            inherited = module + [each for decorator in node.decorator_list for each in _ids(decorator)]
        for test in node.body if isinstance(node, ast.ClassDef) else [node]:
            if isinstance(test, ast.FunctionDef) and test.name.startswith("test_"):
                yield inherited + [each for decorator in test.decorator_list for each in _ids(decorator)]


def _ids(node: ast.AST) -> Iterator[str]:
    """The literal arguments of every `….requirement(…)` call in an expression."""
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "requirement":
            yield from (str(each.value) for each in call.args if isinstance(each, ast.Constant))
