"""Lists as files. What is small is made while somebody waits; what is large by a task, as a row that its owner watches.

An app says what it can export from `AppConfig.ready` (`provides_export`); pages call `tenants.export_views.hand_out`.
"""

from tenants.exports.kinds import AT_ONCE, MOST, Kind, Table, kind_of, provides_export
from tenants.exports.writing import TYPES, write_table

__all__ = ["AT_ONCE", "MOST", "TYPES", "Kind", "Table", "kind_of", "provides_export", "write_table"]
