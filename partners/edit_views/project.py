"""Adding and correcting a project that runs in a facility."""

from functools import partial

from django.shortcuts import get_object_or_404
from django.utils import timezone

from facilities.edit_views import correction, facility_in_scope, guarded, new_row
from partners.edit_forms import ProjectForm
from partners.models import ResidentProject
from partners.operations import PROJECT_REFUSALS, edit_project, record_project
from standards.queries import function_names


@guarded
def project_add(request, uuid):
    facility = facility_in_scope(request, uuid)
    return new_row(
        request, facility, kind="project", name="项目", title="新增入驻项目", back="projects", refusals=PROJECT_REFUSALS,
        record=partial(record_project, facility=facility), form=_form(request, facility, is_new=True),
    )  # fmt: skip


@guarded
def project_edit(request, uuid):
    rows = ResidentProject.objects.visible_to(request.appointment).select_related("facility", "partner", "space")
    project = get_object_or_404(rows, uuid=uuid)
    return correction(
        request, project, kind="project", name="项目", back="projects", edit=edit_project,
        form=_form(request, project.facility),
    )  # fmt: skip


def _form(request, facility, *, is_new: bool = False):
    items = function_names(timezone.localdate())

    def make(data, initial):
        return ProjectForm(
            data, initial=initial, is_new=is_new, facility=facility, appointment=request.appointment, items=items
        )

    return make
