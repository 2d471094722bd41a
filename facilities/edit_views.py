"""Editing a facility's basics, its sites and spaces, and who runs it. What a form does is in `tenants.editing`."""

from collections.abc import Callable
from functools import partial

from django.db import IntegrityError, transaction
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from facilities.edit_forms import FacilityForm, OperatorForm, SiteForm, SpaceForm
from facilities.models import Facility, Operator, Site, Space
from facilities.operations import record_operator, record_site, record_space
from facilities.operations.edit import (
    OPERATOR_REFUSALS,
    SITE_REFUSALS,
    SPACE_REFUSALS,
    edit_facility,
    edit_operator,
    edit_site,
    edit_space,
)
from tenants.access import requires
from tenants.editing import Subject, edit_page
from tenants.editing.writing import refused
from tenants.rules import Permission


def guarded(view):
    """For those who edit; shown and sent, nothing else."""
    return requires(Permission.EDIT_FACILITIES)(require_http_methods(["GET", "POST"])(view))


RENEWING = "改正登记错误用这一页。续签了，把协议最后一天改到新的日期；换了一家，先填这一家的最后一天，再登记新的一家。"
CORRECTING = "改正登记错误用这一页。情况从某天起变了，先填旧一条的最后一天，再新增一条，过去的台账才不变。"


def facility_in_scope(request, uuid) -> Facility:
    return get_object_or_404(Facility.objects.visible_to(request.appointment), uuid=uuid)


def tab(facility: Facility, name: str) -> str:
    return reverse("portal:facility_tab", args=[facility.uuid, name])


def crumbs(facility: Facility) -> tuple[tuple[str, str], ...]:
    return (
        ("设施台账", reverse("portal:facilities")),
        (facility.name, reverse("portal:facility", args=[facility.uuid])),
    )


def told(form, changed: dict) -> str:
    """What was saved, in words."""
    names = {form.attributes.get(name, name): str(field.label) for name, field in form.fields.items()}
    return (
        f"已保存：{'、'.join(names.get(name, name) for name in changed)}。"
        if changed
        else "没有改动，登记内容和原来一样。"
    )


def reason_of(form) -> str:
    return form.cleaned_data.get("reason", "")


@guarded
def edit(request, uuid):
    """The basics of a facility."""
    facility = facility_in_scope(request, uuid)

    def save(form, version):
        return told(
            form,
            edit_facility(facility=facility, version=version, by=request.user, reason=reason_of(form), **form.record()),
        )

    return edit_page(
        request,
        Subject(
            key="facility", uuid=facility.uuid, division_code=facility.division_code, row=facility,
            title="修改基本信息", crumbs=crumbs(facility), back=reverse("portal:facility", args=[facility.uuid]),
            form=lambda data, initial: FacilityForm(data, initial=initial), save=save,
            hint=f"{facility.name}，编号 {facility.code}",
        ),
    )  # fmt: skip


def new_row(request, facility: Facility, *, kind: str, name: str, title: str, back: str, form, record, refusals):
    """The page that registers one more row of a facility: `record` writes it, a broken promise of its table is told."""

    def save(sent, version):
        values = sent.record()
        try:
            with transaction.atomic():
                record(by=request.user, **values)
        except IntegrityError as error:
            raise refused(error, refusals) from error
        return f"已登记{name}“{values['name']}”。"

    return edit_page(
        request,
        Subject(
            key=f"{kind}.add", uuid=facility.uuid, division_code=facility.division_code, title=title,
            crumbs=crumbs(facility), back=tab(facility, back), save=save, hint=facility.name, form=form,
        ),
    )  # fmt: skip


def correction(request, row, *, kind: str, name: str, back: str, form, edit: Callable, hint: str = CORRECTING):
    """The page that corrects a registered row; `edit` writes it under the name of its kind."""

    def save(sent, version):
        reason = reason_of(sent)
        return told(sent, edit(**{kind: row}, version=version, by=request.user, reason=reason, **sent.record()))

    return edit_page(
        request,
        Subject(
            key=kind, uuid=row.uuid, division_code=row.division_code, row=row, title=f"修改{name}“{row.name}”",
            crumbs=crumbs(row.facility), back=tab(row.facility, back), save=save, hint=hint, form=form,
        ),
    )  # fmt: skip


@guarded
def site_add(request, uuid):
    facility = facility_in_scope(request, uuid)
    return new_row(
        request, facility, kind="site", name="点位", title="新增点位", back="spaces", refusals=SITE_REFUSALS,
        record=partial(record_site, facility=facility),
        form=lambda data, initial: SiteForm(data, initial=initial, is_new=True),
    )  # fmt: skip


@guarded
def site_edit(request, uuid):
    site = get_object_or_404(Site.objects.visible_to(request.appointment).select_related("facility"), uuid=uuid)
    return correction(
        request, site, kind="site", name="点位", back="spaces", edit=edit_site,
        form=lambda data, initial: SiteForm(data, initial=initial),
    )  # fmt: skip


@guarded
def space_add(request, uuid):
    facility = facility_in_scope(request, uuid)
    return new_row(
        request, facility, kind="space", name="空间", title="新增空间", back="spaces", refusals=SPACE_REFUSALS,
        record=record_space,
        form=lambda data, initial: SpaceForm(data, initial=initial, is_new=True, facility=facility),
    )  # fmt: skip


@guarded
def space_edit(request, uuid):
    rows = Space.objects.visible_to(request.appointment).select_related("facility", "site")
    space = get_object_or_404(rows, uuid=uuid)
    return correction(
        request, space, kind="space", name="空间", back="spaces", edit=edit_space,
        form=lambda data, initial: SpaceForm(data, initial=initial, facility=space.facility),
    )  # fmt: skip


@guarded
def operator_add(request, uuid):
    facility = facility_in_scope(request, uuid)
    return new_row(
        request, facility, kind="operator", name="综合运营", title="登记综合运营", back="projects",
        refusals=OPERATOR_REFUSALS, record=partial(record_operator, facility=facility),
        form=lambda data, initial: OperatorForm(data, initial=initial, is_new=True),
    )  # fmt: skip


@guarded
def operator_edit(request, uuid):
    rows = Operator.objects.visible_to(request.appointment).select_related("facility")
    operator = get_object_or_404(rows, uuid=uuid)
    return correction(
        request, operator, kind="operator", name="综合运营", back="projects", edit=edit_operator, hint=RENEWING,
        form=lambda data, initial: OperatorForm(data, initial=initial),
    )  # fmt: skip
