"""How cells of this app's sheets become values: codes with a check character, price lists, numbers and names of people."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from django.core.exceptions import ValidationError
from stdnum.cn import uscc
from stdnum.exceptions import ValidationError as InvalidCode

from facilities.imports import cells
from facilities.imports.cells import BadCell
from facilities.imports.sheets import Code, Kind
from partners.edit_forms.agreement import price_lines
from partners.operations import Price


class Uscc(Code):
    """统一社会信用代码: 18 characters with a check character."""

    def parse(self, raw: str) -> str:
        code = super().parse(raw)
        try:
            return uscc.validate(code)
        except InvalidCode:
            raise BadCell(f"“{raw}”不是有效的统一社会信用代码", "18 位，末位是校验码；不清楚就留空", None) from None


@dataclass(frozen=True)
class Personal(Kind):
    """Something about a person. It is sealed as soon as it has been read; what is said about it never repeats it."""

    is_secret: ClassVar[bool] = True
    check: Callable[[str], str] = str.strip

    def parse(self, raw: str) -> str:
        try:
            return self.check(cells.text(raw))
        except ValueError as error:
            raise BadCell("这一格填得不对", str(error).rstrip("。"), None) from None

    def show(self, value: str) -> str:
        return "（已加密）" if value else ""


@dataclass(frozen=True)
class Hours(Kind):
    """Hours with two decimals."""

    def parse(self, raw: str) -> Decimal:
        return cells.decimal(raw, places=2, unit="小时", low=Decimal(0), high=Decimal(24 * 31))


class PriceList(Kind):
    """助浴 低收费 30 元/次；量血压 免费: one price after another."""

    def parse(self, raw: str) -> list[Price]:
        text = cells.plain(raw.replace("\n", ";").replace("；", ";"))
        try:
            return price_lines(text.replace(";", "\n"))
        except ValidationError as error:
            raise BadCell(f"价目读不懂：{error.messages[0].rstrip('。')}", "几项之间用分号隔开", None) from None

    def show(self, value: list[Price]) -> str:
        return "；".join(price.name for price in value or [])
