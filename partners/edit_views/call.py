"""Writing a call, before it opens."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone

from facilities.edit_views import reason_of, told
from partners.edit_forms import CallForm
from partners.edit_views.partner import crumb, managed
from partners.models import Call, CallState
from partners.operations import edit_call, start_call
from partners.queries.life import rules_in_force
from tenants.editing import Subject, edit_page
from tenants.rules import STREET_WIDTH, code_range

CALLS = ("征集与准入", "partners:calls")


@managed
def call_add(request):
    code = request.appointment.division_code
    codes = code_range(code)
    if codes.hi - codes.lo < STREET_WIDTH:
        raise Http404  # districts and streets call for partners
    today = timezone.localdate()
    template = {"scoring": rules_in_force(code, today).entry, "link_is_open": True, "opens_on": today}

    def save(form, version):
        made = start_call(division_code=code, by=request.user, **form.record())
        return f"已起草“{made.title}”。接着写需求，写好后发布。"

    return edit_page(
        request,
        Subject(
            key="call.add", uuid=request.user.uuid, division_code=code, title="起草征集", crumbs=(crumb(*CALLS),),
            back=reverse("partners:calls"), save=save, hint="先存成草稿，写好需求再发布。发布以前只有办理的人看得到。",
            form=lambda data, initial: CallForm(data, initial={**template, **(initial or {})}, is_new=True),
        ),
    )  # fmt: skip


@managed
def call_edit(request, uuid: UUID):
    call = get_object_or_404(Call.objects.visible_to(request.appointment), uuid=uuid)
    if call.division_code not in code_range(request.appointment.division_code) or call.state != CallState.DRAFT:
        messages.error(request, "发布以后不能再改，或者这次征集由别的单位发起。")
        return redirect("partners:call", uuid=uuid)

    def save(form, version):
        return told(
            form, edit_call(call=call, version=version, by=request.user, reason=reason_of(form), **form.record())
        )

    return edit_page(
        request,
        Subject(
            key="call", uuid=call.uuid, division_code=call.division_code, row=call, title=f"修改“{call.title}”",
            crumbs=(crumb(*CALLS), crumb(call.title, "partners:call", call.uuid)), save=save,
            back=reverse("partners:call", args=[call.uuid]), form=lambda data, initial: CallForm(data, initial=initial),
        ),
    )  # fmt: skip
