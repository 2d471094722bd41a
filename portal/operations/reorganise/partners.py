"""Partners of a facility that goes to another district while they themselves stay: the new district registers them too.

A project's partner is of the facility's own district. The other district's partner of the same name and credit code is
taken; if there is none, a copy is registered. People to contact are not copied: the new district asks them itself.
"""

from typing import Any

from django.db.models import ProtectedError

from partners.models import Partner, ResidentProject
from portal.operations.reorganise.moving import CannotUndo, distinct
from portal.operations.reorganise.plan import Plan
from tenants.rules import district_of

_COPIED = ("name", "kind", "uscc", "brand", "is_demo")


def bring_partners(plan: Plan, former_names: dict[int, str]) -> dict[str, Any]:
    """Call it after the partners that move have been renamed. Returns {"added": [id], "rehung": [[project, old, new]]}."""
    crossing = {pk: new for pk, (old, new) in plan.facilities.items() if district_of(old) != district_of(new)}
    projects = ResidentProject.objects.filter(facility_id__in=crossing, partner__isnull=False).select_related("partner")
    done: dict[str, Any] = {"added": [], "rehung": []}
    copies: dict[tuple[int, int], int] = {}
    for project in projects.order_by("pk"):
        stays_in = plan.codes.get(project.partner.division_code, project.partner.division_code)
        district = district_of(crossing[project.facility_id])
        if district_of(stays_in) == district:
            continue
        key = project.partner_id, district
        if key not in copies:
            copies[key] = _registered(project.partner, district, former_names, done["added"])
        done["rehung"].append([project.pk, project.partner_id, copies[key]])
        ResidentProject.objects.filter(pk=project.pk).update(partner_id=copies[key])
    return done


def _registered(partner: Partner, district: int, former_names: dict[int, str], added: list[int]) -> int:
    """The partner of the district that is this one, or a new row; with its former district behind a name that is taken."""
    there = {one.name: one for one in Partner.objects.filter(division_code=district)}
    same = there.get(partner.name)
    if same and same.uscc and same.uscc == partner.uscc:
        return same.pk
    values = {name: getattr(partner, name) for name in _COPIED}
    if same:
        former = former_names.get(district_of(partner.division_code), str(district_of(partner.division_code)))
        values["name"] = distinct(partner.name, former, 80, set(there))
    copy = Partner.objects.create(division_code=district, **values)
    added.append(copy.pk)
    return copy.pk


def undo_partners(done: dict[str, Any]) -> None:
    for project, old, new in done["rehung"]:
        if ResidentProject.objects.filter(pk=project, partner_id=new).update(partner_id=old) != 1:
            raise CannotUndo("有项目后来改挂了合伙人")
    try:
        Partner.objects.filter(pk__in=done["added"]).delete()
    except ProtectedError as used:
        raise CannotUndo("为新区登记的合伙人后来有了别的项目") from used
