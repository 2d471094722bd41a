"""Adding and correcting a brand group."""

from uuid import UUID

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from facilities.edit_views import reason_of, told
from partners.edit_forms import BrandForm
from partners.edit_views.partner import crumb, managed
from partners.operations.brands import edit_brand, register_brand
from partners.queries.brands import brands
from partners.views.brands import is_own, may_register
from tenants.editing import Subject, edit_page

LIST = ("品牌", "partners:brands")


@managed
def brand_add(request):
    if not may_register(request):
        messages.error(request, "品牌跨街道，由区里登记。街道可以让自己的合伙人加入。")
        return redirect("partners:brands")
    code = request.appointment.division_code

    def save(form, version):
        made = register_brand(division_code=code, by=request.user, **form.record())
        return f"已登记品牌“{made.name}”，接着在它的页面上加成员。"

    return edit_page(
        request,
        Subject(
            key="brand.add", uuid=request.user.uuid, division_code=code, title="登记品牌", crumbs=(crumb(*LIST),),
            back=reverse("partners:brands"), save=save, hint="同一品牌跨街道的合伙人归到一起，街道都能看到。",
            form=lambda data, initial: BrandForm(data, initial=initial, is_new=True, appointment=request.appointment),
        ),
    )  # fmt: skip


@managed
def brand_edit(request, uuid: UUID):
    brand = get_object_or_404(brands(request.appointment), uuid=uuid)
    if not is_own(request, brand):
        messages.error(request, "品牌由区里登记，这里只能看。")
        return redirect("partners:brand", uuid=uuid)

    def save(form, version):
        changed = edit_brand(
            brand=brand, version=version, by=request.user, reason=reason_of(form), values=form.record()
        )
        return told(form, changed)

    return edit_page(
        request,
        Subject(
            key="brand", uuid=brand.uuid, division_code=brand.division_code, row=brand, title=f"修改品牌“{brand.name}”",
            crumbs=(crumb(*LIST), crumb(brand.name, "partners:brand", brand.uuid)), save=save,
            back=reverse("partners:brand", args=[brand.uuid]),
            form=lambda data, initial: BrandForm(data, initial=initial, appointment=request.appointment),
        ),
    )  # fmt: skip
