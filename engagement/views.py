"""Lists of the ledgers, and single records of them."""

from functools import partial
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from engagement import exports, forms
from engagement.models import DisabledHome
from engagement.operations.records import correct, record
from engagement.queries.ledgers import BOOKS, Book, item_names, listed
from facilities.exports import Column
from facilities.exports import response as export_response
from facilities.exports.workbook import MAX_ROWS
from facilities.models import Facility
from standards.queries import function_names
from tenants.access import requires
from tenants.editing import EditRefused, Subject, edit_page
from tenants.export_views import hand_out
from tenants.rules import Permission, code_range, may, street_of
from tenants.scope import scope_of

PAGE_SIZE = 50
_WIDTHS = {"设施编号": 16, "设施": 26}
FORMS = {
    "activities": forms.ActivityForm,
    "plans": forms.PlanForm,
    "hours": forms.HoursForm,
    "closures": forms.ClosureForm,
    "home-visits": forms.HomeVisitForm,
    "upkeep": forms.UpkeepForm,
    "certificates": forms.CertificateForm,
    "complaints": forms.ComplaintForm,
    "surveys": forms.SurveyForm,
    "catchments": forms.CatchmentForm,
    "disabled-homes": forms.HomeForm,
}


def book_named(slug: str) -> Book:
    if slug not in BOOKS:
        raise Http404
    return BOOKS[slug]


def facility_in_scope(request: HttpRequest, uuid) -> Facility:
    return get_object_or_404(Facility.objects.visible_to(request.appointment), uuid=uuid)


# --- lists ---


@requires(Permission.VIEW_FACILITIES)
@require_GET
def ledger(request: HttpRequest, ledger: str):
    """One ledger over all facilities in sight: search, filters, order, pages; the address holds them all."""
    book = book_named(ledger)
    asked = exports.asked(request.appointment, request.GET, book)
    page = Paginator(listed(book, request.appointment, **asked), PAGE_SIZE).get_page(request.GET.get("page"))
    names = item_names(book, timezone.localdate())
    page.object_list = [
        (row, [(column, column.text(row, names)) for column in book.columns]) for row in page.object_list
    ]
    context = {
        "book": book,
        "books": BOOKS.values(),
        "page": page,
        "asked": asked,
        "filtered": any((asked["text"], asked["facility"], asked["kind"], asked["first"], asked["last"])),
        "may_edit": may(request.appointment.role, Permission.EDIT_FACILITIES) and book.is_single,
        "export_query": urlencode([(k, v) for k, v in request.GET.items() if k != "page"]),
    }
    return render(request, "engagement/ledger.html", context)


@requires(Permission.VIEW_FACILITIES)
@require_GET
def export(request: HttpRequest, ledger: str):
    """The same list as an Excel file; more than MAX_ROWS lines are written by a task, none is left out."""
    book = book_named(ledger)
    found = listed(book, request.appointment, **exports.asked(request.appointment, request.GET, book))
    rows = list(found[: MAX_ROWS + 1])
    if len(rows) > MAX_ROWS:
        return hand_out(request, exports.key_of(book))
    today = timezone.localdate()
    names = item_names(book, today)
    columns = [
        Column(title, partial(_cell, book, names, number), _WIDTHS.get(title, 18))
        for number, title in enumerate(exports.head_of(book))
    ]
    note = f"{book.title}，导出于 {today}，共 {len(rows)} 行。"
    return export_response(rows, columns, file_name=f"{book.title}_{today:%Y%m%d}.xlsx", title=book.title, note=note)


def _cell(book: Book, names: dict[int, str], number: int, row):
    return exports.cells_of(book, row, names)[number]


# --- single records ---


def _guarded(view):
    return requires(Permission.EDIT_FACILITIES)(require_http_methods(["GET", "POST"])(view))


def _form(request, book: Book, facility: Facility, *, is_new: bool):
    items = function_names(timezone.localdate())
    return partial(FORMS[book.slug], facility=facility, appointment=request.appointment, items=items, is_new=is_new)


def _crumbs(book: Book, facility: Facility):
    return (
        (facility.name, reverse("portal:facility_tab", args=[facility.uuid, "service"])),
        (book.title, f"{reverse('engagement:ledger', args=[book.slug])}?facility={facility.uuid}"),
    )


def _back(book: Book, facility: Facility) -> str:
    return f"{reverse('engagement:ledger', args=[book.slug])}?facility={facility.uuid}"


@_guarded
def add(request: HttpRequest, uuid, ledger: str):
    """A new record of a facility. 残疾人之家 are registered with its street, by somebody whose scope holds the street."""
    facility, book = facility_in_scope(request, uuid), book_named(ledger)
    if book.slug not in FORMS:
        raise Http404
    make = _form(request, book, facility, is_new=True)

    def save(form, version):
        code = _division_of(request, book, facility)
        record(book.model, facility=facility, by=request.user, division_code=code, values=form.record())
        return f"已登记{book.title}。"

    initial = {"target_group": "everybody", "sessions": 1, "paper_valid": 0, "paper_satisfied": 0, "kind": ""}
    return edit_page(
        request,
        Subject(
            key=f"engagement.{book.slug}.add", uuid=facility.uuid, division_code=facility.division_code,
            title=f"登记{book.title}", crumbs=_crumbs(book, facility), back=_back(book, facility), save=save,
            hint=facility.name, form=lambda data, given: make(data, initial=given or initial),
        ),
    )  # fmt: skip


def _division_of(request, book: Book, facility: Facility) -> int | None:
    if book.of_facility:
        return None
    street, codes = street_of(facility.division_code), scope_of(request.appointment).codes
    if codes is None or not codes.covers(code_range(street)):
        raise EditRefused("残疾人之家由街道登记，请街道的同事来填。")
    return street


@_guarded
def edit(request: HttpRequest, ledger: str, uuid):
    """A record as it stands, to be corrected."""
    book = book_named(ledger)
    if book.slug not in FORMS:
        raise Http404
    rows = book.model.objects.visible_to(request.appointment)
    row = get_object_or_404(rows.select_related("facility") if book.of_facility else rows, uuid=uuid)
    facility = row.facility if book.of_facility else _facility_of(request, row)
    make = _form(request, book, facility, is_new=False)

    def save(form, version):
        changed = correct(
            row=row, version=version, by=request.user, reason=form.cleaned_data.get("reason", ""),
            about=f"{facility.code} {facility.name}：{row}", values=form.record(),
        )  # fmt: skip
        return "已保存修改。" if changed else "没有改动，登记内容和原来一样。"

    return edit_page(
        request,
        Subject(
            key=f"engagement.{book.slug}", uuid=row.uuid, division_code=row.division_code, row=row,
            title=f"修改{book.title}", crumbs=_crumbs(book, facility), back=_back(book, facility), save=save,
            hint=facility.name, form=lambda data, given: make(data, initial=given),
        ),
    )  # fmt: skip


def _facility_of(request, row: DisabledHome) -> Facility:
    """Any facility of the street: the page of a 残疾人之家 needs a place to go back to."""
    found = Facility.objects.visible_to(request.appointment).within(code_range(street_of(row.division_code)))
    return get_object_or_404(found.order_by("pk")[:1])
