"""Forms about accounts: signing in, one's own password, second factor, sessions and tokens, invitations, messages, exports."""

from datetime import UTC, datetime
from functools import cache

from django.contrib.auth.hashers import make_password
from django.core import signing
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Max
from django.utils import timezone

from tenants import totp
from tenants.account_models import AccountSession, Authenticator, ExternalIdentity, Invitation, RecoveryCode
from tenants.audit_export import as_xlsx
from tenants.export_models import Export
from tenants.keys import provider
from tenants.message_models import Message
from tenants.models import ApiToken, AuditCheck, User
from tenants.operations.second_factor import _binding
from tenants.rules import token_digest
from tenants.staff_sheet import HEAD
from tests.structure.surfaces.base import DAY, Surface, said

OLD, NEW, KEY = "Yunhe-2026-jiu-mima", "Gongchen-2027-xin-mima", "a-key-of-an-invitation"
RECOVERY, SECRET = "2345-6789-abcd-efgh", b"12345678901234567890"
CHANGE = {"current": OLD, "new": NEW, "again": NEW}


@cache
def _hash() -> str:
    return make_password(OLD)


def with_password(who, thing) -> None:
    User.objects.filter(pk=who.user_pk).update(password=_hash())


def _still_signed_in(who, thing) -> None:
    """The session knows the new password too."""
    with_password(who, thing)
    user = User.objects.filter(pk=who.user_pk).first()
    if who.signed_in and user:
        session = who.client.session
        session["_auth_user_hash"] = user.get_session_auth_hash()
        session.save()


def credentials(who, thing) -> dict:
    name = User.objects.filter(pk=who.user_pk).values_list("username", flat=True).first()
    return {"username": name or "nobody", "password": OLD}


def _password(who, thing) -> object:
    return User.objects.filter(pk=who.user_pk).values_list("password", flat=True).first()


def rows_of(model, **where):
    """How many rows there are of a model, and which is the last: `user` stands for the person who asks."""

    def shows(who, thing) -> tuple:
        mine = {name: who.user_pk for name, value in where.items() if value == "user"}
        found = model._base_manager.filter(**{**where, **mine})
        return found.count(), found.aggregate(last=Max("pk"))["last"]

    return shows


def _secret_of(who, *, confirmed: bool) -> None:
    user = User.objects.filter(pk=who.user_pk).first()
    if user:
        name, sealed = provider().wrap(SECRET, bound_to=_binding(user))
        at = timezone.now() if confirmed else None
        Authenticator.objects.create(user=user, master_key=name, sealed=sealed, confirmed_at=at)
        if confirmed:
            RecoveryCode.objects.create(user=user, digest=token_digest(RECOVERY.replace("-", "")))


def _begun(who, thing) -> None:
    _secret_of(who, confirmed=False)


def _in_use(who, thing) -> None:
    _secret_of(who, confirmed=True)


def _half_signed_in(who, thing) -> None:
    """The password was right; the code is asked for. Only for those who have a session to keep it in."""
    _in_use(who, thing)
    user = User.objects.filter(pk=who.user_pk).first()
    if who.signed_in and user:
        session = who.client.session
        until = int(timezone.now().timestamp()) + 60
        session["code_for"] = {
            "user": user.pk, "hash": user.get_session_auth_hash(), "until": until, "next": "/account/",
        }  # fmt: skip
        session.save()


def _code_now(who, thing) -> dict:
    step = int(timezone.now().timestamp()) // totp.STEP_S
    return {"code": totp.code_at(step, SECRET).decode()}


def _invited(who, thing) -> None:
    user = User.objects.filter(username__startswith="qz").order_by("pk")[0]
    expires = datetime(2099, 1, 1, tzinfo=UTC)
    Invitation.objects.create(user=user, digest=token_digest(KEY), expires_at=expires)


def _list_of_people(who) -> list[tuple]:
    return [("newcomer", "新人", "社区填报员", str(who.code), DAY, "")]


def _sheet(who, thing) -> dict:
    return {"file": SimpleUploadedFile("名单.xlsx", as_xlsx("邀请名单", HEAD, _list_of_people(who)))}


def _signed(who, thing) -> dict:
    names = ("username", "display_name", "role", "division", "starts_on", "last_day")
    line = dict(zip(names, ("newcomer", "新人", "community_reporter", str(who.code), DAY, ""), strict=True))
    rows = [{"number": "2", **line, "errors": []}]
    return {
        "rows": signing.TimestampSigner(salt="tenants.staff_import").sign_object([who.user_pk, rows], compress=True)
    }


def _unread(who, thing) -> int:
    return Message._base_manager.filter(user=who.user_pk, read_at=None).count()


def _nobody_has_read(who, thing) -> None:
    Message._base_manager.filter(user=who.user_pk).update(read_at=None)


def _digest(who, thing) -> object:
    return User.objects.filter(pk=who.user_pk).values_list("email", "wants_digest").first()


SESSIONS, TOKENS = rows_of(AccountSession, user="user"), rows_of(ApiToken, user="user")
SURFACES = {
    "tenants:login": Surface(credentials, arranged=with_password, shows=SESSIONS),
    "tenants:code": Surface(said(code=RECOVERY), arranged=_half_signed_in, shows=rows_of(RecoveryCode, user="user", used_at=None)),
    "tenants:logout": Surface(said(), shows=SESSIONS),
    "tenants:invitation": Surface(
        said(new=NEW, again=NEW), arranged=_invited, arguments={"key": KEY},
        shows=lambda who, thing: Invitation.objects.filter(digest=token_digest(KEY), used_at=None).exists(),
    ),
    "tenants:password": Surface(said(**CHANGE), arranged=_still_signed_in, shows=_password),
    "tenants:second_factor": Surface(_code_now, arranged=_begun, shows=rows_of(RecoveryCode, user="user")),
    "tenants:recovery_codes": Surface(said(), arranged=_in_use, shows=rows_of(RecoveryCode, user="user")),
    "tenants:session_end": Surface(said(), shows=SESSIONS),
    "tenants:sessions_end": Surface(said(), shows=SESSIONS),
    "tenants:tokens": Surface(said(name="大屏", days="1", permissions="view_standards"), shows=TOKENS),
    "tenants:token_end": Surface(said(), shows=TOKENS),
    "tenants:export_new": Surface(said(), shows=rows_of(Export)),
    "tenants:inbox_read": Surface(said(), frozenset({"kind", "state"}), arranged=_nobody_has_read, shows=_unread),
    "tenants:inbox_settings": Surface(
        said(email="zhangsan@example.gov.cn", wants_digest="on"), frozenset({"email", "wants_digest"}), shows=_digest
    ),
    "tenants:staff_import": Surface(_sheet),
    "tenants:staff_import_confirm": Surface(_signed, shows=rows_of(Invitation)),
    "tenants:audit_check": Surface(said(), shows=rows_of(AuditCheck)),
    # Refused without a login by somebody else, of which this installation has none: see tests/tenants/staff/test_person.py.
    "tenants:staff_identity": Surface(said(provider="oidc", subject="subject-1"), shows=rows_of(ExternalIdentity)),
}  # fmt: skip
