"""Double entry in whole 分 (拱墅 四(二), 杭州 二(三)7): every posting is a set of lines that sum to 0.

A debit is positive, a credit negative. What a fund holds is the sum of its lines on CASH and GOODS; the other accounts say
where it came from and where it went. No account can be changed after the fact: a correction is a posting of its own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum


class Account(IntEnum):
    CASH = 1
    GOODS = 2  # donated goods, at the value that the receipt states
    INCOME = 3
    GRANT = 4  # paid out to projects of facilities
    EXPENSE = 5  # spent by the fund itself
    TRANSFER = 6  # to and from other funds; over all funds together it is 0


HELD = (Account.CASH, Account.GOODS)
MOST_FEN = 10**13  # 一千亿元: beyond it a number is a slip of the pen


class Unbalanced(ValueError):
    """Lines that are no posting: they do not sum to 0, or one of them says nothing."""


@dataclass(frozen=True, slots=True)
class Line:
    account: Account
    amount_fen: int


Lines = tuple[Line, ...]


def posting(debit: Account, credit: Account, amount_fen: int) -> Lines:
    """Move an amount (分, positive) from `credit` to `debit`."""
    if not 0 < amount_fen <= MOST_FEN:
        raise Unbalanced(f"{amount_fen} 分 is no amount to post.")
    return checked((Line(debit, amount_fen), Line(credit, -amount_fen)))


def reversed_lines(lines: Iterable[Line]) -> Lines:
    """The lines that undo others."""
    return checked(tuple(Line(line.account, -line.amount_fen) for line in lines))


def checked(lines: Lines) -> Lines:
    """The lines themselves, if they are a posting. Raises Unbalanced."""
    if len(lines) < 2 or any(line.amount_fen == 0 for line in lines) or sum(line.amount_fen for line in lines) != 0:
        raise Unbalanced("A posting has two lines or more, none of 0, and they sum to 0.")
    return lines


def balances(lines: Iterable[Line]) -> dict[Account, int]:
    """Account → sum in 分, for every account."""
    sums = dict.fromkeys(Account, 0)
    for line in lines:
        sums[line.account] += line.amount_fen
    return sums


@dataclass(frozen=True, slots=True)
class Statement:
    """A fund over a period, in 分. What flows out is shown positive, as people read it."""

    opening_fen: int
    income_fen: int
    grants_fen: int
    expenses_fen: int
    transferred_in_fen: int  # net; negative where more went to other funds than came
    closing_fen: int

    @property
    def is_balanced(self) -> bool:
        flows = self.income_fen - self.grants_fen - self.expenses_fen + self.transferred_in_fen
        return self.opening_fen + flows == self.closing_fen


def statement(before: Mapping[Account, int], during: Mapping[Account, int]) -> Statement:
    """before, during: account → sum of the lines before the period and in it."""
    opening = sum(before.get(account, 0) for account in HELD)
    return Statement(
        opening_fen=opening,
        income_fen=-during.get(Account.INCOME, 0),
        grants_fen=during.get(Account.GRANT, 0),
        expenses_fen=during.get(Account.EXPENSE, 0),
        transferred_in_fen=-during.get(Account.TRANSFER, 0),
        closing_fen=opening + sum(during.get(account, 0) for account in HELD),
    )


# 拱墅 四(二)：「每个大运河幸福家园每年实施不少于3个公益创投或慈善创投项目，资金量不少于15万元」, by reading G-14 per facility and
# calendar year, by what has arrived. The judgement itself is the engine's; this is the gap that the money pages show.
DUTY_PROJECTS = 3
DUTY_FEN = 15_000_000


@dataclass(frozen=True, slots=True)
class Duty:
    projects: int
    received_fen: int

    @property
    def projects_short(self) -> int:
        return max(0, DUTY_PROJECTS - self.projects)

    @property
    def short_fen(self) -> int:
        return max(0, DUTY_FEN - self.received_fen)

    @property
    def is_met(self) -> bool:
        return not self.projects_short and not self.short_fen
