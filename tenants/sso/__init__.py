"""Logins that somebody else vouches for, behind one seam: where to send people, and whose code they come back with.

A provider is configured in `settings.SSO_PROVIDERS`: name → {"kind": "oidc" | "zhezhengding", "label": …, and what the
class of the kind takes}. A new kind is one class with `begin` and `subject`, named in `_KINDS`.
"""

from dataclasses import dataclass
from typing import Any, Protocol

from django.conf import settings

from tenants.sso.oidc import OpenIdConnect
from tenants.sso.seam import Refused, Started
from tenants.sso.zhezhengding import ZheZhengDing

__all__ = ["Entry", "Provider", "Refused", "Started", "providers"]


class Provider(Protocol):
    def begin(self, *, redirect_uri: str) -> Started:
        """Where to send the browser, and what the session must remember until it comes back. Raises Refused."""

    def subject(self, *, code: str, redirect_uri: str, memory: dict[str, str]) -> str:
        """Whose code it is, in the words of the other side. Raises Refused."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A configured provider, as the login page names it."""

    name: str
    label: str
    provider: Provider


_KINDS: dict[str, Any] = {"oidc": OpenIdConnect, "zhezhengding": ZheZhengDing}


def providers() -> dict[str, Entry]:
    found = {}
    for name, options in settings.SSO_PROVIDERS.items():
        rest = {key: value for key, value in options.items() if key not in {"kind", "label"}}
        found[name] = Entry(name, options["label"], _KINDS[options["kind"]](**rest))
    return found
