"""What the API takes, beside the basics of a facility and the start of a run (see registry)."""

from tenants.measures import forget_all
from tests.structure.surfaces.accounts import TOKENS, credentials, with_password
from tests.structure.surfaces.base import Surface, said


def _not_throttled(who, thing) -> None:
    forget_all()
    with_password(who, thing)


def _as_lines(values: dict) -> str:
    """The columns as a head line, and a day."""
    head = ",".join(name for name in values if not any(letter.isdigit() for letter in name))
    return f"{head}\n2026-11-20,{values.get('count', '')}\n"


SURFACES = {
    "api:token": Surface(credentials, arranged=_not_throttled, is_json=True, shows=TOKENS),
    "api:own-tokens": Surface(said(), shows=TOKENS),
    "api:facility-visits": Surface(
        said(count="128"), frozenset({"visits", "starts_on"}), travels=_as_lines, content_type="text/csv",
        writes="engagement_visitcount",
    ),
}  # fmt: skip
