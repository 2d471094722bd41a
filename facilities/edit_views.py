"""Editing a facility's basics, its sites and spaces, and who runs it. What a form does is in `tenants.editing`."""

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


@guarded
def site_add(request, uuid):
    facility = facility_in_scope(request, uuid)

    def save(form, version):
        values = form.record()
        add(lambda: record_site(facility=facility, by=request.user, **values), SITE_REFUSALS)
        return f"已登记点位“{values['name']}”。"

    return edit_page(
        request,
        Subject(
            key="site.add", uuid=facility.uuid, division_code=facility.division_code, title="新增点位",
            crumbs=crumbs(facility), back=tab(facility, "spaces"), save=save, hint=facility.name,
            form=lambda data, initial: SiteForm(data, initial=initial, is_new=True),
        ),
    )  # fmt: skip


@guarded
def site_edit(request, uuid):
    site = get_object_or_404(Site.objects.visible_to(request.appointment).select_related("facility"), uuid=uuid)

    def save(form, version):
        return told(
            form, edit_site(site=site, version=version, by=request.user, reason=reason_of(form), **form.record())
        )

    return edit_page(
        request,
        Subject(
            key="site", uuid=site.uuid, division_code=site.division_code, row=site, title=f"修改点位“{site.name}”",
            crumbs=crumbs(site.facility), back=tab(site.facility, "spaces"), save=save, hint=CORRECTING,
            form=lambda data, initial: SiteForm(data, initial=initial),
        ),
    )  # fmt: skip


@guarded
def space_add(request, uuid):
    facility = facility_in_scope(request, uuid)

    def save(form, version):
        values = form.record()
        add(lambda: record_space(by=request.user, **values), SPACE_REFUSALS)
        return f"已登记空间“{values['name']}”。"

    return edit_page(
        request,
        Subject(
            key="space.add", uuid=facility.uuid, division_code=facility.division_code, title="新增空间",
            crumbs=crumbs(facility), back=tab(facility, "spaces"), save=save, hint=facility.name,
            form=lambda data, initial: SpaceForm(data, initial=initial, is_new=True, facility=facility),
        ),
    )  # fmt: skip


@guarded
def space_edit(request, uuid):
    rows = Space.objects.visible_to(request.appointment).select_related("facility", "site")
    space = get_object_or_404(rows, uuid=uuid)

    def save(form, version):
        return told(
            form, edit_space(space=space, version=version, by=request.user, reason=reason_of(form), **form.record())
        )

    return edit_page(
        request,
        Subject(
            key="space", uuid=space.uuid, division_code=space.division_code, row=space,
            title=f"修改空间“{space.name}”", crumbs=crumbs(space.facility), back=tab(space.facility, "spaces"), save=save,
            hint=CORRECTING, form=lambda data, initial: SpaceForm(data, initial=initial, facility=space.facility),
        ),
    )  # fmt: skip


@guarded
def operator_add(request, uuid):
    facility = facility_in_scope(request, uuid)

    def save(form, version):
        values = form.record()
        add(lambda: record_operator(facility=facility, by=request.user, **values), OPERATOR_REFUSALS)
        return f"已登记综合运营“{values['name']}”。"

    return edit_page(
        request,
        Subject(
            key="operator.add", uuid=facility.uuid, division_code=facility.division_code, title="登记综合运营",
            crumbs=crumbs(facility), back=tab(facility, "projects"), save=save, hint=facility.name,
            form=lambda data, initial: OperatorForm(data, initial=initial, is_new=True),
        ),
    )  # fmt: skip


@guarded
def operator_edit(request, uuid):
    rows = Operator.objects.visible_to(request.appointment).select_related("facility")
    operator = get_object_or_404(rows, uuid=uuid)

    def save(form, version):
        values = form.record()
        return told(
            form, edit_operator(operator=operator, version=version, by=request.user, reason=reason_of(form), **values)
        )

    return edit_page(
        request,
        Subject(
            key="operator", uuid=operator.uuid, division_code=operator.division_code, row=operator,
            title=f"修改综合运营“{operator.name}”", crumbs=crumbs(operator.facility),
            back=tab(operator.facility, "projects"), save=save, hint=RENEWING,
            form=lambda data, initial: OperatorForm(data, initial=initial),
        ),
    )  # fmt: skip


def add(record, refusals: dict[str, str]) -> None:
    """Record a new row; a broken promise of the table is told in words."""
    try:
        with transaction.atomic():
            record()
    except IntegrityError as error:
        raise refused(error, refusals) from error
