"""Every route of the portal and who may use it, as rows for auditors.

What the code declares (path, permission, roles) is read from the resolver; what only people know (kind of answer, methods,
kind of object) stands in `docs/access.csv`. `manage.py access_table --write` brings the file up to date, and the tests in
tests/structure/test_access_table.py compare both with each other and with how the routes answer.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.urls import URLPattern, get_resolver
from django.urls.converters import UUIDConverter

from tenants.access import permission_of
from tenants.rules import Permission, Role, may

HEAD = ("route", "path", "methods", "permission", "roles", "kind", "object")
UNDECLARED = "?"
KINDS = {"page", "fragment", "file", "api", "admin", "service"}
EVERYBODY, SIGNED_IN = "everybody", "everybody signed in"


@dataclass(frozen=True)
class Route:
    """A route as the resolver knows it. `uuids` are those arguments that name an object."""

    name: str  # with its namespaces
    path: str  # as declared, with <uuid:uuid> and the like
    view: object
    arguments: tuple[str, ...]
    uuids: tuple[str, ...]

    @property
    def key(self) -> str:
        """The name; routes of the admin that have none are told apart by their path."""
        return self.path if self.name.endswith(":") or not self.name else self.name

    def permission_for(self, method: str) -> Permission | None:
        by_method = getattr(getattr(self.view, "cls", None), "access_by_method", {})
        return by_method.get(method) or permission_of(self.view)  # type: ignore[arg-type]

    def __str__(self):
        return self.name or self.path


@dataclass(frozen=True)
class Access:
    """A row of the table: some methods of a route, and who may use them."""

    route: str
    path: str
    methods: tuple[str, ...]
    permission: str
    roles: str
    kind: str
    object: str

    def cells(self) -> tuple[str, ...]:
        return (self.route, self.path, " ".join(self.methods), self.permission, self.roles, self.kind, self.object)


def all_routes(patterns=None, prefix: str = "", spaces: tuple[str, ...] = (), make: type[Route] = Route):
    """Every route, in the order of the resolver."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            arguments = tuple(pattern.pattern.regex.groupindex)
            converters = getattr(pattern.pattern, "converters", {})
            uuids = tuple(name for name in arguments if isinstance(converters.get(name), UUIDConverter))
            yield make(":".join((*spaces, pattern.name or "")), path, pattern.callback, arguments, uuids)
        else:
            inner = (*spaces, pattern.namespace) if pattern.namespace else spaces
            yield from all_routes(pattern.url_patterns, path, inner, make)


def holders(permission: Permission | None) -> str:
    """The roles that hold a permission, in words for the table."""
    if permission is None:
        return UNDECLARED
    if permission is Permission.PUBLIC:
        return EVERYBODY
    if permission is Permission.SIGNED_IN:
        return SIGNED_IN
    return " ".join(role.value for role in Role if may(role, permission))


def current() -> Iterator[Access]:
    """The table as the code has it; kind, methods and object from the file, `?` where it does not know the route."""
    declared: dict[str, list[Access]] = {}
    for row in read():
        declared.setdefault(row.route, []).append(row)
    for route in all_routes():
        unknown = Access(route.key, "", ("GET",), "", "", UNDECLARED, UNDECLARED)
        for row in declared.get(route.key, [unknown]):
            permission = route.permission_for(row.methods[0])
            named = permission.value if permission else UNDECLARED
            yield Access(route.key, route.path, row.methods, named, holders(permission), row.kind, row.object)


def table_file() -> Path:
    return Path(settings.BASE_DIR) / "docs" / "access.csv"


def read() -> list[Access]:
    """The rows of the file; none where there is no file yet."""
    if not table_file().exists():
        return []
    with table_file().open(encoding="utf-8", newline="") as lines:
        return [
            Access(**{**row, "methods": tuple(row["methods"].split())})  # type: ignore[arg-type]
            for row in csv.DictReader(lines)
        ]


def write(rows, out) -> None:
    """The table as CSV."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEAD)
    writer.writerows(row.cells() for row in rows)
