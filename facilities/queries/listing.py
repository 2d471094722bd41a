"""Facilities with what they were on a day."""

import re
import unicodedata
from datetime import date

from django.db.models import F, FilteredRelation, Q, QuerySet, Value
from django.db.models.functions import Replace

from facilities.models import Facility
from tenants.models import Division
from tenants.rules import code_range

_LETTERS = re.compile(r"[a-z]{2,8}")


def facilities_on(day: date) -> QuerySet[Facility]:
    """Facilities with `construction_type` and `lifecycle` of a day; both None where no state was recorded for it."""
    holds = Q(states__starts_on__lte=day) & (Q(states__ends_on=None) | Q(states__ends_on__gt=day))
    return Facility.objects.annotate(
        state_of_day=FilteredRelation("states", condition=holds),
        construction_type=F("state_of_day__construction_type"),
        lifecycle=F("state_of_day__lifecycle"),
    )


def matching(facilities: QuerySet[Facility], text: str) -> QuerySet[Facility]:
    """Those whose name contains the text, whose code begins with it, or whose pinyin (in full or initials) contains it;
    also those in a street or community of that name. Full-width characters count as half-width ones."""
    text = unicodedata.normalize("NFKC", text).strip()
    wanted = Q(name__contains=text) | Q(code__istartswith=text)
    if not text.isascii():
        named = Division.objects.filter(valid_to=None, name__contains=text).values_list("code", flat=True)
        for codes in map(code_range, named[:50]):
            wanted |= Q(division_code__gte=codes.lo, division_code__lt=codes.hi)
    pinyin = text.lower().replace(" ", "")
    if pinyin.isascii() and pinyin.isalnum():
        facilities = facilities.alias(pinyin=Replace("name_sort", Value(" "), Value("")))
        wanted |= Q(pinyin__contains=pinyin)
        if _LETTERS.fullmatch(pinyin):
            wanted |= Q(name_sort__regex=r"\m" + " ".join(f"{letter}[a-z]*" for letter in pinyin))
    return facilities.filter(wanted)
