"""Where master keys come from. They never enter the database; what lies there is wrapped by them.

A provider wraps and unwraps data keys and makes MACs, and hands no master key out: a hardware module fits the same seam.
Two providers exist: a file (`HAPPYHOME_MASTER_KEYS_FILE`, by default in the state folder) and the environment
(`HAPPYHOME_MASTER_KEYS`). Both hold one line or word per key, `name:32 hexadecimal digits`; the last is the current one,
the others open what was wrapped before a rotation.
"""

import os
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from tenants import crypto

_KEY = re.compile(r"([A-Za-z0-9._-]{1,40}):([0-9a-fA-F]{32})")


class KeyProvider(Protocol):
    """What the vault asks of whoever holds the master keys."""

    @property
    def current(self) -> str:
        """The name of the key that new data is wrapped under."""

    def wrap(self, key: bytes, *, bound_to: bytes) -> tuple[str, bytes]:
        """The name of the current master key and `key` wrapped under it."""

    def unwrap(self, name: str, wrapped: bytes, *, bound_to: bytes) -> bytes:
        """The key again. Raises UnknownKey or crypto.Unreadable."""

    def mac(self, data: bytes, *, name: str | None = None) -> tuple[str, bytes]:
        """HMAC-SM3 over data under the current master key (or the named one) and that key's name. Raises UnknownKey."""


class UnknownKey(Exception):
    """The named master key is not among those of this installation."""


class Keyring:
    """Master keys in memory, in the order of their age."""

    def __init__(self, keys: Mapping[str, bytes]):
        if not keys:
            raise ImproperlyConfigured("There is no master key. Make one with: manage.py make_master_key")
        self._wrapping = {name: crypto.derived_key(key, "wrap") for name, key in keys.items()}
        self._signing = {name: crypto.derived_key(key, "mac", length=crypto.DIGEST_BYTES) for name, key in keys.items()}
        self.current = next(reversed(self._wrapping))

    def __repr__(self):
        return f"<Keyring {', '.join(self._wrapping)}>"

    def wrap(self, key: bytes, *, bound_to: bytes) -> tuple[str, bytes]:
        return self.current, crypto.seal(self._wrapping[self.current], key, bound_to=bound_to)

    def unwrap(self, name: str, wrapped: bytes, *, bound_to: bytes) -> bytes:
        return crypto.unseal(_named(self._wrapping, name), wrapped, bound_to=bound_to)

    def mac(self, data: bytes, *, name: str | None = None) -> tuple[str, bytes]:
        name = name or self.current
        return name, crypto.hmac_sm3(_named(self._signing, name), data)


def _named(keys: Mapping[str, bytes], name: str) -> bytes:
    if name not in keys:
        raise UnknownKey(f"The master key {name} is not among those of this installation.")
    return keys[name]


def parse(text: str) -> dict[str, bytes]:
    """The keys of a file or variable. The text itself is never put into an error."""
    keys: dict[str, bytes] = {}
    for number, word in enumerate(text.split(), 1):
        if not (match := _KEY.fullmatch(word)):
            raise ImproperlyConfigured(f"Master key {number} is not written as name:32 hexadecimal digits.")
        if match[1] in keys:
            raise ImproperlyConfigured(f"The master key {match[1]} is given twice.")
        keys[match[1]] = bytes.fromhex(match[2])
    return keys


def add_key(path: Path, name: str) -> None:
    """Append a new random key to a key file, made if absent, readable by its owner alone. Raises FileExistsError for a name in use."""
    known = parse(path.read_text()) if path.exists() else {}
    if name in known:
        raise FileExistsError(f"{path} has a key named {name} already.")
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w") as file:
        file.write(f"{name}:{crypto.new_key().hex()}\n")


@lru_cache(maxsize=4)
def _of_file(path: Path, changed_ns: int) -> Keyring:
    return Keyring(parse(path.read_text()))


@lru_cache(maxsize=4)
def _of_text(text: str) -> Keyring:
    return Keyring(parse(text))


def provider() -> KeyProvider:
    """The provider of this installation. A key file that changes is read again, so a rotation needs no restart."""
    if settings.MASTER_KEYS:
        return _of_text(settings.MASTER_KEYS)
    path = Path(settings.MASTER_KEYS_FILE)
    try:
        return _of_file(path, path.stat().st_mtime_ns)
    except FileNotFoundError:
        raise ImproperlyConfigured(
            f"There is no master key in {path}. Make one with: manage.py make_master_key"
        ) from None
