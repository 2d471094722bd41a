"""What a row must have to be edited by more than one person at a time."""

from typing import Any, TypeAlias

Editable: TypeAlias = Any
"""A `ScopedModel` with a `version` that `tenants.versions` counts. Django's models cannot be told apart by a protocol."""
