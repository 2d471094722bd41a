"""When people are told beforehand that something ends: 90, 60 and 30 days before, once within each span."""

STAGES = (30, 60, 90)


def stage(days_left: int) -> int | None:
    """30, 60 or 90: the smallest span that the last day lies within; None beyond, or once it has passed."""
    return next((days for days in STAGES if 0 <= days_left <= days), None)
