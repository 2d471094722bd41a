"""Amounts in the words of the pages and statements."""

from decimal import Decimal


def fen_text(amount: int | None) -> str:
    """分 as 1,234.50, to the cent; a minus before what flows out. None: nobody has set it."""
    if amount is None:
        return "待定"
    sign, rest = ("-" if amount < 0 else ""), abs(amount)
    return f"{sign}{rest // 100:,}.{rest % 100:02d}"


def wan_text(amount: int | None) -> str:
    """分 as 万元 with two places, cut off and not rounded, for a figure at a glance: 730.21."""
    if amount is None:
        return "待定"
    cents = abs(amount) // 10_000
    sign = "-" if amount < 0 and cents else ""
    return f"{sign}{cents // 100:,}.{cents % 100:02d}"


def yuan(amount: int | None) -> Decimal | None:
    """分 as yuan, exactly, for a cell of a workbook."""
    return None if amount is None else Decimal(amount) / 100


def permille_text(value: int | None) -> str:
    """‰ as 95.0 %."""
    if value is None:
        return "待定"
    sign, rest = ("-" if value < 0 else ""), abs(value)
    return f"{sign}{rest // 10}.{rest % 10} %"
