"""Editing without losing anything: versions, conflicts shown field by field, drafts, and a submission that counts once.

A form of the portal is an `EditForm`; a view names what it is about in a `Subject` and calls `edit_page(request, subject)`.
An operation writes with `write_row`, which refuses a row that somebody changed meanwhile (`EditConflict`).
"""

from tenants.editing.forms import EditForm
from tenants.editing.pages import Subject, edit_page
from tenants.editing.writing import EditConflict, EditRefused, write_row

__all__ = ["EditConflict", "EditForm", "EditRefused", "Subject", "edit_page", "write_row"]
