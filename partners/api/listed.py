"""What the lists of this app have in common over the API: filters, order, pages. A parameter that is misspelt is refused."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError

from tenants.api.paging import Pages
from tenants.api.views import ApiView


@dataclass(frozen=True)
class Asked:
    """A parameter that leaves some rows out. column: what it compares with; choices: the values it takes, if these are few."""

    words: str
    columns: tuple[str, ...]
    kind: type = str
    choices: tuple[str, ...] = ()

    def applied(self, name: str, rows: QuerySet, text: str) -> QuerySet:
        value = self._read(name, text)
        found = Q()
        for column in self.columns:
            found |= Q(**{column: value})
        return rows.filter(found)

    def _read(self, name: str, text: str):
        if self.choices and text not in self.choices:
            raise ValidationError({name: [f"请写其中之一：{'、'.join(self.choices)}。"]})
        if "\0" in text:
            raise ValidationError({name: ["里面有不能用的字符。"]})
        try:
            return date.fromisoformat(text) if self.kind is date else self.kind(text)
        except ValueError:
            words = {UUID: "请写 uuid。", date: "请写成 2026-09-30 这样的日期。", int: "请写整数。"}
            raise ValidationError({name: [words[self.kind]]}) from None


def text_in(*columns: str) -> Asked:
    return Asked("包含的文字", tuple(f"{column}__icontains" for column in columns))


def one_of(words: str, column: str, choices: Sequence[str]) -> Asked:
    return Asked(f"{words}：{'、'.join(choices)}", (column,), choices=tuple(choices))


def uuid_of(words: str, column: str) -> Asked:
    return Asked(f"{words}的 uuid", (f"{column}__uuid",), UUID)


def since(words: str, column: str) -> Asked:
    return Asked(f"{words}在这一天或以后", (f"{column}__gte",), date)


def until(words: str, column: str) -> Asked:
    return Asked(f"{words}在这一天或以前", (f"{column}__lte",), date)


class Listed(ApiView, ABC):
    """A list. `asked`: parameter → what it leaves; `orders`: value of `sort` → columns, the first one is the usual order."""

    pagination_class = Pages
    asked: Mapping[str, Asked] = {}
    orders: Mapping[str, tuple[str, ...]] = {}

    def known_parameters(self) -> set[str]:
        return super().known_parameters() | set(self.asked) | ({"sort"} if self.orders else set())

    @abstractmethod
    def rows(self) -> QuerySet:
        """Everything that the person sees."""

    def dressed(self, page: list) -> list:
        return page

    def listed(self):
        rows, given = self.rows(), self.request.query_params
        for name, one in self.asked.items():
            if name in given:
                rows = one.applied(name, rows, given[name])
        if self.orders:
            rows = rows.order_by(*self.orders[self._sort(given.get("sort"))], "pk")
        page = self.dressed(self.paginate_queryset(rows))
        return self.get_paginated_response(self.serializer_class(page, many=True).data)

    def _sort(self, text: str | None) -> str:
        if text is None:
            return next(iter(self.orders))
        if text not in self.orders:
            raise ValidationError({"sort": [f"请写其中之一：{'、'.join(self.orders)}。"]})
        return text

    @classmethod
    def described(cls) -> list[OpenApiParameter]:
        kinds = {UUID: UUID, date: date, int: int, str: str}
        found = [
            OpenApiParameter(name, kinds[one.kind], description=one.words, enum=one.choices or None)
            for name, one in cls.asked.items()
        ]
        if cls.orders:
            found.append(
                OpenApiParameter(
                    "sort", str, description=f"排序，不写按 {next(iter(cls.orders))}", enum=tuple(cls.orders)
                )
            )
        return found


def told(summary: str, operation_id: str, description: str, tags: Sequence[str]):
    """A class decorator: the list with its description in the schema, whose parameters are those that it reads."""

    def described(cls: type[Listed]) -> type[Listed]:
        def get(self, request):
            return self.listed()

        cls.get = extend_schema(
            summary=summary, operation_id=operation_id, description=description, tags=list(tags), parameters=cls.described(),
            responses=cls.serializer_class(many=True),
        )(get)  # fmt: skip
        return cls

    return described


def by(column: str) -> dict[str, tuple[str, ...]]:
    """A column in both directions, as values of `sort`."""
    return {column: (column,), f"-{column}": (f"-{column}",)}
