"""Forms over rows of this app, one file for each aggregate."""

from partners.edit_views.project import project_add, project_edit

__all__ = ["project_add", "project_edit"]
