"""Time-based one-time codes (RFC 6238: HMAC-SHA-1, 30 seconds, 6 digits), as every authenticator app knows them."""

import base64
import secrets

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.hotp import HOTP
from cryptography.hazmat.primitives.twofactor.totp import TOTP

STEP_S, DIGITS, SECRET_BYTES = 30, 6, 20
ISSUER = "大运河幸福家园"
_DRIFT = (0, -1, 1)  # steps by which a telephone's clock may be off


def new_secret() -> bytes:
    return secrets.token_bytes(SECRET_BYTES)


def step_of(code: str, secret: bytes, *, at: float, after: int) -> int | None:
    """The step whose code this is, if it is near the instant `at` (seconds) and later than `after`, the last one used."""
    now = int(at) // STEP_S
    steps = (now + drift for drift in _DRIFT)
    fitting = [step for step in steps if step > after and secrets.compare_digest(code_at(step, secret), code.encode())]
    return fitting[0] if fitting else None


def code_at(step: int, secret: bytes) -> bytes:
    return HOTP(secret, DIGITS, SHA1()).generate(step)  # noqa: S303  # nosec B303 what RFC 6238 and the apps use


def as_text(secret: bytes) -> str:
    """The secret as it is typed into an app: Base32 in groups of four."""
    text = base64.b32encode(secret).decode()
    return " ".join(text[i : i + 4] for i in range(0, len(text), 4))


def address(secret: bytes, username: str) -> str:
    """What the QR code holds."""
    return TOTP(secret, DIGITS, SHA1(), STEP_S).get_provisioning_uri(username, ISSUER)  # noqa: S303  # nosec B303 as above
