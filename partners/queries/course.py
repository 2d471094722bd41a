"""What was done with one thing, from the log of acts, oldest first."""

from tenants.models import Act


def course(row) -> list[Act]:
    """The acts about a row that lie under its division."""
    acts = Act.objects.filter(division_code=row.division_code, subject_uuid=row.uuid).select_related("actor")
    return list(acts.order_by("pk")[:200])
