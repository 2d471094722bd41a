"""The audit chain: rows of the two logs, sealed in batches that carry each other's hash (SM3).

`forms` says which columns of a log are sealed and how they are written, `chain` what a batch's hash covers, `sealer` makes
batches, `verifier` reads everything again and says what is not as it was sealed, `anchors` keeps heads of the chain
outside the database.
"""

from tenants.sealing.anchors import Anchor, export_head, keep_anchor, kept_anchors, read_anchor
from tenants.sealing.sealer import seal_logs
from tenants.sealing.verifier import Finding, Report, verify

__all__ = [
    "Anchor",
    "Finding",
    "Report",
    "export_head",
    "keep_anchor",
    "kept_anchors",
    "read_anchor",
    "seal_logs",
    "verify",
]
