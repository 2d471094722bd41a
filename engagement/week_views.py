"""The page on which a clerk enters a facility's week: a grid of days, and what was held, on one screen and on a phone."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.contrib import messages
from django.db import transaction
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_http_methods

from engagement.forms import ActivityForm
from engagement.models import Activity, CountPeriod, CountSource, Opening, Round, RoundKind, VisitCount, Weekday
from engagement.operations.days import Day, attach_photos, record_week
from engagement.operations.records import record
from engagement.views import facility_in_scope
from facilities.models import Facility
from facilities.uploads.refusal import UploadRefused
from standards.queries import function_names
from tenants.access import requires
from tenants.editing import EditRefused
from tenants.rules import Permission

_REPEATED = ("name", "kind", "item_number", "target_group", "sessions", "partner", "remark")
MOST_PHOTOS = 9


@dataclass
class DayLine:
    """One day of the grid: what is stored, or was typed; `problem` names what cannot be read."""

    day: date
    visits: str = ""
    hours: str = ""
    cleaned: bool = False
    checked: bool = False
    problem: str = ""
    source: str = ""

    @property
    def weekday(self) -> str:
        return str(Weekday(self.day.isoweekday()).label)

    @property
    def key(self) -> str:
        return self.day.isoformat()


@requires(Permission.EDIT_FACILITIES)
@require_http_methods(["GET", "POST"])
def week(request, uuid):
    """GET shows a week (?monday=), ?copy=1 with last week's numbers put in; POST act=week or act=activity writes."""
    facility, today = facility_in_scope(request, uuid), timezone.localdate()
    monday = _monday(request.GET.get("monday", "") or request.POST.get("monday", ""), today)
    days = [monday + timedelta(days=n) for n in range(7) if monday + timedelta(days=n) <= today]
    form = _activity_form(request, facility, monday, today)
    lines = _stored(facility, days)
    if request.method == "POST":
        if request.POST.get("act") == "activity":
            if _save_activity(request, facility, form):
                return redirect(_here(facility, monday))
        else:
            lines = _typed(request, lines)
            if not any(line.problem for line in lines):
                written = record_week(facility=facility, days=[_day_of(line) for line in lines], by=request.user)
                messages.success(
                    request, f"已保存这一周：写入 {written} 项。" if written else "没有改动，和登记的一样。"
                )
                return redirect(_here(facility, monday))
    elif request.GET.get("copy"):
        lines = _copied(facility, lines)
    context = {
        "facility": facility,
        "monday": monday,
        "sunday": monday + timedelta(days=6),
        "earlier": monday - timedelta(days=7),
        "later": monday + timedelta(days=7) if monday + timedelta(days=7) <= today else None,
        "lines": lines,
        "problems": [line for line in lines if line.problem],
        "form": form,
        "held": Activity.objects.filter(
            facility=facility, held_on__gte=monday, held_on__lte=monday + timedelta(days=6)
        ),
        "recent": _recent(facility),
        "copied": bool(request.GET.get("copy")),
    }
    return render(request, "engagement/week.html", context, status=422 if context["problems"] or form.errors else 200)


def _here(facility: Facility, monday: date) -> str:
    return f"{reverse('engagement:week', args=[facility.uuid])}?monday={monday}"


def _monday(text: str, today: date) -> date:
    try:
        day = parse_date(text) or today
    except ValueError:
        day = today
    day = min(day, today)
    return day - timedelta(days=day.weekday())


def _stored(facility: Facility, days: list[date]) -> list[DayLine]:
    lines = {day: DayLine(day) for day in days}
    counts = VisitCount.objects.filter(facility=facility, period=CountPeriod.DAY, starts_on__in=days).order_by(
        "-source"
    )
    for row in counts:  # the most reliable source last
        lines[row.starts_on].visits = str(row.visits)
        lines[row.starts_on].source = "" if row.source == CountSource.MANUAL else row.get_source_display()
    for opened in Opening.objects.filter(facility=facility, day__in=days, item_number=0):
        lines[opened.day].hours = f"{opened.minutes / 60:g}"
    for done in Round.objects.filter(facility=facility, day__in=days):
        if done.kind == RoundKind.CLEANING:
            lines[done.day].cleaned = True
        else:
            lines[done.day].checked = True
    return list(lines.values())


def _copied(facility: Facility, lines: list[DayLine]) -> list[DayLine]:
    """Empty cells take what the same weekday of the week before says."""
    before = _stored(facility, [line.day - timedelta(days=7) for line in lines])
    for line, last in zip(lines, before, strict=True):
        line.visits = line.visits or last.visits
        line.hours = line.hours or last.hours
        line.cleaned = line.cleaned or last.cleaned
        line.checked = line.checked or last.checked
    return lines


def _typed(request, lines: list[DayLine]) -> list[DayLine]:
    for line in lines:
        if not line.source:
            line.visits = request.POST.get(f"visits-{line.key}", "").strip()
        line.hours = request.POST.get(f"hours-{line.key}", "").strip()
        line.cleaned = bool(request.POST.get(f"cleaned-{line.key}"))
        line.checked = bool(request.POST.get(f"checked-{line.key}"))
        line.problem = _problem(line)
    return lines


def _problem(line: DayLine) -> str:
    if line.visits and not (line.visits.isascii() and line.visits.isdigit() and int(line.visits) <= 1_000_000):
        return f"到访人次“{line.visits}”要填整数，如 120。"
    if line.hours:
        try:
            hours = float(line.hours)
        except ValueError:
            return f"开放小时“{line.hours}”要填数字，如 8.5。"
        if not 0 <= hours <= 24:
            return f"开放小时“{line.hours}”要在 0 到 24 之间。"
    return ""


def _day_of(line: DayLine) -> Day:
    return Day(
        line.day,
        visits=int(line.visits) if line.visits and not line.source else None,
        cleaned=line.cleaned,
        checked=line.checked,
        open_minutes=round(float(line.hours) * 60) if line.hours else None,
    )


# --- what was held ---


def _activity_form(request, facility: Facility, monday: date, today: date) -> ActivityForm:
    data = request.POST if request.POST.get("act") == "activity" else None
    initial = {"held_on": min(monday + timedelta(days=6), today), "target_group": "everybody", "sessions": 1}
    if repeated := request.GET.get("repeat"):
        initial |= _as_before(facility, repeated)
    return ActivityForm(
        data,
        initial=initial,
        is_new=True,
        facility=facility,
        appointment=request.appointment,
        items=function_names(today),
    )


def _as_before(facility: Facility, number: str) -> dict:
    """The values of an earlier activity of this facility, without its day and head count."""
    found = (
        Activity.objects.filter(facility=facility, pk=number).first() if number.isascii() and number.isdigit() else None
    )
    return {name: getattr(found, name) for name in _REPEATED} if found else {}


def _recent(facility: Facility) -> list[Activity]:
    """The last activities by name, to be held again with one click."""
    recent: dict[str, Activity] = {}
    for activity in Activity.objects.filter(facility=facility).order_by("-held_on", "-pk")[:40]:
        recent.setdefault(activity.name, activity)
    return list(recent.values())[:6]


def _save_activity(request, facility: Facility, form: ActivityForm) -> bool:
    files = request.FILES.getlist("photos")
    if len(files) > MOST_PHOTOS:
        form.add_error(None, f"一次最多 {MOST_PHOTOS} 张照片。")
    if not form.is_valid():
        return False
    try:
        with transaction.atomic():  # an activity whose photo is refused is not half there
            activity = record(Activity, facility=facility, by=request.user, values=form.record())
            attach_photos(activity=activity, files=files, by=request.user)
    except (EditRefused, UploadRefused) as refused:
        form.add_error(None, str(refused))
        return False
    photos = f"，照片 {len(files)} 张" if files else ""
    messages.success(request, f"已登记活动“{activity.name}”{photos}。")
    return True
