"""Points as people read them: `{% load lively %}`."""

from django import template

from portal.queries.lively import Part, points_text

register = template.Library()
register.filter("points", points_text)


@register.filter
def points_left(part: Part) -> str:
    """What an indicator has still to give."""
    return points_text(part.full - part.points)
