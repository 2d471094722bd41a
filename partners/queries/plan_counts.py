"""What a plan's items are counted from: for each measure one reading of a ledger, by street. All readings are one statement.

An app above brings the measures of its own ledgers (`add_measure`), as with debts.
"""

from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import BigIntegerField, Count, F, Func, Q, QuerySet, Sum, Value

from facilities.models import Lifecycle, OfferedFunction
from facilities.queries.listing import facilities_on
from partners.models import (
    Agreement,
    AgreementState,
    CharityProject,
    CharityReceipt,
    FundLine,
    Measure,
    PlanItem,
    PlanRecord,
    ResidentProject,
    RunBy,
    Subsidy,
    SubsidyState,
)
from partners.rules.ledger import Account
from tenants.rules import CodeRange, code_range, district_of
from tenants.scope import division_scope, opened_scope
from tenants.together import together


@dataclass(frozen=True, slots=True)
class Span:
    """A calendar year as far as it has gone: what is counted in it, or on its `last` day."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Reader:
    """rows: `values()` with `street`, `n`, and `part` where an item may ask for a part alone; or with `one` for what counts once.

    basis: `values("text")` of what the rows rest on; where it has no row, nobody knows the number.
    """

    source: str  # where the number comes from, in the words of the page
    rows: Callable[[CodeRange, Span], QuerySet]
    basis: Callable[[CodeRange, Span], QuerySet] | None = None


_readers: dict[str, Reader] = {}


def add_measure(measure: Measure, reader: Reader) -> None:
    _readers[measure] = reader


def by_street(rows: QuerySet, *, code: str = "division_code") -> QuerySet:
    """`rows` with `street`: the street of a division, or the district of what lies there itself."""
    street = Func(F(code), template="(%(expressions)s / 1000 * 1000)", output_field=BigIntegerField())
    return rows.annotate(street=street).order_by()


def _within(rows: QuerySet, codes: CodeRange) -> QuerySet:
    return by_street(rows.filter(division_code__gte=codes.lo, division_code__lt=codes.hi))


def _counted(rows: QuerySet, codes: CodeRange) -> QuerySet:
    return _within(rows, codes).values("street").annotate(n=Count("pk"))


def _open(codes: CodeRange, span: Span) -> QuerySet:
    rows = facilities_on(span.last).filter(lifecycle=Lifecycle.OPEN)
    return _within(rows, codes).values("street", part=F("construction_type")).annotate(n=Count("pk"))


def _functions(codes: CodeRange, span: Span) -> QuerySet:
    rows = OfferedFunction.objects.in_force(span.last).exclude(item_number=None)
    counted = Count("facility", distinct=True)
    return _within(rows, codes).values("street", part=F("item_number")).annotate(n=counted)


def _projects(codes: CodeRange, span: Span) -> QuerySet:
    ours = (RunBy.MARKET, RunBy.SOCIAL)
    return _counted(ResidentProject.objects.in_force(span.last).filter(run_by__in=ours), codes)


def _in_service(span: Span) -> QuerySet:
    rows = Agreement.objects.in_force(span.last).filter(signed_on__lte=span.last)
    rows = rows.filter(Q(left_on=None) | Q(left_on__gt=span.last))
    return rows.exclude(state__in=(AgreementState.DRAFTED, AgreementState.VOID))


def _partners(codes: CodeRange, span: Span) -> QuerySet:
    return _within(_in_service(span), codes).values("street", one=F("partner_id")).distinct()


def _agreements(codes: CodeRange, span: Span) -> QuerySet:
    return _counted(_in_service(span), codes)


def _charity_projects(codes: CodeRange, span: Span) -> QuerySet:
    return _counted(CharityProject.objects.filter(year=span.first.year), codes)


def _received(codes: CodeRange, span: Span) -> QuerySet:
    rows = CharityReceipt.objects.filter(received_on__range=(span.first, span.last))
    return _within(rows, codes).values("street").annotate(n=Sum("amount_fen"))


def _lines(account: Account, sign: int) -> Callable[[CodeRange, Span], QuerySet]:
    def rows(codes: CodeRange, span: Span) -> QuerySet:
        found = FundLine.objects.filter(account=int(account), entry__day__range=(span.first, span.last))
        return _within(found, codes).values("street").annotate(n=Sum("amount_fen") * Value(sign))

    return rows


def _subsidies(codes: CodeRange, span: Span) -> QuerySet:
    """Paid and not taken back, where the facility lies, whichever fund has paid."""
    paid = Subsidy.objects.filter(state=SubsidyState.PAID, payment__entry__day__range=(span.first, span.last))
    paid = paid.filter(payment__entry__reversed_by=None)
    return _within(paid, codes).values("street").annotate(n=Sum("payment__amount_fen"))


_OURS = {
    Measure.OPEN: Reader("设施台账", _open),
    Measure.FUNCTION: Reader("功能台账", _functions),
    Measure.PROJECTS: Reader("项目台账", _projects),
    Measure.PARTNERS: Reader("合伙协议", _partners),
    Measure.AGREEMENTS: Reader("合伙协议", _agreements),
    Measure.CHARITY_PROJECTS: Reader("创投项目台账", _charity_projects),
    Measure.CHARITY_RECEIVED: Reader("创投到账", _received),
    Measure.FUND_RECEIPTS: Reader("基金账", _lines(Account.INCOME, -1)),
    Measure.GRANTS: Reader("基金账", _lines(Account.GRANT, 1)),
    Measure.SUBSIDIES: Reader("建设补助", _subsidies),
}
for _measure, _reader in _OURS.items():
    add_measure(_measure, _reader)


@dataclass(frozen=True, slots=True)
class Done:
    """What an item has reached. amount None: nobody knows; source: where the number comes from."""

    amount: int | None
    source: str


def done(
    items: Iterable[PlanItem], years: Iterable[int], day: date, *, seen: CodeRange | None = None
) -> dict[tuple[int, int], Done]:
    """(item, year) → what was done in the year until the day. One statement, in the scope of the district.

    A street's payments may come out of a fund of the district: so all is counted where it is seen, and who may read which number
    is for the caller to say. seen: the range that the running scope holds. Years that have not begun are left out.
    """
    items, spans = list(items), {}
    for year in sorted(set(years)):
        if date(year, 1, 1) <= day:
            spans[year] = Span(date(year, 1, 1), min(day, date(year, 12, 31)))
    if not items or not spans:
        return {}
    district = district_of(items[0].division_code)
    codes = code_range(district)
    whole = division_scope(district, source="what a plan has reached")
    with nullcontext() if seen and seen.covers(codes) else opened_scope(whole):
        read = together(_wanted(items, spans, codes))
    return {(item.pk, year): _of(item, year, read) for item in items for year in spans}


def _wanted(items: list[PlanItem], spans: dict[int, Span], codes: CodeRange) -> dict[str, QuerySet]:
    wanted: dict[str, QuerySet] = {}
    measures = {item.measure for item in items}
    for measure, reader in _readers.items():
        for year, span in spans.items() if measure in measures else ():
            wanted[f"{measure} {year}"] = reader.rows(codes, span)
            if reader.basis:
                wanted[f"{measure} {year} basis"] = reader.basis(codes, span)
    if Measure.TYPED in measures:
        lines = [item.line for item in items if item.measure == Measure.TYPED]
        for year, span in spans.items():
            records = PlanRecord.objects.filter(item__line__in=lines, day__range=(span.first, span.last)).order_by()
            wanted[f"{Measure.TYPED} {year}"] = records.values(line=F("item__line")).annotate(n=Sum("amount"))
    return wanted


def _of(item: PlanItem, year: int, read: dict[str, list[Any]]) -> Done:
    rows = read.get(f"{item.measure} {year}", [])
    if item.measure == Measure.TYPED:
        return Done(sum(int(row["n"]) for row in rows if row["line"] == str(item.line)), "")
    reader = _readers.get(item.measure)
    if reader is None:
        return Done(None, "没有台账")
    source = reader.source
    if reader.basis:
        basis = read.get(f"{item.measure} {year} basis", [])
        if not basis:
            return Done(None, f"{source}，还没有测算")
        source = f"{source}，{basis[0]['text']}"
    return Done(_amount(item, rows), source)


def _amount(item: PlanItem, rows: list[dict[str, Any]]) -> int:
    if item.street_code:
        rows = [row for row in rows if row["street"] == item.street_code]
    if part := item.construction or item.item_number:
        rows = [row for row in rows if str(row.get("part")) == str(part)]
    if rows and "one" in rows[0]:
        return len({row["one"] for row in rows})
    return sum(int(row["n"] or 0) for row in rows)
