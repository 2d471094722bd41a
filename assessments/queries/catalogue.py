"""The function catalogues of `standards` as bit sets for the collectors."""

from datetime import date
from functools import lru_cache

from assessments.rules.catalogue import FunctionCatalogue, bits
from standards.models import CrosswalkLink, FunctionItem, Serves, StandardVersion
from standards.queries import CATALOGUE_GONGSHU, CATALOGUE_HANGZHOU, CROSSWALK

_CITY_FIRST = 100  # sub-item 101 of the city's catalogue is bit 1


def function_catalogue(day: date) -> FunctionCatalogue:
    """The catalogues in force on a day; before a catalogue's first version that first one, so that old facts can be read.

    Raises LookupError if a catalogue has not been loaded at all.
    """
    chosen: dict[str, int] = {}
    versions = StandardVersion.objects.filter(standard__key__in=(CATALOGUE_GONGSHU, CATALOGUE_HANGZHOU, CROSSWALK))
    listed = versions.order_by("effective_from").values_list("standard__key", "pk", "effective_from")
    for key, pk, since in listed:
        if key not in chosen or since <= day:
            chosen[key] = pk
    if len(chosen) != 3:
        raise LookupError("功能目录还没有载入。请先运行 manage.py load_standard。")
    return _of_versions(chosen[CATALOGUE_GONGSHU], chosen[CATALOGUE_HANGZHOU], chosen[CROSSWALK])


@lru_cache(maxsize=16)  # a published version never changes
def _of_versions(district: int, city: int, crosswalk: int) -> FunctionCatalogue:
    items = list(FunctionItem.objects.filter(version=district))
    base = [item for item in items if item.is_base]
    ours: dict[int, set[int]] = {}
    for link in CrosswalkLink.objects.filter(version=crosswalk):
        ours.setdefault(link.city_number, set()).add(link.item_number)
    subs: dict[int, list[int]] = {}
    for sub in FunctionItem.objects.filter(version=city, service__isnull=False):
        subs.setdefault(sub.service, []).append(sub.number)
    return FunctionCatalogue(
        base=bits(item.number for item in base),
        local=bits(item.number for item in items if not item.is_base),
        domains=tuple(
            bits(item.number for item in base if item.domain == domain) for domain in sorted({i.domain for i in base})
        ),
        elder=bits(item.number for item in items if item.serves == Serves.ELDERS),
        child=bits(item.number for item in items if item.serves == Serves.CHILDREN),
        services=tuple(
            (bits(item for n in numbers for item in ours.get(n, ())), bits(n - _CITY_FIRST for n in numbers))
            for _, numbers in sorted(subs.items())
        ),
    )
