"""Words and number formats of the pages. No Django, no clock."""

from datetime import date
from decimal import Decimal

TIER_NAMES = {2: "示范型", 1: "普惠型", 0: "未入名录", None: "未评"}
OUTCOME_NAMES = {1: "达标", 0: "未达", 2: "待确认"}
OUTCOME_TONES = {1: "pass", 0: "fail", 2: "warn"}
OUTCOME_ICONS = {1: "check", 0: "x", 2: "circle-alert"}
DELTA_WORDS = {"up": ("arrow-up-right", ""), "down": ("arrow-down-right", ""), "same": ("minus", "不变")}

_QUARTERS = {"1": "一", "2": "二", "3": "三", "4": "四"}


def quarter_text(quarter: str) -> str:
    """`2026-Q3` → 2026 年第三季度."""
    year, _, number = str(quarter).partition("-Q")
    return f"{year} 年第{_QUARTERS[number]}季度" if number in _QUARTERS else str(quarter)


def number_text(value: Decimal | int) -> str:
    """Thousands separated, no trailing zeros: 1200.50 → 1,200.5."""
    text = f"{value:,.2f}" if value != int(value) else f"{int(value):,}"
    return text.rstrip("0") if "." in text else text


def m2_text(value: Decimal | None) -> str:
    """Area in ㎡ → 1,200.5 ㎡; None → 未填."""
    return "未填" if value is None else f"{number_text(value)} ㎡"


def area_text(value: int | None) -> str:
    """Area in 0.01 ㎡ → 1,200.5 ㎡; None (nobody recorded it) → 未填."""
    return m2_text(None if value is None else Decimal(value) / 100)


def yuan_text(value: int | None) -> str:
    """Money in 分 → 15 万元 from ten thousand yuan on, else 3,200.5 元; None → 未填."""
    if value is None:
        return "未填"
    yuan = Decimal(value) / 100
    return f"{number_text(yuan / 10_000)} 万元" if yuan >= 10_000 else f"{number_text(yuan)} 元"


def day_text(day: date | None) -> str:
    return "" if day is None else f"{day:%Y-%m-%d}"
