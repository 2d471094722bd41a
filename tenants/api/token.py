"""Where a key for the API comes from."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from tenants.operations import issue_token
from tenants.operations.login import REFUSALS, Refusal, check_password, record_sign_in
from tenants.rules import Permission


class Credentials(serializers.Serializer):
    username = serializers.CharField(label="账号", max_length=150)
    password = serializers.CharField(label="密码", trim_whitespace=False, style={"input_type": "password"})


class IssuedToken(serializers.Serializer):
    token = serializers.CharField(help_text="放在请求头 Authorization: Token <令牌>")
    expires_at = serializers.DateTimeField(help_text="失效时间")


class TokenLogin(APIView):
    """Exchange account and password for a key that expires. Wrong passwords lock as on the login page (429)."""

    access = Permission.PUBLIC
    non_atomic = True
    authentication_classes: list = []
    permission_classes: list = []

    @extend_schema(request=Credentials, responses={201: IssuedToken}, auth=[], summary="换取令牌", tags=["登录"])
    def post(self, request):
        credentials = Credentials(data=request.data)
        credentials.is_valid(raise_exception=True)
        outcome = check_password(request=request._request, **credentials.validated_data)
        if isinstance(outcome, Refusal):
            return Response({"detail": REFUSALS[outcome]}, status=429 if outcome is Refusal.LOCKED else 401)
        key, expires_at = issue_token(user=outcome, now=timezone.now())
        record_sign_in(request=request._request, user=outcome, by_token=True)
        return Response(IssuedToken({"token": key, "expires_at": expires_at}).data, status=201)
