"""Putting a document before the public, byte for byte and for good."""

import json
from datetime import datetime

from assessments.models import CheckRound, DocumentKind, PublishedDocument
from assessments.rules.sampling import sha256
from tenants.crypto import sm3
from tenants.models import User


def canonical(content: dict) -> str:
    """JSON whose bytes depend on the content alone: sorted keys, one line an item of the top level, `\\n` at the end."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n"


def publish(
    *,
    kind: DocumentKind,
    round: CheckRound,
    title: str,
    content: dict | str,
    by: User | None,
    now: datetime,
    number: int = 1,
) -> PublishedDocument:
    """Publish in the running transaction. A text is taken as it is, anything else as canonical JSON."""
    text = content if isinstance(content, str) else canonical(content)
    return PublishedDocument.objects.create(
        kind=kind, district=round.own_district, year=round.year, number=number, title=title, content=text,
        sha256=sha256(text), sm3=sm3(text.encode()).hex(), published_by=by, published_at=now,
    )  # fmt: skip
