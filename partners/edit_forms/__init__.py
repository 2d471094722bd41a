"""Forms of this app, one file for each aggregate."""

from partners.edit_forms.agreement import AgreementForm
from partners.edit_forms.brand import BrandForm
from partners.edit_forms.charity import CharityProjectForm
from partners.edit_forms.entry import ApplicationForm, CallForm
from partners.edit_forms.exemplar import ExemplarForm
from partners.edit_forms.panel import PanelForm
from partners.edit_forms.partner import PartnerForm
from partners.edit_forms.project import ProjectForm

__all__ = [
    "AgreementForm", "ApplicationForm", "BrandForm", "CallForm", "CharityProjectForm", "ExemplarForm", "PanelForm",
    "PartnerForm", "ProjectForm",
]  # fmt: skip
