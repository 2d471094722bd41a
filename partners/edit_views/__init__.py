"""Forms over rows of this app, one file for each aggregate."""

from partners.edit_views.brand import brand_add, brand_edit
from partners.edit_views.call import call_add, call_edit
from partners.edit_views.charity import charity_add, charity_edit
from partners.edit_views.exemplar import exemplar_add, exemplar_edit
from partners.edit_views.partner import partner_add, partner_edit
from partners.edit_views.project import project_add, project_edit

__all__ = [
    "brand_add",
    "brand_edit",
    "call_add",
    "call_edit",
    "charity_add",
    "charity_edit",
    "exemplar_add",
    "exemplar_edit",
    "partner_add",
    "partner_edit",
    "project_add",
    "project_edit",
]
