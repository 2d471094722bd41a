"""What every provider shares: what it answers, and careful requests to the other side."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.error import URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

_TIMEOUT_S, _MOST_BYTES = 5, 1_000_000
_HERE = {"127.0.0.1", "localhost", "::1"}


class Refused(Exception):
    """The other side did not vouch for anybody. The text is for the log; people get one sentence."""


@dataclass(frozen=True, slots=True)
class Started:
    url: str
    memory: dict[str, str] = field(default_factory=dict)


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(self, *_args, **_kwargs):
        return None


_opener = build_opener(_NoRedirects)


def ask(url: str, *, form: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The JSON object at an address; with a form, what it answers to that form. TLS only, but on this machine. Raises Refused."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _HERE):
        raise Refused(f"not an https address: {parts.scheme}://{parts.hostname}")
    content = urlencode(form).encode() if form is not None else None
    request = Request(url, data=content, headers={"Accept": "application/json", **(headers or {})})  # noqa: S310 see above
    try:
        with _opener.open(request, timeout=_TIMEOUT_S) as answer:
            found = json.loads(answer.read(_MOST_BYTES))
    except (URLError, OSError, ValueError) as error:
        raise Refused(f"{parts.hostname}{parts.path}: {error}") from error
    if not isinstance(found, dict):
        raise Refused(f"{parts.hostname}{parts.path}: not an object")
    return found
