"""What the portal says when it broke: one sentence and the number to quote. Nothing of the inside."""

from django.http import HttpResponseServerError
from django.template.loader import render_to_string
from django.views.decorators.csrf import requires_csrf_token


@requires_csrf_token
def server_error(request):
    """Without context processors: they may be what broke."""
    return HttpResponseServerError(render_to_string("500.html", {"reference": getattr(request, "reference", "")}))
