"""Money on pages."""

from django import template

from partners.wording import fen_text, permille_text, wan_text

register = template.Library()
register.filter("fen", fen_text)
register.filter("wan", wan_text)
register.filter("permille", permille_text)


@register.simple_tag
def amount(line, value) -> str:
    """A number of a plan's item in its unit."""
    return line.amount(value)


@register.inclusion_tag("partners/money/light.html")
def light(of) -> dict:
    """How an item stands in a year: icon and word, never colour alone."""
    icons = {"pass": "check", "warn": "circle-alert", "fail": "x"}
    return {
        "tone": of.tone,
        "icon_name": icons.get(of.tone, "minus"),
        "label": of.label,
        "overdue": of.progress.is_overdue,
    }
