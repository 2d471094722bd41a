"""Writes of the registry: one function per use case, one transaction and one act each."""

from facilities.operations.facility import RecordRefused, change_state, register_facility
from facilities.operations.ledger import end_record, record_function, record_operator, record_site, record_space

__all__ = [
    "RecordRefused",
    "change_state",
    "end_record",
    "record_function",
    "record_operator",
    "record_site",
    "record_space",
    "register_facility",
]
