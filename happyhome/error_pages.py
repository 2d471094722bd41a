"""What the portal says when it broke: one sentence and the number to quote. Nothing of the inside."""

from django.core.exceptions import BadRequest
from django.http import HttpResponseBadRequest, HttpResponseServerError
from django.template.loader import render_to_string
from django.views.decorators.csrf import requires_csrf_token


@requires_csrf_token
def server_error(request):
    """Without context processors: they may be what broke."""
    return HttpResponseServerError(render_to_string("500.html", {"reference": getattr(request, "reference", "")}))


@requires_csrf_token
def bad_request(request, exception):
    """The words are shown only where our own code has written them for people."""
    explanation = str(exception) if type(exception) is BadRequest else "请返回上一页，刷新后再试。"
    context = {"reference": getattr(request, "reference", ""), "explanation": explanation}
    return HttpResponseBadRequest(render_to_string("400.html", context))
