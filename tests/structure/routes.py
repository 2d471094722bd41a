"""Every route of the portal, as the resolver knows them."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import URLPattern, get_resolver, reverse
from django.urls.converters import UUIDConverter

# What to put for an argument that is no object, so that the page exists.
PLAUSIBLE = {"tab": "spaces"}


@dataclass(frozen=True)
class Route:
    name: str  # with its namespaces
    path: str  # as declared, with <uuid:uuid> and the like
    view: object
    arguments: tuple[str, ...]
    uuids: tuple[str, ...]  # those arguments that name an object

    def address(self, uuid) -> str:
        """The route asked for one object; its other arguments are made up."""
        others = {name: PLAUSIBLE.get(name, "1") for name in self.arguments if name not in self.uuids}
        return reverse(self.name, kwargs={**others, **dict.fromkeys(self.uuids, uuid)})

    def __str__(self):
        return self.name or self.path


def all_routes(patterns=None, prefix: str = "", spaces: tuple[str, ...] = ()) -> Iterator[Route]:
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            arguments = tuple(pattern.pattern.regex.groupindex)
            converters = getattr(pattern.pattern, "converters", {})
            uuids = tuple(name for name in arguments if isinstance(converters.get(name), UUIDConverter))
            yield Route(":".join((*spaces, pattern.name or "")), path, pattern.callback, arguments, uuids)
        else:
            inner = (*spaces, pattern.namespace) if pattern.namespace else spaces
            yield from all_routes(pattern.url_patterns, path, inner)
