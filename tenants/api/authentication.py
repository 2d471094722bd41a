"""How the API knows who is asking."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import SessionAuthentication


class ScopedAuthentication(SessionAuthentication):
    """Takes over whom `ScopeMiddleware` recognised: by token, or by session and then with the form token (CSRF).

    The scope is set before the view runs, so authentication must not happen a second time in another way.
    """

    def authenticate(self, request):
        if getattr(request._request, "by_token", False):
            user = request._request.user
            return (user, None) if user.is_authenticated else None
        return super().authenticate(request)

    def authenticate_header(self, request):
        return "Token"


class ScopedAuthenticationScheme(OpenApiAuthenticationExtension):
    """The name under which the OpenAPI schema describes it."""

    target_class = ScopedAuthentication
    name = "token"

    def get_security_definition(self, auto_schema):
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": "`Token <令牌>`"}
