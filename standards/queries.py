"""Reads: versions in force, the rule set of a district on a day, clauses in their context, catalogues and readings."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from django.db.models import QuerySet

from standards.models import (
    Clause,
    CrosswalkLink,
    Document,
    FunctionItem,
    InterpretationRuling,
    StandardKind,
    StandardVersion,
)
from standards.rules import RuleSet, build
from tenants.rules import code_range

REGISTER, METRICS, CROSSWALK = "interpretations", "metrics", "crosswalk"
CATALOGUE_GONGSHU, CATALOGUE_HANGZHOU = "catalogue-gongshu", "catalogue-hangzhou"


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


@dataclass(frozen=True, slots=True)
class Option:
    """One way to read a sentence. `changes` are the keys of the criteria that it alters."""

    key: str
    label: str
    changes: tuple[str, ...]
    is_compared: bool


@dataclass(frozen=True, slots=True)
class Interpretation:
    """An entry of the register. Without options it only records how we work (`reading`)."""

    key: str
    title: str
    clauses: tuple[str, ...]
    question: str
    why: str
    default: str
    reading: str
    options: tuple[Option, ...]

    def option(self, key: str) -> Option:
        """KeyError if the register has no such option."""
        for option in self.options:
            if option.key == key:
                return option
        raise KeyError(key)

    @property
    def is_open(self) -> bool:
        """Whether a district can rule on it."""
        return len(self.options) > 1


@dataclass(frozen=True, slots=True)
class ClauseContext:
    """A clause with the headings above it and its neighbours under the same heading, all in document order."""

    clause: Clause
    headings: tuple[Clause, ...]
    before: tuple[Clause, ...]
    after: tuple[Clause, ...]


# --- versions and rules -----------------------------------------------------------------------------------------------


def version_in_force(standard_key: str, day: date) -> StandardVersion | None:
    """The version of a standard in force on a day, with its standard and document; None if there is none."""
    return (
        StandardVersion.objects.in_force(day)
        .select_related("standard", "document")
        .filter(standard__key=standard_key)
        .first()
    )


def versions_in_force(division_code: int, day: date) -> tuple[StandardVersion, ...]:
    """The standards that a division's facilities are judged by on a day: its district's own first, then the city's."""
    codes = code_range(division_code)
    found = (
        StandardVersion.objects.in_force(day)
        .select_related("standard", "document")
        .filter(standard__kind=StandardKind.CRITERIA, standard__division_code__in=(codes.lo, *codes.ancestors))
        .order_by("-standard__division_code")
    )
    return tuple(found)


def ruleset(
    versions: StandardVersion | Iterable[StandardVersion],
    division_code: int,
    day: date,
    *,
    known_at: datetime | None = None,
) -> RuleSet:
    """The rule set of one or more versions under the rulings of a district in force on a day.

    known_at: take only rulings made by this moment, for the replay of a past run. Reads rulings within the open scope.
    """
    return ruleset_read_as(versions, readings_in_force(division_code, day, known_at=known_at))


def ruleset_read_as(
    versions: StandardVersion | Iterable[StandardVersion], readings: Mapping[str, str] | None = None
) -> RuleSet:
    """The rule set under given readings (interpretation → option, else the default): a replay, or the reading switch.

    Raises standards.rules.RuleError where a reading is not an option of the register.
    """
    chosen = (versions,) if isinstance(versions, StandardVersion) else tuple(versions)
    return _built(tuple(version.pk for version in chosen), tuple(sorted((readings or {}).items())))


@lru_cache(maxsize=256)  # published versions never change, so neither does what is built of them
def _built(version_ids: tuple[int, ...], readings: tuple[tuple[str, str], ...]) -> RuleSet:
    by_id = StandardVersion.objects.in_bulk(version_ids)
    standards = [by_id[pk].data for pk in version_ids]
    numbers = {standard["version"]["register"] for standard in standards}
    registers = StandardVersion.objects.filter(standard__key=REGISTER, number__in=numbers)
    if len(numbers) != 1 or len(registers) != 1:
        raise ValueError(f"Standards that are judged together share one register of readings, not {sorted(numbers)}")
    known = {entry["key"] for entry in registers[0].data["interpretation"]}
    return build(standards, registers[0].data, {key: option for key, option in readings if key in known})


# --- readings ---------------------------------------------------------------------------------------------------------


def interpretations(day: date) -> tuple[Interpretation, ...]:
    """The register of readings in force on a day, in its order."""
    version = version_in_force(REGISTER, day)
    return tuple(_interpretation(entry) for entry in version.data["interpretation"]) if version else ()


def rulings(division_code: int, *, known_at: datetime | None = None) -> QuerySet[InterpretationRuling]:
    """The rulings of the district that a division lies in, newest effective day first. Row level security applies."""
    codes = code_range(division_code)
    found = InterpretationRuling.objects.filter(division_code__in=(codes.lo, *codes.ancestors))
    found = found.select_related("ruled_by")
    return found if known_at is None else found.filter(ruled_at__lte=known_at)


def rulings_in_force(
    division_code: int, day: date, *, known_at: datetime | None = None
) -> dict[str, InterpretationRuling]:
    """Interpretation → the ruling in force on a day: the latest effective one, of two on one day the later made."""
    in_force: dict[str, InterpretationRuling] = {}
    for ruling in rulings(division_code, known_at=known_at).filter(effective_from__lte=day):
        in_force.setdefault(ruling.interpretation, ruling)
    return in_force


def readings_in_force(division_code: int, day: date, *, known_at: datetime | None = None) -> dict[str, str]:
    """Interpretation → option, of those that a district has ruled on. All others are read by default."""
    return {key: made.option for key, made in rulings_in_force(division_code, day, known_at=known_at).items()}


def _interpretation(entry: Mapping) -> Interpretation:
    return Interpretation(
        key=entry["key"],
        title=entry["title"],
        clauses=tuple(entry["clauses"]),
        question=entry["question"],
        why=entry["why"],
        default=entry.get("default", ""),
        reading=entry.get("reading", ""),
        options=tuple(
            Option(
                option["key"],
                option["label"],
                tuple(key for change in option.get("change", ()) for key in change["criteria"]),
                option.get("compare", True),
            )
            for option in entry.get("option", ())
        ),
    )


# --- catalogues and metrics -------------------------------------------------------------------------------------------


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
    version = version_in_force(standard_key, day)
    return FunctionItem.objects.filter(version=version).order_by("number") if version else FunctionItem.objects.none()


def function_names(day: date) -> dict[int, str]:
    """Item number → name over both catalogues: 1–33 and 101–113."""
    keys = (CATALOGUE_GONGSHU, CATALOGUE_HANGZHOU)
    return {item.number: item.name for key in keys for item in catalogue_items(key, day)}


def crosswalk(day: date) -> dict[int, tuple[int, ...]]:
    """Item 1–33 → the sub-items 101–113 that it counts as; items that count as none are not in it."""
    version = version_in_force(CROSSWALK, day)
    found: dict[int, list[int]] = {}
    links = CrosswalkLink.objects.filter(version=version).order_by("item_number", "city_number")
    for item, city in links.values_list("item_number", "city_number") if version else ():
        found.setdefault(item, []).append(city)
    return {item: tuple(cities) for item, cities in found.items()}


# --- documents --------------------------------------------------------------------------------------------------------


def find_clause(reference: str) -> Clause | None:
    """The clause that a reference names: "拱墅 三(一)1" is number 三(一)1 of the document 拱墅."""
    short_name, _, number = reference.partition(" ")
    return Clause.objects.select_related("document").filter(document__short_name=short_name, number=number).first()


def clause_context(document: Document, number: str, *, around: int = 1) -> ClauseContext | None:
    """A clause in its context: the headings above, and up to `around` neighbours on each side under its heading."""
    clauses = {clause.pk: clause for clause in document.clauses.order_by("order")}
    clause = next((each for each in clauses.values() if each.number == number), None)
    if clause is None:
        return None
    siblings: Sequence[Clause] = [each for each in clauses.values() if each.parent_id == clause.parent_id]
    place = siblings.index(clause)
    headings: list[Clause] = []
    above = clauses.get(clause.parent_id)
    while above is not None:
        headings.insert(0, above)
        above = clauses.get(above.parent_id)
    return ClauseContext(
        clause=clause,
        headings=tuple(headings),
        before=tuple(siblings[max(0, place - around) : place]),
        after=tuple(siblings[place + 1 : place + 1 + around]),
    )
