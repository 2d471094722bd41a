"""Every locked package has a licence that is known and allowed; the bill of materials names them all."""

import json
import re

import pytest
from django.core.management import call_command

from happyhome.sbom import bill, lock_file, locked

ALLOWED = {
    "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "CNRI-Python", "ISC", "MIT", "MIT-0", "MIT-CMU", "PSF-2.0",
    "PostgreSQL", "Unlicense", "ZPL-2.1", "Zlib",
}  # fmt: skip
# Obliges to pass on changes of the package itself, none of which we make. OFL-1.1: fonts, embedded in what we print.
ALLOWED_UNCHANGED = {"OFL-1.1", "LGPL-2.1-or-later", "LGPL-3.0-only", "LGPL-3.0-or-later", "MPL-2.0"}
# Programs that a developer runs; no part of what is delivered.
DEVELOPMENT_ONLY = {"djlint": "GPL-3.0-or-later"}


@pytest.mark.parametrize("name", ["base", "dev"])
def test_every_licence_is_known_and_allowed(name):
    refused = {}
    for package in locked(lock_file(name)):
        words = set(re.split(r" AND | OR |[()]", package.licence)) - {""}
        excepted = name == "dev" and DEVELOPMENT_ONLY.get(package.name) == package.licence
        if not words or (words - ALLOWED - ALLOWED_UNCHANGED and not excepted):
            refused[package.name] = package.licence or "unknown"
    assert refused == {}


def test_what_is_delivered_holds_no_package_of_the_exceptions():
    assert {package.name for package in locked(lock_file("base"))} & DEVELOPMENT_ONLY.keys() == set()


def test_the_bill_is_cyclonedx_and_complete(capsys):
    call_command("sbom")
    shown = json.loads(capsys.readouterr().out)
    assert (shown["bomFormat"], shown["specVersion"]) == ("CycloneDX", "1.5")
    assert {part["name"] for part in shown["components"]} == {package.name for package in locked(lock_file("base"))}
    assert all(part["licenses"][0]["expression"] for part in shown["components"])
    assert shown == bill(lock_file("base"))  # the same lock, the same bill
