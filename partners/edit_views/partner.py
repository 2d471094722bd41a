"""Adding and correcting a partner."""

from uuid import UUID

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from facilities.edit_views import reason_of, told
from partners.edit_forms import PartnerForm
from partners.models import Partner
from partners.operations.partner import add_partner, edit_partner
from tenants.access import requires
from tenants.editing import Subject, edit_page
from tenants.rules import Permission, code_range

LIST = ("合伙人", "partners:partners")


def managed(view):
    """For those who handle partners; shown and sent, nothing else."""
    return requires(Permission.MANAGE_PARTNERS)(require_http_methods(["GET", "POST"])(view))


def crumb(label: str, route: str, *arguments) -> tuple[str, str]:
    return label, reverse(route, args=arguments)


@managed
def partner_add(request):
    code = request.appointment.division_code

    def save(form, version):
        made = add_partner(division_code=code, by=request.user, **form.record())
        return f"已登记合伙人“{made.name}”。"

    return edit_page(
        request,
        Subject(
            key="partner.add", uuid=request.user.uuid, division_code=code, title="登记合伙人", crumbs=(crumb(*LIST),),
            back=reverse("partners:partners"), save=save, form=lambda data, initial: PartnerForm(data, initial=initial, is_new=True),
            hint="登记在本级，下级都能看到和选用。",
        ),
    )  # fmt: skip


@managed
def partner_edit(request, uuid: UUID):
    partner = get_object_or_404(Partner.objects.visible_to(request.appointment), uuid=uuid)
    if partner.division_code not in code_range(request.appointment.division_code) or partner.merged_into_id:
        messages.error(request, "已并入别家，或者由别的单位登记，这里只能看。")
        return redirect("partners:partner", uuid=uuid)

    def save(form, version):
        changed = edit_partner(
            partner=partner, version=version, by=request.user, reason=reason_of(form), **form.record()
        )
        changed.pop("name_sort", None)
        return told(form, changed)

    return edit_page(
        request,
        Subject(
            key="partner", uuid=partner.uuid, division_code=partner.division_code, row=partner, title=f"修改合伙人“{partner.name}”",
            crumbs=(crumb(*LIST), crumb(partner.name, "partners:partner", partner.uuid)), save=save,
            back=reverse("partners:partner", args=[partner.uuid]), form=lambda data, initial: PartnerForm(data, initial=initial),
        ),
    )  # fmt: skip
