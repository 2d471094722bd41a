"""Partners of a facility that goes where they are not seen while they themselves stay: they are registered there too.

Agreements, projects, space for service, figures and activities of a facility name a partner that its street sees: of its
district, or of the street itself. The partner of the same name and credit code there is taken; if there is none, a copy is
registered, with the district where the district is another one, else with the street. People to contact are not copied: they
are asked there. A ledger follows its facility and no entry of it changes.
"""

from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import ProtectedError

from partners.models import Brand, BrandMember, Partner, ResidentProject
from partners.queries.partner import naming_partners
from portal.operations.reorganise.moving import CannotUndo, distinct
from portal.operations.reorganise.plan import Plan
from tenants.rules import code_range, district_of, street_of

_COPIED = ("name", "kind", "uscc", "is_demo")


def bring_partners(plan: Plan, former_names: dict[int, str]) -> dict[str, Any]:
    """Call it after the partners that move have been renamed.

    Returns, beside what `_bring_brands` adds: {"added": [partner], "rehung": [[project, old, new]], "others": [[model, row, old,
    new]]}.
    """
    going = {pk: new for pk, (_, new) in plan.facilities.items()}
    done: dict[str, Any] = {"added": [], "rehung": [], "others": [], "brands": [], "members": [], "rejoined": []}
    copies: dict[tuple[int, int], int] = {}
    for model in facility_models():
        rows = model._base_manager.filter(facility_id__in=going, partner__isnull=False).select_related("partner")
        for row in rows.order_by("pk"):
            where = _unseen_in(plan, row.partner, going[row.facility_id])
            if where is None:
                continue
            key = row.partner_id, where
            if key not in copies:
                copies[key] = _registered(row.partner, where, former_names, done)
            change = [row.pk, row.partner_id, copies[key]]
            if model is ResidentProject:
                done["rehung"].append(change)
            else:
                done["others"].append([model._meta.label, *change])
            model._base_manager.filter(pk=row.pk).update(partner_id=copies[key])
    _bring_brands(plan, done)
    return done


def facility_models() -> list[type[models.Model]]:
    """The tables whose rows lie where their facility lies and name a partner, projects first."""
    found = [model for model, field in naming_partners() if field.name == "partner" and _of_a_facility(model)]
    return sorted(found, key=lambda model: (model is not ResidentProject, model._meta.label))


def _of_a_facility(model: type[models.Model]) -> bool:
    return any(field.name == "facility" and not field.null for field in model._meta.concrete_fields)


def _unseen_in(plan: Plan, partner: Partner, code: int) -> int | None:
    """The district or street that has to register a partner for a facility at `code`; None where the partner is seen there."""
    stays_in = plan.codes.get(partner.division_code, partner.division_code)
    if code in code_range(stays_in):
        return None
    return street_of(code) if district_of(stays_in) == district_of(code) else district_of(code)


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


def _registered(partner: Partner, code: int, former_names: dict[int, str], done: dict[str, Any]) -> int:
    """The partner of a district or street that is this one, or a new row; with its former district behind a name that is taken."""
    there = {one.name: one for one in Partner.objects.filter(division_code=code)}
    same = there.get(partner.name)
    if same and same.uscc and same.uscc == partner.uscc:
        return same.pk
    values = {name: getattr(partner, name) for name in _COPIED}
    if same:
        former = former_names.get(district_of(partner.division_code), str(district_of(partner.division_code)))
        values["name"] = distinct(partner.name, former, 80, set(there))
    copy = Partner.objects.create(division_code=code, **values)
    done["added"].append(copy.pk)
    for member in BrandMember.objects.filter(partner=partner).select_related("brand").order_by("pk"):
        made = BrandMember.objects.create(
            division_code=code, partner=copy, brand=_brand_there(member.brand, district_of(code), done),
            starts_on=member.starts_on, ends_on=member.ends_on,
        )  # fmt: skip
        done["members"].append(made.pk)
    return copy.pk


def undo_partners(done: dict[str, Any]) -> None:
    for project, old, new in done["rehung"]:
        if ResidentProject.objects.filter(pk=project, partner_id=new).update(partner_id=old) != 1:
            raise CannotUndo("有项目后来改挂了合伙人")
    for label, row, old, new in done.get("others", []):
        model = apps.get_model(label)
        if model._base_manager.filter(pk=row, partner_id=new).update(partner_id=old) != 1:
            raise CannotUndo(f"有{model._meta.verbose_name}后来改挂了合伙人")
    for member, old, new in done.get("rejoined", []):
        if BrandMember.objects.filter(pk=member, brand_id=new).update(brand_id=old) != 1:
            raise CannotUndo("有合伙人后来换了品牌")
    try:
        BrandMember.objects.filter(pk__in=done.get("members", [])).delete()
        Brand.objects.filter(pk__in=done.get("brands", [])).delete()
        Partner.objects.filter(pk__in=done["added"]).delete()
    except ProtectedError as used:
        raise CannotUndo("为新区登记的合伙人后来有了别的项目") from used
