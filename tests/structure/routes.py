"""Every route of the portal, as the resolver knows them, with addresses to ask."""

from collections.abc import Iterator

from django.urls import reverse

from happyhome import access_table

# What to put for an argument that is no object, so that the page exists.
PLAUSIBLE = {
    "tab": "spaces",
    "quarter": "2026-Q3",
    "app_label": "facilities",
    "kind": "suspend",
    "ledger": "activities",
    "form": "xlsx",
    "what": "exchange",
}


class Route(access_table.Route):
    def address(self, uuid) -> str:
        """The route asked for one object; its other arguments are made up."""
        others = {name: PLAUSIBLE.get(name, "1") for name in self.arguments if name not in self.uuids}
        return reverse(self.name, kwargs={**others, **dict.fromkeys(self.uuids, uuid)})


def all_routes() -> Iterator[Route]:
    return access_table.all_routes(make=Route)
