"""The log of acts: who did what, when, from where, why."""

import json
from uuid import UUID

from tenants.models import User
from tenants.prepared import Prepared

# RETURNING would ask for the right to read the row, which the acting person need not have; so no ORM here.
_INSERT = Prepared(
    "record_act",
    ["bigint", "bigint", "text", "text", "uuid", "text", "text", "jsonb"],
    """INSERT INTO tenants_act (at, actor_id, division_code, verb, subject, subject_uuid, reason, address, details)
    VALUES (now(), $1, $2, $3, $4, $5, coalesce(nullif($6, ''), current_setting('app.reason', true), ''),
        coalesce($7, nullif(current_setting('app.address', true), ''))::inet, $8)""",
)


def record_act(
    *,
    verb: str,
    by: User | None,
    division_code: int | None,
    subject: str = "",
    subject_uuid: UUID | None = None,
    reason: str = "",
    address: str | None = None,
    details: dict | None = None,
) -> None:
    """Add one entry to the insert-only log, in the running transaction.

    verb: what was done, in Chinese, as the page 操作日志 shows it (导入设施). by: the person, None for the portal itself.
    division_code: the division whose officers may read it; None: nobody but the operators of the database.
    Address and reason are those of the scope unless given.
    """
    _INSERT.run(
        by.pk if by else None,
        division_code,
        verb[:60],
        subject[:200],
        subject_uuid,
        reason,
        address or None,
        json.dumps(details or {}, ensure_ascii=False),
    )
