"""What the pages of a return share: loading it, checking it, and the panel over its draft."""

import json
from datetime import date
from uuid import UUID

from django.http import Http404, HttpRequest
from django.utils import timezone

from assessments.operations.trial import try_rows
from assessments.queries.panel import Panel, panel
from assessments.queries.rule_sets import NoStandardError
from assessments.queries.rulebook import rulebook
from facilities.models import QuarterlyReturn
from facilities.returns import flow
from facilities.returns.checking import Checked
from facilities.returns.content import Content
from facilities.returns.drafts import Edit, ReturnRefused
from tenants.digits import whole_number
from tenants.quarters import Quarter
from tenants.rules import CodeRange, district_of
from tenants.scope import scope_of

_MOST_EDITS = 20_000


def load(request: HttpRequest, uuid: UUID) -> QuarterlyReturn:
    """A return that the person may see, else 404."""
    found = QuarterlyReturn.objects.visible_to(request.appointment).select_related(
        "facility", "submitted_by", "checked_by", "accepted_by"
    )
    one = found.filter(uuid=uuid).first()
    if one is None:
        raise Http404
    return one


def within(request: HttpRequest) -> CodeRange | None:
    return scope_of(request.appointment).codes


def today() -> date:
    return timezone.localdate()


def check(request: HttpRequest, one: QuarterlyReturn, content: Content | None = None) -> tuple[Content, Checked]:
    return flow.checked(one, day=today(), within=within(request), content=content)


def panel_of(one: QuarterlyReturn, checked: Checked, ticked: dict[str, int]) -> Panel:
    """The engine over the draft. Uses up `checked.rows`: what is written of them is taken back."""
    day, district = Quarter.parse(one.quarter).last_day, district_of(one.division_code)
    try:
        book = rulebook(district, day)
    except NoStandardError:
        book = None
    about = {"facility_id": one.facility_id, "day": day}
    with_catalogue = about | {"catalogue": book and book.catalogue}
    registered = try_rows([], **with_catalogue)
    trial = try_rows(checked.rows, **with_catalogue) if checked.rows else registered
    return panel(
        trial.facts, registered.facts, district=district, ticked=ticked, unread=trial.unread, refused=trial.refused,
        book=book, **about,
    )  # fmt: skip


def ticks(request: HttpRequest) -> dict[str, int]:
    """The steps ticked in the panel: `step-introduce_project=2`."""
    found = {}
    for name, value in request.POST.items():
        times = whole_number(value)
        if name.startswith("step-") and times is not None:
            found[name.removeprefix("step-")] = min(times, 99)
    return found


def edits(request: HttpRequest, content_text=None) -> list[Edit]:
    """What a window sends: JSON of [cell, was, text] from the script, or the fields of the form without it."""
    try:
        raw = json.loads(request.POST.get("edits", "[]"))
        found = [Edit(*_address(cell), str(was), str(text)) for cell, was, text in raw[:_MOST_EDITS]]
    except (ValueError, TypeError) as error:
        raise ReturnRefused("没有读懂这一页送来的内容。刷新页面再试。") from error
    if content_text is not None:
        for name, text in request.POST.items():
            if name.startswith("c|"):
                address = _address(name[2:])
                found.append(Edit(*address, content_text(address, text), text))
    return found


def _address(cell: str) -> tuple[str, str, str]:
    sheet, key, column = str(cell).split("|")
    return sheet, key, column
