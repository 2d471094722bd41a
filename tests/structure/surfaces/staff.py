"""Forms by which administrators look after the accounts of others, and the security rules of a district."""

from uuid import UUID

from django.utils import timezone

from tenants.account_models import Authenticator, CodeFailures, ExternalIdentity, Invitation, SecurityRules
from tenants.models import Appointment, User
from tenants.rules import Role
from tests.people import person
from tests.structure.surfaces.accounts import SECRET, rows_of
from tests.structure.surfaces.base import DAY, Surface, said

SUCCESSOR = UUID(int=1)
BECAUSE = said(reason="岗位调整")
PERSON = {"username": "newcomer", "display_name": "新人", "role": "community_reporter", "starts_on": DAY}
SAFE = {
    "roles": "street_clerk",
    "max_age_days": 60,
    "idle_minutes": 10,
    "starts_on": "2026-11-22",
    "reason": "年度要求",
}


def _in_own_place(**values):
    return lambda who, thing: {**values, "division": who.code}


def _somebody_follows(who, thing) -> None:
    """Not yet in office where the other one leaves."""
    person(Role.OPERATOR, thing.division_code, uuid=SUCCESSOR)


def _posts_of(who, thing) -> list:
    return list(
        Appointment.objects.filter(user=thing.pk).values_list("pk", "role", "division_code", "starts_on", "ends_on")
    )


def _links_of(who, thing) -> list:
    return list(Invitation.objects.filter(user=thing.pk).values_list("pk"))


def _active(who, thing) -> object:
    return User.objects.filter(pk=thing.pk, is_active=True).exists()


def _locked(who, thing) -> None:
    CodeFailures.objects.create(key=f"code {thing.pk}", count=50, since=timezone.now())


def _failures(who, thing) -> bool:
    return CodeFailures.objects.filter(key=f"code {thing.pk}").exists()


def _with_second_factor(who, thing) -> None:
    Authenticator.objects.create(user_id=thing.pk, master_key="test", sealed=SECRET)


def _second_factor(who, thing) -> bool:
    return Authenticator.objects.filter(user=thing.pk).exists()


def _subject_waits(who, thing) -> None:
    ExternalIdentity.objects.create(user_id=thing.pk, provider="oidc", subject="subject-1")


def _checked(who, thing) -> bool:
    return ExternalIdentity.objects.filter(user=thing.pk, checked_at=None).exists()


SURFACES = {
    "tenants:staff_invite": Surface(_in_own_place(**PERSON), names={"division": "Division"}, shows=rows_of(Invitation)),
    "tenants:staff_appoint": Surface(
        _in_own_place(role="street_clerk", starts_on=DAY), names={"division": "Division"}, shows=_posts_of
    ),
    "tenants:staff_hand_over": Surface(
        said(successor=str(SUCCESSOR), on=DAY, reason="岗位调整"), names={"successor": "User"}, arranged=_somebody_follows,
        shows=lambda who, thing: Appointment.objects.filter(user__uuid=SUCCESSOR).count(),
    ),
    "tenants:staff_state": Surface(BECAUSE, shows=_active),
    "tenants:staff_link": Surface(BECAUSE, shows=_links_of),
    "tenants:staff_second_factor": Surface(BECAUSE, arranged=_with_second_factor, shows=_second_factor),
    "tenants:staff_unlock": Surface(BECAUSE, arranged=_locked, shows=_failures),
    # Nothing waits where separation is not strict: tests/tenants/staff/test_second_hand.py releases.
    "tenants:staff_release": Surface(BECAUSE),
    "tenants:staff_identity_check": Surface(
        said(provider="oidc", reason="已见到本人"), arranged=_subject_waits, shows=_checked
    ),
    "tenants:security": Surface(
        said(**SAFE), frozenset({"second_factor_roles", "password_max_age_days", "idle_minutes", "starts_on", "ends_on"}),
        shows=lambda who, thing: SecurityRules.objects.count(),
    ),
}  # fmt: skip
