"""What can be done to divisions, staff and the log of acts: one function per use case."""

from tenants.operations.acts import record_act
from tenants.operations.divisions import DivisionFileError, LoadReport, load_divisions
from tenants.operations.staff import appoint, demo_staff, grant_facilities
from tenants.operations.tokens import issue_token, revoke_tokens

__all__ = [
    "DivisionFileError",
    "LoadReport",
    "appoint",
    "demo_staff",
    "grant_facilities",
    "issue_token",
    "load_divisions",
    "record_act",
    "revoke_tokens",
]
