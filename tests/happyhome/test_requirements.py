"""The lock files say the same as the `.in` files, and nothing in them depends on where packages are fetched from."""

import re

import pytest

from launcher.checkout import ROOT

REQUIREMENTS = ROOT / "requirements"
NAMES = ("installer", "base", "dev")


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def wanted(name: str) -> set[str]:
    """Packages named in an `.in` file and in those it includes."""
    found: set[str] = set()
    for line in (REQUIREMENTS / f"{name}.in").read_text().splitlines():
        if line.startswith("-r "):
            found |= wanted(line.removeprefix("-r ").removesuffix(".in"))
        elif line and not line.startswith("#"):
            found.add(normal(re.match(r"[A-Za-z0-9._-]+", line).group()))
    return found


def locked(name: str) -> dict[str, str]:
    """Package → everything its entry in a `.lock` file says before the hashes (version and markers)."""
    entries = re.findall(r"^([A-Za-z0-9._-]+)==([^\\\n]+)", (REQUIREMENTS / f"{name}.lock").read_text(), re.MULTILINE)
    return {normal(package): version.strip() for package, version in entries}


@pytest.mark.parametrize("name", NAMES)
def test_every_wanted_package_is_locked(name):
    assert wanted(name) - set(locked(name)) == set()


@pytest.mark.parametrize("name", NAMES)
def test_a_locked_package_is_wanted_or_needed_by_another(name):
    text = (REQUIREMENTS / f"{name}.lock").read_text()
    direct = {
        normal(entry.group(1))
        for entry in re.finditer(r"^([A-Za-z0-9._-]+)==(?:.*\n)(?:    .*\n)*", text, re.MULTILINE)
        if re.search(r"#.*-r \S+\.in", entry.group())
    }
    assert direct == wanted(name)


@pytest.mark.parametrize("name", NAMES)
def test_every_entry_has_hashes_and_no_address(name):
    text = (REQUIREMENTS / f"{name}.lock").read_text()
    assert [p for p in re.split(r"^(?=\S)", text, flags=re.MULTILINE) if "==" in p and "--hash=sha256:" not in p] == []
    assert re.findall(r"https?://|--index-url|--find-links|file:", text) == []


def test_tests_run_on_the_versions_that_are_delivered():
    development = locked("dev")
    assert {
        package: version for package, version in locked("base").items() if development.get(package) != version
    } == {}
