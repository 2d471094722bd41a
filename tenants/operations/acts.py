"""The log of acts: who did what, when, from where, why."""

import json
from uuid import UUID

from django.db import connection

from tenants.models import User

# RETURNING would ask for the right to read the row, which the acting person need not have; so no ORM here.
_INSERT = """
INSERT INTO tenants_act (at, actor_id, division_code, verb, subject, subject_uuid, reason, address, details)
VALUES (now(), %s, %s, %s, %s, %s, coalesce(nullif(%s, ''), current_setting('app.reason', true), ''),
        coalesce(%s, nullif(current_setting('app.address', true), ''))::inet, %s)"""


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
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT,
            [
                by.pk if by else None,
                division_code,
                verb[:60],
                subject[:200],
                subject_uuid,
                reason,
                address or None,
                json.dumps(details or {}, ensure_ascii=False),
            ],
        )
