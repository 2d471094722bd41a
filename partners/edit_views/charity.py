"""Adding and correcting a charity project of a facility, with the partner that serves and the one that pays."""

from functools import partial

from django.shortcuts import get_object_or_404
from django.utils import timezone

from facilities.edit_views import correction, facility_in_scope, guarded, new_row
from partners.edit_forms import CharityProjectForm
from partners.models import CharityProject
from partners.operations import CHARITY_REFUSALS, edit_charity_project, record_charity_project


@guarded
def charity_add(request, uuid):
    facility = facility_in_scope(request, uuid)
    return new_row(
        request, facility, kind="charity", name="创投项目", title="新增公益创投项目", back="charity", refusals=CHARITY_REFUSALS,
        record=partial(record_charity_project, facility=facility), form=_form(request, facility, is_new=True),
    )  # fmt: skip


@guarded
def charity_edit(request, uuid):
    rows = CharityProject.objects.visible_to(request.appointment).select_related("facility", "partner")
    project = get_object_or_404(rows, uuid=uuid)
    return correction(
        request, project, kind="project", name="创投项目", back="charity", edit=edit_charity_project,
        form=_form(request, project.facility), hint="到账不在这里改：在表里登记，或从基金放款。",
    )  # fmt: skip


def _form(request, facility, *, is_new: bool = False):
    today = timezone.localdate()

    def make(data, initial):
        return CharityProjectForm(
            data, initial=initial or {"year": today.year}, is_new=is_new, facility=facility, appointment=request.appointment,
            today=today,
        )  # fmt: skip

    return make
