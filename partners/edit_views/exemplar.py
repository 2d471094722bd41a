"""Writing an exemplar, before it is sent to review."""

from uuid import UUID

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from facilities.edit_views import reason_of, told
from partners.edit_forms import ExemplarForm
from partners.edit_views.partner import crumb, managed
from partners.models import Exemplar, ExemplarState
from partners.operations.exemplar import edit_exemplar, write_exemplar
from tenants.editing import Subject, edit_page
from tenants.rules import code_range

LIST = ("典型案例", "partners:exemplars")


@managed
def exemplar_add(request):
    code = request.appointment.division_code

    def save(form, version):
        made = write_exemplar(division_code=code, by=request.user, **form.record())
        return f"已存下“{made.title}”的草稿，送审以后由另一个人发布。"

    return edit_page(
        request,
        Subject(
            key="exemplar.add", uuid=request.user.uuid, division_code=code, title="写典型案例", crumbs=(crumb(*LIST),),
            back=reverse("partners:exemplars"), save=save, hint="典型是可学的做法，不是等级。等级看季度测算和年度名录。",
            form=lambda data, initial: ExemplarForm(data, initial=initial, is_new=True, appointment=request.appointment),
        ),
    )  # fmt: skip


@managed
def exemplar_edit(request, uuid: UUID):
    found = get_object_or_404(Exemplar.objects.visible_to(request.appointment), uuid=uuid)
    if found.division_code not in code_range(request.appointment.division_code) or found.state != ExemplarState.DRAFT:
        messages.error(request, "送审以后不能直接改，或者这篇由别的单位报送。")
        return redirect("partners:exemplar", uuid=uuid)

    def save(form, version):
        changed = edit_exemplar(
            exemplar=found, version=version, by=request.user, reason=reason_of(form), **form.record()
        )
        return told(form, changed)

    return edit_page(
        request,
        Subject(
            key="exemplar", uuid=found.uuid, division_code=found.division_code, row=found, title=f"修改“{found.title}”", save=save,
            crumbs=(crumb(*LIST), crumb(found.title, "partners:exemplar", found.uuid)),
            back=reverse("partners:exemplar", args=[found.uuid]),
            form=lambda data, initial: ExemplarForm(data, initial=initial, appointment=request.appointment),
        ),
    )  # fmt: skip
