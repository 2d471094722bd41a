"""A stored file as an answer: an attachment that no browser runs and no cache keeps."""

from io import BytesIO

from django.http import FileResponse, HttpResponse


def sealed_off(content: bytes, media_type: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = FileResponse(BytesIO(), as_attachment=True, filename=name)["Content-Disposition"]
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-store"
    return response
