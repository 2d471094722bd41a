"""Catalogues of functions, their crosswalk, and the metrics that criteria read."""

from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from standards.models import CrosswalkLink, FunctionItem, in_force
from standards.queries.versions import METRICS, version_in_force


@dataclass(frozen=True, slots=True)
class Metric:
    """A number that criteria read. `unit` is the written one: ㎡ and 元 are kept ×100, everything else as counted."""

    key: str
    name: str
    unit: str
    ledger: str
    counted: str
    is_structural: bool
    is_recorded: bool


def metrics(day: date) -> dict[str, Metric]:
    """Every metric by its key, in the order of the file."""
    version = version_in_force(METRICS, day)
    return {
        entry["key"]: Metric(
            key=entry["key"],
            name=entry["name"],
            unit=entry["unit"],
            ledger=entry["ledger"],
            counted=entry["counted"],
            is_structural=entry["nature"] == "structural",
            is_recorded=entry.get("recorded", True),
        )
        for entry in (version.data["metric"] if version else ())
    }


def catalogue_items(standard_key: str, day: date) -> QuerySet[FunctionItem]:
    """The items of a catalogue (CATALOGUE_GONGSHU, CATALOGUE_HANGZHOU) in force on a day, by number."""
    of_day = FunctionItem.objects.filter(in_force(day, "version__"))
    return of_day.filter(version__standard__key=standard_key).order_by("number")


def function_names(day: date) -> dict[int, str]:
    """Item number → name over both catalogues: 1–33 and 101–113."""
    of_day = FunctionItem.objects.filter(in_force(day, "version__")).order_by("number")
    return dict(of_day.values_list("number", "name"))


def crosswalk(day: date) -> dict[int, tuple[int, ...]]:
    """Item 1–33 → the sub-items 101–113 that it counts as; items that count as none are not in it."""
    found: dict[int, tuple[int, ...]] = {}
    links = CrosswalkLink.objects.filter(in_force(day, "version__")).order_by("item_number", "city_number")
    for item, city in links.values_list("item_number", "city_number"):
        found[item] = (*found.get(item, ()), city)
    return found
