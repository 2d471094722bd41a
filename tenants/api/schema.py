"""What every operation of the OpenAPI schema has in common: the shape of its errors, and no text meant for programmers."""

from drf_spectacular.openapi import AutoSchema

ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "reference"],
            "properties": {
                "code": {"type": "string", "description": "给程序看的代号", "example": "permission_denied"},
                "message": {"type": "string", "description": "给人看的说明"},
                "reference": {"type": "string", "description": "参考号，与响应头 X-Request-ID 相同；404 时为空"},
                "fields": {
                    "type": "object",
                    "description": "哪个参数或字段、哪里要改",
                    "additionalProperties": {"type": "array", "items": {"type": "string"}},
                },
            },
        }
    },
}
_ALWAYS = {"400": "内容要改", "429": "请求太频繁"}
_SIGNED_IN = {"401": "没有登录或令牌无效", "403": "角色没有这项权限"}
_NAMING = {"district", "root"}  # query parameters that name an object
_IDEMPOTENCY = "Idempotency-Key"
_ONCE = {"409": "与现有记录冲突", "422": "这个编号已用在另一份内容上"}
_WITH_BODY = {"415": "内容不是 JSON"}


class Schema(AutoSchema):
    def get_description(self) -> str:
        """Docstrings are for those who read the code; what users read stands in `extend_schema`."""
        return ""


def describe_errors(result, generator, request, public):
    """Add the error answers that an operation can give, and the header that asks for a cheaper answer."""
    result["components"].setdefault("schemas", {})["Error"] = ERROR
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            errors = dict(_ALWAYS)
            if operation.get("security") != [{}]:
                errors |= _SIGNED_IN
            parameters = {parameter["name"] for parameter in operation.get("parameters", ())}
            if "{" in path or parameters & _NAMING:
                errors["404"] = "没有这条记录，或不在管辖范围内"
            if _IDEMPOTENCY in parameters:
                errors |= _ONCE
            if method in {"post", "put", "patch"}:
                errors |= _WITH_BODY
            for status, description in errors.items():
                operation["responses"].setdefault(
                    status,
                    {
                        "description": description,
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
                    },
                )
            if method == "get":
                operation["responses"].setdefault("304", {"description": "与 If-None-Match 所给的 ETag 一致，没有内容"})
    return result
