"""Where a key for the API comes from."""

from datetime import timedelta

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle

from tenants.access import client_address
from tenants.account_queries import demanded_of, uses_second_factor
from tenants.api.views import ApiView
from tenants.measures import is_within
from tenants.operations import issue_token, revoke_tokens
from tenants.operations.login import REFUSALS, Refusal, check_password, record_sign_in, record_wrong_code
from tenants.operations.second_factor import check_code
from tenants.rules import Permission

AT_MOST, _A_MINUTE = 30, timedelta(minutes=1)  # sign-ins from one address
TO_DO_FIRST = "请先在网页上登录，修改密码或设置两步验证。"
CODE_NEEDED = "这个账号用两步验证：请在 code 里填手机上的验证码，每个只能用一次。"


class Credentials(serializers.Serializer):
    username = serializers.CharField(label="账号", max_length=150)
    password = serializers.CharField(label="密码", trim_whitespace=False, style={"input_type": "password"})
    code = serializers.CharField(label="验证码", max_length=30, required=False, help_text="用两步验证的账号须填")


class IssuedToken(serializers.Serializer):
    token = serializers.CharField(help_text="放在请求头 Authorization: Token <令牌>")
    expires_at = serializers.DateTimeField(help_text="失效时间")


class SignInThrottle(BaseThrottle):
    """Bounds sign-ins from one address, whatever the accounts: against one password tried on all of them."""

    def allow_request(self, request, view) -> bool:
        return is_within(f"token:{client_address(request)}", AT_MOST, _A_MINUTE)

    def wait(self) -> float:
        return _A_MINUTE.total_seconds()


class TokenLogin(ApiView):
    access = Permission.PUBLIC
    non_atomic = True  # the count of failures must outlive the failure
    authentication_classes: list = []
    throttle_classes = [SignInThrottle]
    serializer_class = Credentials

    @extend_schema(
        request=Credentials,
        responses={201: IssuedToken},
        auth=[],
        summary="用账号和密码换取令牌",
        description="令牌有期限。连续输错密码，这个账号从这个地址会被锁定一段时间（429），与登录页一样。"
        "密码到期、该设两步验证而没有设的账号先要在网页上办好（403）。",
        tags=["登录"],
        operation_id="token_create",
    )
    def post(self, request):
        credentials = Credentials(data=request.data)
        credentials.is_valid(raise_exception=True)
        code = credentials.validated_data.pop("code", "")
        outcome = check_password(request=request._request, **credentials.validated_data)
        if isinstance(outcome, Refusal):
            return Response({"detail": REFUSALS[outcome]}, status=429 if outcome is Refusal.LOCKED else 401)
        if uses_second_factor(outcome) and not check_code(
            user=outcome, code=code, address=client_address(request._request)
        ):
            record_wrong_code(request=request._request, user=outcome)
            return Response({"detail": CODE_NEEDED}, status=401)
        if demanded_of(outcome, timezone.now())[1]:
            return Response({"detail": TO_DO_FIRST}, status=403)
        key, expires_at = issue_token(user=outcome, now=timezone.now())
        record_sign_in(request=request._request, user=outcome, by_token=True)
        return Response(IssuedToken({"token": key, "expires_at": expires_at}).data, status=201)


class OwnTokens(ApiView):
    access = Permission.SIGNED_IN

    @extend_schema(
        request=None, responses={204: None}, summary="作废自己的全部令牌", tags=["登录"], operation_id="tokens_delete"
    )
    def delete(self, request):
        revoke_tokens(user=request.user)
        return Response(status=204)
