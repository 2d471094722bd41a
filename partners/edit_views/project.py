"""Adding and correcting a project that runs in a facility."""

from django.shortcuts import get_object_or_404
from django.utils import timezone

from facilities.edit_views import CORRECTING, add, crumbs, facility_in_scope, guarded, reason_of, tab, told
from partners.edit_forms import ProjectForm
from partners.models import ResidentProject
from partners.operations import PROJECT_REFUSALS, edit_project, record_project
from standards.queries import function_names
from tenants.editing import Subject, edit_page


@guarded
def project_add(request, uuid):
    facility = facility_in_scope(request, uuid)

    def save(form, version):
        values = form.record()
        add(lambda: record_project(facility=facility, by=request.user, **values), PROJECT_REFUSALS)
        return f"已登记项目“{values['name']}”。"

    return edit_page(
        request,
        Subject(
            key="project.add", uuid=facility.uuid, division_code=facility.division_code, title="新增入驻项目",
            crumbs=crumbs(facility), back=tab(facility, "projects"), save=save, hint=facility.name,
            form=_form(request, facility, is_new=True),
        ),
    )  # fmt: skip


@guarded
def project_edit(request, uuid):
    rows = ResidentProject.objects.visible_to(request.appointment).select_related("facility", "partner", "space")
    project = get_object_or_404(rows, uuid=uuid)

    def save(form, version):
        return told(
            form,
            edit_project(project=project, version=version, by=request.user, reason=reason_of(form), **form.record()),
        )

    return edit_page(
        request,
        Subject(
            key="project", uuid=project.uuid, division_code=project.division_code, row=project,
            title=f"修改项目“{project.name}”", crumbs=crumbs(project.facility), back=tab(project.facility, "projects"),
            save=save, hint=CORRECTING, form=_form(request, project.facility),
        ),
    )  # fmt: skip


def _form(request, facility, *, is_new: bool = False):
    items = function_names(timezone.localdate())

    def make(data, initial):
        return ProjectForm(
            data, initial=initial, is_new=is_new, facility=facility, appointment=request.appointment, items=items
        )

    return make
