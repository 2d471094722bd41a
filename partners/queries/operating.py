"""How operations balance: income and cost by facility, operator, brand or street over a period, side by side."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet

from partners.models import OperatingFigure
from partners.models.operating import COST, INCOME
from partners.rules.balance import Balance
from tenants.models import Appointment
from tenants.rules import street_of

GROUPS = {"facility": "设施", "partner": "运营方", "brand": "品牌", "street": "街道"}
_INCOME, _COST = set(INCOME), set(COST)


_kept_elsewhere: list[Callable[[Any, int], list]] = []


def compare_with(differences: Callable[[Any, int], list]) -> None:
    """Apps above say where older sums of theirs differ: facility, year → rows with month, side, ledger_fen, typed_fen."""
    _kept_elsewhere.append(differences)


def differences(facility, year: int) -> list:
    return [row for find in _kept_elsewhere for row in find(facility, year)]


def figures(appointment: Appointment | None, first: date, last: date) -> QuerySet[OperatingFigure]:
    """Figures of the months from `first` to `last` (both first days of months)."""
    found = OperatingFigure.objects.visible_to(appointment).filter(month__range=(first, last))
    return found.select_related("facility", "partner")


@dataclass(frozen=True, slots=True)
class Group:
    """What belongs together, and how it balances. months: how many have any figure."""

    name: str
    facility: object | None
    balance: Balance
    months: int
    facilities: int


def _owner(
    by: str, names: dict[int, str], brand_of: Callable[[int | None, date], str]
) -> Callable[[OperatingFigure], tuple]:
    return {
        "facility": lambda one: (one.facility.code, one.facility.name),
        "partner": lambda one: ("", one.partner.name if one.partner else "没有写运营方"),
        "brand": lambda one: ("", brand_of(one.partner_id, one.month) or "没有品牌"),
        "street": lambda one: (
            street_of(one.division_code),
            names.get(street_of(one.division_code), str(street_of(one.division_code))),
        ),
    }[by]


def groups(
    found: Iterable[OperatingFigure], by: str, names: dict[int, str],
    brand_of: Callable[[int | None, date], str] = lambda _partner, _month: "",
) -> list[Group]:  # fmt: skip
    """names: street code → name; brand_of: partner and month → name of its brand then (`brand_in_month`).

    People served are counted once a facility, operator and month: the largest number entered.
    """
    owner, rows = _owner(by, names, brand_of), {}
    for one in found:
        rows.setdefault(owner(one), []).append(one)
    return [_group(name, of, by) for (_, name), of in sorted(rows.items(), key=lambda item: item[0])]


def _group(name: str, rows: list[OperatingFigure], by: str) -> Group:
    heads: dict[tuple, int] = {}
    for one in rows:
        if one.heads is not None:
            key = (one.facility_id, one.partner_id, one.month)
            heads[key] = max(one.heads, heads.get(key, 0))
    balance = Balance(
        sum(one.amount_fen for one in rows if one.item in _INCOME),
        sum(one.amount_fen for one in rows if one.item in _COST),
        sum(heads.values()) if heads else None,
    )
    return Group(
        name, rows[0].facility if by == "facility" else None, balance, len({one.month for one in rows}),
        len({one.facility_id for one in rows}),
    )  # fmt: skip


def total(found: Iterable[OperatingFigure]) -> Balance:
    rows = list(found)
    return _group("", rows, "all").balance if rows else Balance(0, 0)
