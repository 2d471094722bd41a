"""Parts of the agreement page and the partner page that others bring along."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a page. context(row, request, day): what its template needs, beside the page's own context."""

    key: str
    label: str
    template: str
    context: Callable[[Any, Any, date], dict]


_sections: dict[str, list[Section]] = {"agreement": [], "partner": []}


def add_section(page: str, section: Section) -> None:
    if all(known.key != section.key for known in _sections[page]):
        _sections[page].append(section)


def sections(page: str, row: Any, request: Any, day: date) -> list[tuple[Section, dict]]:
    """The parts of a page with what they show."""
    return [(section, section.context(row, request, day)) for section in _sections[page]]


def labels(page: str) -> list[tuple[str, str]]:
    """Key and label of the parts of a page."""
    return [(section.key, section.label) for section in _sections[page]]
