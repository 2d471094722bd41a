"""What a partner has done lately, beyond its agreements: its activities in the facilities that the viewer sees."""

from datetime import date

from engagement.models import Activity


def activities(partner, request, _day: date) -> dict:
    """The newest activities that name a partner, and how many there are."""
    seen = Activity.objects.visible_to(request.appointment).filter(partner=partner).select_related("facility")
    return {"activities": list(seen.order_by("-held_on", "-pk")[:50]), "activity_count": seen.count()}
