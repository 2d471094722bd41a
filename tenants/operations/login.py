"""Signing in, with a lock after repeated failures of one account from one address, and an entry in the log for each."""

from enum import Enum

from django.contrib.auth import authenticate

from tenants import queries
from tenants.access import client_address
from tenants.models import User
from tenants.operations.acts import record_act
from tenants.scope import Scope, opened_scope


class Refusal(Enum):
    WRONG = "wrong"
    LOCKED = "locked"


REFUSALS = {
    Refusal.WRONG: "账号或密码不对。请核对大小写后重填；忘记密码请联系本区民政管理员重置。",
    Refusal.LOCKED: "这个账号在这台电脑上连续输错 5 次，15 分钟内不能再试；在其他电脑上不受影响。",
}


def check_password(*, request, username: str, password: str) -> User | Refusal:
    """The user with this name and password, or why not. To be called outside any transaction: failures are counted.

    The lock is per account and address, so nobody can lock a colleague out from elsewhere. It lifts by itself.
    """
    user = authenticate(request, username=username, password=password)
    refusal = Refusal.LOCKED if getattr(request, "axes_locked_out", False) else Refusal.WRONG
    if user is None:
        named = User.objects.filter(username=username).first()
        verb = "登录被锁定" if refusal is Refusal.LOCKED else "登录失败"
        _record(request, named, verb, username, by=None)  # whoever it was, they have not shown that they are this user
        return refusal
    return user


def record_sign_in(*, request, user: User, by_token: bool = False) -> None:
    _record(request, user, "签发接口令牌" if by_token else "登录", user.username, by=user)


def record_sign_out(*, request, user: User) -> None:
    _record(request, user, "退出登录", user.username, by=user)


def record_wrong_code(*, request, user: User) -> None:
    _record(request, user, "验证码有误", user.username, by=None)


def record_refused_subject(*, request, provider: str, user: User | None) -> None:
    """Somebody whom the other side knows and we do not, or whose account is disabled."""
    _record(request, user, "登录失败", f"{provider}：没有登记的身份", by=None)


def _record(request, user: User | None, verb: str, subject: str, *, by: User | None) -> None:
    with opened_scope(Scope(user_id=user.pk if user else None, address=client_address(request))):
        appointment = queries.current_appointment(user) if user else None
        code = appointment.division_code if appointment else None
        record_act(
            verb=verb,
            by=by,
            division_code=code,
            subject=subject,
            subject_uuid=user and user.uuid,
            address=client_address(request),
        )
