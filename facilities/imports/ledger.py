"""Rows of a dated ledger of a facility (sites, spaces, functions, operators, projects): matching and saving alike.

A row is about the registered row with the same natural key and first day. Blank cells leave stored values alone.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import models

from facilities.imports.check import Check, require_for_new
from facilities.imports.rows import Difference, Row
from facilities.operations.bulk import save_rows


@dataclass(frozen=True)
class Ledger:
    """`identity`: attributes that, with facility and first day, say which row is meant. `attributes`: column → attribute.

    `prepare(check, row, facility)` resolves references into `row.also[attribute]` and checks what spans columns;
    it runs before matching. `finish(check, row)` runs after it.
    """

    model: type[models.Model]
    identity: tuple[str, ...]
    attributes: dict[str, str]
    word: str
    prepare: Callable[[Check, Row, Any], None] | None = None
    finish: Callable[[Check, Row], None] | None = None
    defaults: dict[str, Any] = field(default_factory=dict)
    resolved: frozenset[str] = frozenset()  # attributes whose cells are names or numbers that `prepare` looks up
    since_opening: bool = False  # without a first day of its own it has been there since the facility opened

    def match(self, check: Check, rows: list[Row]) -> None:
        owners = [(row, check.facility(row)) for row in rows]
        stored = self._stored({facility.pk for _, facility in owners if facility is not None and facility.pk})
        claimed: dict[tuple, Row] = {}
        named, unknown = [], []
        for row, facility in owners:
            if facility is None:
                continue
            if self.prepare:
                self.prepare(check, row, facility)
            if row.is_broken(*self._identity_columns()) or not self._is_named(row):
                continue
            named.append(row)
            if not self._match_registered(row, facility, stored, claimed):
                unknown.append((row, facility))
        for row, facility in unknown:  # after the others: an end that another row sets makes room for a new beginning
            self._prepare_new(check, row, facility, stored, claimed)
        for row in named:
            _dates_in_order(row)
            if self.finish:
                self.finish(check, row)

    def save(self, check: Check, rows: list[Row]) -> None:
        save_rows(self.model, rows)

    def _identity_columns(self) -> list[str]:
        return [column for column, attribute in self.attributes.items() if attribute in self.identity]

    def _naming_column(self, row: Row) -> str:
        """The column that names what the row is about: the one that is filled in, where several could."""
        columns = list(self._identity_columns())
        return next((column for column in columns if column in row.values), (*columns, "facility")[0])

    def _is_named(self, row: Row) -> bool:
        given = self._given(row)
        return all(attribute in given or attribute in self.defaults for attribute in self.identity)

    def _given(self, row: Row) -> dict[str, Any]:
        """The attributes that a row sets: its cells, what `prepare` resolved, and None where it says 清空."""
        given = {a: row.values[c] for c, a in self.attributes.items() if c in row.values and a not in self.resolved}
        for column in row.cleared:
            if attribute := self.attributes.get(column):
                given[attribute] = _empty(self.model, attribute)
        named = set(self.attributes.values())  # what else `prepare` noted is written beside the row
        return given | {attribute: value for attribute, value in row.also.items() if attribute in named}

    def _stored(self, ids: Iterable[int]) -> dict[tuple, list[models.Model]]:
        found = defaultdict(list)
        named = {*self.identity, *self.resolved} & {
            field.name for field in self.model._meta.fields if field.is_relation
        }
        registered = self.model.objects.filter(facility_id__in=list(ids)).order_by("starts_on", "pk")
        for instance in registered.select_related(*named) if named else registered:
            found[self._key(instance.facility_id, instance.__dict__)].append(instance)
        return found

    def _key(self, facility_key: Any, values: dict[str, Any]) -> tuple:
        return (facility_key, *(_plain(_read(values, a, self.defaults.get(a))) for a in self.identity))

    def _match_registered(self, row: Row, facility, stored, claimed) -> bool:
        """Whether the row is about something registered; if so, note what it changes."""
        given = self._given(row)
        key = self._key(facility.pk or id(facility), given)
        starts_on = given.get("starts_on")
        row.label = f"{facility.name} · {row.label or self._name(row)}"
        if row.about is not None:
            instance = self._meant(row, key, given, stored, claimed)
        else:
            candidates = stored.get(key, [])
            instance = next((c for c in candidates if c.starts_on == starts_on), None)
            if instance is None and starts_on is None and candidates:
                instance = candidates[-1]
        if instance is None:
            return row.about is not None
        self._claim(row, claimed, (*key, instance.starts_on))
        instance.facility = facility  # known already: nobody need look it up row by row
        row.target = instance
        compare(row, instance, given, self.attributes)
        return True

    def _meant(self, row: Row, key: tuple, given: dict[str, Any], stored, claimed) -> models.Model | None:
        """The registered row that a row says it is about, whatever it is called now; None after noting that it is gone."""
        instance = next((one for found in stored.values() for one in found if one.pk == row.about), None)
        if instance is None:
            row.error("", f"台账里已经没有这一行{self.word}", "有人删去了它：去掉这一行的改动，或另起一行")
            return None
        others = [one for one in stored.get(key, []) if one.pk != row.about]
        dates = {name: getattr(instance, name) for name in ("starts_on", "ends_on")} | given
        if any(one.starts_on == dates["starts_on"] for one in others):
            row.error(self._naming_column(row), f"台账里从 {dates['starts_on']} 起已有同名的{self.word}", "换一个名称")
        else:
            self._refuse_overlap(row, dates, others, claimed, key)
        return instance

    def _prepare_new(self, check: Check, row: Row, facility, stored, claimed) -> None:
        require_for_new(row)
        given = {a: v for a, v in (self.defaults | self._given(row)).items() if v is not None}
        if "starts_on" not in given and self.since_opening and (opened_on := check.states.opened_on(facility)):
            given["starts_on"] = opened_on
        if "starts_on" not in given:
            if not row.is_broken("starts_on"):
                row.error("starts_on", "没有填起始日", "填从哪天开始，如 2026-03-01")
            return
        key = self._key(facility.pk or id(facility), given)
        self._claim(row, claimed, (*key, given["starts_on"]))
        self._refuse_overlap(row, given, stored[key], claimed, key)
        row.is_new = True
        row.assign = given | {"facility": facility}
        row.also["facility"] = facility
        row.target = self.model(division_code=facility.division_code, **_settable(self.model, given))
        if not row.has_error:
            stored[key].append(row.target)

    def _claim(self, row: Row, claimed: dict[tuple, Row], key: tuple) -> None:
        if (other := claimed.setdefault(key, row)) is not row:
            row.error(
                self._naming_column(row),
                f"和“{other.sheet_title}”第 {other.number} 行重复",
                "删去其中一行，或改成不同的起始日",
            )

    def _refuse_overlap(self, row: Row, given: dict[str, Any], others: list, claimed: dict, key: tuple) -> None:
        """The same thing cannot run twice at once: most likely the first day was mistyped."""
        starts_on, ends_on = given["starts_on"], given.get("ends_on")
        for other in others:
            by = claimed.get((*key, other.starts_on))
            other_ends_on = by.assign.get("ends_on", other.ends_on) if by is not None else other.ends_on
            if (other_ends_on and other_ends_on <= starts_on) or (ends_on and ends_on <= other.starts_on):
                continue
            if other.starts_on == starts_on:
                continue  # two rows of this file: named as a repetition
            until = f"到 {row.sheet.by_key['ends_on'].kind.show(other_ends_on)}" if other_ends_on else "还没有结束"
            row.error(
                "starts_on",
                f"{'表里' if other.pk is None else '台账里'}已有同名的{self.word}，{other.starts_on} 起，{until}",
                "是同一个，就用那一个的起始日；要重新开始，先填上一个的结束日",
                other.starts_on.isoformat() if other.pk else None,
            )
            return

    def _name(self, row: Row) -> str:
        return next(
            (str(row.cells[c]) for c, a in self.attributes.items() if a in self.identity and row.cells.get(c)), ""
        )


def compare(row: Row, instance: models.Model, given: dict[str, Any], attributes: dict[str, str]) -> None:
    """Note what a row would change in a registered object."""
    columns = {attribute: column for column, attribute in attributes.items()}
    for attribute, new in given.items():
        old = getattr(instance, attribute)
        if _plain(old) == _plain(new):
            continue
        row.assign[attribute] = new
        column = row.sheet.by_key.get(columns.get(attribute, attribute))
        row.differences.append(
            Difference(column.title if column else attribute, _show(column, old) or "空", _show(column, new) or "空")
        )


def _show(column, value: Any) -> str:
    if isinstance(value, models.Model):
        return str(getattr(value, "name", value))
    return column.kind.show(value) if column else str(value)


def _plain(value: Any) -> Any:
    """Objects compare by identity in the database, or by being the same new object."""
    if isinstance(value, models.Model):
        return value.pk or id(value)
    return value


def _read(values: dict[str, Any], attribute: str, default: Any) -> Any:
    if attribute in values:
        return values[attribute]
    return values.get(f"{attribute}_id", default)


def _empty(model: type[models.Model], attribute: str) -> Any:
    field = model._meta.get_field(attribute)
    return None if field.null else field.get_default()


def _settable(model: type[models.Model], given: dict[str, Any]) -> dict[str, Any]:
    """Foreign keys to objects that are themselves new are set when these have been saved."""
    return {a: v for a, v in given.items() if not (isinstance(v, models.Model) and v.pk is None)}


def _dates_in_order(row: Row) -> None:
    starts_on = row.assign.get("starts_on") or getattr(row.target, "starts_on", None)
    ends_on = row.assign["ends_on"] if "ends_on" in row.assign else getattr(row.target, "ends_on", None)
    if starts_on and ends_on and ends_on <= starts_on:
        row.error("ends_on", f"结束日早于起始日 {starts_on}", f"填 {starts_on} 或以后的日期")
