"""What people write into cells, turned into values. Pure: no Django, no clock.

Codes come as numbers, digits in full width, dates as text or as serial numbers, numbers with 千分位 and units. Whatever can
be read without guessing is read; anything else is a `BadCell` that says what is wrong, what is expected, and the likeliest
correction.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

CLEAR = "清空"  # written into a cell to take a stored value away; a blank cell leaves it
_BLANKS = frozenset({"", "-", "—", "——", "/", "\\", "–"})
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
_HALF_WIDTH = {ord(c) + 0xFEE0: c for c in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"}
_TRUE = frozenset(["是", "有", "对", "√", "✓", "✔", "☑", "1", "y", "yes", "t", "true", "o", "○", "开放"])
_FALSE = frozenset(["否", "无", "不", "没有", "×", "✗", "✘", "☐", "0", "n", "no", "f", "false", "x"])
_DATE = re.compile(r"(\d{4})\s*[-./年]\s*(\d{1,2})\s*[-./月]\s*(\d{1,2})\s*[日号]?(?:[ T]+[\d:.]+)?")
_SHORT_DATE = re.compile(r"(\d{2})\s*[-./年]\s*(\d{1,2})\s*[-./月]\s*(\d{1,2})\s*日?")
_MONTH = re.compile(r"(\d{4})\s*[-./年]\s*(\d{1,2})\s*月?")
_NUMBER = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_EPOCH = date(1899, 12, 30)  # day 0 of Excel's serial dates, from March 1900 on
_UNITS = {"万元": 10_000, "万": 10_000, "元": 1, "m2": 1, "平方米": 1, "平米": 1, "平": 1, "个": 1, "家": 1, "项": 1}


@dataclass(eq=False)
class BadCell(ValueError):
    """What is wrong with a cell, what is expected in it, and the correction it most likely wants."""

    problem: str
    expected: str
    fix: str | None = None


def text(raw: str) -> str:
    """A name or remark: blanks at the ends and invisible characters gone, digits and letters in half width."""
    cleaned = raw.translate(_INVISIBLE).translate(_HALF_WIDTH)
    return " ".join(cleaned.replace("\u3000", " ").split())


def plain(raw: str) -> str:
    """A code, number, date or choice: compatibility forms folded too (（ → (, ㎡ → m2), so that it can be compared."""
    return " ".join(unicodedata.normalize("NFKC", raw.translate(_INVISIBLE)).split())


def is_blank(raw: str) -> bool:
    return plain(raw) in _BLANKS


def is_error_value(raw: str) -> bool:
    return raw.strip() in {"#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"}


def private_use(raw: str) -> str:
    """The characters of a text that only the machine with the right font shows (自造字, GB18030 private use)."""
    return "".join(c for c in raw if "\ue000" <= c <= "\uf8ff" or ord(c) >= 0xF0000)


def code(raw: str) -> str:
    """A code, also one that Excel keeps as a number (330105004051.0) or with blanks inside."""
    folded = plain(raw).replace(" ", "").upper().replace("—", "-").replace("–", "-")
    if re.fullmatch(r"\d+\.0+", folded):
        folded = folded.partition(".")[0]
    if re.fullmatch(r"\d\.\d+E\+\d+", folded):
        try:
            whole = Decimal(folded)
        except InvalidOperation:
            whole = Decimal("NaN")
        raise BadCell(
            f"“{raw}”是被 Excel 改成科学记数的代码",
            "先把这一列设成“文本”格式，再重新填写代码",
            str(int(whole)) if whole.is_finite() and len(whole.as_tuple().digits) == whole.adjusted() + 1 else None,
        )
    return folded


def number(raw: str) -> Decimal:
    """A number: 1,234.50, 1234.5㎡, 15万元, 80% (→ 0.8), in half or full width."""
    folded = plain(raw).replace(" ", "").replace(",", ",")
    percent = folded.endswith("%")
    body = folded.removesuffix("%")
    factor = 1
    for unit, times in _UNITS.items():
        if body.endswith(unit):
            body, factor = body.removesuffix(unit), times
            break
    body = body.removeprefix("¥").removeprefix("约")
    if not _NUMBER.fullmatch(body):
        digits = body.replace(",", "")
        fix = digits if re.fullmatch(r"\d+(\.\d+)?", digits) else None
        raise BadCell(f"“{raw}”不是数字", "只填数字，如 120 或 1,200.5", fix)
    value = Decimal(body.replace(",", "")) * factor
    if value.adjusted() > 15:
        raise BadCell(f"“{raw}”太大了", "核对位数和单位", None)
    return value / 100 if percent else value


def decimal(raw: str, *, places: int, unit: str, low: Decimal, high: Decimal) -> Decimal:
    """A number with at most `places` decimals between two bounds (both allowed)."""
    if plain(raw).endswith("%"):
        raise BadCell(f"“{raw}”是比例", f"填以{unit}计的数字，如 120", None)
    value = number(raw)
    step = Decimal(1).scaleb(-places)
    rounded = value.quantize(step)
    if abs(value - rounded) > Decimal("1e-9"):
        raise BadCell(f"“{raw}”的小数太多", f"最多 {places} 位小数", str(rounded))
    if not low <= rounded <= high:
        raise BadCell(f"“{raw}”超出范围", f"填 {low} 到 {high} 之间的数({unit})", None)
    return rounded


def integer(raw: str, *, low: int, high: int) -> int:
    value = number(raw)
    if value != value.to_integral_value():
        raise BadCell(f"“{raw}”不是整数", f"填 {low} 到 {high} 之间的整数", str(int(value)))
    if not low <= value <= high:
        raise BadCell(f"“{raw}”超出范围", f"填 {low} 到 {high} 之间的整数", None)
    return int(value)


def day(raw: str) -> date:
    """A date: 2026-03-01, 2026.3.1, 2026/3/1, 2026年3月1日, 20260301, or Excel's serial number 46082."""
    folded = plain(raw)
    expected = "写成年-月-日，如 2026-03-01"
    if match := _DATE.fullmatch(folded):
        return _existing_day(raw, *map(int, match.groups()))
    if re.fullmatch(r"(19|20)\d{6}", folded):
        return _existing_day(raw, int(folded[:4]), int(folded[4:6]), int(folded[6:]))
    if re.fullmatch(r"\d{5}(\.\d+)?", folded) and 20_000 <= float(folded) < 75_000:
        return _EPOCH + timedelta(days=int(float(folded)))
    fix = None
    if match := _SHORT_DATE.fullmatch(folded):
        fix = _iso_or_none(2000 + int(match[1]), int(match[2]), int(match[3]))
        raise BadCell(f"“{raw}”的年份不全", expected, fix)
    if match := _MONTH.fullmatch(folded):
        fix = _iso_or_none(int(match[1]), int(match[2]), 1)
        raise BadCell(f"“{raw}”没有写到日", expected, fix)
    raise BadCell(f"“{raw}”不是日期", expected, None)


def _existing_day(raw: str, year: int, month: int, day_of_month: int) -> date:
    try:
        found = date(year, month, day_of_month)
    except ValueError:
        last = None
        if 1 <= month <= 12 and day_of_month in (29, 30, 31):
            last = (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).isoformat()
        raise BadCell(f"“{raw}”这一天不存在", "核对月份和日期", last) from None
    if not 1950 <= found.year <= 2100:
        raise BadCell(f"“{raw}”的年份不像真的", "年份在 1950 到 2100 之间", None)
    return found


def _iso_or_none(year: int, month: int, day_of_month: int) -> str | None:
    try:
        return date(year, month, day_of_month).isoformat()
    except ValueError:
        return None


def boolean(raw: str) -> bool:
    folded = plain(raw).lower()
    if folded in _TRUE:
        return True
    if folded in _FALSE:
        return False
    raise BadCell(f"“{raw}”看不出是还是否", "填“是”或“否”", None)
