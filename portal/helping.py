"""Help as data: what a field counts for, what a word means. Read once from `fixtures/help`; clauses link to their document."""

import tomllib
from dataclasses import dataclass
from functools import cache

from django.conf import settings


@dataclass(frozen=True, slots=True)
class FieldHelp:
    """counts: what of it is counted, in plain words. clauses: references like 拱墅 三(一)1."""

    counts: str
    clauses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Term:
    """A word of the portal. also: other words under which it is looked for; pinyin: its order."""

    name: str
    pinyin: str
    text: str
    also: tuple[str, ...]
    clauses: tuple[str, ...]

    def answers(self, wanted: str) -> bool:
        text = wanted.lower()
        return any(text in part.lower() for part in (self.name, self.pinyin, self.text, *self.also, *self.clauses))


def field_help(form: type, name: str) -> FieldHelp | None:
    """The help of a form's field; a form has that of the forms it builds on."""
    known = _fields()
    return next((known[key] for one in form.__mro__ if (key := f"{one.__name__}.{name}") in known), None)


def terms(wanted: str = "") -> list[Term]:
    """The glossary, or what of it answers a search, in the order of pinyin."""
    return [term for term in _terms() if not wanted or term.answers(wanted)]


@cache
def _fields() -> dict[str, FieldHelp]:
    return {one["key"]: FieldHelp(one["counts"], tuple(one["clauses"])) for one in _read("fields")["field"]}


@cache
def _terms() -> tuple[Term, ...]:
    found = [
        Term(one["name"], one["pinyin"], one["text"], tuple(one["also"]), tuple(one["clauses"]))
        for one in _read("glossary")["term"]
    ]
    return tuple(sorted(found, key=lambda term: term.pinyin))


def _read(name: str) -> dict:
    return tomllib.loads((settings.BASE_DIR / f"fixtures/help/{name}.toml").read_text(encoding="utf-8"))
