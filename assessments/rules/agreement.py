"""How well two people agree who looked at the same thing, and who is always generous. Exact fractions."""

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction


def kappa(pairs: Sequence[tuple[str, str]]) -> Fraction | None:
    """Cohen's kappa of paired judgements: agreement beyond chance. None without pairs, or where chance alone explains all."""
    if not pairs:
        return None
    n = len(pairs)
    observed = Fraction(sum(one == other for one, other in pairs), n)
    first, second = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
    expected = Fraction(sum(first[word] * second[word] for word in first), n * n)
    return None if expected == 1 else (observed - expected) / (1 - expected)


def strength(value: Fraction | None) -> str:
    """The usual words for a kappa (Landis and Koch 1977)."""
    if value is None:
        return "无法计算"
    steps = ((0, "没有一致"), (20, "很低"), (40, "一般"), (60, "中等"), (80, "较高"))
    return next((word for limit, word in steps if value * 100 <= limit), "几乎完全一致")


def within(claimed: int, found: int, permille: int) -> bool:
    """Whether a found amount lies within the tolerance of a claimed one: |found − claimed| ≤ claimed · permille / 1000."""
    return abs(found - claimed) * 1000 <= claimed * permille
