"""How the figures of a spot check are written."""

from django import template

from assessments.rules.checklist import WITH_TOLERANCE

register = template.Library()


@register.filter
def percent(permille: int | None) -> str:
    """‰ as a percentage: 125 → 12.5%. What nobody set waits for the district."""
    return "待区民政局确认" if permille is None else f"{permille / 10:g}%"


@register.filter
def tenth(permille: int | None) -> str:
    """‰ as the number in a percentage's field: 125 → 12.5."""
    return "" if permille is None else f"{permille / 10:g}"


@register.filter
def found_value(item: dict) -> str:
    """The value of an item of a pack as it stands in its field."""
    return written(item, "found")


@register.filter
def claimed_value(item: dict) -> str:
    return written(item, "claimed")


def written(item: dict, name: str) -> str:
    value = item.get(name)
    if value is None:
        return ""
    return f"{value / 100:.2f}".rstrip("0").rstrip(".") if item["unit"] in WITH_TOLERANCE else str(value)
