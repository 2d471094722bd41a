"""How ambiguous sentences are read: the register, the rulings of a district, and the rule set that results."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from django.db.models import QuerySet

from standards.models import InterpretationRuling, StandardVersion
from standards.queries.catalogues import metrics
from standards.queries.versions import REGISTER, version_in_force, versions_in_force
from standards.rules import Criterion, RuleSet, build
from standards.wording import condition_text
from tenants.rules import district_of


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
    contents = tuple((version.pk, version.content_sha256) for version in chosen)
    return _built(contents, tuple(sorted((readings or {}).items())))


@lru_cache(maxsize=256)  # published versions never change, so neither does what is built of them
def _built(contents: tuple[tuple[int, str], ...], readings: tuple[tuple[str, str], ...]) -> RuleSet:
    by_id = StandardVersion.objects.in_bulk([pk for pk, _ in contents])
    standards = [by_id[pk].data for pk, _ in contents]
    numbers = {standard["version"]["register"] for standard in standards}
    registers = StandardVersion.objects.filter(standard__key=REGISTER, number__in=numbers)
    if len(numbers) != 1 or len(registers) != 1:
        raise ValueError(f"Standards that are judged together share one register of readings, not {sorted(numbers)}")
    known = {entry["key"] for entry in registers[0].data["interpretation"]}
    return build(standards, registers[0].data, {key: option for key, option in readings if key in known})


def interpretations(day: date) -> tuple[Interpretation, ...]:
    """The register of readings in force on a day, in its order."""
    version = version_in_force(REGISTER, day)
    return tuple(_interpretation(entry) for entry in version.data["interpretation"]) if version else ()


def rulings(division_code: int, *, known_at: datetime | None = None) -> QuerySet[InterpretationRuling]:
    """The rulings of the district that a division lies in, newest effective day first. Row level security applies."""
    found = InterpretationRuling.objects.filter(division_code=district_of(division_code)).select_related("ruled_by")
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


# --- for pages --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Entry:
    """An interpretation as a district reads it on a day.

    rulings: all that the district has made on it, newest first. ruling: the one in force; None where it reads by default.
    """

    interpretation: Interpretation
    option_key: str
    ruling: InterpretationRuling | None
    upcoming: tuple[InterpretationRuling, ...]
    rulings: tuple[InterpretationRuling, ...]

    @property
    def label(self) -> str:
        """The words of the present option, or how we work where there is nothing to choose."""
        options = self.interpretation.options
        return self.interpretation.option(self.option_key).label if options else self.interpretation.reading

    @property
    def history(self) -> list[tuple[InterpretationRuling, str]]:
        """Every ruling with the words of its option."""
        labels = {option.key: option.label for option in self.interpretation.options}
        return [(made, labels.get(made.option, made.option)) for made in self.rulings]


@dataclass(frozen=True, slots=True)
class Effect:
    """What one option does to one criterion, against the present reading."""

    title: str
    before: str
    after: str


def readings_of(division_code: int, day: date) -> dict[str, Entry]:
    """The whole register, by key, as the district of a division reads it on a day."""
    made = list(rulings(division_code))
    return {
        entry.key: _entry(entry, [each for each in made if each.interpretation == entry.key], day)
        for entry in interpretations(day)
    }


def _entry(interpretation: Interpretation, made: list[InterpretationRuling], day: date) -> Entry:
    in_force = next((each for each in made if each.effective_from <= day), None)
    return Entry(
        interpretation=interpretation,
        option_key=in_force.option if in_force else interpretation.default,
        ruling=in_force,
        upcoming=tuple(each for each in made if each.effective_from > day),
        rulings=tuple(made),
    )


def effects(
    division_code: int, entries: Mapping[str, Entry], key: str, day: date
) -> list[tuple[Option, tuple[Effect, ...]]]:
    """The options of an interpretation, each with what it would change in the criteria of a district on a day.

    entries: how the district reads everything (`readings_of`); all but this interpretation stays as it is.
    """
    options = entries[key].interpretation.options
    versions = versions_in_force(division_code, day) if options else ()
    if not versions:
        return [(option, ()) for option in options]
    names = {metric.key: metric.name for metric in metrics(day).values()}
    chosen = {other: entry.option_key for other, entry in entries.items() if entry.ruling}
    present = ruleset_read_as(versions, chosen).criteria
    return [
        (option, _effects(present, ruleset_read_as(versions, {**chosen, key: option.key}).criteria, names))
        for option in options
    ]


def _effects(present: Iterable[Criterion], other: Iterable[Criterion], names: Mapping[str, str]) -> tuple[Effect, ...]:
    return tuple(
        Effect(now.title, condition_text(now, names), condition_text(then, names))
        for now, then in zip(present, other, strict=True)
        if now != then
    )
