"""Reads: the projects that run in a facility on a day, and its charity projects of a year."""

from partners.queries.charity import charity_projects
from partners.queries.project import projects_on

__all__ = ["charity_projects", "projects_on"]
