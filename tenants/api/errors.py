"""One shape for every error of the API: `{"error": {"code", "message", "reference", "fields"}}`.

`reference` is the number to quote when asking for help; it is also in the header `X-Request-ID` and in the log. In the body
of a 404 or 405 it is empty, so that an object out of scope answers byte for byte like one that does not exist.
"""

import json
import logging
import re
import secrets

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

PREFIX = "/api/"
REFERENCE_HEADER = "X-Request-ID"
_logger = logging.getLogger("happyhome.api")
_OWN_REFERENCE = re.compile(r"[A-Za-z0-9._-]{8,64}")

CODES = {
    400: "invalid",
    401: "not_authenticated",
    403: "permission_denied",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    409: "conflict",
    412: "precondition_failed",
    413: "too_large",
    415: "unsupported_media_type",
    422: "idempotency_key_reused",
    428: "precondition_required",
    429: "throttled",
}
MESSAGES = {
    400: "请求里有需要改正的内容，见 fields。",
    401: "请先登录，或在 Authorization 头里写「Token 」加有效的令牌。令牌可以在 /api/v1/token/ 换取。",
    403: "你的角色没有这项权限。需要时请联系本区管理员。",
    404: "没有这条记录，或者它不在你的管辖范围内。",
    405: "这个地址不接受这种请求方法，可用的方法见 Allow 头。",
    406: "这里只提供 application/json。",
    409: "与现有记录冲突，请先读取最新的记录。",
    412: "别人在你读取之后改过，没有写入。两边的内容见 yours 和 current，合并后用新的版本再发。",
    413: "内容太大，请分几次发送。",
    415: "请用 application/json 发送内容。",
    422: "这个 Idempotency-Key 已经用在另一份内容上，请换一个。",
    428: "修改要带 If-Match，值是读取时响应头 ETag 的值。",
    429: "请求太频繁，请稍后再试。",
}
_SAME_FOR_ALL = {404, 405}
_BROKEN = "平台没有完成这次请求，数据没有改动。请把参考号告诉管理员。"


class Conflict(exceptions.APIException):
    """The request contradicts what is stored: a run of the same quarter is under way."""

    status_code = 409
    default_detail = MESSAGES[409]


class KeyReused(exceptions.APIException):
    status_code = 422
    default_detail = MESSAGES[422]


def error_body(status: int, reference: str, *, message: str = "", fields: dict | None = None) -> dict:
    error: dict[str, object] = {
        "code": CODES.get(status, "error" if status < 500 else "server_error"),
        "message": message or MESSAGES.get(status, _BROKEN),
        "reference": "" if status in _SAME_FOR_ALL else reference,
    }
    if fields:
        error["fields"] = fields
    return {"error": error}


def handle(error: Exception, context: dict):
    """DRF's exception handler: puts every known exception into the shape; others go on to the 500 of `ApiErrors`."""
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    if not isinstance(error, exceptions.APIException):
        return None
    status = error.status_code
    headers = {}
    message = ""
    if isinstance(error, exceptions.Throttled) and error.wait:
        headers["Retry-After"] = str(int(error.wait) + 1)
        message = f"请求太频繁，请 {int(error.wait) + 1} 秒后再试。"
    if isinstance(error, Conflict):
        message = str(error.detail)
    if auth_header := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = auth_header
    fields = _fields(error.detail) if isinstance(error, exceptions.ValidationError) else None
    if isinstance(error, exceptions.ParseError):
        fields = {"body": ["内容不是完整的 JSON，请检查括号和引号。"]}
    set_rollback()
    reference = getattr(context["request"], "reference", "")
    response = Response(error_body(status, reference, message=message, fields=fields), status=status, headers=headers)
    response.has_the_shape = True
    return response


_EMPTY = {"required", "blank", "null", "empty"}


def _fields(detail) -> dict[str, list[str]]:
    """Texts by field; what is wrong with the whole is under `body`."""
    if not isinstance(detail, dict):
        return {"body": _texts(detail)}
    return {name: _texts(texts) for name, texts in detail.items()}


def _texts(detail) -> list[str]:
    if isinstance(detail, dict):
        return [text for inner in detail.values() for text in _texts(inner)]
    if isinstance(detail, list):
        return [text for inner in detail for text in _texts(inner)]
    return ["请填写这一项。" if getattr(detail, "code", "") in _EMPTY else str(detail)]


def _detail(response) -> str:
    """The message of an answer made elsewhere as `{"detail": …}`."""
    if not response.headers.get("Content-Type", "").startswith("application/json"):
        return ""
    try:
        content = json.loads(response.content)
    except ValueError:
        return ""
    return str(content.get("detail", "")) if isinstance(content, dict) else ""


class ApiErrors:
    """Gives each request of the API its reference, and puts errors made outside of the views into the same shape."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request) -> HttpResponse:
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        if not hasattr(request, "reference"):  # `happyhome.request_id` has given one already
            own = request.headers.get(REFERENCE_HEADER, "")
            request.reference = own if _OWN_REFERENCE.fullmatch(own) else secrets.token_hex(6)
        response = self.get_response(request)
        if response.status_code >= 400 and not getattr(response, "has_the_shape", False):
            kept = {name: response[name] for name in ("Allow", "Retry-After", "WWW-Authenticate") if name in response}
            response = JsonResponse(
                error_body(response.status_code, request.reference, message=_detail(response)),
                status=response.status_code,
                headers=kept,
                json_dumps_params={"ensure_ascii": False, "separators": (",", ":")},
            )
        if response.status_code >= 500:
            _logger.error("API request %s failed: %s %s", request.reference, request.method, request.path_info)
        response[REFERENCE_HEADER] = request.reference
        return response
