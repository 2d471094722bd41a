"""The functions that can be offered, by number: the catalogues of the standards loaded."""

from standards.models import FunctionItem


def function_names() -> dict[int, str]:
    """Number → name, over all catalogue versions (the newest name wins)."""
    return dict(FunctionItem.objects.order_by("version_id").values_list("number", "name"))
