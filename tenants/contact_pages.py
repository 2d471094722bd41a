"""The page of contact persons, the same for whatever they belong to; each app names its parent and its model.

    pages = ContactPages(Facility, ContactPerson, parent="facility", space="facilities", back=…)
    urlpatterns += pages.routes("facilities")

The list shows names and masked numbers. A number is shown in full in the answer to a POST that states a reason, once, and
is not kept by the browser.
"""

from dataclasses import dataclass

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from tenants.access import requires
from tenants.contacts import Contact
from tenants.identity import telephone
from tenants.operations.personal import NothingToShow, ReasonMissing, add_contact, erase_person, reveal
from tenants.rules import Permission, code_range, may
from tenants.scoped import ScopedModel

NOT_OWN = "“{owner}”由上级登记，这里只能看。要登记联系人，请联系区民政局。"


class ContactForm(forms.Form):
    name = forms.CharField(label="姓名", max_length=40, error_messages={"required": "请填写姓名。"})
    position = forms.CharField(label="职务", max_length=40, required=False)
    phone = forms.CharField(
        label="电话",
        max_length=30,
        error_messages={"required": "请填写电话。"},
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )

    def clean_phone(self):
        try:
            return telephone(self.cleaned_data["phone"])
        except ValueError as error:
            raise ValidationError(str(error)) from error


@dataclass(frozen=True)
class ContactPages:
    """`parent` is the field of `model` that names the row the contacts belong to; `space` the namespace of the routes."""

    owner: type[ScopedModel]
    model: type[Contact]
    parent: str
    space: str
    back: str  # name of the route of the owner's page, which takes its uuid

    def routes(self, prefix: str) -> list:
        views = {
            f"{prefix}/<uuid:uuid>/contacts/": (self.listing, Permission.VIEW_FACILITIES, "contacts"),
            f"{prefix}/<uuid:uuid>/contacts/add/": (self.add, Permission.EDIT_FACILITIES, "contact_add"),
            f"{prefix}/contacts/<uuid:uuid>/reveal/": (self.reveal, Permission.EDIT_FACILITIES, "contact_reveal"),
            f"{prefix}/contacts/<uuid:uuid>/erase/": (self.erase, Permission.ADMINISTER, "contact_erase"),
        }
        return [path(route, self._view(*what[:2]), name=what[2]) for route, what in views.items()]

    def _view(self, method, permission: Permission):
        method_allowed = require_GET if permission is Permission.VIEW_FACILITIES else require_POST
        guarded = sensitive_post_parameters("phone", "name")(never_cache(method_allowed(_plain_function(method))))
        return requires(permission)(guarded)

    def listing(self, request, uuid):
        return self._page(request, self._owner(request, uuid))

    def add(self, request, uuid):
        owner = self._owner(request, uuid)
        if not _is_own(request, owner):
            return self._page(request, owner, problem=NOT_OWN.format(owner=owner), status=422)
        form = ContactForm(request.POST)
        if not form.is_valid():
            return self._page(request, owner, form=form, status=422)
        add_contact(contact=self.model(**{self.parent: owner}), owner=owner, by=request.user, **form.cleaned_data)
        return redirect(reverse(f"{self.space}:contacts", args=[owner.uuid]))

    def reveal(self, request, uuid):
        contact = self._contact(request, uuid)
        owner = getattr(contact, self.parent)
        try:
            number = reveal(row=contact, field="phone", by=request.user, reason=request.POST.get("reason", ""))
        except (ReasonMissing, NothingToShow) as refused:
            return self._page(request, owner, problem=str(refused), status=422)
        return self._page(request, owner, shown={contact.pk: number})

    def erase(self, request, uuid):
        contact = self._contact(request, uuid)
        owner = getattr(contact, self.parent)
        try:
            erase_person(row=contact, by=request.user, reason=request.POST.get("reason", ""))
        except ReasonMissing as refused:
            return self._page(request, owner, problem=str(refused), status=422)
        return redirect(reverse(f"{self.space}:contacts", args=[owner.uuid]))

    def _owner(self, request, uuid):
        return get_object_or_404(self.owner.objects.visible_to(request.appointment), uuid=uuid)

    def _contact(self, request, uuid):
        rows = self.model.objects.visible_to(request.appointment).select_related(self.parent)
        return get_object_or_404(rows, uuid=uuid)

    def _page(self, request, owner, *, form=None, shown=None, problem="", status=200) -> HttpResponse:
        rows = self.model.objects.visible_to(request.appointment).filter(**{self.parent: owner}, erased_at=None)
        role = request.appointment.role
        context = {
            "owner": owner,
            "back": reverse(self.back, args=[owner.uuid]) if self.back else "",
            "rows": [(row, (shown or {}).get(row.pk)) for row in rows],
            "form": form or ContactForm(),
            "problem": problem,
            "may_edit": may(role, Permission.EDIT_FACILITIES) and _is_own(request, owner),
            "may_erase": may(role, Permission.ADMINISTER),
            "add_url": reverse(f"{self.space}:contact_add", args=[owner.uuid]),
            "reveal_route": f"{self.space}:contact_reveal",
            "erase_route": f"{self.space}:contact_erase",
        }
        return render(request, "tenants/contacts.html", context, status=status)


def _is_own(request, owner: ScopedModel) -> bool:
    """Whether somebody may write beside a row: a partner of the district is read by its streets, not written."""
    return owner.division_code in code_range(request.appointment.division_code)


def _plain_function(method):
    """A bound method takes no attributes, and `requires` writes some."""

    def view(request, **arguments):
        return method(request, **arguments)

    return view
