"""How a facility's operation balances (拱墅 三(二)1 「公益（低偿）+市场」, 杭州 二(三)6 「运营实现总体平衡」). Amounts in 分."""

from dataclasses import dataclass

from partners.rules.exchange import half_up


@dataclass(frozen=True, slots=True)
class Balance:
    """Income and cost of a period. heads: people served, None where nobody counted all of them."""

    income_fen: int
    cost_fen: int
    heads: int | None = None

    @property
    def surplus_fen(self) -> int:
        return self.income_fen - self.cost_fen

    @property
    def rate_permille(self) -> int | None:
        """Income per cost in ‰, cut off so that 100 % is only what covers its cost. None without any cost."""
        return self.income_fen * 1000 // self.cost_fen if self.cost_fen else None

    @property
    def unit_cost_fen(self) -> int | None:
        """Cost per person served, None without a count."""
        return half_up(self.cost_fen, self.heads) if self.heads else None

    @property
    def covers_its_cost(self) -> bool:
        return self.income_fen >= self.cost_fen
