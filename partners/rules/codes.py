"""The unified social credit code (GB 32100-2015): what is wrong with one, in words."""

import re
import unicodedata

_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


def credit_code(text: str) -> str:
    """The 18 characters of a code, with its check character right. Raises ValueError, in Chinese."""
    code = re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", text)).upper()
    if len(code) != 18:
        raise ValueError(f"统一社会信用代码应为 18 位，现在是 {len(code)} 位。")
    if wrong := sorted(set(code) - set(_SIGNS)):
        raise ValueError(
            f"统一社会信用代码里没有“{'、'.join(wrong)}”。字母 I、O、S、V、Z 不用，多半是数字 1、0、5、2。"
        )
    if check_character(code[:17]) != code[17]:
        raise ValueError("统一社会信用代码的校验位不对，请对着证照再核对一遍。")
    return code


def check_character(first: str) -> str:
    """The 18th character that goes with the first 17 (GB 32100-2015, 3.5)."""
    total = sum(_SIGNS.index(sign) * weight for sign, weight in zip(first, _WEIGHTS, strict=True))
    return _SIGNS[(31 - total % 31) % 31]
