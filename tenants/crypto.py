"""The national algorithms, as thin functions over the `cryptography` package: SM3, HMAC-SM3, SM4-GCM.

GB/T 32905 (SM3), GB/T 32907 (SM4), RFC 8998 (SM4-GCM). The standards' own vectors are in tests/tenants/test_crypto.py.
"""

import hmac as comparison
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES, NONCE_BYTES, TAG_BYTES, DIGEST_BYTES = 16, 12, 16, 32


class Unreadable(Exception):
    """A ciphertext that this key does not open: damaged, moved to another place, or sealed under another key."""


def sm3(data: bytes) -> bytes:
    digest = hashes.Hash(hashes.SM3())
    digest.update(data)
    return digest.finalize()


def hmac_sm3(key: bytes, data: bytes) -> bytes:
    mac = hmac.HMAC(key, hashes.SM3())
    mac.update(data)
    return mac.finalize()


def equal(one: bytes, other: bytes) -> bool:
    """Comparison whose time says nothing about the contents."""
    return comparison.compare_digest(one, other)


def derived_key(key: bytes, purpose: str, *, length: int = KEY_BYTES) -> bytes:
    """A key for one purpose (HKDF with SM3), so that no key is used in two algorithms."""
    return HKDF(hashes.SM3(), length, None, purpose.encode()).derive(key)


def new_key() -> bytes:
    return secrets.token_bytes(KEY_BYTES)


def seal(key: bytes, plain: bytes, *, bound_to: bytes) -> bytes:
    """SM4-GCM: 12 bytes of random nonce, the ciphertext, 16 bytes of tag. `bound_to` (not stored) must be given to open it."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + b"".join(sm4_gcm(key, nonce, plain, bound_to))


def sm4_gcm(key: bytes, nonce: bytes, plain: bytes, bound_to: bytes) -> tuple[bytes, bytes]:
    """Ciphertext and tag under a given nonce; `seal` chooses the nonce, only the standard's vectors name it."""
    sealing = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
    sealing.authenticate_additional_data(bound_to)
    return sealing.update(plain) + sealing.finalize(), sealing.tag


def unseal(key: bytes, sealed: bytes, *, bound_to: bytes) -> bytes:
    """The text of `seal`. Raises Unreadable."""
    if len(sealed) < NONCE_BYTES + TAG_BYTES:
        raise Unreadable("too short for a nonce and a tag")
    nonce, body, tag = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:-TAG_BYTES], sealed[-TAG_BYTES:]
    opening = Cipher(algorithms.SM4(key), modes.GCM(nonce, tag)).decryptor()
    opening.authenticate_additional_data(bound_to)
    try:
        return opening.update(body) + opening.finalize()
    except InvalidTag as error:
        raise Unreadable("the tag does not fit") from error
