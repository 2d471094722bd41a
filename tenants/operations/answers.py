"""Requests that are sent twice have their effect once."""

import json
from collections.abc import Callable
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from tenants.models import StoredAnswer, User

KEPT_FOR = timedelta(hours=24)


class KeyInUseError(Exception):
    """The key stands for other content, or for a request that is still under way."""


def answered_once(
    *, user: User, division_code: int, key: str, request_digest: str, act: Callable[[], tuple[int, dict]]
) -> tuple[int, dict, bool]:
    """Run `act` and keep its answer (status, body) under the key, or give the answer kept; True if it was kept already.

    Both happen in the running transaction: no effect without its answer, no answer without its effect. A second request
    waits until the first has ended. Keys are kept for 24 hours. Raises KeyInUseError.
    """
    StoredAnswer.objects.filter(user=user, created_at__lt=timezone.now() - KEPT_FOR).delete()
    try:
        with transaction.atomic():
            answer = StoredAnswer.objects.create(
                user=user, division_code=division_code, key=key, request_digest=request_digest, status=0, body="{}"
            )
    except IntegrityError:
        answer = StoredAnswer.objects.filter(user=user, key=key, request_digest=request_digest).first()
        if answer is None:
            raise KeyInUseError(key) from None
        return answer.status, json.loads(answer.body), True
    answer.status, body = act()
    answer.body = json.dumps(body, ensure_ascii=False)
    answer.save(update_fields=["status", "body"])
    return answer.status, body, False
