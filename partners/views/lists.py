"""A list of this app: search, filters, order and pages in the database; the same lines as an Excel file at `?export=1`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from facilities.exports import Column, response_or_reason
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
    """search: columns that the words are looked for in. orders: value of `sort` → words and columns, "" the usual one."""

    title: str
    unit: str
    search: Sequence[str]
    orders: Mapping[str, tuple[str, Sequence[str]]]
    columns: Sequence[Column]
    filters: Sequence[Filter] = field(default=())


def equal(name: str, label: str, choices: Sequence[tuple[str, str]], column: str = "") -> Filter:
    return Filter(name, label, list(choices), lambda rows, value: rows.filter(**{column or name: value}))


def show(
    request: HttpRequest, template: str, listing: Listing, rows: QuerySet, *, dressed: Callable[[list], list] | None = None,
    **extra: Any,
) -> HttpResponse:  # fmt: skip
    """The page, or the file. dressed: adds to the rows of a page what one query can find for all of them."""
    asked = {"q": request.GET.get("q", "").strip()[:60], "sort": request.GET.get("sort", "")}
    told = []
    if asked["q"]:
        found = Q()
        for column in listing.search:
            found |= Q(**{f"{column}__icontains": asked["q"]})
        rows = rows.filter(found)
        told.append(f"查找：{asked['q']}")
    selects = []
    for one in listing.filters:
        value = request.GET.get(one.name, "")
        label = dict(one.choices).get(value, "")
        if label:
            rows = one.apply(rows, value)
            told.append(f"{one.label}：{label}")
        selects.append((one, value if label else ""))
    if asked["sort"] not in listing.orders:
        asked["sort"] = ""
    rows = rows.order_by(*listing.orders[asked["sort"]][1], "pk")
    if request.GET.get("export"):
        return _file(request, listing, rows, told, dressed)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    page.object_list = dressed(list(page.object_list)) if dressed else list(page.object_list)
    wanted, role = request.GET.copy(), request.appointment.role
    wanted.pop("page", None)
    context = {
        "may_import": may(role, Permission.IMPORT_FACILITIES) and may(role, Permission.MANAGE_PARTNERS),
        "listing": listing, "page": page, "asked": asked, "selects": selects, "is_filtered": bool(told),
        "query": wanted.urlencode(), "sorts": [(key, words) for key, (words, _) in listing.orders.items()], **extra,
    }  # fmt: skip
    return render(request, template, context)


def _file(request, listing: Listing, rows: QuerySet, told: list[str], dressed) -> HttpResponse:
    today = timezone.localdate()
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
