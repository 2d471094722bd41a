"""The words of a quarterly result. It is 测算, never 认定 or 公布; a facility without a tier is 未入名录, never 不合格."""

from standards.rules import Tier

TIER_LABELS = {Tier.UNRATED: "未入名录", Tier.INCLUSIVE: "普惠型", Tier.DEMONSTRATION: "示范型"}


def tier_label(tier: int) -> str:
    """The Chinese name of a tier; a dash where there is none (NO_TIER)."""
    return TIER_LABELS[Tier(tier)] if tier >= 0 else "—"
