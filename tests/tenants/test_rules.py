"""Codes, ranges, roles and permissions: plain tables and arithmetic."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.rules import (
    PERMISSIONS,
    ROLE_LABELS,
    CodeRange,
    Permission,
    Role,
    code_range,
    district_of,
    may,
    street_of,
    token_digest,
)

codes = st.integers(min_value=11 * 10**10, max_value=82 * 10**10) | st.sampled_from(
    [330100000000, 330105000000, 330105005000, 330105005052]
)


@pytest.mark.parametrize(
    ("code", "lo", "hi"),
    [
        (330100000000, 330100000000, 330200000000),
        (330105000000, 330105000000, 330106000000),
        (330105005000, 330105005000, 330105006000),
        (330105005052, 330105005052, 330105005053),
    ],
)
def test_a_code_covers_itself_and_what_lies_below(code, lo, hi):
    assert code_range(code) == CodeRange(lo, hi)


def test_ancestors_are_strictly_above():
    assert code_range(330105005052).ancestors == (330100000000, 330105000000, 330105005000)
    assert code_range(330105005000).ancestors == (330100000000, 330105000000)
    assert code_range(330105000000).ancestors == (330100000000,)
    assert code_range(330100000000).ancestors == ()


@given(codes)
def test_every_code_lies_in_the_range_of_each_of_its_ancestors(code):
    own = code_range(code)
    assert code in own
    assert all(code_range(above).covers(own) and not own.covers(code_range(above)) for above in own.ancestors)


@given(codes, codes)
def test_two_ranges_are_nested_or_apart(one, other):
    a, b = code_range(one), code_range(other)
    assert a.covers(b) or b.covers(a) or a.hi <= b.lo or b.hi <= a.lo


def test_district_and_street_of_a_community():
    assert (district_of(330105005052), street_of(330105005052)) == (330105000000, 330105005000)


def table_of_permissions() -> dict[Role, set[Permission]]:
    lines = (Path(__file__).parent / "permissions.txt").read_text(encoding="utf-8").splitlines()
    header, *rows = [line.replace("|", " ").split() for line in lines if line and not line.startswith("#")]
    table: dict[Role, set[Permission]] = {Role(name): set() for name in header[1:]}
    for permission, *marks in rows:
        assert len(marks) == len(table), permission
        for role, mark in zip(table, marks, strict=True):
            if mark == "x":
                table[role].add(Permission(permission))
    return table


@pytest.mark.requirement("ORG-12")
def test_roles_have_the_permissions_of_the_table():
    assert {role: set(held) for role, held in PERMISSIONS.items()} == table_of_permissions()


@pytest.mark.requirement("ORG-12")
def test_every_role_has_a_name_and_every_permission_a_holder():
    assert ROLE_LABELS.keys() == set(Role) == PERMISSIONS.keys()
    free = {Permission.PUBLIC, Permission.SIGNED_IN}
    assert set().union(*PERMISSIONS.values()) == set(Permission) - free


@pytest.mark.parametrize("permission", Permission)
def test_nobody_may_see_public_pages_only(permission):
    assert may(None, permission) is (permission is Permission.PUBLIC)


@pytest.mark.parametrize("role", Role)
def test_every_role_may_see_what_is_for_everybody_signed_in(role):
    assert may(role, Permission.SIGNED_IN)
    assert may(role, Permission.PUBLIC)


def test_what_is_kept_of_a_key_is_its_sha256():
    assert token_digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
