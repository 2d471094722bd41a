"""Writes: partners, the projects they run in facilities, and charity projects with the money that arrived."""

from partners.operations.charity import record_charity_project, record_receipt
from partners.operations.partner import register_partner
from partners.operations.project import PROJECT_REFUSALS, edit_project, record_project

__all__ = [
    "PROJECT_REFUSALS",
    "edit_project",
    "record_charity_project",
    "record_project",
    "record_receipt",
    "register_partner",
]
