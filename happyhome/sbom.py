"""The software bill of materials (CycloneDX 1.5): every locked package with version, hash and licence."""

import re
from dataclasses import dataclass
from email.message import Message
from importlib import metadata
from pathlib import Path
from typing import cast
from uuid import NAMESPACE_URL, uuid5

from django.conf import settings

# What the metadata of a package does not say, or says in words of its own; looked up in the package's own licence file.
KNOWN = {
    "async-timeout": "Apache-2.0",
    "axe-playwright-python": "MIT AND MPL-2.0",  # the binding, and axe-core in it
    "colorama": "BSD-3-Clause",
    "python-crontab": "LGPL-3.0-only",
    "uritemplate": "BSD-3-Clause OR Apache-2.0",
}
_CLASSIFIED = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "MIT License": "MIT",
    "ISC License (ISCL)": "ISC",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "SIL Open Font License 1.1 (OFL-1.1)": "OFL-1.1",
    "The Unlicense (Unlicense)": "Unlicense",
    "MIT No Attribution License (MIT-0)": "MIT-0",
    "Zope Public License": "ZPL-2.1",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only",
    "GNU Lesser General Public License v2 or later (LGPLv2+)": "LGPL-2.1-or-later",
    "GNU Lesser General Public License v3 or later (LGPLv3+)": "LGPL-3.0-or-later",
    "GNU Library or Lesser General Public License (LGPL)": "LGPL-2.1-or-later",
}
_WRITTEN = {
    "MIT License": "MIT",
    "The MIT License": "MIT",
    "BSD": "BSD-3-Clause",
    "BSD License": "BSD-3-Clause",
    "3-Clause BSD License": "BSD-3-Clause",
    "New BSD": "BSD-3-Clause",
    "Apache 2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "Apache": "Apache-2.0",
    "PSFL": "PSF-2.0",
    "MPL-2.0": "MPL-2.0",
    "ISC license": "ISC",
    "LGPLv2+": "LGPL-2.1-or-later",
}
_ENTRY = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)([^\\\n]*)", re.MULTILINE)


@dataclass(frozen=True)
class Package:
    """A locked package. `licence` is an SPDX expression, or "" where nothing is known."""

    name: str
    version: str
    licence: str
    is_installed: bool


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(lock: Path) -> list[Package]:
    """The packages of a lock file. One for another system is not installed here, and its licence is not known."""
    return [_package(normal(name), version) for name, version, _ in _ENTRY.findall(lock.read_text(encoding="utf-8"))]


def _package(name: str, version: str) -> Package:
    try:
        found = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return Package(name, version, KNOWN.get(name, ""), False)
    return Package(name, version, licence_of(name, cast(Message, found.metadata)), True)


def licence_of(name: str, described: Message) -> str:
    """The SPDX expression of the metadata, else of its classifiers, else of a short licence text, else of KNOWN."""
    if expression := described.get("License-Expression"):
        return expression
    classifiers = [
        entry.rsplit(" :: ", 1)[-1] for entry in described.get_all("Classifier") or () if "License ::" in entry
    ]
    if classified := sorted({_CLASSIFIED[entry] for entry in classifiers if entry in _CLASSIFIED}):
        return " AND ".join(classified)
    written = (described.get("License") or "").strip()
    if written in _WRITTEN or re.fullmatch(r"[A-Za-z0-9.+-]+-[0-9.]+[A-Za-z0-9.-]*|MIT|ISC|0BSD|Unlicense", written):
        return _WRITTEN.get(written, written)
    return KNOWN.get(name, "")


def bill(lock: Path) -> dict:
    """The bill as CycloneDX; the same lock gives the same bill."""
    packages = locked(lock)
    content = ",".join(f"{package.name}=={package.version}" for package in packages)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, content)}",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "happyhome", "bom-ref": "happyhome"}},
        "components": [_component(package) for package in packages],
    }


def _component(package: Package) -> dict:
    address = f"pkg:pypi/{package.name}@{package.version}"
    component = {
        "type": "library",
        "bom-ref": address,
        "name": package.name,
        "version": package.version,
        "purl": address,
    }
    if package.licence:
        component["licenses"] = [{"expression": package.licence}]  # type: ignore[assignment]
    return component


def lock_file(name: str) -> Path:
    return settings.BASE_DIR / "requirements" / f"{name}.lock"
