"""Two people changed one row: what each of them wrote, who did what when, and which text a careful merge would begin with."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tenants.editing.forms import REASON, EditForm, as_before
from tenants.editing.rows import Editable
from tenants.models import RowChange

MINE, THEIRS = "mine", "theirs"


@dataclass(frozen=True, slots=True)
class Difference:
    """One field on which the two texts differ. `choice`: MINE where I changed it, THEIRS where only they did."""

    name: str
    label: str
    before: str
    mine: str
    theirs: str
    mine_raw: list[str]
    theirs_raw: list[str]
    choice: str
    by: str
    at: datetime | None

    @property
    def both_changed(self) -> bool:
        return self.choice == MINE and self.before != self.theirs


@dataclass(frozen=True, slots=True)
class Conflict:
    version: int  # that the row has now
    differences: list[Difference]
    same: dict[str, list[str]]  # texts of the other fields, to be sent on
    authors: list[str]
    last_at: datetime | None


def changes_since(row: Editable, version: int) -> list[RowChange]:
    """What was done to a row after `version`, newest first: one entry of its history a version."""
    rows = RowChange.objects.filter(table_name=row._meta.db_table, row_id=row.pk, operation=RowChange.Operation.UPDATE)
    rows = rows.exclude(after__has_key="division_code")  # moved by a re-organisation: no version (`tenants.versions`)
    owner = getattr(row, "facility_id", None) if row.facility_path != "id" else row.pk
    if owner is not None:
        rows = rows.filter(root_id=owner)
    return list(rows.select_related("user").order_by("-pk")[: max(row.version - version, 0)])


def conflict_of(form: EditForm, row: Editable, version: int) -> Conflict:
    """Compare a valid form, begun at `version`, with the row as it stands."""
    changes = changes_since(row, version)
    past: dict[str, Any] = {}
    for change in changes:
        past.update(change.before or {})  # the oldest entry has the last word
    theirs, before = form.values_of(row), form.values_of(as_before(row, past))
    mine = form.cleaned_data
    differences, same = [], {}
    for name in form.fields:
        if name == REASON or name not in theirs or mine[name] == theirs[name] or not (mine[name] or theirs[name]):
            same[name] = form.raw(mine)[name]
            continue
        last = next((c for c in changes if form.column(name) in (c.after or {})), None)
        differences.append(
            Difference(
                name=name,
                label=str(form.fields[name].label),
                before=form.told(name, before[name]),
                mine=form.told(name, mine[name]),
                theirs=form.told(name, theirs[name]),
                mine_raw=form.raw(mine)[name],
                theirs_raw=form.raw(theirs)[name],
                choice=THEIRS if mine[name] == before[name] else MINE,
                by=author(last),
                at=last.at if last else None,
            )
        )
    authors = list(dict.fromkeys(author(change) for change in changes))
    return Conflict(row.version, differences, same, authors, changes[0].at if changes else None)


def author(change: RowChange | None) -> str:
    if change is None:
        return ""
    return str(change.user) if change.user else "系统"
