"""The link by which somebody without an account applies: the call and its division, signed, so that nobody can make one up."""

from django.core import signing

from partners.models import Call

_SALT = "partners.call"


def token_of(call: Call) -> str:
    return signing.dumps([str(call.uuid), call.division_code], salt=_SALT)


def read_token(token: str) -> tuple[str, int] | None:
    """(uuid, division code) of a token; None for one that was not made here."""
    try:
        uuid, code = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        return None
    return str(uuid), int(code)
