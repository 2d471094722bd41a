"""Amounts as people write them ("1000 ㎡", "80 %", "2–3 个", "15 万元") and as the engine holds them: integers."""

import re
from decimal import Decimal, InvalidOperation
from math import gcd

from standards.rules.criteria import Threshold

BASE_UNITS = {"㎡": 100, "元": 100, "万元": 1_000_000}
"""How many base units (0.01 m², 分) one written unit has. Any other unit is a count."""

_WRITTEN = re.compile(r"([0-9.]+)(?:–([0-9.]+))?\s*(\S*)")


class AmountError(ValueError):
    """A text is no amount."""


def amount_of(text: str) -> int:
    """An amount in base units: "999.99 ㎡" → 99999, "15 万元" → 15000000, "7 项" → 7."""
    limit = threshold_of(text)
    if limit is None or limit.parts != 1 or limit.upper:
        raise AmountError(f"“{text}” is not a single amount")
    return limit.value


def threshold_of(text: str | None) -> Threshold | None:
    """A threshold in base units: "80 %" → 4/5, "2–3 个" → from 2 to 3. None stays None: no number is given."""
    if text is None:
        return None
    match = _WRITTEN.fullmatch(text.strip())
    if match is None:
        raise AmountError(f"“{text}” is not an amount with its unit")
    low, high, unit = match.groups()
    if unit == "%":
        share = _whole(low, 100, text)
        common = gcd(share, 10_000)
        return Threshold(share // common, parts=10_000 // common)
    scale = BASE_UNITS.get(unit, 1)
    return Threshold(_whole(low, scale, text), upper=_whole(high, scale, text) if high else 0)


def written(value: int, unit: str) -> str:
    """An amount as a page shows it, with its unit: (99999, "㎡") → "999.99 ㎡", (7, "项") → "7 项"."""
    return f"{Decimal(value) / BASE_UNITS.get(unit, 1):,f} {unit}".strip()


def written_threshold(limit: Threshold, unit: str) -> str:
    """A threshold as a page shows it: "1,000 ㎡", "80 %", "2–3 个"."""
    if unit == "%":
        return f"{Decimal(limit.value * 100) / limit.parts:f} %"
    if limit.upper:
        return f"{written(limit.value, unit).removesuffix(unit).strip()}–{written(limit.upper, unit)}"
    return written(limit.value, unit)


def _whole(number: str, scale: int, text: str) -> int:
    try:
        exact = Decimal(number) * scale
    except InvalidOperation as error:
        raise AmountError(f"“{text}” is not an amount with its unit") from error
    if exact != int(exact):
        raise AmountError(f"“{text}” has more decimal places than the ledgers keep")
    return int(exact)
