"""Every route that writes, in HTML and in the API, is tried field by field in tests/structure/matrix/test_fields.py.

Which methods a route answers says docs/access.csv, and tests/structure/matrix/test_methods.py that this is so. Here stands
that each of those which write has a surface, without any exception: one that takes no field has an empty one, and then
nothing that is sent may have an effect. A view that does several things has a surface for each.
"""

import ast
import inspect
import textwrap
from collections.abc import Iterator
from types import CodeType, FunctionType

import pytest

from facilities.models import DecisionKind
from partners.money_views.funds import POSTS
from tests.structure import walk
from tests.structure.surfaces import SURFACES
from tests.structure.walk import WRITES, WRITING

# The forms that a word of the address names. A decision about what is no facility yet has a route of its own.
BY_ADDRESS = {
    "partners:fund_post": set(POSTS),
    "portal:lifecycle_start": set(DecisionKind.values) - {DecisionKind.NEW},
}


def test_every_route_that_writes_is_tried_field_by_field():
    assert WRITING.keys() == {name.partition(" ")[0] for name in SURFACES}


def test_a_route_writes_by_one_method():
    """So that one surface says what it takes."""
    assert [key for key in WRITING if len(WRITES & set(walk.DECLARED[key])) > 1] == []


@pytest.mark.parametrize("key", WRITING)
def test_every_act_of_a_route_is_tried_field_by_field(key):
    tried = {name.partition(" ")[2] for name in SURFACES if name.partition(" ")[0] == key}
    assert acts_of(WRITING[key]) | BY_ADDRESS.get(key, set()) <= tried


def test_acts_are_found_in_tables_and_in_comparisons():
    """Where each kind of view would be missed without it."""
    assert acts_of(WRITING["partners:exemplar_act"]) == {"send", "release", "take_back"}
    assert acts_of(WRITING["portal:decision_act"]) == {"confirm", "abandon", "undo"}
    assert acts_of(WRITING["partners:payment_decide"]) == {"refuse"}
    assert acts_of(WRITING["assessments:evaluated_decide"]) == {"confirm", "correct", "undo"}


# --- what a view tells apart ------------------------------------------------------------------------------------------


def acts_of(route) -> set[str]:
    """The values of `act` that a view tells apart: the keys of its table of acts, or what it compares the field with."""
    found: set[str] = set()
    for function in _functions_of(route):
        for name in _names_in(function.__code__) & {"ACTS", "_ACTS"}:
            found |= set(function.__globals__[name])
        found |= set(_compared(ast.parse(textwrap.dedent(inspect.getsource(function)))))
    return found


def _functions_of(route) -> list[FunctionType]:
    """The view and every function of its module that it leads to."""
    method = walk.writing_method(route).lower()
    of_class = getattr(route.view, "cls", None) or getattr(route.view, "view_class", None)
    return list(_reached(inspect.unwrap(getattr(of_class, method) if of_class else route.view), {}).values())


def _reached(function, known: dict[str, FunctionType]) -> dict[str, FunctionType]:
    function = _innermost(function)
    if function.__qualname__ in known:
        return known
    known[function.__qualname__] = function
    for name in _names_in(function.__code__):
        other = inspect.unwrap(function.__globals__.get(name, None))
        if inspect.isfunction(other) and other.__module__ == function.__module__:
            _reached(other, known)
    return known


def _innermost(function) -> FunctionType:
    """The method of pages that are made of a class (`ContactPages`) stands in a closure."""
    for cell in function.__closure__ or ():
        if inspect.ismethod(cell.cell_contents):
            return cell.cell_contents.__func__
    return function


def _names_in(code: CodeType) -> set[str]:
    inner = (_names_in(one) for one in code.co_consts if isinstance(one, CodeType))
    return set(code.co_names).union(*inner)


def _compared(tree: ast.AST) -> Iterator[str]:
    """The texts with which the field `act`, or a name for it, is compared."""
    bound = {"act"} | {name for name, value in _bindings(tree) if _is_act(value, set())}
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and _is_act(node.left, bound):
            yield from _texts(node.comparators)
        elif isinstance(node, ast.Match) and _is_act(node.subject, bound):
            yield from _texts([case.pattern for case in node.cases])


def _bindings(tree: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Every name that is given a value, also beside others: `what, act = first, second`."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Assign):
            continue
        for target in node.targets:
            side_by_side = isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple)
            pairs = zip(target.elts, node.value.elts, strict=True) if side_by_side else [(target, node.value)]
            yield from ((name.id, value) for name, value in pairs if isinstance(name, ast.Name))


def _is_act(node: ast.AST, bound: set[str]) -> bool:
    """`request.POST.get("act", …)`, `request.POST["act"]`, or a name for it."""
    if isinstance(node, ast.Name):
        return node.id in bound
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
        return ast.unparse(node.func).endswith(".POST.get") and ast.unparse(node.args[0]) == "'act'"
    return ast.unparse(node).endswith(".POST['act']")


def _texts(nodes: list) -> Iterator[str]:
    for node in nodes:
        for one in ast.walk(node):
            if isinstance(one, ast.Constant) and isinstance(one.value, str) and one.value:
                yield one.value
