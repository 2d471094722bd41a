"""Ways to tell somebody outside the portal that there is something for them, behind one seam.

Channels are configured in `settings.NOTICE_CHANNELS`: name → {"kind": "mail" | "zhezhengding", and what the class of the kind
takes}. A new kind is one class with `address_of` and `deliver`, named in `_KINDS`.
"""

from typing import Any

from django.conf import settings

from tenants.notices.mail import Mail
from tenants.notices.seam import Channel, Notice, Undelivered
from tenants.notices.zhezhengding import WorkNotice

__all__ = ["Channel", "Notice", "Undelivered", "channels"]
_KINDS: dict[str, Any] = {"mail": Mail, "zhezhengding": WorkNotice}


def channels() -> dict[str, Channel]:
    found = {}
    for name, options in settings.NOTICE_CHANNELS.items():
        rest = {key: value for key, value in options.items() if key != "kind"}
        found[name] = _KINDS[options["kind"]](**rest)
    return found
