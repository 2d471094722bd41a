"""The facts of a facility as plain Python over the ORM: slow, obvious, and written without looking at the collectors."""

from collections.abc import Callable

from facilities.models import Facility, FacilityState, Ledger
from standards.rules import MISSING

DOMAINS = [range(1, 11), range(11, 12), range(12, 18), range(18, 22), range(22, 24), range(24, 26), range(26, 31)]
SUB_ITEMS = {
    1: {101}, 2: {101, 112}, 3: {101, 111, 112}, 4: {101}, 5: {101}, 6: {101}, 7: {103}, 8: {103}, 9: {104}, 10: {104},
    11: {102}, 13: {109}, 15: {106}, 18: {110}, 19: {110}, 20: {108}, 21: {108}, 22: {111}, 23: {111}, 24: {112},
    25: {112}, 26: {113}, 27: {104, 113}, 28: {105}, 29: {105}, 30: {105}, 32: {105},
}  # fmt: skip
SERVICES = [{101, 102}, {103, 104}, {105, 106}, {107, 108}, {109}, {110}, {111}, {112}, {113}]


def state_on(facility: Facility, day) -> FacilityState | None:
    return FacilityState.objects.in_force(day).filter(facility=facility).first()


def facts_of(facility: Facility, day) -> dict[str, int]:
    """Every metric of one facility on a day."""
    nil = set(facility.nil_ledgers)
    return (
        _sites(list(facility.sites.in_force(day)))
        | _spaces(list(facility.spaces.in_force(day)), Ledger.SPACES in nil or _ended(facility.spaces, day))
        | _functions(list(facility.functions.in_force(day)), Ledger.FUNCTIONS in nil or _ended(facility.functions, day))
        | _operator(facility, day, Ledger.OPERATOR in nil or _ended(facility.operators, day))
        | _projects(
            list(facility.projects.in_force(day).select_related("space")),
            day,
            Ledger.PROJECTS in nil or _ended(facility.projects, day),
        )
        | _charity(facility, day, Ledger.CHARITY in nil)
        | {"covered_communities": len({c.community_code for c in facility.coverages.in_force(day)}) or MISSING}
        | {"hub_street_named": int(bool(facility.hub_street))}
    )


def _ended(ledger, day) -> bool:
    """Something was recorded, and it is over: the ledger is known to be empty unless something is in force."""
    return any(row.ends_on is not None and row.ends_on <= day for row in ledger.all())


def _operator(facility, day, nil) -> dict[str, int]:
    return {"operator_in_place": 1 if facility.operators.in_force(day).exists() else 0 if nil else MISSING}


def _area(rows, value: Callable, wanted: Callable = lambda row: True) -> int:
    if not rows or any(value(row) is None for row in rows):
        return MISSING
    return int(sum(value(row) * 100 for row in rows if wanted(row)))


def _sites(sites) -> dict[str, int]:
    documented = all(site.area_document for site in sites)
    declared = _area(sites, lambda site: site.floor_area_m2)
    return {"floor_area_documented": declared if documented else MISSING, "floor_area_declared": declared}


def _spaces(spaces, nil) -> dict[str, int]:
    kinds = {
        "usable_area": lambda s: True,
        "multifunction_area": lambda s: s.is_multifunction,
        "market_area": lambda s: s.used_by == "market",
        "social_area": lambda s: s.used_by == "social",
        "open24h_area": lambda s: s.is_open_24h,
        "office_area": lambda s: s.used_by == "office",
    }
    if not spaces and nil:
        return dict.fromkeys(kinds, 0)
    return {metric: _area(spaces, lambda s: s.usable_area_m2, wanted) for metric, wanted in kinds.items()}


def _functions(offered, nil) -> dict[str, int]:
    items = {row.item_number for row in offered if row.item_number}
    base = items & set(range(1, 31))
    named = {row.local_name for row in offered if row.local_name}
    subs = set().union(*(SUB_ITEMS.get(item, set()) for item in items)) | {item for item in items if item > 100}
    provided = [bool(subs & service) for service in SERVICES]
    facts = {
        "base_items": len(base),
        "base_domains": sum(bool(base & set(domain)) for domain in DOMAINS),
        "base_items_wide": len(items & set(range(1, 34))),
        "local_functions": len(items & {31, 32, 33}) + len(named),
        "local_functions_named": len(named),
        "elder_items": len(items & {1, 2, 3, 4, 5, 6, 11}),
        "child_items": len(items & {7, 8, 9, 10, 26, 27, 28, 29, 30}),
        "city_elder": int(provided[0]),
        "city_child": int(provided[1]),
        "city_poor": int(provided[2]),
        "city_disabled": int(provided[3]),
        "city_services": sum(provided),
    }
    return facts if offered or nil else dict.fromkeys(facts, MISSING)


def in_force(row, day) -> bool:
    return row.starts_on <= day and (row.ends_on is None or row.ends_on > day)


def _projects(projects, day, nil) -> dict[str, int]:
    ours = [p for p in projects if p.run_by in {"market", "social"}]
    spaces = {p.space_id: p.space for p in projects}
    measured = projects and all(s and s.usable_area_m2 is not None and in_force(s, day) for s in spaces.values())
    our_spaces = {p.space_id for p in ours}
    facts = {
        "projects_all": len(projects),
        "projects_market_social": len(ours),
        "projects_market_social_resident": sum(p.run_by != "public" for p in projects),
        "partners_market_social": MISSING
        if any(p.partner_id is None for p in ours)
        else len({p.partner_id for p in ours}),
        "elder_child_projects": sum(p.serves_elders or p.serves_children for p in projects),
        "elder_projects": sum(p.serves_elders for p in projects),
        "child_projects": sum(p.serves_children for p in projects),
        "project_area_all": MISSING,
        "project_area_market_social": MISSING,
    }
    if measured:
        facts["project_area_all"] = int(sum(s.usable_area_m2 * 100 for s in spaces.values()))
        facts["project_area_market_social"] = int(
            sum(s.usable_area_m2 * 100 for pk, s in spaces.items() if pk in our_spaces)
        )
    return facts if projects else dict.fromkeys(facts, 0 if nil else MISSING)


def _charity(facility, day, nil) -> dict[str, int]:
    projects = list(facility.charity_projects.filter(year=day.year))
    receipts = [
        r.amount_fen for r in facility.charity_receipts.all() if r.received_on.year == day.year and r.received_on <= day
    ]
    nothing = 0 if nil else MISSING
    known = bool(projects) and all(p.contract_fen is not None for p in projects)
    return {
        "charity_projects": len(projects) or nothing,
        "charity_received_fen": sum(receipts) if receipts else 0 if projects else nothing,
        "charity_contract_fen": sum(p.contract_fen for p in projects) if known else MISSING if projects else nothing,
    }
