import re
from collections.abc import Callable
from hashlib import sha256

from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from tenants.api.errors import KeyReused
from tenants.operations.answers import KeyInUseError, answered_once

HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotent-Replayed"
IDEMPOTENCY_KEY = OpenApiParameter(
    HEADER,
    str,
    OpenApiParameter.HEADER,
    description="由你生成的、每次操作各不相同的编号（如 UUID）。24 小时内用同一编号重发，得到同一答复，不会重复执行。",
)
_KEY = re.compile(r"[\x21-\x7e]{8,80}")


def answer_once(view, act: Callable[[], tuple[int, dict]]) -> Response:
    """The answer of `act` (status, body), or the one already given under the request's `Idempotency-Key`."""
    request = view.request
    key = request.headers.get(HEADER)
    if key is None:
        status, body = act()
        return Response(body, status=status)
    if not _KEY.fullmatch(key):
        raise ValidationError({HEADER: ["请写 8–80 个字母、数字或符号，不含空格，例如一个 UUID。"]})
    content = f"{request.method} {request.path}\n".encode() + request._request.body
    try:
        status, body, replayed = answered_once(
            user=request.user,
            division_code=view.appointment.division_code,
            key=key,
            request_digest=sha256(content).hexdigest(),
            act=act,
        )
    except KeyInUseError:
        raise KeyReused from None
    return Response(body, status=status, headers={REPLAYED_HEADER: "true"} if replayed else None)
