"""Filters by division, for lists of any tenant table."""

import django_filters
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import CharField
from drf_spectacular.utils import extend_schema_field

from tenants.rules import code_range


def code_of(text: str) -> int | None:
    """The number of a 12-digit division code, None for anything else."""
    return int(text) if len(text) == 12 and text.isascii() and text.isdigit() else None


class _CodeField(CharField):
    def clean(self, value):
        value = super().clean(value)
        if not value:
            return None
        code = code_of(value)
        if code is None:
            raise ValidationError("请写 12 位区划代码，如 330105005000。")
        return code


@extend_schema_field({"type": "string", "pattern": r"^\d{12}$"})
class CodeFilter(django_filters.Filter):
    """Hands a 12-digit code on as a number; anything else is refused."""

    field_class = _CodeField


def within(rows: QuerySet, code: int, column: str = "division_code") -> QuerySet:
    """Rows of a division and of those below it."""
    codes = code_range(code)
    return rows.filter(**{f"{column}__gte": codes.lo, f"{column}__lt": codes.hi})
