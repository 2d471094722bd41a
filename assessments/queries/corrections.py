"""After publication a standard or a ruling turns out wrong: what changed since, the correction run, both side by side."""

from dataclasses import dataclass

import numpy as np

from assessments.models import Directory, DirectoryEntry, DocumentKind, PublishedDocument, Run, RunKind
from assessments.queries.replay import stored_run
from assessments.queries.rule_sets import standard_in_force
from assessments.rules.labels import TIER_LABELS
from standards.queries import interpretations, readings_in_force
from standards.rules import Tier


@dataclass(frozen=True, slots=True)
class Change:
    """A part of the basis that is another one now. before, after: as people read it."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Compared:
    """One facility: what was published, and what the correction run gives with the same verified values."""

    entry: DirectoryEntry
    before: int
    after: int


def basis_changes(directory: Directory) -> list[Change]:
    """Standards and rulings in force today for the quarter's last day, where they are not those that judged."""
    run, day = directory.run, directory.run.period.last_day
    found = []
    if (now := standard_in_force(run.division_code, day)) != run.standard:
        found.append(Change("标准版本", run.standard, now))
    was, rulings = run.readings, readings_in_force(run.division_code, day)
    for entry in interpretations(day):
        before, after = was.get(entry.key), rulings.get(entry.key)
        if before != after:
            words = {option.key: option.label for option in entry.options}
            found.append(Change(f"{entry.key} {entry.title}", _read(before, words), _read(after, words)))
    return found


def _read(option: str | None, words: dict[str, str]) -> str:
    return words.get(option, option) if option else "没有裁定，按默认读法"


def correction_run(directory: Directory) -> Run | None:
    """The newest run of the same quarter that was asked for after the one that the directory rests on."""
    runs = Run.objects.filter(
        division_code=directory.run.division_code,
        quarter=directory.run.quarter,
        kind=RunKind.QUARTERLY,
        pk__gt=directory.run_id,
    )
    return runs.select_related("requested_by").order_by("-pk").first()


def facts_that_differ(first: Run, second: Run) -> int:
    """How many facilities have other facts in the second run: corrections of the registry, not of the standard."""
    if first.fact_hash == second.fact_hash:
        return 0
    one, other = stored_run(first).table, stored_run(second).table
    same = np.intersect1d(one.facility_ids, other.facility_ids)
    mine, theirs = (table.take(np.isin(table.facility_ids, same)) for table in (one, other))
    differ = mine.construction != theirs.construction
    for metric in mine.columns.keys() & theirs.columns.keys():
        differ |= mine.columns[metric] != theirs.columns[metric]
    return int(differ.sum()) + len(one) + len(other) - 2 * len(same)


def side_by_side(directory: Directory, entries: list[DirectoryEntry]) -> list[Compared]:
    """The facilities whose tier would be another one; `entries` as the correction run gives them, nothing written."""
    before = dict(directory.entries.values_list("facility_id", "tier"))
    rows = [Compared(entry, before.get(entry.facility_id, 0), entry.tier) for entry in entries]
    return sorted(
        (row for row in rows if row.before != row.after), key=lambda row: (row.after - row.before, row.entry.name)
    )


def replacement(directory: Directory, document: PublishedDocument) -> dict:
    """What the numbered notice of a reissue says: which version takes the place of which, why, and every tier that moved."""
    old = directory.supersedes
    replaced = PublishedDocument.objects.filter(
        kind=DocumentKind.DIRECTORY,
        district=directory.round.own_district,
        year=directory.year,
        number=old.revision if old else 0,
    ).first()
    before = dict(old.entries.values_list("facility_id", "tier")) if old else {}
    moved = [
        {
            "code": entry.facility.code, "name": entry.name, "field": "tier_label",
            "before": TIER_LABELS[Tier(max(before.get(entry.facility_id, 0), 0))], "after": TIER_LABELS[Tier(entry.tier)],
        }
        for entry in directory.entries.select_related("facility").order_by("facility__code")
        if max(before.get(entry.facility_id, 0), 0) != entry.tier
    ]  # fmt: skip
    return {
        "directory": str(document.uuid), "replaces": str(replaced.uuid) if replaced else "", "reason": directory.reason,
        "old_revision": old.revision if old else 0, "new_revision": directory.revision, "changes": moved,
    }  # fmt: skip
