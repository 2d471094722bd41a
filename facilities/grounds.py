"""What a document says about deciding over a facility: the sentence, and the grounds that it names. Dated data, no code."""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Basis:
    """One kind of decision. quote: verbatim. grounds: key → words of the quote. reference: 杭州 二(一)3."""

    label: str
    quote: str
    grounds: dict[str, str]
    reference: str
    document: str
    clause: str


def basis_on(kind: str, day: date) -> Basis | None:
    """The basis of a kind of decision in force on a day; the first version for earlier days; None where no text names one."""
    versions = _versions()
    begun = [version for version in versions if version["effective_from"] <= day] or versions[:1]
    for decision in begun[-1]["decision"]:
        if decision["key"] == kind:
            names = {name: begun[-1][name] for name in ("reference", "document", "clause")}
            return Basis(decision["label"], decision["quote"], decision["grounds"], **names)
    return None


@cache
def _versions() -> list[dict[str, Any]]:
    text = (settings.BASE_DIR / "fixtures/lifecycle/decisions.toml").read_text(encoding="utf-8")
    return sorted(tomllib.loads(text)["version"], key=lambda version: version["effective_from"])
