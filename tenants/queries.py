from django.db.models import Q
from django.utils import timezone

from tenants.models import Appointment, User
from tenants.rules import Role, code_range
from tenants.scope import Scope, set_scope


def current_appointment(user: User) -> Appointment | None:
    """The appointment in force today that decides what a user sees; the newest if there are several.

    Read on each request, so that a changed role or scope acts on the next one.
    """
    set_scope(Scope(user_id=user.pk))  # a user may always read their own appointments
    today = timezone.localdate()
    return (
        Appointment.objects.filter(user_id=user.pk, starts_on__lte=today)
        .filter(Q(ends_on=None) | Q(ends_on__gt=today))
        .order_by("-starts_on", "-pk")
        .first()
    )


def scope_of(appointment: Appointment) -> Scope:
    """Assessors and operators see single facilities that are granted to them; everybody else a range of codes."""
    if appointment.role in {Role.ASSESSOR, Role.OPERATOR}:
        return Scope(grants=tuple(appointment.granted_facility_ids), user_id=appointment.user_id)
    return Scope(codes=code_range(appointment.division_code), user_id=appointment.user_id)
