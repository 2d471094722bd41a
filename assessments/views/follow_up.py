"""The three lists of the follow-up, the page of one follow-up, and the rules of a district."""

from datetime import date

from django.core.paginator import Paginator
from django.http import HttpRequest
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from assessments.models import FollowUp, FollowUpRules, FollowUpState, Rectification
from assessments.operations.follow_up.concluding import conclude, set_rules
from assessments.queries.follow_up import lists
from assessments.queries.follow_up.dimensions import dimensions
from assessments.queries.follow_up.rows import cells, export_columns
from assessments.queries.follow_up.settings import settings_in_force
from assessments.rules.half_year import HalfYear
from assessments.views.acting import Unreadable, done, number
from facilities.exports import response_or_reason
from standards.queries.liveliness import follow_up_standard
from tenants.access import requires
from tenants.models import DivisionLevel
from tenants.queries import division_names, divisions_below
from tenants.rules import Permission, district_of, may, street_of

PAGE_SIZE = 30
_ROUTES = {
    "follow-ups": "assessments:follow_ups",
    "rectifications": "assessments:rectifications",
    "item-decisions": "assessments:item_decisions",
}


def _list(request: HttpRequest, key: str):
    today = timezone.localdate()
    kind = lists.KINDS[key]
    wanted = lists.asked(request.GET, kind)
    page = Paginator(lists.listed(kind, request.appointment, wanted, today), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    code = request.appointment.division_code
    streets = list(divisions_below(code, DivisionLevel.STREET).values_list("code", "name"))
    names = dict(streets) or division_names({street_of(code)})
    page.object_list = [(row, cells(kind, row, names, today)) for row in page.object_list]
    context = {
        "kind": kind,
        "kinds": [(each, reverse(_ROUTES[each.key])) for each in lists.KINDS.values()],
        "page": page,
        "asked": wanted,
        "streets": streets if len(streets) > 1 else [],
        "halves": [(half, HalfYear.parse(half).label) for half in lists.halves(kind, request.appointment)],
        "numbers": lists.numbers(kind, request.appointment, today),
        "rules": settings_in_force(code, today),
        "standard": follow_up_standard(code, today),
        "export_url": f"{reverse(_ROUTES[key])}export/",
        "query": request.GET.urlencode(),
        "may_manage": may(request.appointment.role, Permission.MANAGE_FOLLOW_UP),
    }
    return render(request, "assessments/follow_up_list.html", context)


def _export(request: HttpRequest, key: str):
    today = timezone.localdate()
    kind = lists.KINDS[key]
    rows = lists.listed(kind, request.appointment, lists.asked(request.GET, kind), today)
    streets = division_names({street_of(row.division_code) for row in rows})
    note = f"{kind.title}，导出于 {today}。依据：杭州 附件 四3。"
    return response_or_reason(
        request, list(rows), export_columns(kind, streets, today),
        file_name=f"{kind.title}_{today:%Y%m%d}.xlsx", title=kind.title, note=note,
        back=reverse(_ROUTES[key]),
    )  # fmt: skip


@requires(Permission.VIEW_RESULTS)
@require_GET
def follow_ups(request: HttpRequest):
    return _list(request, "follow-ups")


@requires(Permission.VIEW_RESULTS)
@require_GET
def follow_ups_export(request: HttpRequest):
    return _export(request, "follow-ups")


@requires(Permission.VIEW_RESULTS)
@require_GET
def rectifications(request: HttpRequest):
    return _list(request, "rectifications")


@requires(Permission.VIEW_RESULTS)
@require_GET
def rectifications_export(request: HttpRequest):
    return _export(request, "rectifications")


@requires(Permission.VIEW_RESULTS)
@require_GET
def item_decisions(request: HttpRequest):
    return _list(request, "item-decisions")


@requires(Permission.VIEW_RESULTS)
@require_GET
def item_decisions_export(request: HttpRequest):
    return _export(request, "item-decisions")


# --- one follow-up ---


@requires(Permission.VIEW_RESULTS)
@require_GET
def follow_up(request: HttpRequest, uuid):
    """The five sides on one page; what a concluded one saw stays, beside what the ledgers say now."""
    one = _one(request, uuid)
    today, half = timezone.localdate(), HalfYear.parse(one.half)
    is_done = one.state == FollowUpState.DONE
    siblings = FollowUp.objects.visible_to(request.appointment).filter(facility=one.facility).order_by("-half")
    context = {
        "one": one,
        "facility": one.facility,
        "half": half,
        "today": today,
        "found": one.findings if is_done else dimensions(one.facility, half, today),
        "standard": follow_up_standard(one.division_code, half.last_day),
        "orders": Rectification.objects.visible_to(request.appointment)
        .filter(facility=one.facility)
        .order_by("ended_at", "due_on")[:20],
        "siblings": [(each, HalfYear.parse(each.half).label) for each in siblings],
        "may_conclude": not is_done and may(request.appointment.role, Permission.MANAGE_FOLLOW_UP),
        "first_day": half.first_day,
        "last_day": half.last_day,
    }
    return render(request, "assessments/follow_up.html", context)


@requires(Permission.MANAGE_FOLLOW_UP)
@require_POST
def follow_up_conclude(request: HttpRequest, uuid):
    one = _one(request, uuid)

    def act() -> str:
        conclude(
            follow_up=one, conclusion=request.POST.get("conclusion", ""), by=request.user, today=timezone.localdate(),
            now=timezone.now(),
        )  # fmt: skip
        return f"已完成核查：{one.facility.name}，{HalfYear.parse(one.half).label}。"

    return done(request, reverse("assessments:follow_up", args=[uuid]), act)


def _one(request: HttpRequest, uuid) -> FollowUp:
    rows = FollowUp.objects.visible_to(request.appointment).select_related("facility", "concluded_by")
    return get_object_or_404(rows, uuid=uuid)


# --- rules ---

_ASKED = (
    ("check_days", "核查期限（天）", "半年结束后几天内核查完", 180),
    ("plan_days", "报措施、复核期限（天）", "开单或退回后几天内报措施，报送复测后几天内复核", 90),
    ("mend_days", "整改期限（天）", "开单后几天内复测达标", 365),
    ("failures", "几次低于线就评议去留", "同一个服务项目，一次调查算一次", 20),
    ("failure_months", "在几个月以内", "往前数的月数", 60),
)


@requires(Permission.MANAGE_FOLLOW_UP)
@require_http_methods(["GET", "POST"])
def follow_up_rules(request: HttpRequest):
    """What no document gives, set by the district with its basis; in force from a day on."""
    today = timezone.localdate()
    district = district_of(request.appointment.division_code)
    if request.method == "POST":
        return done(request, reverse("assessments:follow_up_rules"), lambda: _set(request, district, today))
    rules = settings_in_force(district, today)
    context = {
        "rules": rules,
        "asked": [(name, label, hint, getattr(rules, name), most) for name, label, hint, most in _ASKED],
        "history": FollowUpRules.objects.filter(division_code=district).order_by("-starts_on"),
        "standard": follow_up_standard(district, today),
        "today": today,
    }
    return render(request, "assessments/follow_up_rules.html", context)


def _set(request: HttpRequest, district: int, today: date) -> str:
    values = {}
    for name, label, _, most in _ASKED:
        value = number(request, name, label, low=1, high=most)
        if value is None:
            raise Unreadable(f"请填{label}。")
        values[name] = value
    starts_on = read_day(request.POST.get("starts_on", ""))
    if starts_on is None:
        raise Unreadable("请填从哪天起，例如 2026-12-01。")
    set_rules(
        district=district, starts_on=starts_on, basis=request.POST.get("basis", ""), by=request.user, today=today, **values
    )  # fmt: skip
    return f"已设定，{starts_on} 起适用。"


def read_day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None
