"""Brand groups: the list, one with its partners and the facilities that it serves, as far as the viewer may see."""

from contextlib import suppress
from datetime import date, timedelta
from uuid import UUID

from django.http import HttpRequest
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from facilities.exports import Column
from partners.models import Brand, BrandMember, Partner
from partners.operations import brands as operations
from partners.queries import brands as queries
from partners.queries import operating
from partners.queries.partner import registered
from partners.views.acting import ABOVE, Unreadable, chosen, day, done, elsewhere
from partners.views.lists import Listing, show
from tenants.access import requires
from tenants.queries import division_names
from tenants.rules import Permission, code_range, district_of, may

ONE_DAY = timedelta(days=1)
_LISTING = Listing(
    "品牌", "个", ("name", "uscc", "lead__name"),
    {"": ("按名称", ("name",)), "new": ("新登记的在前", ("-pk",))},
    [Column("品牌或集团", lambda b: b.name, 26), Column("牵头单位", lambda b: b.lead and b.lead.name, 30),
     Column("集团统一社会信用代码", lambda b: b.uscc, 22), Column("成员", lambda b: b.partners_now, 10),
     Column("涉及设施", lambda b: b.facilities_now, 10), Column("涉及街道", lambda b: b.streets_now, 10)],
)  # fmt: skip


@requires(Permission.VIEW_FACILITIES)
@require_GET
def brands(request: HttpRequest):
    today = timezone.localdate()
    return show(
        request, "partners/brands.html", _LISTING, queries.brands(request.appointment),
        dressed=lambda rows: queries.with_counts(rows, request.appointment, today), may_add=may_register(request),
    )  # fmt: skip


def may_register(request) -> bool:
    """A brand belongs to a district: whoever handles partners there registers it."""
    code = request.appointment.division_code
    return may(request.appointment.role, Permission.MANAGE_PARTNERS) and code == district_of(code)


def is_own(request, brand: Brand) -> bool:
    return may_register(request) and brand.division_code in code_range(request.appointment.division_code)


@requires(Permission.VIEW_FACILITIES)
@require_GET
def brand(request: HttpRequest, uuid: UUID):
    """Partners of a brand over time, the streets and facilities it serves today, and how its year balances."""
    found, today = get_object_or_404(queries.brands(request.appointment), uuid=uuid), timezone.localdate()
    places = queries.served(found, request.appointment, today)
    members = queries.members(found, request.appointment)
    own = code_range(request.appointment.division_code)
    may_manage = may(request.appointment.role, Permission.MANAGE_PARTNERS)
    context = {
        "brand": found, "today": today, "members": members, "places": places, "may_edit": is_own(request, found),
        "facilities_now": sum(len(place.facilities) for place in places),
        "partners_now": len({one.partner_id for one in members if _runs(one, today)}),
        "street_names": division_names({place.street for place in places}, today),
        "own": {one.pk for one in members if may_manage and one.partner.division_code in own and one.ends_on is None},
        "candidates": _candidates(request, found, members, today) if may_manage else [],
    }  # fmt: skip
    if may(request.appointment.role, Permission.VIEW_MONEY):
        first = date(today.year, 1, 1)
        of_brand = queries.brand_in_month(request.appointment)
        figures = operating.figures(request.appointment, first, today.replace(day=1))
        mine = [one for one in figures if of_brand(one.partner_id, one.month) == found.name]
        context |= {"year": today.year, "balance": operating.total(mine), "months": len({one.month for one in mine})}
    return render(request, "partners/brand.html", context)


def _runs(member: BrandMember, today: date) -> bool:
    return member.starts_on <= today and (member.ends_on is None or member.ends_on > today)


def _candidates(request, brand: Brand, members: list[BrandMember], today: date) -> list[Partner]:
    """Own partners of the district that are not in the brand today."""
    inside = {one.partner_id for one in members if _runs(one, today)}
    rows = registered(request.appointment).within(code_range(request.appointment.division_code))
    return list(rows.filter(district_code=brand.district_code).exclude(pk__in=inside).order_by("name_sort", "pk")[:500])


@requires(Permission.MANAGE_PARTNERS)
@require_POST
def brand_act(request: HttpRequest, uuid: UUID):
    """A partner joins or leaves."""
    found = get_object_or_404(queries.brands(request.appointment), uuid=uuid)
    back = reverse("partners:brand", args=[uuid])
    act = chosen({"join": _join, "leave": _leave}, request)
    try:
        own = _own(request, found)
    except Unreadable as problem:
        return elsewhere(request, back, str(problem))
    return done(request, back, lambda: act(request, found, own))


def _own(request, brand: Brand):
    """The partner or membership that the form names. One of another unit is read here and not written."""
    rows = BrandMember.objects.filter(brand=brand).select_related("partner", "brand")
    wanted = rows if request.POST.get("act") == "leave" else registered(request.appointment)
    found = None
    with suppress(ValueError):
        found = wanted.visible_to(request.appointment).filter(uuid=UUID(request.POST.get("one", ""))).first()
    if found is None:
        raise Unreadable("请选合伙人。")
    if found.division_code not in code_range(request.appointment.division_code):
        raise Unreadable(ABOVE)
    return found


def _join(request, brand: Brand, partner: Partner) -> str:
    starts_on = day(request, "starts_on", "加入日")
    last = day(request, "last_day", "最后一天") + ONE_DAY if request.POST.get("last_day", "").strip() else None
    operations.join(brand=brand, partner=partner, starts_on=starts_on, ends_on=last, by=request.user)
    return f"“{partner.name}”已加入“{brand.name}”。"


def _leave(request, brand: Brand, member: BrandMember) -> str:
    operations.leave(member=member, ends_on=day(request, "last_day", "最后一天") + ONE_DAY, by=request.user)
    return f"已登记“{member.partner.name}”退出“{brand.name}”。"
