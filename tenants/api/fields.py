from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers


@extend_schema_field({"type": "string", "pattern": r"^\d{12}$", "example": "330105005000"})
class CodeField(serializers.Field):
    """A 12-digit division code; text, because it is a name and no quantity."""

    def __init__(self, **kwargs):
        super().__init__(read_only=True, **kwargs)

    def to_representation(self, value) -> str:
        return str(value)
