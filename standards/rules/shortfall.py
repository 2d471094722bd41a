"""What one facility still lacks for one criterion, in the base units of the ledger."""

from dataclasses import dataclass

from standards.rules.criteria import Construction, Criterion, Operator


@dataclass(frozen=True, slots=True)
class Shortfall:
    """What is missing. All zero when the criterion is met.

    amount: how much the value must grow, in base units (for a share: how much of the present whole must change hands).
    excess: how much the value must shrink (AT_MOST, BETWEEN).
    additional: for a share, how many units must be added to part and whole alike (new market or social projects);
    None where no number of additions is enough.
    """

    amount: int = 0
    excess: int = 0
    additional: int | None = 0


def shortfall(
    criterion: Criterion, construction: Construction, value: int | None, whole: int | None = None
) -> Shortfall | None:
    """The shortfall of one facility; None where it cannot be said (a fact, the type or the threshold is missing).

    value: what was counted, in base units (for ANY: the largest of its metrics). whole: the denominator of a share.
    """
    if construction is not Construction.UNKNOWN and not criterion.applies_to(construction):
        return Shortfall()
    limit = criterion.threshold_for(construction)
    if limit is None or value is None:
        return None
    match criterion.operator:
        case Operator.SHARE_AT_LEAST:
            return None if whole is None else _share(value, whole, limit.value, limit.parts)
        case Operator.AT_MOST:
            return Shortfall(excess=max(0, value - limit.value))
        case Operator.BETWEEN:
            return Shortfall(amount=max(0, limit.value - value), excess=max(0, value - limit.upper))
        case Operator.IS_TRUE:
            return Shortfall(amount=0 if value > 0 else 1)
        case _:  # AT_LEAST, ANY
            return Shortfall(amount=max(0, limit.value - value))


def _share(value: int, whole: int, share: int, parts: int) -> Shortfall:
    """`share` / `parts` of the whole. 7 of 10 for 80 %: one changes hands (8/10), or five are added (12/15)."""
    if whole > 0 and value * parts >= whole * share:
        return Shortfall()
    lacking = whole * share - value * parts
    converted = -(-lacking // parts)
    if share < parts:
        return Shortfall(amount=converted, additional=max(1, -(-lacking // (parts - share))))
    return Shortfall(amount=converted, additional=1 if whole == 0 else None)
