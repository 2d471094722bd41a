"""Whether a standard file may be published: what it quotes stands in the documents, and what it names exists."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from standards.rules.building import Data, RuleError, build
from standards.rules.follow_up import build_follow_up
from standards.rules.service import build_service
from standards.rules.vitality import build_scale

Clauses = Mapping[str, str]
"""Clause reference ("拱墅 三(一)1") → its text."""


def problems(data: Data, clauses: Clauses, register: Data | None = None, metrics: Iterable[str] = ()) -> list[str]:
    """What is wrong with a parsed file, one sentence each; empty if it may be published.

    register, metrics: what a criteria file is checked against.
    """
    kind = data["standard"]["kind"]
    found = list(_quotes(data, clauses))
    if kind == "criteria":
        found += _criteria(data, register, set(metrics))
    elif kind == "register":
        found += _register(data, clauses)
    elif kind == "catalogue":
        found += _items(data, clauses)
    elif kind in _BUILDERS:
        found += _buildable(data, _BUILDERS[kind])
    return found


_BUILDERS: dict[str, Callable[[Data], object]] = {
    "service": build_service,
    "vitality": build_scale,
    "follow_up": build_follow_up,
}


def _buildable(data: Data, make: Callable[[Data], object]) -> Iterator[str]:
    """A standard of its own shape can be built."""
    try:
        make(data)
    except (RuleError, KeyError) as error:
        yield str(error)


def _quotes(data: Data, clauses: Clauses) -> Iterator[str]:
    """Every quotation stands, letter by letter, in the clause that is named for it."""
    for entry in _with_clause(data):
        if entry["clause"] not in clauses:
            yield f"{entry['clause']}: no document has this clause"
            continue
        quotations = [entry.get("quote"), *(entry.get(each, {}).get("quote") for each in ("frequency", "also"))]
        for quotation in filter(None, quotations):
            if quotation not in clauses[entry["clause"]]:
                yield f"{entry['clause']}: “{quotation}” does not stand there"


def _with_clause(data: Data) -> Iterator[Data]:
    for table in ("criterion", "unjudged", "item", "gap", "duty"):
        yield from data.get(table, ())


def _criteria(data: Data, register: Data | None, metrics: set[str]) -> Iterator[str]:
    """A rule set can be built under every single option, and reads only metrics that are defined."""
    if register is None:
        yield f"There is no register of readings {data['version']['register']}"
        return
    keys = {entry["key"] for entry in register["interpretation"]}
    try:
        rules = build([data], register)
        for interpretation in register["interpretation"]:
            for option in interpretation.get("option", ()):
                build([data], register, {interpretation["key"]: option["key"]})
    except RuleError as error:
        yield str(error)
        return
    for metric in rules.metrics:
        if metric not in metrics:
            yield f"{metric}: this metric is not defined"
    for criterion in rules.criteria:
        for key in criterion.interpretations:
            if key not in keys:
                yield f"{criterion.key}: the register has no reading {key}"


def _register(data: Data, clauses: Clauses) -> Iterator[str]:
    """Every entry names existing clauses; its default is one of its options, or it says how we work."""
    for entry in data["interpretation"]:
        for clause in entry["clauses"]:
            if clause not in clauses:
                yield f"{entry['key']}: no document has the clause {clause}"
        options = [option["key"] for option in entry.get("option", ())]
        if options and entry["default"] not in options:
            yield f"{entry['key']}: the default {entry['default']} is not one of its options"
        if not options and not entry.get("reading"):
            yield f"{entry['key']}: neither options nor a reading"


def _items(data: Data, clauses: Clauses) -> Iterator[str]:
    """The name of an item stands in its clause."""
    for item in data["item"]:
        if item["name"] not in clauses.get(item["clause"], item["name"]):
            yield f"{item['number']}: “{item['name']}” does not stand in {item['clause']}"
