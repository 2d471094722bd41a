from rest_framework.exceptions import ValidationError
from rest_framework.pagination import PageNumberPagination
from rest_framework.response import Response


class Pages(PageNumberPagination):
    """Pages of 50, at most 200. A page past the end is empty and says so, instead of looking like a missing object."""

    page_size = 50
    max_page_size = 200
    page_size_query_param = "page_size"

    def paginate_queryset(self, queryset, request, view=None):
        self.request = request
        number, size = self._whole(self.page_query_param, 1, 10**6), self._whole("page_size", self.page_size, 200)
        self.count, self.number, self.size = queryset.count(), number, size
        start = (number - 1) * size
        return list(queryset[start : start + size]) if start < self.count else []

    def _whole(self, name: str, default: int, largest: int) -> int:
        text = self.request.query_params.get(name)
        if text is None:
            return default
        if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= largest):
            raise ValidationError({name: [f"请写 1–{largest} 的整数。"]})
        return int(text)

    def get_paginated_response(self, data):
        return Response(
            {
                "count": self.count,
                "page": self.number,
                "page_size": self.size,
                "pages": -(-self.count // self.size),
                "results": data,
            }
        )

    def get_paginated_response_schema(self, schema):
        whole = {"type": "integer"}
        return {
            "type": "object",
            "required": ["count", "page", "page_size", "pages", "results"],
            "properties": {
                "count": {**whole, "description": "符合条件的总数"},
                "page": {**whole, "description": "第几页，从 1 起"},
                "page_size": {**whole, "description": "每页条数"},
                "pages": {**whole, "description": "总页数"},
                "results": schema,
            },
        }
