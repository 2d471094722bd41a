"""What running a facility brought in and cost, by month: one place (docs/decisions/income-and-cost.md).

The ledger is 运营收支 (`partners.OperatingFigure`), item by item. Monthly figures of before it, which nobody can enter any
more, stand in for a month and side that the ledger says nothing of; where both say something, the ledger holds.
"""

# ruff: noqa: S608 (the statement is put together from names of these modules)

from dataclasses import dataclass
from datetime import date

from django.db.models import Sum

from engagement.models import Figure, MonthlyFigure
from facilities.models import Facility
from partners.models import OperatingFigure
from partners.models.operating import INCOME

SIDES = (Figure.INCOME_FEN, Figure.COST_FEN)
_INCOME = ", ".join(f"'{item.value}'" for item in INCOME)
# facility_id, month, figure, subject, amount in 分, as rows of engagement_monthlyfigure; {inside} and the days as in `columns`.
BY_MONTH = f"""SELECT r.facility_id, r.month, CASE WHEN r.item IN ({_INCOME}) THEN {Figure.INCOME_FEN:d} ELSE {Figure.COST_FEN:d} END
        AS figure, 0 AS subject, sum(r.amount_fen)::bigint AS amount
    FROM partners_operatingfigure r WHERE {{inside}} AND r.month <= %(last)s AND r.month > %(since)s GROUP BY 1, 2, 3"""


def by_month(facility: Facility, first: date, last: date) -> dict[Figure, dict[date, int]]:
    """Side → month → amount in 分, of the months from `first` to `last` (first days of months) that anything is known of."""
    found: dict[Figure, dict[date, int]] = {side: {} for side in SIDES}
    for side, months in _typed(facility, first, last).items():
        found[side] |= months
    for side, months in _ledger(facility, first, last).items():
        found[side] |= months
    return {side: dict(sorted(months.items())) for side, months in found.items() if months}


def _typed(facility: Facility, first: date, last: date) -> dict[Figure, dict[date, int]]:
    rows = MonthlyFigure.objects.filter(facility=facility, figure__in=SIDES, month__range=(first, last), subject=0)
    found: dict[Figure, dict[date, int]] = {}
    for figure, month, amount in rows.values_list("figure", "month", "amount"):
        found.setdefault(Figure(figure), {})[month] = amount
    return found


def _ledger(facility: Facility, first: date, last: date) -> dict[Figure, dict[date, int]]:
    rows = OperatingFigure.objects.filter(facility=facility, month__range=(first, last))
    found: dict[Figure, dict[date, int]] = {}
    for month, item, amount in (
        rows.values("month", "item").annotate(sum=Sum("amount_fen")).values_list("month", "item", "sum")
    ):
        side = found.setdefault(Figure.INCOME_FEN if item in INCOME else Figure.COST_FEN, {})
        side[month] = side.get(month, 0) + amount
    return found


@dataclass(frozen=True, slots=True)
class Apart:
    """A month in which the ledger and an older monthly figure both say something; amounts in 分."""

    month: date
    side: str
    ledger_fen: int
    typed_fen: int

    @property
    def difference_fen(self) -> int:
        return self.ledger_fen - self.typed_fen


def apart(facility: Facility, year: int) -> list[Apart]:
    """Where the two differ in a year: the ledger is what counts, and somebody should look why."""
    first, last = date(year, 1, 1), date(year, 12, 1)
    typed, ledger = _typed(facility, first, last), _ledger(facility, first, last)
    return [
        Apart(month, "收入" if side == Figure.INCOME_FEN else "支出", ledger[side][month], amount)
        for side in SIDES
        for month, amount in sorted(typed.get(side, {}).items())
        if ledger.get(side, {}).get(month, amount) != amount
    ]
