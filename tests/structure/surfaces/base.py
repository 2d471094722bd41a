"""What the routes that write take: for each form or serializer a good request of it, and the columns that it may set."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from tenants.rules import Permission
from tenants.scope import division_scope, opened_scope
from tests.structure.world import CITY, Identity, Thing

DAY = "2026-03-01"


@dataclass(frozen=True)
class Surface:
    """A form or serializer: a good request of it, the columns it may set, and the fields that name other rows.

    good(person, object): the values. `names`: field → the model whose rows it takes.
    """

    good: Callable[[Identity, Thing | None], dict]
    columns: frozenset[str] = frozenset()
    names: dict[str, str] = field(default_factory=dict)
    is_json: bool = False
    headers: Callable[[Thing | None], dict] = lambda thing: {}
    # How the object stands before the request, and not afterwards: values, or what brings it about.
    arranged: dict | Callable[[Identity, Any], None] = field(default_factory=dict)
    arguments: dict = field(default_factory=dict)  # of the address, beside the object
    # The table that a good request writes. For views that answer a refusal with the page where it was asked, like a success.
    writes: str = ""
    # What is otherwise after a good request, where no row tells of it: shows(person, object), compared before and after.
    shows: Callable[[Identity, Any], object] | None = None
    # How the values travel, where that is no form of theirs: a text of that type, or the fields of another form.
    travels: Callable[[dict], str | dict] = lambda values: values
    content_type: str = ""
    # What somebody must be allowed beside what the route asks for. Without it nothing is done, however good the request.
    needs: Permission | None = None


def version_of(model, pk: int) -> int:
    with opened_scope(division_scope(CITY)):
        return model.objects.values_list("version", flat=True).get(pk=pk)


def edited(model, *, arranged: bool = False, **values) -> Callable:
    """arranged: the row is changed once more before the request, which counts its version up."""

    def good(who, thing):
        version = version_of(model, thing.pk) + arranged if model else 0
        reason = {"reason": "改正"} if model else {}
        made = {name: value(thing) if callable(value) else value for name, value in values.items()}
        return {"token": str(uuid4()), "version": version, **reason, **made}

    return good


def said(**values) -> Callable:
    """The same words, whoever says them about whatever."""
    return lambda who, thing: dict(values)
