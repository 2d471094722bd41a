"""The divisions themselves: closing, opening, the edges between them, and where the history of each lies afterwards."""

from collections import defaultdict
from typing import Any

from portal.operations.reorganise.plan import Plan
from tenants.concordance import Kind, Line
from tenants.models import Division, DivisionSuccession
from tenants.rules import CITY_WIDTH, DISTRICT_WIDTH, STREET_WIDTH, code_range, district_of

_ARRAYS = ("past_codes", "past_facilities", "past_districts")


def change_divisions(plan: Plan) -> dict[str, Any]:
    """Close, open and link. Returns what an undo needs: ids, former parents, former pasts."""
    day = plan.concordance.effective_on
    before = {division.code: division for division in Division.objects.in_force().select_related("parent")}
    closed = [before[code] for code in sorted(plan.ended)]
    Division.objects.filter(pk__in=[division.pk for division in closed]).update(valid_to=day)
    now = {code: division for code, division in before.items() if code not in plan.ended}
    opened = [_open(line, plan, before, now) for line in plan.opened]
    parents = _adopt(now)
    edges = [
        DivisionSuccession.objects.create(
            predecessor=before[line.old], successor=now[line.new], effective_on=day, source=plan.concordance.source,
            kind=line.kind,
        )
        for line in plan.concordance.lines
        if line.ends and line.new is not None
    ]  # fmt: skip
    return {
        "closed": [division.pk for division in closed],
        "opened": [division.pk for division in opened],
        "edges": [edge.pk for edge in edges],
        "parents": parents,
        "pasts": _hand_on_the_past(plan, before, now, {division.pk for division in opened}),
    }


def undo_divisions(done: dict[str, Any]) -> None:
    for pk, parent_id in done["parents"]:
        Division.objects.filter(pk=pk).update(parent_id=parent_id)
    for pk, *arrays in done["pasts"]:
        Division.objects.filter(pk=pk).update(**dict(zip(_ARRAYS, arrays, strict=True)))
    DivisionSuccession.objects.filter(pk__in=done["edges"]).delete()
    for pk in reversed(done["opened"]):  # children before parents
        Division.objects.get(pk=pk).delete()
    Division.objects.filter(pk__in=done["closed"]).update(valid_to=None)


def _open(line: Line, plan: Plan, before: dict[int, Division], now: dict[int, Division]) -> Division:
    former = before.get(line.new)
    parent = now[_ancestors(line.new)[0]]
    division = Division(
        code=line.new,
        name=line.new_name,
        level=line.level,
        parent=parent,
        valid_from=plan.concordance.effective_on,
        is_quasi=bool(former and former.is_quasi),
        is_demo=bool(former and former.is_demo),
    )
    if former is not None:  # the same code goes on: so does what it could read
        for name in _ARRAYS:
            setattr(division, name, list(getattr(former, name)))
    division.save()
    now[line.new] = division
    return division


def _adopt(now: dict[int, Division]) -> list[tuple[int, int | None]]:
    """Divisions that stay below one that was opened anew get it as their parent. Returns (id, former parent)."""
    changed = []
    for code, division in now.items():
        above = _ancestors(code)
        parent = now.get(above[0]) if above else None
        if parent is not None and division.parent_id != parent.pk:
            changed.append((division.pk, division.parent_id))
            Division.objects.filter(pk=division.pk).update(parent=parent)
    return changed


def _ancestors(code: int) -> list[int]:
    """Codes above a division, nearest first."""
    width = code_range(code).hi - code_range(code).lo
    return [code // above * above for above in (STREET_WIDTH, DISTRICT_WIDTH, CITY_WIDTH) if above > width]


def _hand_on_the_past(
    plan: Plan, before: dict[int, Division], now: dict[int, Division], opened: set[int]
) -> list[tuple[int, list[int], list[int], list[int]]]:
    """Tell each division in force under which other codes its history lies. Returns (id, the three arrays as they were)."""
    codes, facilities, districts = defaultdict(set), defaultdict(set), defaultdict(set)
    lines = defaultdict(list)
    for line in plan.concordance.lines:
        if line.ends:
            lines[line.old].append(line)
    for old, found in lines.items():
        former = before[old]
        for heir in _heirs(found, plan, now):
            if old not in code_range(heir) and old in plan.gone:
                codes[heir].add(old)
            codes[heir] |= {code for code in former.past_codes if code not in code_range(heir)}
            facilities[heir] |= set(former.past_facilities)
            districts[heir] |= {*former.past_districts, district_of(old)}
    for pk, (old, new) in plan.facilities.items():
        for heir in (new, *_ancestors(new)):
            if old not in code_range(heir) and old not in codes[heir]:
                facilities[heir].add(pk)
                districts[heir].add(district_of(old))
    formers = []
    for code in {*codes, *facilities, *districts}:
        division = now.get(code)
        if division is None:
            continue
        arrays = [
            sorted({*getattr(division, name), *new[code]})
            for name, new in zip(_ARRAYS, (codes, facilities, districts), strict=True)
        ]
        arrays[2] = [
            each for each in arrays[2] if each != district_of(code) and code % CITY_WIDTH
        ]  # a city sees them all
        present = [list(getattr(division, name)) for name in _ARRAYS]
        if arrays != present:
            if division.pk not in opened:
                formers.append((division.pk, *present))
            Division.objects.filter(pk=division.pk).update(**dict(zip(_ARRAYS, arrays, strict=True)))
    return formers


def _heirs(lines: list[Line], plan: Plan, now: dict[int, Division]) -> set[int]:
    """Who may read all that lies under a code: the one division that took it over, and those above it.

    After a split the parts read single facilities only; the whole is for what holds all parts. What was closed for good
    is for the successor of the division above it.
    """
    if lines[0].kind is Kind.CLOSE:
        above = next((code for code in _ancestors(lines[0].old)), None)
        above = plan.codes.get(above, above)
        return {above, *_ancestors(above)} & now.keys()
    chains = [{line.new, *_ancestors(line.new)} for line in lines]
    shared = set.intersection(*chains)
    return shared & now.keys()
