"""The same rules as an ordinary Django loop: prefetch, count in Python, bulk_create. The measure of the others."""

from dataclasses import dataclass
from datetime import date

import numpy as np
from django.db.models import Prefetch, Q

from assessments.models import Run, Verdict
from assessments.queries.catalogue import function_catalogue
from assessments.queries.facts import LAYOUT
from assessments.rules.packing import FactTable
from assessments.rules.verdicts import judge_all
from facilities.models import (
    ConstructionType,
    Coverage,
    Facility,
    FacilityState,
    Lifecycle,
    OfferedFunction,
    Operator,
    Site,
    Space,
)
from partners.models import CharityProject, CharityReceipt, ResidentProject
from standards.rules import MISSING

BATCH = 500


@dataclass
class Loop:
    """What the loop found: facts and tiers of the open facilities by id."""

    facts: dict[int, dict[str, int]]
    tiers: dict[int, int]


def judged_by_loop(ids: list[int], day: date, *, runs: dict[int, Run]) -> Loop:
    """Count facility by facility, judge each batch with the portal's engine (which flatters the loop), store verdicts."""
    from assessments.queries.rule_sets import named_rules, standard_in_force

    rules = named_rules(standard_in_force(330105000000, day), {})
    found = Loop({}, {})
    for at in range(0, len(ids), BATCH):
        open_ones, facts, kinds = [], [], []
        for facility in _prefetched(ids[at : at + BATCH], day):
            state = facility.states.all()[0] if facility.states.all() else None
            if state is None or state.lifecycle != Lifecycle.OPEN:
                continue
            open_ones.append(facility)
            facts.append(_facts(facility, day))
            kinds.append(ConstructionType.values.index(state.construction_type))
        columns = {metric: np.array([each[metric] for each in facts], np.int64) for metric in LAYOUT.metrics}
        judged = judge_all(rules, FactTable(_pks(open_ones), _codes(open_ones), np.array(kinds, np.int8), columns))
        packed = LAYOUT.pack(columns)
        Verdict.objects.bulk_create(
            Verdict(
                run=runs[facility.division_code // 10**6 * 10**6],
                facility_id=facility.pk,
                division_code=facility.division_code,
                failed=int(judged.failed[row]),
                unknown=int(judged.unknown[row]),
                tier=int(judged.tier[row]),
                construction=kinds[row],
                flags=int(judged.flags[row]),
                values=packed[row],
            )
            for row, facility in enumerate(open_ones)
        )
        found.facts.update({facility.pk: each for facility, each in zip(open_ones, facts, strict=True)})
        found.tiers.update({facility.pk: int(judged.tier[row]) for row, facility in enumerate(open_ones)})
    return found


def _pks(facilities: list[Facility]) -> np.ndarray:
    return np.array([facility.pk for facility in facilities], np.int64)


def _codes(facilities: list[Facility]) -> np.ndarray:
    return np.array([facility.division_code for facility in facilities], np.int64)


def table_of(facts: dict[int, dict[str, int]], like: FactTable) -> FactTable:
    """The loop's facts in the order of another table, for comparison."""
    ids = [int(pk) for pk in like.facility_ids]
    columns = {metric: np.array([facts[pk][metric] for pk in ids], np.int64) for metric in like.columns}
    return FactTable(like.facility_ids, like.division_codes, like.construction, columns)


def _prefetched(ids: list[int], day: date):
    in_force = Q(starts_on__lte=day) & (Q(ends_on=None) | Q(ends_on__gt=day))
    related = [
        Prefetch("states", FacilityState.objects.filter(in_force)),
        Prefetch("sites", Site.objects.filter(in_force)),
        Prefetch("spaces", Space.objects.filter(in_force)),
        Prefetch("functions", OfferedFunction.objects.filter(in_force)),
        Prefetch("operators", Operator.objects.filter(in_force)),
        Prefetch("projects", ResidentProject.objects.filter(in_force).select_related("space")),
        Prefetch("charity_projects", CharityProject.objects.filter(year=day.year)),
        Prefetch("charity_receipts", CharityReceipt.objects.filter(received_on__year=day.year, received_on__lte=day)),
        Prefetch("coverages", Coverage.objects.filter(in_force)),
    ]
    return Facility.objects.filter(pk__in=ids).prefetch_related(*related)


def _sum(rows, value, wanted=lambda row: True) -> int:
    if any(value(row) is None for row in rows):
        return MISSING
    return int(sum(value(row) * 100 for row in rows if wanted(row)))


def _facts(facility: Facility, day: date) -> dict[str, int]:
    nil = set(facility.nil_ledgers) | _ended(facility, day)
    sites, spaces = list(facility.sites.all()), list(facility.spaces.all())
    functions, projects = list(facility.functions.all()), list(facility.projects.all())
    facts = dict.fromkeys(LAYOUT.metrics, MISSING)
    facts["hub_street_named"] = int(bool(facility.hub_street))
    facts["operator_in_place"] = 1 if facility.operators.all() else 0 if "operator" in nil else MISSING
    if facility.coverages.all():
        facts["covered_communities"] = len({row.community_code for row in facility.coverages.all()})
    if sites:
        declared = _sum(sites, lambda s: s.floor_area_m2)
        facts["floor_area_declared"] = declared
        facts["floor_area_documented"] = declared if all(s.area_document for s in sites) else MISSING
    _add_spaces(facts, spaces, nil)
    _add_functions(facts, functions, nil, day)
    _add_projects(facts, facility, projects, nil)
    _add_charity(facts, list(facility.charity_projects.all()), list(facility.charity_receipts.all()), nil)
    return facts


def _ended(facility: Facility, day: date) -> set[str]:
    """The ledgers without a row in force whose rows have ended; only those are asked for."""
    dated = {
        "spaces": facility.spaces,
        "functions": facility.functions,
        "operator": facility.operators,
        "projects": facility.projects,
    }
    return {
        name
        for name, rows in dated.items()
        if not rows.all() and rows.model.objects.filter(facility=facility, ends_on__lte=day).exists()
    }


def _add_spaces(facts, spaces, nil) -> None:
    kinds = {
        "usable_area": lambda s: True,
        "multifunction_area": lambda s: s.is_multifunction,
        "market_area": lambda s: s.used_by == "market",
        "social_area": lambda s: s.used_by == "social",
        "open24h_area": lambda s: s.is_open_24h,
        "office_area": lambda s: s.used_by == "office",
    }
    for metric, wanted in kinds.items():
        if spaces or "spaces" in nil:
            facts[metric] = _sum(spaces, lambda s: s.usable_area_m2, wanted)


def _add_functions(facts, functions, nil, day) -> None:
    if not functions and "functions" not in nil:
        return
    items = sum(1 << n for n in {f.item_number for f in functions if f.item_number and f.item_number < 63})
    city = sum(1 << (n - 100) for n in {f.item_number for f in functions if f.item_number and f.item_number > 100})
    catalogue = function_catalogue(day)
    named = len({f.local_name for f in functions if f.local_name})
    counted = catalogue.facts(np.array([items], np.int64), np.array([city], np.int64))
    facts.update({metric: int(column[0]) for metric, column in counted.items()})
    facts["local_functions"] = (items & catalogue.local).bit_count() + named
    facts["local_functions_named"] = named


def _add_projects(facts, facility, projects, nil) -> None:
    if not projects and "projects" not in nil:
        return
    ours = [p for p in projects if p.run_by in {"market", "social"}]
    facts["projects_all"] = len(projects)
    facts["projects_market_social"] = len(ours)
    facts["projects_market_social_resident"] = sum(p.run_by in {"market", "social", "resident"} for p in projects)
    facts["elder_child_projects"] = sum(p.serves_elders or p.serves_children for p in projects)
    facts["elder_projects"] = sum(p.serves_elders for p in projects)
    facts["child_projects"] = sum(p.serves_children for p in projects)
    if all(p.partner_id for p in ours):
        facts["partners_market_social"] = len({p.partner_id for p in ours})
    spaces = {p.space_id: p.space for p in projects}
    in_force = {space.pk for space in facility.spaces.all()}
    if all(pk in in_force and space.usable_area_m2 is not None for pk, space in spaces.items()):
        facts["project_area_all"] = int(sum(s.usable_area_m2 * 100 for s in spaces.values()))
        used = {p.space_id for p in ours}
        facts["project_area_market_social"] = int(sum(spaces[pk].usable_area_m2 * 100 for pk in used))


def _add_charity(facts, projects, receipts, nil) -> None:
    nothing = 0 if "charity" in nil else MISSING
    facts["charity_projects"] = len(projects) or nothing
    facts["charity_received_fen"] = sum(r.amount_fen for r in receipts) if receipts else 0 if projects else nothing
    if not projects:
        facts["charity_contract_fen"] = nothing
    elif all(p.contract_fen is not None for p in projects):
        facts["charity_contract_fen"] = sum(p.contract_fen for p in projects)
