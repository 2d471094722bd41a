"""One kind of list for all ledgers of money: search, filters, order, pages, the same columns as an Excel file."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from facilities.exports import Column as FileColumn
from facilities.exports import TooLong, response
from partners.wording import fen_text, yuan
from tenants.models import Division
from tenants.rules import Permission, may
from tenants.scope import scope_of

PAGE_SIZE = 50


@dataclass(frozen=True)
class Column:
    """title; value of a row: text, number, date or None. is_money: in 分, shown and exported in yuan, or words. href: where to."""

    title: str
    value: Callable[[Any], Any]
    is_number: bool = False
    is_money: bool = False
    href: Callable[[Any], str] | None = None
    width: int = 16

    def shown(self, row: Any) -> Any:
        value = self.value(row)
        return fen_text(value) if self.is_money and not isinstance(value, str) else value

    @property
    def is_right(self) -> bool:
        return self.is_number or self.is_money

    @property
    def is_short(self) -> bool:
        """A date or a word: it stays on one line."""
        return self.width <= 16


@dataclass(frozen=True)
class Choice:
    """A filter above the list."""

    name: str
    label: str
    options: Sequence[tuple[str, str]]
    chosen: str = ""
    blank: str = "全部"


@dataclass(frozen=True)
class Act:
    """A button of the page."""

    label: str
    href: str
    is_main: bool = False


def import_act(request: HttpRequest) -> list[Act]:
    """The way to the import, for those who keep these books and may bring files in."""
    role = request.appointment.role
    allowed = may(role, Permission.KEEP_MONEY) and may(role, Permission.IMPORT_FACILITIES)
    return [Act("用 Excel 导入", reverse("facilities:imports"))] if allowed else []


@dataclass(frozen=True)
class ListPage:
    title: str
    unit: str
    columns: Sequence[Column]
    rows: Sequence[Any] | Any  # or a QuerySet
    sub: str = ""
    searches: str = ""  # what the search field looks into
    choices: Sequence[Choice] = ()
    acts: Sequence[Act] = ()
    hint: str = "有了记录会列在这里。"
    template: str = "partners/money/list.html"
    context: dict[str, Any] = field(default_factory=dict)


def answer(request: HttpRequest, page: ListPage) -> HttpResponse:
    """The page, or with `?export=1` its rows as a workbook."""
    if request.GET.get("export") == "1":
        try:
            return _file(page)
        except TooLong as refusal:
            messages.error(request, str(refusal))
            return redirect(request.path)
    shown = Paginator(page.rows, PAGE_SIZE).get_page(request.GET.get("page"))
    shown.object_list = [[(column, column.shown(row), column.href(row) if column.href else "") for column in page.columns]
                         for row in shown.object_list]  # fmt: skip
    asked = [(name, value) for name, value in request.GET.items() if value and name not in {"page", "export"}]
    context = {
        "list": page, "page": shown, "text": searched(request), "filtered": bool(asked),
        "export_query": urlencode([*asked, ("export", "1")]), **page.context,
    }  # fmt: skip
    return render(request, page.template, context)


def _file(page: ListPage) -> HttpResponse:
    columns = [_file_column(column) for column in page.columns]
    today = timezone.localdate()
    return response(
        page.rows, columns, file_name=f"{page.title}_{today:%Y%m%d}.xlsx", title=page.title,
        note=f"{page.title}，导出于 {today}。",
    )  # fmt: skip


def _file_column(column: Column) -> FileColumn:
    if column.is_money:
        return FileColumn(f"{column.title}（元）", partial(_yuan_of, column), column.width)
    return FileColumn(column.title, column.value, column.width)


def _yuan_of(column: Column, row: Any) -> Any:
    value = column.value(row)
    return value if isinstance(value, str) else yuan(value)


def searched(request: HttpRequest) -> str:
    return request.GET.get("q", "").strip()[:60]


def chosen(request: HttpRequest, name: str, options: Sequence[tuple[str, str]]) -> str:
    """What the address chooses, if it is one of the options."""
    value = request.GET.get(name, "")
    return value if value in dict(options) else ""


def streets(request: HttpRequest) -> list[tuple[str, str]]:
    """Streets in the person's range, as (code, name)."""
    codes = scope_of(request.appointment).codes
    found = Division.objects.filter(level="street", valid_to=None)
    if codes is not None:
        found = found.filter(code__gte=codes.lo, code__lt=codes.hi)
    return [(str(code), name) for code, name in found.order_by("code").values_list("code", "name")]


def year_asked(request: HttpRequest, years: Sequence[int]) -> int:
    """The year of the address if it is one of those offered, else the first of them."""
    text = request.GET.get("year", "")
    return int(text) if text.isascii() and text.isdigit() and int(text) in years else years[0]
