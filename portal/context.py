"""What the shell of every page needs."""

from django.conf import settings


def shell(request):
    return {"demo": settings.DEMO, "appointment": getattr(request, "appointment", None)}
