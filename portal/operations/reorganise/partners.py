"""Partners of a facility that goes to another district while they themselves stay: the new district registers them too.

A project's partner is of the facility's own district. The other district's partner of the same name and credit code is
taken; if there is none, a copy is registered. People to contact are not copied: the new district asks them itself.
"""

from typing import Any

from django.db.models import ProtectedError

from partners.models import Brand, BrandMember, Partner, ResidentProject
from portal.operations.reorganise.moving import CannotUndo, distinct
from portal.operations.reorganise.plan import Plan
from tenants.rules import district_of

_COPIED = ("name", "kind", "uscc", "is_demo")


def bring_partners(plan: Plan, former_names: dict[int, str]) -> dict[str, Any]:
    """Call it after the partners that move have been renamed. Returns {"added": [id], "rehung": [[project, old, new]]}."""
    crossing = {pk: new for pk, (old, new) in plan.facilities.items() if district_of(old) != district_of(new)}
    projects = ResidentProject.objects.filter(facility_id__in=crossing, partner__isnull=False).select_related("partner")
    done: dict[str, Any] = {"added": [], "rehung": [], "brands": [], "members": [], "rejoined": []}
    copies: dict[tuple[int, int], int] = {}
    for project in projects.order_by("pk"):
        stays_in = plan.codes.get(project.partner.division_code, project.partner.division_code)
        district = district_of(crossing[project.facility_id])
        if district_of(stays_in) == district:
            continue
        key = project.partner_id, district
        if key not in copies:
            copies[key] = _registered(project.partner, district, former_names, done)
        done["rehung"].append([project.pk, project.partner_id, copies[key]])
        ResidentProject.objects.filter(pk=project.pk).update(partner_id=copies[key])
    _bring_brands(plan, done)
    return done


def _bring_brands(plan: Plan, done: dict[str, Any]) -> None:
    """A street's own partner that goes to another district belongs to the brand of that name there."""
    moving = BrandMember.objects.filter(division_code__in=plan.codes).select_related("brand").order_by("pk")
    for member in moving:
        goes_to = district_of(plan.codes[member.division_code])
        stays_in = plan.codes.get(member.brand.division_code, member.brand.division_code)
        if district_of(stays_in) != goes_to:
            brand = _brand_there(member.brand, goes_to, done)
            done["rejoined"].append([member.pk, member.brand_id, brand.pk])
            BrandMember.objects.filter(pk=member.pk).update(brand=brand)


def _brand_there(brand: Brand, district: int, done: dict[str, Any]) -> Brand:
    """The brand of this name in a district; registered there if there is none."""
    there, is_new = Brand.objects.get_or_create(
        district_code=district, name=brand.name, defaults={"division_code": district}
    )
    if is_new:
        done["brands"].append(there.pk)
    return there


def _registered(partner: Partner, district: int, former_names: dict[int, str], done: dict[str, Any]) -> int:
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
    done["added"].append(copy.pk)
    for member in BrandMember.objects.filter(partner=partner).select_related("brand").order_by("pk"):
        made = BrandMember.objects.create(
            division_code=district, partner=copy, brand=_brand_there(member.brand, district, done),
            starts_on=member.starts_on, ends_on=member.ends_on,
        )  # fmt: skip
        done["members"].append(made.pk)
    return copy.pk


def undo_partners(done: dict[str, Any]) -> None:
    for project, old, new in done["rehung"]:
        if ResidentProject.objects.filter(pk=project, partner_id=new).update(partner_id=old) != 1:
            raise CannotUndo("有项目后来改挂了合伙人")
    for member, old, new in done.get("rejoined", []):
        if BrandMember.objects.filter(pk=member, brand_id=new).update(brand_id=old) != 1:
            raise CannotUndo("有合伙人后来换了品牌")
    try:
        BrandMember.objects.filter(pk__in=done.get("members", [])).delete()
        Brand.objects.filter(pk__in=done.get("brands", [])).delete()
        Partner.objects.filter(pk__in=done["added"]).delete()
    except ProtectedError as used:
        raise CannotUndo("为新区登记的合伙人后来有了别的项目") from used
