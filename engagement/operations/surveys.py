"""Answers of a survey by tablet or QR page: one per device and day."""

import hashlib
import hmac
from datetime import date

from django.conf import settings
from django.core import signing
from django.db import IntegrityError, transaction

from engagement.models import Survey, SurveyAnswer

_SALT = "engagement.survey"


def token_of(survey: Survey) -> str:
    """What stands in the address of the QR page: the survey and its division, signed, so that nobody can make one up."""
    return signing.dumps([str(survey.uuid), survey.division_code], salt=_SALT)


def read_token(token: str) -> tuple[str, int] | None:
    """(uuid, division code) of a token; None for one that was not made here."""
    try:
        uuid, code = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        return None
    return str(uuid), int(code)


def device_digest(cookie: str, survey: Survey) -> bytes:
    """What is kept of a device: it cannot be traced back, and differs from survey to survey."""
    key = settings.SECRET_KEY.encode()
    return hmac.new(key, f"{survey.uuid}:{cookie}".encode(), hashlib.sha256).digest()[:16]


def record_answer(*, survey: Survey, day: date, device: bytes, choice: int) -> bool:
    """Keep an answer; False where this device has answered on this day already."""
    try:
        with transaction.atomic():
            SurveyAnswer.objects.create(
                facility_id=survey.facility_id, division_code=survey.division_code, survey=survey, day=day, device=device,
                choice=choice,
            )  # fmt: skip
    except IntegrityError:
        return False
    return True
