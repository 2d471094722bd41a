"""Numbers as pages send them."""

_MOST = 18  # digits that a number of the database surely holds


def whole_number(text: str) -> int | None:
    """The number that ASCII digits write; None for anything else: `²` is a digit for Unicode, and no number."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST else None
