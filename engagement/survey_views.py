"""The QR page of a survey, open to everybody who holds the address, and the sheet with its code to put up."""

import secrets
from io import BytesIO

import segno
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_GET, require_http_methods

from engagement.models import Satisfaction, Survey
from engagement.operations.surveys import device_digest, read_token, record_answer, token_of
from engagement.queries.surveys import result_of
from tenants.access import requires
from tenants.rules import Permission
from tenants.scope import division_scope, opened_scope

COOKIE = "survey_device"
_YEAR = 365 * 24 * 3600


@requires(Permission.PUBLIC)
@require_http_methods(["GET", "POST"])
def answer(request, token: str):
    """Five buttons; one answer per device and day, while the survey runs. The token says whose survey it is."""
    read = read_token(token)
    if read is None:
        raise Http404
    uuid, code = read
    today = timezone.localdate()
    with opened_scope(division_scope(code, source="survey page")):
        survey = Survey.objects.select_related("facility").filter(uuid=uuid).first()
        if survey is None:
            raise Http404
        cookie = request.COOKIES.get(COOKIE, "")[:64] or secrets.token_hex(16)
        state = "open" if survey.first_day <= today <= survey.last_day else "closed"
        if request.method == "POST" and state == "open":
            chosen = request.POST.get("choice", "")
            if chosen in {str(value) for value in Satisfaction.values}:
                device = device_digest(cookie, survey)
                kept = record_answer(survey=survey, day=today, device=device, choice=int(chosen))
                state = "thanks" if kept else "again"
            else:
                state = "empty"
        context = {"survey": survey, "state": state, "choices": Satisfaction.choices}
        response = render(request, "engagement/answer.html", context)
    response.set_cookie(
        COOKIE, cookie, max_age=_YEAR, httponly=True, samesite="Lax", secure=request.is_secure(), path="/s/"
    )
    response["Cache-Control"] = "no-store"
    return response


@requires(Permission.VIEW_FACILITIES)
@require_GET
def qr(request, uuid):
    """The code to print and put up, and what has been answered so far."""
    surveys = Survey.objects.visible_to(request.appointment).select_related("facility")
    survey = get_object_or_404(surveys, uuid=uuid)
    address = request.build_absolute_uri(reverse("engagement:answer", args=[token_of(survey)]))
    drawn = BytesIO()
    segno.make(address, error="m").save(drawn, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=2)
    # Safe: segno draws black squares; the address goes into their pattern and never into the markup.
    code = mark_safe(drawn.getvalue().decode())  # noqa: S308  (drawn by segno)
    context = {
        "survey": survey,
        "facility": survey.facility,
        "address": address,
        "code": code,
        "result": result_of(survey),
    }
    return render(request, "engagement/code.html", context)
