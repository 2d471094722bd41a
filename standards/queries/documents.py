"""The documents clause by clause."""

from collections.abc import Sequence
from dataclasses import dataclass

from standards.models import Clause, Document, StandardKind, StandardVersion
from standards.wording import anchor


@dataclass(frozen=True, slots=True)
class ClauseContext:
    """A clause with the headings above it and its neighbours under the same heading, all in document order."""

    clause: Clause
    headings: tuple[Clause, ...]
    before: tuple[Clause, ...]
    after: tuple[Clause, ...]


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


# --- for pages --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AnnotatedClause:
    """A clause as the page of its document shows it: its id there, what is wrong with the text, what was made of it."""

    clause: Clause
    anchor: str
    defects: tuple[dict, ...]
    criteria: tuple[tuple[StandardVersion, dict], ...]

    @property
    def cells(self) -> tuple[str, ...]:
        """The cells of a table row (the annexed list of functions); empty for running text."""
        return (
            tuple(cell.strip() for cell in self.clause.text.split("|") if cell.strip())
            if "|" in self.clause.text
            else ()
        )


def annotated_clauses(document: Document) -> list[AnnotatedClause]:
    """Every clause of a document in its order, with defects and with the criteria of the newest versions made of it."""
    newest: dict[int, StandardVersion] = {}
    for version in document.versions.filter(standard__kind=StandardKind.CRITERIA).select_related("standard"):
        newest.setdefault(version.standard_id, version)  # ordered by the day they begin, the latest first
    made = [(version, entry) for version in newest.values() for entry in version.data["criterion"]]
    return [
        AnnotatedClause(
            clause=clause,
            anchor=anchor(clause.number),
            defects=tuple(defect for defect in document.defects if defect["clause"] == clause.number),
            criteria=tuple(pair for pair in made if pair[1]["clause"] == f"{document.short_name} {clause.number}"),
        )
        for clause in document.clauses.order_by("order")
    ]
