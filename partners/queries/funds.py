"""Reads of the books: what funds hold, a fund's year, its entries with the running balance, payments on their way."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from partners.models import Fund, FundEntry, FundLine, Payment, PaymentState, Source
from partners.models.fund import ACCOUNT_LABELS
from partners.rules.ledger import HELD, Account, Statement, statement
from tenants.models import Appointment

_HELD = [int(account) for account in HELD]


def funds(appointment: Appointment | None, year: int) -> QuerySet[Fund]:
    """Funds in sight with `held_fen`, and what came in during a year (`income_fen`). One query."""
    lines = FundLine.objects.filter(fund=OuterRef("pk")).order_by()
    held = lines.filter(account__in=_HELD).values("fund").annotate(sum=Sum("amount_fen")).values("sum")
    income = lines.filter(account=int(Account.INCOME), entry__day__year=year).values("fund")
    return Fund.objects.visible_to(appointment).annotate(
        held_fen=Coalesce(Subquery(held), 0),
        income_fen=-Coalesce(Subquery(income.annotate(sum=Sum("amount_fen")).values("sum")), 0),
    )


@dataclass(frozen=True, slots=True)
class Year:
    """A fund in a calendar year: the statement, and its income and grants by source, all in 分."""

    year: int
    statement: Statement
    sources: list[tuple[str, int, int]]  # label, income, grants and expenses

    @property
    def growth_permille(self) -> int | None:
        """Growth of the balance over the year (杭州 二(三)8「持续壮大」), in ‰ of the opening; None without one."""
        opening = self.statement.opening_fen
        change = self.statement.closing_fen - opening
        return (abs(change) * 1000 // opening) * (1 if change >= 0 else -1) if opening > 0 else None


def year_of(fund: Fund, year: int) -> Year:
    """Two queries."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    lines = FundLine.objects.filter(fund=fund)
    before = dict(lines.filter(entry__day__lt=first).values_list("account").annotate(sum=Sum("amount_fen")))
    rows = (
        lines.filter(entry__day__range=(first, last))
        .values_list("account", "entry__source")
        .annotate(sum=Sum("amount_fen"))
    )
    during = dict.fromkeys(map(int, Account), 0)
    by_source: dict[str, list[int]] = {}
    for account, source, amount in rows:
        during[account] += amount
        if account == Account.INCOME:
            by_source.setdefault(source, [0, 0])[0] -= amount
        elif account in (Account.GRANT, Account.EXPENSE):
            by_source.setdefault(source, [0, 0])[1] += amount
    labels = dict(Source.choices)
    sources = [(labels.get(source, "未分"), *sums) for source, sums in sorted(by_source.items())]
    return Year(
        year, statement({Account(k): v for k, v in before.items()}, {Account(k): v for k, v in during.items()}), sources
    )


@dataclass(frozen=True, slots=True)
class Row:
    """An entry of a fund's year: what changed in its holdings, and what it held afterwards, in 分."""

    entry: FundEntry
    change_fen: int
    held_fen: int
    debit: str
    credit: str
    files: int = 0  # that show what a payment was for


def rows_of(fund: Fund, year: int, opening_fen: int) -> list[Row]:
    """The entries of a year by day and number, with the running balance. Two queries."""
    entries = (
        FundEntry.objects.filter(fund=fund, day__year=year)
        .order_by("day", "number")
        .select_related("facility", "project", "reversed_by")
        .annotate(files_n=Count("payment__files", filter=Q(payment__files__removed_at=None)))
    )
    found, held = [], opening_fen
    for entry in entries.prefetch_related("lines"):
        lines = list(entry.lines.all())
        change = sum(line.amount_fen for line in lines if line.account in _HELD)
        held += change
        debit = "、".join(ACCOUNT_LABELS[Account(line.account)] for line in lines if line.amount_fen > 0)
        credit = "、".join(ACCOUNT_LABELS[Account(line.account)] for line in lines if line.amount_fen < 0)
        found.append(Row(entry, change, held, debit, credit, entry.files_n))
    return found


def years_of(fund: Fund) -> list[int]:
    """Calendar years with entries, newest first."""
    days = FundEntry.objects.filter(fund=fund).dates("day", "year", order="DESC")
    return [day.year for day in days]


def payments(appointment: Appointment | None, *, state: str = "", text: str = "") -> QuerySet[Payment]:
    """Payments in sight, those that wait first, then newest first."""
    found = with_files(
        Payment.objects.visible_to(appointment).select_related(
            "fund", "facility", "project", "proposed_by", "decided_by", "entry"
        )
    )
    if state in PaymentState.values:
        found = found.filter(state=state)
    if text:
        words = (
            Q(purpose__contains=text)
            | Q(payee__contains=text)
            | Q(fund__name__contains=text)
            | Q(facility__name__contains=text)
        )
        found = found.filter(words)
    return found.order_by("state", "-proposed_at", "-pk")


def with_files(rows: QuerySet) -> QuerySet:
    """Payments or subsidies with `files_n`: how many files show what they are for."""
    return rows.annotate(files_n=Count("files", filter=Q(files__removed_at=None)))


def waiting(appointment: Appointment | None) -> int:
    return Payment.objects.visible_to(appointment).filter(state=PaymentState.PROPOSED).count()
