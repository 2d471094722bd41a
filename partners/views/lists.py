"""A list of this app: search, filters, order and pages in the database; the same lines as an Excel file at `?export=1`.

A list with a `key` can be of any length: what is too long for the request is made by a task (`as_table`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from facilities.exports import Column, is_too_long, response_or_reason
from tenants.exports import MOST, Table
from tenants.operations import record_act
from tenants.rules import Permission, may

PAGE_SIZE = 50


@dataclass(frozen=True)
class Filter:
    """One select above a list. apply(rows, value): the rows that it leaves."""

    name: str
    label: str
    choices: Sequence[tuple[str, str]]
    apply: Callable[[QuerySet, str], QuerySet]


@dataclass(frozen=True)
class Listing:
    """search: columns that the words are looked for in. orders: value of `sort` → words and columns, "" the usual one.

    key: of the kind of export under which a task makes the file (`partners.exports`).
    """

    title: str
    unit: str
    search: Sequence[str]
    orders: Mapping[str, tuple[str, Sequence[str]]]
    columns: Sequence[Column]
    filters: Sequence[Filter] = field(default=())
    key: str = ""


@dataclass(frozen=True)
class Asked:
    """What an address asks of a list: the rows that are left, in order, and the conditions in words."""

    rows: QuerySet
    q: str
    sort: str
    selects: list[tuple[Filter, str]]
    told: list[str]


def asked_of(listing: Listing, rows: QuerySet, query: QueryDict) -> Asked:
    words, sort = query.get("q", "").strip()[:60], query.get("sort", "")
    told, selects = [], []
    if words:
        found = Q()
        for column in listing.search:
            found |= Q(**{f"{column}__icontains": words})
        rows = rows.filter(found)
        told.append(f"查找：{words}")
    for one in listing.filters:
        value = query.get(one.name, "")
        label = dict(one.choices).get(value, "")
        if label:
            rows = one.apply(rows, value)
            told.append(f"{one.label}：{label}")
        selects.append((one, value if label else ""))
    if sort not in listing.orders:
        sort = ""
    return Asked(rows.order_by(*listing.orders[sort][1], "pk"), words, sort, selects, told)


def as_table(listing: Listing, rows: QuerySet, query: QueryDict, day: date, dressed: Callable[[list], list]) -> Table:
    """The list for a task, which reads it in parts."""
    asked = asked_of(listing, rows, query)
    keys = list(asked.rows.values_list("pk", flat=True)[: MOST + 1])

    def lines(some: Sequence[int]):
        place = {pk: number for number, pk in enumerate(some)}
        for row in sorted(dressed(list(rows.filter(pk__in=place))), key=lambda row: place[row.pk]):
            cells = [column.value(row) for column in listing.columns]
            yield ["" if cell is None else cell for cell in cells]

    return Table(
        title=listing.title, head=[column.title for column in listing.columns], keys=keys[:MOST], lines=lines,
        widths=[column.width for column in listing.columns], more=len(keys) > MOST,
        preface=(listing.title, f"导出于 {day:%Y-%m-%d}；{'；'.join(asked.told) or '没有筛选'}。"),
    )  # fmt: skip


def equal(name: str, label: str, choices: Sequence[tuple[str, str]], column: str = "") -> Filter:
    return Filter(name, label, list(choices), lambda rows, value: rows.filter(**{column or name: value}))


def show(
    request: HttpRequest, template: str, listing: Listing, rows: QuerySet, *, dressed: Callable[[list], list] | None = None,
    **extra: Any,
) -> HttpResponse:  # fmt: skip
    """The page, or the file. dressed: adds to the rows of a page what one query can find for all of them."""
    asked = asked_of(listing, rows, request.GET)
    if request.GET.get("export"):
        return _file(request, listing, asked.rows, asked.told, dressed)
    page = Paginator(asked.rows, PAGE_SIZE).get_page(request.GET.get("page"))
    page.object_list = dressed(list(page.object_list)) if dressed else list(page.object_list)
    wanted, role = request.GET.copy(), request.appointment.role
    wanted.pop("page", None)
    context = {
        "may_import": may(role, Permission.IMPORT_FACILITIES) and may(role, Permission.MANAGE_PARTNERS),
        "listing": listing, "page": page, "asked": asked, "selects": asked.selects, "is_filtered": bool(asked.told),
        "query": wanted.urlencode(), "sorts": [(key, words) for key, (words, _) in listing.orders.items()], **extra,
    }  # fmt: skip
    return render(request, template, context)


def _file(request, listing: Listing, rows: QuerySet, told: list[str], dressed) -> HttpResponse:
    today = timezone.localdate()
    if listing.key and is_too_long(rows.count()):
        wanted = request.GET.copy()
        wanted.pop("export", None)
        return redirect(f"{reverse('tenants:export_new', args=[listing.key])}?{wanted.urlencode()}")
    found = list(rows)
    note = f"{listing.title}，导出于 {today}，{'；'.join(told) or '没有筛选'}。"
    answer = response_or_reason(
        request, dressed(found) if dressed else found, list(listing.columns), file_name=f"{listing.title}_{today:%Y%m%d}.xlsx",
        title=listing.title, note=note,
    )  # fmt: skip
    if answer.status_code == 200:
        record_act(
            verb="导出", by=request.user, division_code=request.appointment.division_code, subject=listing.title,
            details={"rows": len(found), "conditions": told},
        )  # fmt: skip
    return answer
