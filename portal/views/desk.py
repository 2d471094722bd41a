"""The workbench and the lists behind its blocks: what is due, what is wrong with the data, what moved, how far streets are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from assessments.queries.whatif import books_of
from facilities.exports import Column, TooLong, response
from facilities.returns.queries import by_street, current_quarter, standing
from portal.forms import DeskFilter, Ordered
from portal.operations.urge import urge
from portal.queries.desk import due as deadlines
from portal.queries.desk.due import SOURCES, due_items, urged
from portal.queries.desk.quality import LABELS, LEVELS, Ledgers, findings, ledgers
from portal.queries.desk.streets import progress
from portal.queries.desk.unusual import jumps
from portal.queries.facility_list import judged_facilities, rows
from portal.queries.places import Surroundings, surroundings
from portal.queries.runs import runs_for
from portal.views.help import FIRST_VISIT
from portal.wording import quarter_text
from tenants.access import requires
from tenants.digits import whole_number
from tenants.message_models import Message
from tenants.models import Appointment
from tenants.rules import STREET_WIDTH, Permission, code_range, may

SHOWN, SHOWN_WIDE, SHOWN_BRIEFLY, PAGE_SIZE = 100, 15, 6, 50


@dataclass(frozen=True)
class Listing:
    """A list behind a block. orders: value of `sort` → words and key. groups: values of the second filter with their words."""

    title: str
    unit: str
    columns: list[Column]
    text_of: Callable[[Any], str]
    code_of: Callable[[Any], int]
    kind_of: Callable[[Any], str]
    kinds: dict[str, str]
    orders: Ordered


@requires(Permission.VIEW_FACILITIES)
@require_GET
def workbench(request: HttpRequest):
    """What is due, my facilities with tier and gap, the data to mend, messages; for districts how far each street is."""
    today, appointment = timezone.localdate(), request.appointment
    runs = runs_for(appointment)
    sees_results = may(appointment.role, Permission.VIEW_RESULTS)
    letters = Message.objects.visible_to(appointment)[:SHOWN_BRIEFLY]
    returns = standing(appointment, current_quarter(today))
    also = deadlines.reads(appointment, today) | {"letters": letters, "returns": returns}
    read = ledgers(appointment, today, also=also) if sees_results else None
    found = judged_facilities(appointment, runs, today).order_by("division_code", "code")[:SHOWN]
    seen = {facility.division_code for facility in found} | (read.codes if read else set())
    names = surroundings(appointment.division_code, seen)
    lines = rows(found, runs.now, names.places)
    judged = [row for row in lines if row.standing]
    context = {
        "division_name": names.name,
        "runs": runs,
        "rows": lines,
        "is_cut": len(lines) == SHOWN,
        "is_wide": _is_wide(appointment),
        "fallen": [row for row in judged if row.standing.change < 0],
        "undetermined": [row for row in judged if row.standing.is_undetermined],
        "nearest": [
            row for row in judged if len(row.standing.failed) == 1 and not row.standing.unknown and row.standing.target
        ],
        "guide_is_closed": FIRST_VISIT in request.user.closed_guides,
        "letters": read.also["letters"] if read else list(letters),
    }
    if read:
        context |= _todo(appointment, runs, today, lines, read, names)
    return render(request, "portal/workbench.html", context)


def _is_wide(appointment: Appointment) -> bool:
    """Whether somebody looks after several streets."""
    codes = code_range(appointment.division_code)
    return codes.hi - codes.lo > STREET_WIDTH


def _todo(appointment: Appointment, runs, today, lines, read: Ledgers, names: Surroundings) -> dict:
    books = books_of(read.codes, today)
    found = findings(appointment, today, read=read, where=names.places, books=books)
    waiting = due_items(appointment, today, read=read.also, live=read.uuids)
    by_facility: dict[int, list] = {}
    for one in found:
        by_facility.setdefault(one.facility.pk, []).append(one)
    context = {
        "due": waiting[:3],
        "due_count": len(waiting),
        "findings": found[:SHOWN_BRIEFLY],
        "finding_count": len(found),
        "todo_rows": [(row, by_facility.get(row.facility.pk, [])) for row in lines],
        "may_edit": may(appointment.role, Permission.EDIT_FACILITIES),
    }
    if _is_wide(appointment):
        context["todo_rows"] = sorted(context["todo_rows"], key=_urgency)[:SHOWN_WIDE]
        late = [item for item in waiting if item.is_overdue]
        context |= {
            "streets": progress(
                names.inside, read.live.values(), found, waiting, by_street(read.also["returns"], today)
            )[:SHOWN_BRIEFLY],
            "late": _with_reminders(late[:SHOWN_BRIEFLY], today),
            "late_count": len(late),
            "jumps": jumps(appointment, runs, today, book=next(iter(books.values()), None), where=names.places)[
                :SHOWN_BRIEFLY
            ],
            "sensitive": [row for row in lines if row.standing and row.standing.is_sensitive][:SHOWN_BRIEFLY],
            "may_urge": may(appointment.role, Permission.RUN_QUARTER),
        }
    return context


def _urgency(line: tuple) -> tuple[int, int]:
    """Those first whose tier moves or cannot be told, then by how much there is to mend."""
    row, found = line
    moved = 0 if row.standing is None else -(row.standing.change < 0)
    return (-max((one.level for one in found), default=0) + moved, -len(found))


def _with_reminders(items: Sequence[deadlines.Due], today) -> list[tuple]:
    """Each thing that is due with its latest reminder, and whether that was today's."""
    sent = urged(items)
    return [
        (item, act := sent.get(item.key), act is not None and timezone.localdate(act.at) == today) for item in items
    ]


QUALITY = Listing(
    title="数据质量", unit="条",
    columns=[
        Column("影响", lambda f: f.level_label, 12), Column("问题", lambda f: f.label, 16),
        Column("编号", lambda f: f.facility.code, 16), Column("设施", lambda f: f.facility.name, 24),
        Column("街道、社区", lambda f: str(f.where), 24), Column("具体情况", lambda f: f.text, 60),
        Column("对等级的影响", lambda f: f.effect, 36), Column("怎么办", lambda f: f.action, 16),
    ],
    text_of=lambda f: f"{f.facility.name} {f.facility.code} {f.text} {f.where}", code_of=lambda f: f.facility.division_code,
    kind_of=lambda f: f.check, kinds=LABELS,
    orders={
        "": ("影响大的在前", lambda f: (-f.level, f.facility.code)),
        "facility": ("按设施", lambda f: (f.facility.code, -f.level)),
        "check": ("按问题", lambda f: (f.check, f.facility.code)),
    },
)  # fmt: skip
DUE = Listing(
    title="到期事项", unit="件",
    columns=[
        Column("截止", lambda d: d.deadline, 12), Column("剩余天数", lambda d: d.days_left, 10), Column("事项", lambda d: d.title, 18),
        Column("设施", lambda d: d.facility_name, 24), Column("具体内容", lambda d: d.detail, 40),
    ],
    text_of=lambda d: f"{d.facility_name} {d.title} {d.detail}", code_of=lambda d: d.division_code,
    kind_of=lambda d: d.source, kinds={},
    orders={
        "": ("截止早的在前", lambda d: (d.deadline, d.facility_name)),
        "late": ("截止晚的在前", lambda d: (-d.deadline.toordinal(), d.facility_name)),
        "facility": ("按设施", lambda d: (d.facility_name, d.deadline)),
    },
)  # fmt: skip
UNUSUAL = Listing(
    title="异常变动", unit="条",
    columns=[
        Column("编号", lambda j: j.facility.code, 16), Column("设施", lambda j: j.facility.name, 24),
        Column("街道、社区", lambda j: str(j.where), 24),
        Column("指标", lambda j: j.label, 20), Column("上次测算", lambda j: j.before, 16), Column("现在", lambda j: j.after, 16),
        Column("变动(%)", lambda j: j.percent, 10), Column("说明", lambda j: j.why, 40),
    ],
    text_of=lambda j: f"{j.facility.name} {j.facility.code} {j.label} {j.where}", code_of=lambda j: j.facility.division_code,
    kind_of=lambda j: j.metric, kinds={},
    orders={
        "": ("变动大的在前", lambda j: (-j.size, j.facility.code)),
        "facility": ("按设施", lambda j: (j.facility.code, j.metric)),
    },
)  # fmt: skip


@requires(Permission.VIEW_RESULTS)
@require_GET
def quality(request: HttpRequest):
    """Everything that is wrong with the data of the facilities in scope, with what it does to their tiers."""
    found = findings(request.appointment, timezone.localdate())
    extra = {"levels": LEVELS, "may_edit": may(request.appointment.role, Permission.EDIT_FACILITIES)}
    level = request.GET.get("level", "")
    if (chosen := whole_number(level)) is not None:
        found = [one for one in found if one.level == chosen]
    return listed(request, "portal/desk/quality.html", QUALITY, found, LABELS, extra | {"level": level})


@requires(Permission.VIEW_RESULTS)
@require_GET
def due(request: HttpRequest):
    """Everything with a deadline; districts can send a reminder."""
    today = timezone.localdate()
    found = due_items(request.appointment, today)
    if (late := request.GET.get("late", "")) == "1":
        found = [item for item in found if item.is_overdue]
    extra = {"may_urge": may(request.appointment.role, Permission.RUN_QUARTER), "late": late}
    answer = {source.key: source.label for source in SOURCES}
    return listed(
        request, "portal/desk/due.html", DUE, found, answer, extra,
        dressed=lambda items: _with_reminders(items, today),
    )  # fmt: skip


@requires(Permission.VIEW_RESULTS)
@require_GET
def unusual(request: HttpRequest):
    """Numbers that jumped since the last quarter that was computed."""
    runs = runs_for(request.appointment)
    found = jumps(request.appointment, runs, timezone.localdate())
    extra = {"quarter": quarter_text(runs.quarter) if runs.quarter else ""}
    return listed(request, "portal/desk/unusual.html", UNUSUAL, found, {j.metric: j.label for j in found}, extra)


@requires(Permission.VIEW_RESULTS)
@require_GET
def streets(request: HttpRequest):
    """How far each street is with its data and its deadlines."""
    today = timezone.localdate()
    appointment = request.appointment
    returns = standing(appointment, current_quarter(today))
    read = ledgers(appointment, today, also=deadlines.reads(appointment, today) | {"returns": returns})
    names = surroundings(appointment.division_code, read.codes)
    waiting = due_items(appointment, today, read=read.also, live=read.uuids)
    found = progress(
        names.inside,
        read.live.values(),
        findings(appointment, today, read=read, where=names.places),
        waiting,
        by_street(read.also["returns"], today),
    )
    listing = Listing(
        "街道进度", "个",
        [Column("街道", lambda s: s.name, 20), Column("设施", lambda s: s.facilities), Column("数据齐", lambda s: s.complete),
         Column("数据齐(%)", lambda s: s.percent), Column("填报已报送", lambda s: s.filed),
         Column("填报", lambda s: s.returns), Column("待处理问题", lambda s: s.findings), Column("到期事项", lambda s: s.due),
         Column("逾期", lambda s: s.overdue)],
        lambda s: s.name, lambda s: s.code, lambda s: "", {},
        {"": ("待办多的在前", lambda s: (-s.overdue, -s.findings, s.code)), "code": ("按区划代码", lambda s: s.code),
         "percent": ("数据齐的在前", lambda s: (-(s.percent if s.percent is not None else -1), s.code))},
    )  # fmt: skip
    return listed(request, "portal/desk/streets.html", listing, found, {}, {})


def _without_export(request) -> str:
    asked = request.GET.copy()
    asked.pop("export", None)
    return asked.urlencode()


def listed(
    request, template: str, listing: Listing, found: list, kinds: dict[str, str], extra: dict, dressed=None
) -> HttpResponse:
    """Search, filters, order, pages, or the same lines as an Excel file."""
    names = surroundings(request.appointment.division_code, [])
    form = DeskFilter(request.GET, kinds=kinds, streets=names.choices, orders=listing.orders)
    chosen = form.narrow(found, listing)
    if request.GET.get("export"):
        conditions = "；".join(form.told()) or "没有筛选"
        note = f"{listing.title}，{names.name}，{timezone.localdate()}，{conditions}"
        name = f"{listing.title}.xlsx"
        try:
            return response(chosen, listing.columns, file_name=name, title=listing.title, note=note)
        except TooLong as refused:
            messages.error(request, str(refused))
            return redirect(f"{request.path}?{_without_export(request)}")
    page = Paginator(chosen, PAGE_SIZE).get_page(request.GET.get("page"))
    if dressed:
        page.object_list = dressed(page.object_list)
    wanted = request.GET.copy()
    wanted.pop("page", None)
    context = {
        "listing": listing, "form": form, "page": page, "total": len(found), "query": wanted.urlencode(),
        "is_filtered": any(wanted.values()), "division_name": names.name, **extra,
    }  # fmt: skip
    return render(request, template, context)


@requires(Permission.RUN_QUARTER)
@require_POST
def remind(request: HttpRequest):
    """Send one reminder for one thing that is due, and come back to the list."""
    today = timezone.localdate()
    key = request.POST.get("key", "")
    item = next((item for item in due_items(request.appointment, today) if item.key == key), None)
    if item is None:
        raise Http404
    sent = urge(item=item, by=request.user, today=today)
    if sent:
        messages.success(request, f"已催办：{item.facility_name}，{item.title}，发给 {sent} 人。")
    else:
        messages.info(request, "今天已经催办过这一件，或那里还没有登记负责的人，没有再发。")
    back = request.POST.get("back", "")
    return redirect(back if back.startswith("/") and url_has_allowed_host_and_scheme(back, None) else "portal:due")
