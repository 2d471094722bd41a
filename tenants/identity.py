"""National formats of a person's numbers: 公民身份号码 (GB 11643), mobile numbers, telephones of Hangzhou.

Own checks: python-stdnum knows today's district codes only and so refuses people registered in a district that has gone.
"""

import re
import unicodedata
from datetime import date

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_PROVINCES = frozenset(
    [*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66), 71, 81, 82, 83]
)
_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"(?:0571)?([2-9]\d{7})")


def citizen_id(text: str, *, today: date) -> str:
    """The 18 characters of a citizen's number. Raises ValueError with what is wrong, in Chinese, without the number."""
    number = _plain(text)
    if not re.fullmatch(r"\d{17}[\dX]", number):
        raise ValueError("公民身份号码应为 18 位：17 位数字加 1 位数字或 X。")
    if int(number[:2]) not in _PROVINCES:
        raise ValueError("公民身份号码的前两位不是省级代码。")
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise ValueError("公民身份号码第 7—14 位不是日期。") from None
    if not date(1890, 1, 1) <= born <= today:
        raise ValueError("公民身份号码里的出生日期不合理。")
    if _CHECK[sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, number, strict=False)) % 11] != number[17]:
        raise ValueError("公民身份号码的校验位不对，请再核对一遍。")
    return number


def born_on(number: str) -> date:
    """The date of birth in a checked citizen's number."""
    return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))


def telephone(text: str) -> str:
    """A mobile number (11 digits) or a telephone of Hangzhou (0571-8 digits). Raises ValueError, in Chinese."""
    number = _plain(text)
    number = re.sub(r"^(?:\+|00)?86(?=1[3-9]|0571)", "", number)
    if _MOBILE.fullmatch(number):
        return number
    if match := _LANDLINE.fullmatch(number):
        return f"0571-{match[1]}"
    raise ValueError("请填 11 位手机号，或 0571 开头的 8 位座机号。")


def masked_telephone(number: str) -> str:
    """138****5678; 0571-88****78."""
    if "-" in number:
        return f"{number[:7]}****{number[-2:]}"
    return f"{number[:3]}****{number[-4:]}" if len(number) == 11 else _masked_all(number)


def masked_citizen_id(number: str) -> str:
    """330105********123X: who it is stays open, where they registered does not."""
    return f"{number[:6]}{'*' * 8}{number[-4:]}" if len(number) == 18 else _masked_all(number)


def masked_name(name: str) -> str:
    """张*; 欧阳** keeps one character too."""
    return name[:1] + "*" * (len(name) - 1)


def _masked_all(text: str) -> str:
    return "*" * len(text)


def _plain(text: str) -> str:
    """Half-width, upper case, without the blanks, hyphens and brackets that people put between groups of digits."""
    return re.sub(r"[\s\-‐-―()·]", "", unicodedata.normalize("NFKC", text)).upper()
